/* Errors for callers to whom the mode of an object denies access. */
#pragma once

typedef struct Call Call;
typedef struct Object Object;

/* Refuses a call that may not do this ("change") to the object, with EACCES. The message has the
 * owner, the mode, and the command by which the owner can permit it. Returns OUTCOME_REFUSED. */
int object_deny(Call *call, const Object *object, const char *action);
/* Takes the state of the object out of a refusal, unless the caller may read the object. Returns the
 * outcome. */
int object_hide_state(Call *call, const Object *object, int outcome);
/* Refuses a call that would change a durable object while the store has a fault (Changes.fault).
 * Returns OUTCOME_REFUSED. */
int call_refuse_unstored(Call *call);
