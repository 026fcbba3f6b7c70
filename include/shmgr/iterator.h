/* Iteration over lists, dicts and sets: each call of the daemon returns several elements. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_ITERATOR_H
#define SHMGR_ITERATOR_H

#include <shmgr/shmgr.h>

struct shmgr_set; /* shmgr_set, of <shmgr/set.h>, which may include this header before it declares the type */

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* A position in a container. The library keeps the position; the daemon keeps no state for it. An iterator holds a
 * reference to the object's proxy. One thread at a time may use it.
 *
 *     __attribute__((cleanup(shmgr_iterator_unrefp))) shmgr_iterator *it = NULL;
 *     const char *key;
 *     struct json_object *value;
 *     int r = shmgr_dict_iterate(dict, 0, &it);
 *     while (r >= 0 && (r = shmgr_iterator_next(it, &key, &value)) > 0)
 *             printf("%s: %s\n", key, json_object_to_json_string(value));
 *
 * CHANGES BY OTHERS do not end an iteration. Elements of a dict or a set that exist during the whole iteration are
 * returned exactly once. Elements that are added or removed meanwhile may be returned or not. A list is read by
 * indices: if elements are inserted or removed before the position, later elements may be returned twice or not at
 * all. A snapshot (SHMGR_SNAPSHOT) does not change. */
typedef struct shmgr_iterator shmgr_iterator;

/* Returns all elements in one call, as they are at one moment. If they are larger than a message may be, the first
 * shmgr_iterator_next() fails with -EMSGSIZE. */
#define SHMGR_SNAPSHOT ((int64_t)-1)

/* Make an iterator before the first element (list.slice, dict.scan, set.scan; with SHMGR_SNAPSHOT list.copy,
 * dict.items, set.copy). chunk is the number of elements that a call to the daemon returns; 0 stands for 100. A call
 * returns fewer if they do not fit into a message. These functions send nothing. -EINVAL: another negative chunk. */
int shmgr_list_iterate(shmgr_list *list, int64_t chunk, shmgr_iterator **ret_iterator);
int shmgr_dict_iterate(shmgr_dict *dict, int64_t chunk, shmgr_iterator **ret_iterator);
int shmgr_set_iterate(struct shmgr_set *set, int64_t chunk, shmgr_iterator **ret_iterator);

/* Moves to the next element: returns 1, or 0 at the end. ret_key receives the key if the object is a dict, otherwise
 * NULL. ret_key and ret_value may be NULL. The iterator owns both results, which are valid until its next call. After
 * an error the next call tries this element again. -EMSGSIZE: one element alone is larger than a message may be; a
 * smaller chunk does not help. -EDQUOT: a snapshot would take too many steps of work. */
int shmgr_iterator_next(shmgr_iterator *iterator, const char **ret_key,
                        struct json_object **ret_value);

/* Frees the iterator. Takes NULL, and returns NULL. */
shmgr_iterator *shmgr_iterator_unref(shmgr_iterator *iterator);
void shmgr_iterator_unrefp(shmgr_iterator **iterator);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
