/* array: elements of one type, in a number that is fixed. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_ARRAY_H
#define SHMGR_ARRAY_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: type ("int64", the default, "double", which takes integers too, or "bool"), and either value (an
 * array) or length (so many elements, 0 or false). An element of another type is -EINVAL. Indices and slices
 * are as those of a list: negative ones count from the end, SHMGR_NONE stands for a number of a slice that is left out. */
SHMGR_DECLARE_PROXY(array);

/* array.get, array.set. -ERANGE: no such element. Also -EINVAL. */
int shmgr_array_get(shmgr_array *array, int64_t index, struct json_object **ret_value);
int shmgr_array_set(shmgr_array *array, int64_t index, struct json_object *value);
/* array.get, array.set, for values of one kind: -EINVAL if the value is of another kind. Also -ERANGE. */
int shmgr_array_get_int64(shmgr_array *array, int64_t index, int64_t *ret_value);
int shmgr_array_get_double(shmgr_array *array, int64_t index, double *ret_value);
int shmgr_array_get_bool(shmgr_array *array, int64_t index, int *ret_value);
int shmgr_array_set_int64(shmgr_array *array, int64_t index, int64_t value);
int shmgr_array_set_double(shmgr_array *array, int64_t index, double value);
int shmgr_array_set_bool(shmgr_array *array, int64_t index, int value);
/* array.slice, array.set_slice (-EINVAL: step 0, or not as many values as the slice has elements; all or none).
 * -EMSGSIZE: larger than a message may be; ask for a shorter slice. */
int shmgr_array_slice(shmgr_array *array, int64_t start, int64_t stop, int64_t step,
                      struct json_object **ret_array);
int shmgr_array_set_slice(shmgr_array *array, int64_t start, int64_t stop, int64_t step,
                          struct json_object *values);
/* array.length. */
int shmgr_array_length(shmgr_array *array, int64_t *ret_length);
/* array.add: adds to an element and returns the sum, in one step. -ERANGE: no such element, or the sum does not
 * fit; -EINVAL: its type is not that of the sum, or the sum is a double, which the second form returns; then nothing
 * has changed. ret_sum may be NULL. */
int shmgr_array_add(shmgr_array *array, int64_t index, int64_t delta, int64_t *ret_sum);
int shmgr_array_add_double(shmgr_array *array, int64_t index, double delta, double *ret_sum);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
