/* Iteration over lists, dicts and sets, a chunk with each call and not an element. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_ITERATOR_H
#define SHMGR_ITERATOR_H

#include <shmgr/shmgr.h>

struct shmgr_set; /* shmgr_set, of <shmgr/set.h>, which may be in the middle of including this */

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* A position in a container. It is kept in the library; the daemon keeps nothing of it. It holds a reference to the
 * object's proxy, and one thread at a time may use it.
 *
 *     __attribute__((cleanup(shmgr_iterator_unrefp))) shmgr_iterator *it = NULL;
 *     const char *key;
 *     struct json_object *value;
 *     int r = shmgr_dict_iterate(dict, 0, &it);
 *     while (r >= 0 && (r = shmgr_iterator_next(it, &key, &value)) > 0)
 *             printf("%s: %s\n", key, json_object_to_json_string(value));
 *
 * WHEN OTHERS CHANGE THE OBJECT meanwhile, the iteration continues. Elements of a dict or a set that exist during the
 * whole iteration are returned exactly once; those that are added or removed may be returned or not. A list is read by
 * indices: when elements are inserted or removed before the position, those behind it move, and are returned twice or not
 * at all. A snapshot (SHMGR_SNAPSHOT) does not change. */
typedef struct shmgr_iterator shmgr_iterator;

/* All elements in one call, as they are at one moment. -EMSGSIZE, of the first next: they are larger than a message
 * may be. */
#define SHMGR_SNAPSHOT ((int64_t)-1)

/* Begin at the first element (list.slice, dict.scan, set.scan; with SHMGR_SNAPSHOT list.copy, dict.items, set.copy).
 * chunk is how many elements a call brings; 0 stands for 100. Where so many do not fit into a message, a call brings
 * fewer. Nothing is sent yet. -EINVAL: another negative chunk. */
int shmgr_list_iterate(shmgr_list *list, int64_t chunk, shmgr_iterator **ret_iterator);
int shmgr_dict_iterate(shmgr_dict *dict, int64_t chunk, shmgr_iterator **ret_iterator);
int shmgr_set_iterate(struct shmgr_set *set, int64_t chunk, shmgr_iterator **ret_iterator);

/* Moves to the next element: returns 1, or 0 at the end. ret_key receives the key if the object is a dict, otherwise
 * NULL; either pointer may be NULL. Both are the iterator's, valid until its next call. After an error the same is
 * tried again with the next call. -EMSGSIZE: the element alone does not fit into a message; another chunk does not
 * help. */
int shmgr_iterator_next(shmgr_iterator *iterator, const char **ret_key,
                        struct json_object **ret_value);

/* Frees the iterator; takes NULL and returns NULL. */
shmgr_iterator *shmgr_iterator_unref(shmgr_iterator *iterator);
void shmgr_iterator_unrefp(shmgr_iterator **iterator);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
