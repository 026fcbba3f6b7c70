/* The error of a caller to which the mode bits of an object deny access. */
#pragma once

typedef struct Call Call;
typedef struct Object Object;

/* OUTCOME_REFUSED with EACCES: the caller may not do this ("change") to the object. The message has the owner, the
 * bits, and the command by which the owner can permit it. */
int object_deny(Call *call, const Object *object, const char *action);
/* OUTCOME_REFUSED: the call changes what is durable, and the store has this fault (Changes.fault). */
int call_refuse_unstored(Call *call);
