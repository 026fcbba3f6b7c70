/* The error of a caller whom the mode bits of an object keep out. */
#pragma once

typedef struct Call Call;
typedef struct Object Object;

/* OUTCOME_REFUSED with EACCES: the caller may not do this ("change") to the object; whose it is, its bits, and how its
 * owner can let the caller in. */
int object_deny(Call *call, const Object *object, const char *action);
