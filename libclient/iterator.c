/* Iterators, which fetch elements in chunks. */
#include <errno.h>
#include <stdlib.h>

#include "json/json-util.h"
#include "proxy.h"

enum { CHUNK = 100 };

struct shmgr_iterator {
        Proxy *proxy;
        /* Fetches the next chunk: an array of elements, empty at the end. */
        int (*fetch)(shmgr_iterator *it, struct json_object **ret_array);
        int64_t chunk;
        int64_t cursor;
        struct json_object *elements; /* of the current chunk */
        size_t at;
        bool has_keys; /* elements are pairs */
        bool is_last;  /* no chunk follows */
};

static int fetch_all(shmgr_iterator *it, const char *method, struct json_object **ret_array) {
        Request r;

        proxy_begin(&r, it->proxy, method);
        int error = request_run(&r, ret_array);
        if (error == 0)
                it->is_last = true;
        return error;
}

static int fetch_slice(shmgr_iterator *it, struct json_object **ret_array) {
        int64_t stop = it->cursor > INT64_MAX - it->chunk ? INT64_MAX : it->cursor + it->chunk;
        Request r;

        proxy_begin(&r, it->proxy, "list.slice");
        request_slice(&r, it->cursor, stop, 1);
        int error = request_run(&r, ret_array);
        if (error < 0)
                return error;
        int64_t n = (int64_t)json_object_array_length(*ret_array);
        it->cursor += n;
        it->is_last = n < it->chunk;
        return 0;
}

static int fetch_from_list(shmgr_iterator *it, struct json_object **ret_array) {
        if (it->chunk == SHMGR_SNAPSHOT)
                return fetch_all(it, "list.copy", ret_array);
        int r = fetch_slice(it, ret_array);
        while (r == -EMSGSIZE && it->chunk > 1) {
                it->chunk /= 2;
                r = fetch_slice(it, ret_array);
        }
        return r;
}

/* A scan returns fewer elements by itself if a message cannot hold more. */
static int fetch_scan(shmgr_iterator *it, const char *method, struct json_object **ret_array) {
        int r = proxy_scan(it->proxy, method, &it->cursor, it->chunk, ret_array);

        if (r == 0)
                it->is_last = it->cursor == 0;
        return r;
}

static int fetch_from_dict(shmgr_iterator *it, struct json_object **ret_array) {
        return it->chunk == SHMGR_SNAPSHOT ? fetch_all(it, "dict.items", ret_array)
                                           : fetch_scan(it, "dict.scan", ret_array);
}

static int fetch_from_set(shmgr_iterator *it, struct json_object **ret_array) {
        return it->chunk == SHMGR_SNAPSHOT ? fetch_all(it, "set.copy", ret_array)
                                           : fetch_scan(it, "set.scan", ret_array);
}

static int iterate(Proxy *proxy, int64_t chunk,
                   int (*fetch)(shmgr_iterator *it, struct json_object **ret_array),
                   shmgr_iterator **ret) {
        if (chunk < 0 && chunk != SHMGR_SNAPSHOT)
                return manager_fail(proxy->manager, -EINVAL,
                                    "chunk: it must be a number of elements, or SHMGR_SNAPSHOT");
        shmgr_iterator *it = calloc(1, sizeof(*it));
        if (!it)
                return manager_fail(proxy->manager, -ENOMEM, "memory ran out");
        it->proxy = proxy_ref(proxy);
        it->fetch = fetch;
        it->chunk = chunk ? chunk : CHUNK;
        *ret = it;
        return 0;
}

int shmgr_list_iterate(shmgr_list *list, int64_t chunk, shmgr_iterator **ret_iterator) {
        return iterate((Proxy *)list, chunk, fetch_from_list, ret_iterator);
}

int shmgr_dict_iterate(shmgr_dict *dict, int64_t chunk, shmgr_iterator **ret_iterator) {
        int r = iterate((Proxy *)dict, chunk, fetch_from_dict, ret_iterator);

        if (r == 0)
                (*ret_iterator)->has_keys = true;
        return r;
}

int shmgr_set_iterate(shmgr_set *set, int64_t chunk, shmgr_iterator **ret_iterator) {
        return iterate((Proxy *)set, chunk, fetch_from_set, ret_iterator);
}

/* Makes sure that the current chunk has a next element. Returns 1, 0 at the end, or negative errno. A scan may return an empty
 * chunk before its end. */
static int provide(shmgr_iterator *it) {
        while (!it->elements || it->at == json_object_array_length(it->elements)) {
                struct json_object *elements;
                if (it->elements && it->is_last)
                        return 0;
                int r = it->fetch(it, &elements);
                if (r < 0)
                        return r;
                json_object_put(it->elements);
                it->elements = elements;
                it->at = 0;
        }
        return 1;
}

int shmgr_iterator_next(shmgr_iterator *it, const char **ret_key, struct json_object **ret_value) {
        struct json_object *element;
        int r = provide(it);

        if (r <= 0)
                return r;
        element = json_object_array_get_idx(it->elements, it->at++);
        if (ret_key)
                *ret_key = it->has_keys
                                   ? json_object_get_string(json_object_array_get_idx(element, 0))
                                   : NULL;
        if (ret_value)
                *ret_value = it->has_keys ? json_object_array_get_idx(element, 1) : element;
        return 1;
}

shmgr_iterator *shmgr_iterator_unref(shmgr_iterator *it) {
        if (!it)
                return NULL;
        json_object_put(it->elements);
        proxy_unref(it->proxy);
        free(it);
        return NULL;
}

void shmgr_iterator_unrefp(shmgr_iterator **it) {
        shmgr_iterator_unref(*it);
}
