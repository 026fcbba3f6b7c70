/* set: distinct values, in the order of their addition. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_SET_H
#define SHMGR_SET_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: value (an array of the first elements). Any value can be an element. Equal values are one element: 1 and
 * 1.0, or objects that differ in the order of their members. Elements keep the order in which they were added. */
SHMGR_DECLARE_PROXY(set);

/* set.add: adds an element. Returns 1 if it is new, and 0 if the set has it already. Errors: -EINVAL. */
int shmgr_set_add(shmgr_set *set, struct json_object *value);
int shmgr_set_add_int64(shmgr_set *set, int64_t value);
int shmgr_set_add_double(shmgr_set *set, double value);
int shmgr_set_add_string(shmgr_set *set, const char *value);
/* set.discard: removes an element. Returns 1 if the set had it, otherwise 0. set.remove: removes an element.
 * -ENODATA: the element is missing. Also -EINVAL. */
int shmgr_set_discard(shmgr_set *set, struct json_object *value);
int shmgr_set_discard_int64(shmgr_set *set, int64_t value);
int shmgr_set_discard_double(shmgr_set *set, double value);
int shmgr_set_discard_string(shmgr_set *set, const char *value);
int shmgr_set_remove(shmgr_set *set, struct json_object *value);
/* set.pop: removes the oldest element and returns it. -ENODATA: the set is empty. */
int shmgr_set_pop(shmgr_set *set, struct json_object **ret_value);
/* set.contains: 0 or 1. set.length: the number of elements. Errors: -EINVAL. */
int shmgr_set_contains(shmgr_set *set, struct json_object *value, int *ret_contains);
int shmgr_set_contains_int64(shmgr_set *set, int64_t value, int *ret_contains);
int shmgr_set_contains_double(shmgr_set *set, double value, int *ret_contains);
int shmgr_set_contains_string(shmgr_set *set, const char *value, int *ret_contains);
int shmgr_set_length(shmgr_set *set, int64_t *ret_length);
/* set.clear: removes all elements. set.copy: returns all elements, as a new array. -EMSGSIZE: the array is larger
 * than a message may be; -EDQUOT: the call would take too many steps of work; use shmgr_set_scan(). */
int shmgr_set_clear(shmgr_set *set);
int shmgr_set_copy(shmgr_set *set, struct json_object **ret_array);
/* set.scan: returns up to count elements from a cursor on. The cursor is 0 at the beginning, and 0 again at the end.
 * An element that is in the set during the whole scan is returned exactly once. Errors: -EINVAL, -EMSGSIZE, -EDQUOT. */
int shmgr_set_scan(shmgr_set *set, int64_t *cursor, int64_t count, struct json_object **ret_array);

/* set.union, set.intersection, set.difference, set.symmetric_difference: return a new array of the elements of either
 * set; of both sets; of this set only; of exactly one of the two. The other set is an array of values or, with _with,
 * a shared set, which may be this set itself and must be readable. -EMSGSIZE: the array is larger than a message may
 * be. Also -EDQUOT, -EINVAL. The _with forms also -EACCES, -ENOENT, -EPROTOTYPE. */
int shmgr_set_union(shmgr_set *set, struct json_object *values, struct json_object **ret_array);
int shmgr_set_union_with(shmgr_set *set, shmgr_set *other, struct json_object **ret_array);
int shmgr_set_intersection(shmgr_set *set, struct json_object *values,
                           struct json_object **ret_array);
int shmgr_set_intersection_with(shmgr_set *set, shmgr_set *other, struct json_object **ret_array);
int shmgr_set_difference(shmgr_set *set, struct json_object *values,
                         struct json_object **ret_array);
int shmgr_set_difference_with(shmgr_set *set, shmgr_set *other, struct json_object **ret_array);
int shmgr_set_symmetric_difference(shmgr_set *set, struct json_object *values,
                                   struct json_object **ret_array);
int shmgr_set_symmetric_difference_with(shmgr_set *set, shmgr_set *other,
                                        struct json_object **ret_array);
/* set.update, set.intersection_update, set.difference_update, set.symmetric_difference_update: replace the elements
 * of this set by those of the union, intersection, difference or symmetric difference; all or none. Errors: -EINVAL.
 * The _with forms also -EACCES, -ENOENT, -EPROTOTYPE. */
int shmgr_set_update(shmgr_set *set, struct json_object *values);
int shmgr_set_update_with(shmgr_set *set, shmgr_set *other);
int shmgr_set_intersection_update(shmgr_set *set, struct json_object *values);
int shmgr_set_intersection_update_with(shmgr_set *set, shmgr_set *other);
int shmgr_set_difference_update(shmgr_set *set, struct json_object *values);
int shmgr_set_difference_update_with(shmgr_set *set, shmgr_set *other);
int shmgr_set_symmetric_difference_update(shmgr_set *set, struct json_object *values);
int shmgr_set_symmetric_difference_update_with(shmgr_set *set, shmgr_set *other);
/* set.issubset: 1 if the other set has every element of this one. set.issuperset: 1 if this set has every element of
 * the other. set.isdisjoint: 1 if the two have no element in common. Otherwise they store 0. Errors: -EINVAL. The
 * _with forms also -EACCES, -ENOENT, -EPROTOTYPE. */
int shmgr_set_issubset(shmgr_set *set, struct json_object *values, int *ret_is);
int shmgr_set_issubset_with(shmgr_set *set, shmgr_set *other, int *ret_is);
int shmgr_set_issuperset(shmgr_set *set, struct json_object *values, int *ret_is);
int shmgr_set_issuperset_with(shmgr_set *set, shmgr_set *other, int *ret_is);
int shmgr_set_isdisjoint(shmgr_set *set, struct json_object *values, int *ret_is);
int shmgr_set_isdisjoint_with(shmgr_set *set, shmgr_set *other, int *ret_is);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
