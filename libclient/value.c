/* The proxy of values. */
#include "proxy.h"

DEFINE_PROXY(value)

int shmgr_value_get(shmgr_value *value, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.get");
        return request_run(&r, ret_value);
}

int shmgr_value_set(shmgr_value *value, struct json_object *new_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.set");
        request_json(&r, new_value);
        return request_run(&r, NULL);
}

int shmgr_value_get_int64(shmgr_value *value, int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.get");
        return request_run_int(&r, ret_value);
}

int shmgr_value_get_double(shmgr_value *value, double *ret_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.get");
        return request_run_double(&r, ret_value);
}

int shmgr_value_get_bool(shmgr_value *value, int *ret_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.get");
        return request_run_bool(&r, ret_value);
}

int shmgr_value_get_string(shmgr_value *value, char **ret_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.get");
        return request_run_string(&r, ret_value);
}

int shmgr_value_set_int64(shmgr_value *value, int64_t new_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.set");
        request_int(&r, new_value);
        return request_run(&r, NULL);
}

int shmgr_value_set_double(shmgr_value *value, double new_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.set");
        request_double(&r, new_value);
        return request_run(&r, NULL);
}

int shmgr_value_set_bool(shmgr_value *value, int new_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.set");
        request_bool(&r, new_value);
        return request_run(&r, NULL);
}

int shmgr_value_set_string(shmgr_value *value, const char *new_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.set");
        request_string(&r, new_value);
        return request_run(&r, NULL);
}

int shmgr_value_exchange(shmgr_value *value, struct json_object *new_value,
                         struct json_object **ret_old) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.exchange");
        request_json(&r, new_value);
        return request_run(&r, ret_old);
}

int shmgr_value_cas(shmgr_value *value, struct json_object *expected,
                    struct json_object *new_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.cas");
        request_json(&r, expected);
        request_json(&r, new_value);
        return request_run_flag(&r);
}

int shmgr_value_cas_int64(shmgr_value *value, int64_t expected, int64_t new_value) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.cas");
        request_int(&r, expected);
        request_int(&r, new_value);
        return request_run_flag(&r);
}

int shmgr_value_add(shmgr_value *value, int64_t delta, int64_t *ret_sum) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.add");
        request_int(&r, delta);
        request_string(&r, "int64");
        return request_run_int(&r, ret_sum);
}

int shmgr_value_add_double(shmgr_value *value, double delta, double *ret_sum) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.add");
        request_double(&r, delta);
        request_string(&r, "double");
        return request_run_double(&r, ret_sum);
}

int shmgr_value_add_default(shmgr_value *value, int64_t delta, int64_t first, int64_t *ret_sum) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.add");
        request_int(&r, delta);
        request_string(&r, "int64");
        request_int(&r, first);
        return request_run_int(&r, ret_sum);
}

int shmgr_value_add_default_double(shmgr_value *value, double delta, double first,
                                   double *ret_sum) {
        Request r;

        proxy_begin(&r, &value->proxy, "value.add");
        request_double(&r, delta);
        request_string(&r, "double");
        request_double(&r, first);
        return request_run_double(&r, ret_sum);
}
