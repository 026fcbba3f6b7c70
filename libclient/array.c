/* The proxy of arrays. */
#include "proxy.h"

DEFINE_PROXY(array)

int shmgr_array_get(shmgr_array *array, int64_t index, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.get");
        request_int(&r, index);
        return request_run(&r, ret_value);
}

int shmgr_array_set(shmgr_array *array, int64_t index, struct json_object *value) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.set");
        request_int(&r, index);
        request_json(&r, value);
        return request_run(&r, NULL);
}

int shmgr_array_get_int64(shmgr_array *array, int64_t index, int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.get");
        request_int(&r, index);
        return request_run_int(&r, ret_value);
}

int shmgr_array_get_double(shmgr_array *array, int64_t index, double *ret_value) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.get");
        request_int(&r, index);
        return request_run_double(&r, ret_value);
}

int shmgr_array_get_bool(shmgr_array *array, int64_t index, int *ret_value) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.get");
        request_int(&r, index);
        return request_run_bool(&r, ret_value);
}

int shmgr_array_set_int64(shmgr_array *array, int64_t index, int64_t value) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.set");
        request_int(&r, index);
        request_int(&r, value);
        return request_run(&r, NULL);
}

int shmgr_array_set_double(shmgr_array *array, int64_t index, double value) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.set");
        request_int(&r, index);
        request_double(&r, value);
        return request_run(&r, NULL);
}

int shmgr_array_set_bool(shmgr_array *array, int64_t index, int value) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.set");
        request_int(&r, index);
        request_bool(&r, value);
        return request_run(&r, NULL);
}

int shmgr_array_slice(shmgr_array *array, int64_t start, int64_t stop, int64_t step,
                      struct json_object **ret_array) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.slice");
        request_slice(&r, start, stop, step);
        return request_run(&r, ret_array);
}

int shmgr_array_set_slice(shmgr_array *array, int64_t start, int64_t stop, int64_t step,
                          struct json_object *values) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.set_slice");
        request_slice(&r, start, stop, step);
        request_json(&r, values);
        return request_run(&r, NULL);
}

int shmgr_array_length(shmgr_array *array, int64_t *ret_length) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.length");
        return request_run_int(&r, ret_length);
}

int shmgr_array_add(shmgr_array *array, int64_t index, int64_t delta, int64_t *ret_sum) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.add");
        request_int(&r, index);
        request_int(&r, delta);
        request_string(&r, "int64");
        return request_run_int(&r, ret_sum);
}

int shmgr_array_add_double(shmgr_array *array, int64_t index, double delta, double *ret_sum) {
        Request r;

        proxy_begin(&r, &array->proxy, "array.add");
        request_int(&r, index);
        request_double(&r, delta);
        request_string(&r, "double");
        return request_run_double(&r, ret_sum);
}
