/* value: one value, whose type the daemon enforces. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_VALUE_H
#define SHMGR_VALUE_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: type ("int64"; "double", which takes integers too; "bool"; "string"; or "any", the default) and value.
 * Without the option value a new object has 0, 0.0, false, "" or null. A value of another type is -EINVAL, and
 * nothing changes. */
SHMGR_DECLARE_PROXY(value);

/* value.get, value.set. Errors: -EINVAL. */
int shmgr_value_get(shmgr_value *value, struct json_object **ret_value);
int shmgr_value_set(shmgr_value *value, struct json_object *new_value);
/* value.get, value.set, for values of one kind. -EINVAL: the value is of another kind. The caller frees strings with
 * free(3). */
int shmgr_value_get_int64(shmgr_value *value, int64_t *ret_value);
int shmgr_value_get_double(shmgr_value *value, double *ret_value);
int shmgr_value_get_bool(shmgr_value *value, int *ret_value);
int shmgr_value_get_string(shmgr_value *value, char **ret_value);
int shmgr_value_set_int64(shmgr_value *value, int64_t new_value);
int shmgr_value_set_double(shmgr_value *value, double new_value);
int shmgr_value_set_bool(shmgr_value *value, int new_value);
int shmgr_value_set_string(shmgr_value *value, const char *new_value);
/* value.exchange: sets the value and returns the previous one, in one atomic step. ret_old may be NULL. Errors:
 * -EINVAL. */
int shmgr_value_exchange(shmgr_value *value, struct json_object *new_value,
                         struct json_object **ret_old);
/* value.cas: sets the value if it equals expected. Returns 1 if it did, otherwise 0. Errors: -EINVAL. */
int shmgr_value_cas(shmgr_value *value, struct json_object *expected,
                    struct json_object *new_value);
int shmgr_value_cas_int64(shmgr_value *value, int64_t expected, int64_t new_value);
/* value.add: adds to a number and returns the sum, in one atomic step. ret_sum may be NULL. After an error nothing
 * has changed. -ERANGE: the sum does not fit; -EINVAL: the value is not a number, the sum is not of its type, or the
 * sum is a double, which only shmgr_value_add_double() returns. */
int shmgr_value_add(shmgr_value *value, int64_t delta, int64_t *ret_sum);
int shmgr_value_add_double(shmgr_value *value, double delta, double *ret_sum);
/* value.add with a default: a null value, the initial value of type any, becomes first + delta. Errors: -EINVAL,
 * -ERANGE. */
int shmgr_value_add_default(shmgr_value *value, int64_t delta, int64_t first, int64_t *ret_sum);
int shmgr_value_add_default_double(shmgr_value *value, double delta, double first, double *ret_sum);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
