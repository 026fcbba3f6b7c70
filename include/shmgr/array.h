/* array: a fixed number of elements of one type. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_ARRAY_H
#define SHMGR_ARRAY_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: type ("int64", the default; "double", which takes integers too; or "bool"), and either value (an array of
 * the elements) or length (the number of elements, which are 0 or false at first). An element of another type is
 * -EINVAL. Indices and slices are those of a list: negative ones count from the end, and SHMGR_NONE stands for a
 * number of a slice that is left out. */
SHMGR_DECLARE_PROXY(array);

/* array.get, array.set. -ERANGE: the array has no such element. Also -EINVAL. */
int shmgr_array_get(shmgr_array *array, int64_t index, struct json_object **ret_value);
int shmgr_array_set(shmgr_array *array, int64_t index, struct json_object *value);
/* array.get, array.set, for values of one kind. -EINVAL: the value is of another kind. Also -ERANGE. */
int shmgr_array_get_int64(shmgr_array *array, int64_t index, int64_t *ret_value);
int shmgr_array_get_double(shmgr_array *array, int64_t index, double *ret_value);
int shmgr_array_get_bool(shmgr_array *array, int64_t index, int *ret_value);
int shmgr_array_set_int64(shmgr_array *array, int64_t index, int64_t value);
int shmgr_array_set_double(shmgr_array *array, int64_t index, double value);
int shmgr_array_set_bool(shmgr_array *array, int64_t index, int value);
/* array.slice: returns a new array of values. array.set_slice: sets all elements of a slice, or none. -EINVAL: step
 * is 0, or the number of values is not that of the elements; -EMSGSIZE: the slice is larger than a message may be;
 * -EDQUOT: the call would take too many steps of work; ask for a shorter one. */
int shmgr_array_slice(shmgr_array *array, int64_t start, int64_t stop, int64_t step,
                      struct json_object **ret_array);
int shmgr_array_set_slice(shmgr_array *array, int64_t start, int64_t stop, int64_t step,
                          struct json_object *values);
/* array.length: the number of elements. */
int shmgr_array_length(shmgr_array *array, int64_t *ret_length);
/* array.add: adds to an element and returns the sum, in one atomic step. ret_sum may be NULL. After an error nothing
 * has changed. -ERANGE: the array has no such element, or the sum does not fit; -EINVAL: the sum is not of the
 * array's type, or it is a double, which only shmgr_array_add_double() returns. */
int shmgr_array_add(shmgr_array *array, int64_t index, int64_t delta, int64_t *ret_sum);
int shmgr_array_add_double(shmgr_array *array, int64_t index, double delta, double *ret_sum);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
