/* The set: operations with other sets are in set-algebra.c, its snapshot is in set-save.c, all
 * others are in set.c. */
#pragma once

#include "base/table.h"
#include "json/value.h"
#include "object.h"

typedef struct Set {
        Object object;
        Table elements; /* maps the bytes of value_write_key() to the stored value */
} Set;

/* Adds a value unless it is present. Returns OUTCOME_DONE, or OUTCOME_REFUSED or -ENOMEM with
 * nothing changed. */
int set_add_value(Call *call, Set *set, const Value *value);
/* Writes the key of a value to the core's scratch buffer. Returns 0 or -ENOMEM. */
int set_key(Core *core, const Value *value, const char **ret, size_t *ret_n);

/* The methods whose operand is another set, or an array of values, and their upper bounds
 * (call/call-work.h). */
WorkOf set_work_own, set_work_both, set_work_other, set_work_smaller;
WorkOf set_work_remove, set_work_exchange;

int set_union(Call *call, Object *object);
int set_intersection(Call *call, Object *object);
int set_difference(Call *call, Object *object);
int set_symmetric_difference(Call *call, Object *object);
int set_update(Call *call, Object *object);
int set_intersection_update(Call *call, Object *object);
int set_difference_update(Call *call, Object *object);
int set_symmetric_difference_update(Call *call, Object *object);
int set_issubset(Call *call, Object *object);
int set_issuperset(Call *call, Object *object);
int set_isdisjoint(Call *call, Object *object);

void set_save(const Object *object, SnapshotWriter *w);
void set_save_state(const Object *object, SnapshotWriter *w);
bool set_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w);
int set_load(Object *object, SnapshotRecord *state);
