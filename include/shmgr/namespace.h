/* namespace: named attributes, like those of a Python object. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_NAMESPACE_H
#define SHMGR_NAMESPACE_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: value (an object with the initial attributes). The name of an attribute is an identifier: letters, digits
 * and underscores, no digit first, at most 255 bytes. Another name is -EINVAL. */
SHMGR_DECLARE_PROXY(namespace);

/* namespace.get (-ENODATA: the attribute is missing), namespace.set. Also -EINVAL. */
int shmgr_namespace_get(shmgr_namespace *ns, const char *key, struct json_object **ret_value);
int shmgr_namespace_set(shmgr_namespace *ns, const char *key, struct json_object *value);
/* namespace.get, namespace.set, for values of one kind. -EINVAL: the value is of another kind. The caller frees
 * strings with free(3). Also -ENODATA. */
int shmgr_namespace_get_int64(shmgr_namespace *ns, const char *key, int64_t *ret_value);
int shmgr_namespace_get_double(shmgr_namespace *ns, const char *key, double *ret_value);
int shmgr_namespace_get_bool(shmgr_namespace *ns, const char *key, int *ret_value);
int shmgr_namespace_get_string(shmgr_namespace *ns, const char *key, char **ret_value);
int shmgr_namespace_set_int64(shmgr_namespace *ns, const char *key, int64_t value);
int shmgr_namespace_set_double(shmgr_namespace *ns, const char *key, double value);
int shmgr_namespace_set_bool(shmgr_namespace *ns, const char *key, int value);
int shmgr_namespace_set_string(shmgr_namespace *ns, const char *key, const char *value);
/* namespace.delete: removes an attribute. -ENODATA: the attribute is missing. namespace.contains: 0 or 1. Also
 * -EINVAL. */
int shmgr_namespace_delete(shmgr_namespace *ns, const char *key);
int shmgr_namespace_contains(shmgr_namespace *ns, const char *key, int *ret_contains);
/* namespace.add: adds to a number and returns the sum, in one atomic step. ret_sum may be NULL. After an error
 * nothing has changed. -ENODATA: the attribute is missing; the forms with a default set it to first + delta instead.
 * -ERANGE: the sum does not fit; -EINVAL: the attribute is not a number, or the sum is a double, which only the forms
 * for doubles return. */
int shmgr_namespace_add(shmgr_namespace *ns, const char *key, int64_t delta, int64_t *ret_sum);
int shmgr_namespace_add_double(shmgr_namespace *ns, const char *key, double delta, double *ret_sum);
int shmgr_namespace_add_default(shmgr_namespace *ns, const char *key, int64_t delta, int64_t first,
                                int64_t *ret_sum);
int shmgr_namespace_add_default_double(shmgr_namespace *ns, const char *key, double delta,
                                       double first, double *ret_sum);
/* namespace.items: a new array of all attributes, each [name, value]. -EMSGSIZE: the array is larger than a message
 * may be. -EDQUOT: the call would take too many steps of work. */
int shmgr_namespace_items(shmgr_namespace *ns, struct json_object **ret_array);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
