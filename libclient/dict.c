/* The proxy of dicts. */
#include "proxy.h"

DEFINE_PROXY(dict)

int shmgr_dict_get(shmgr_dict *dict, const char *key, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.get");
        request_string(&r, key);
        return request_run(&r, ret_value);
}

int shmgr_dict_set(shmgr_dict *dict, const char *key, struct json_object *value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.set");
        request_string(&r, key);
        request_json(&r, value);
        return request_run(&r, NULL);
}

int shmgr_dict_get_int64(shmgr_dict *dict, const char *key, int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.get");
        request_string(&r, key);
        return request_run_int(&r, ret_value);
}

int shmgr_dict_get_double(shmgr_dict *dict, const char *key, double *ret_value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.get");
        request_string(&r, key);
        return request_run_double(&r, ret_value);
}

int shmgr_dict_get_bool(shmgr_dict *dict, const char *key, int *ret_value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.get");
        request_string(&r, key);
        return request_run_bool(&r, ret_value);
}

int shmgr_dict_get_string(shmgr_dict *dict, const char *key, char **ret_value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.get");
        request_string(&r, key);
        return request_run_string(&r, ret_value);
}

int shmgr_dict_set_int64(shmgr_dict *dict, const char *key, int64_t value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.set");
        request_string(&r, key);
        request_int(&r, value);
        return request_run(&r, NULL);
}

int shmgr_dict_set_double(shmgr_dict *dict, const char *key, double value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.set");
        request_string(&r, key);
        request_double(&r, value);
        return request_run(&r, NULL);
}

int shmgr_dict_set_bool(shmgr_dict *dict, const char *key, int value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.set");
        request_string(&r, key);
        request_bool(&r, value);
        return request_run(&r, NULL);
}

int shmgr_dict_set_string(shmgr_dict *dict, const char *key, const char *value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.set");
        request_string(&r, key);
        request_string(&r, value);
        return request_run(&r, NULL);
}

int shmgr_dict_delete(shmgr_dict *dict, const char *key) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.delete");
        request_string(&r, key);
        return request_run(&r, NULL);
}

int shmgr_dict_contains(shmgr_dict *dict, const char *key, int *ret_contains) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.contains");
        request_string(&r, key);
        return request_run_bool(&r, ret_contains);
}

int shmgr_dict_length(shmgr_dict *dict, int64_t *ret_length) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.length");
        return request_run_int(&r, ret_length);
}

int shmgr_dict_keys(shmgr_dict *dict, struct json_object **ret_array) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.keys");
        return request_run(&r, ret_array);
}

int shmgr_dict_values(shmgr_dict *dict, struct json_object **ret_array) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.values");
        return request_run(&r, ret_array);
}

int shmgr_dict_items(shmgr_dict *dict, struct json_object **ret_array) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.items");
        return request_run(&r, ret_array);
}

int shmgr_dict_copy(shmgr_dict *dict, struct json_object **ret_object) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.copy");
        return request_run(&r, ret_object);
}

int shmgr_dict_scan(shmgr_dict *dict, int64_t *cursor, int64_t count,
                    struct json_object **ret_array) {
        return proxy_scan(&dict->proxy, "dict.scan", cursor, count, ret_array);
}

int shmgr_dict_clear(shmgr_dict *dict) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.clear");
        return request_run(&r, NULL);
}

int shmgr_dict_pop(shmgr_dict *dict, const char *key, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.pop");
        request_string(&r, key);
        return request_run(&r, ret_value);
}

int shmgr_dict_popitem(shmgr_dict *dict, struct json_object **ret_pair) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.popitem");
        return request_run(&r, ret_pair);
}

int shmgr_dict_setdefault(shmgr_dict *dict, const char *key, struct json_object *value,
                          struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.setdefault");
        request_string(&r, key);
        request_json(&r, value);
        return request_run(&r, ret_value);
}

int shmgr_dict_update(shmgr_dict *dict, struct json_object *items) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.update");
        request_json(&r, items);
        return request_run(&r, NULL);
}

int shmgr_dict_add(shmgr_dict *dict, const char *key, int64_t delta, int64_t *ret_sum) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.add");
        request_string(&r, key);
        request_int(&r, delta);
        request_string(&r, "int64");
        return request_run_int(&r, ret_sum);
}

int shmgr_dict_add_default(shmgr_dict *dict, const char *key, int64_t delta, int64_t first,
                           int64_t *ret_sum) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.add");
        request_string(&r, key);
        request_int(&r, delta);
        request_string(&r, "int64");
        request_int(&r, first);
        return request_run_int(&r, ret_sum);
}

int shmgr_dict_add_default_double(shmgr_dict *dict, const char *key, double delta, double first,
                                  double *ret_sum) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.add");
        request_string(&r, key);
        request_double(&r, delta);
        request_string(&r, "double");
        request_double(&r, first);
        return request_run_double(&r, ret_sum);
}

int shmgr_dict_add_double(shmgr_dict *dict, const char *key, double delta, double *ret_sum) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.add");
        request_string(&r, key);
        request_double(&r, delta);
        request_string(&r, "double");
        return request_run_double(&r, ret_sum);
}

int shmgr_dict_cas(shmgr_dict *dict, const char *key, struct json_object *expected,
                   struct json_object *value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.cas");
        request_string(&r, key);
        request_json(&r, expected);
        request_json(&r, value);
        return request_run_flag(&r);
}

int shmgr_dict_cas_int64(shmgr_dict *dict, const char *key, int64_t expected, int64_t value) {
        Request r;

        proxy_begin(&r, &dict->proxy, "dict.cas");
        request_string(&r, key);
        request_int(&r, expected);
        request_int(&r, value);
        return request_run_flag(&r);
}
