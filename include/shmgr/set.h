/* set: distinct values. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_SET_H
#define SHMGR_SET_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: value (an array of the first elements). Any value can be an element. Equal values are one
 * element: 1 and 1.0, or objects that differ in the order of their members. Elements keep the order of their adding. */
SHMGR_DECLARE_PROXY(set);

/* set.add: 1 when the element is new, 0 when it was there. Errors: -EINVAL. */
int shmgr_set_add(shmgr_set *set, struct json_object *value);
int shmgr_set_add_int64(shmgr_set *set, int64_t value);
int shmgr_set_add_double(shmgr_set *set, double value);
int shmgr_set_add_string(shmgr_set *set, const char *value);
/* set.discard: removes an element: returns 1 if it was there, otherwise 0. set.remove: -ENODATA if it is missing. Also
 * -EINVAL. */
int shmgr_set_discard(shmgr_set *set, struct json_object *value);
int shmgr_set_discard_int64(shmgr_set *set, int64_t value);
int shmgr_set_discard_double(shmgr_set *set, double value);
int shmgr_set_discard_string(shmgr_set *set, const char *value);
int shmgr_set_remove(shmgr_set *set, struct json_object *value);
/* set.pop: removes the oldest element and returns it. -ENODATA: the set is empty. */
int shmgr_set_pop(shmgr_set *set, struct json_object **ret_value);
/* set.contains (0 or 1), set.length. Errors: -EINVAL. */
int shmgr_set_contains(shmgr_set *set, struct json_object *value, int *ret_contains);
int shmgr_set_contains_int64(shmgr_set *set, int64_t value, int *ret_contains);
int shmgr_set_contains_double(shmgr_set *set, double value, int *ret_contains);
int shmgr_set_contains_string(shmgr_set *set, const char *value, int *ret_contains);
int shmgr_set_length(shmgr_set *set, int64_t *ret_length);
/* set.clear. set.copy: all elements, as an array. -EMSGSIZE: larger than a message may be; use scan. */
int shmgr_set_clear(shmgr_set *set);
int shmgr_set_copy(shmgr_set *set, struct json_object **ret_array);
/* set.scan: up to count elements from a cursor on, which is 0 at the beginning and again at the end. Elements that are
 * in the set during the whole scan are returned once each. Errors: -EINVAL, -EMSGSIZE. */
int shmgr_set_scan(shmgr_set *set, int64_t *cursor, int64_t count, struct json_object **ret_array);

/* With an array of values, or (..._with) with another set that is shared, which may be the same one and must be
 * readable. Returns as an array the elements of either set; of both; of this one only; in exactly one of the two.
 * -EMSGSIZE: larger than a message may be. set.union, set.intersection, set.difference, set.symmetric_difference. Also
 * -EINVAL. Of the forms with another set also -EACCES, -ENOENT, -EPROTOTYPE. */
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
/* The same, where the result becomes this set, as a whole or not at all. set.update, set.intersection_update,
 * set.difference_update, set.symmetric_difference_update. Errors: -EINVAL. Of the forms with another set also -EACCES,
 * -ENOENT, -EPROTOTYPE. */
int shmgr_set_update(shmgr_set *set, struct json_object *values);
int shmgr_set_update_with(shmgr_set *set, shmgr_set *other);
int shmgr_set_intersection_update(shmgr_set *set, struct json_object *values);
int shmgr_set_intersection_update_with(shmgr_set *set, shmgr_set *other);
int shmgr_set_difference_update(shmgr_set *set, struct json_object *values);
int shmgr_set_difference_update_with(shmgr_set *set, shmgr_set *other);
int shmgr_set_symmetric_difference_update(shmgr_set *set, struct json_object *values);
int shmgr_set_symmetric_difference_update_with(shmgr_set *set, shmgr_set *other);
/* Whether every element is in the other set; whether this set has every element of the other; whether the two have no
 * element in common: 0 or 1. set.issubset,
 * set.issuperset, set.isdisjoint. Errors: -EINVAL. Of the forms with another set also -EACCES, -ENOENT, -EPROTOTYPE. */
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
