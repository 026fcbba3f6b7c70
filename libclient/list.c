/* The proxy of lists. */
#include "proxy.h"

DEFINE_PROXY(list)

int shmgr_list_get(shmgr_list *list, int64_t index, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.get");
        request_int(&r, index);
        return request_run(&r, ret_value);
}

int shmgr_list_set(shmgr_list *list, int64_t index, struct json_object *value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.set");
        request_int(&r, index);
        request_json(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_get_int64(shmgr_list *list, int64_t index, int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.get");
        request_int(&r, index);
        return request_run_int(&r, ret_value);
}

int shmgr_list_get_double(shmgr_list *list, int64_t index, double *ret_value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.get");
        request_int(&r, index);
        return request_run_double(&r, ret_value);
}

int shmgr_list_get_bool(shmgr_list *list, int64_t index, int *ret_value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.get");
        request_int(&r, index);
        return request_run_bool(&r, ret_value);
}

int shmgr_list_get_string(shmgr_list *list, int64_t index, char **ret_value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.get");
        request_int(&r, index);
        return request_run_string(&r, ret_value);
}

int shmgr_list_set_int64(shmgr_list *list, int64_t index, int64_t value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.set");
        request_int(&r, index);
        request_int(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_set_double(shmgr_list *list, int64_t index, double value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.set");
        request_int(&r, index);
        request_double(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_set_bool(shmgr_list *list, int64_t index, int value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.set");
        request_int(&r, index);
        request_bool(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_set_string(shmgr_list *list, int64_t index, const char *value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.set");
        request_int(&r, index);
        request_string(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_append(shmgr_list *list, struct json_object *value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.append");
        request_json(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_append_int64(shmgr_list *list, int64_t value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.append");
        request_int(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_append_double(shmgr_list *list, double value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.append");
        request_double(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_append_bool(shmgr_list *list, int value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.append");
        request_bool(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_append_string(shmgr_list *list, const char *value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.append");
        request_string(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_extend(shmgr_list *list, struct json_object *values) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.extend");
        request_json(&r, values);
        return request_run(&r, NULL);
}

int shmgr_list_insert(shmgr_list *list, int64_t index, struct json_object *value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.insert");
        request_int(&r, index);
        request_json(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_pop(shmgr_list *list, int64_t index, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.pop");
        request_int(&r, index);
        return request_run(&r, ret_value);
}

int shmgr_list_remove(shmgr_list *list, struct json_object *value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.remove");
        request_json(&r, value);
        return request_run(&r, NULL);
}

int shmgr_list_index(shmgr_list *list, struct json_object *value, int64_t *ret_index) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.index");
        request_json(&r, value);
        return request_run_int(&r, ret_index);
}

int shmgr_list_index_within(shmgr_list *list, struct json_object *value, int64_t start,
                            int64_t stop, int64_t *ret_index) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.index");
        request_json(&r, value);
        request_place(&r, start);
        request_place(&r, stop);
        return request_run_int(&r, ret_index);
}

int shmgr_list_count(shmgr_list *list, struct json_object *value, int64_t *ret_count) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.count");
        request_json(&r, value);
        return request_run_int(&r, ret_count);
}

int shmgr_list_contains(shmgr_list *list, struct json_object *value, int *ret_contains) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.contains");
        request_json(&r, value);
        return request_run_bool(&r, ret_contains);
}

int shmgr_list_length(shmgr_list *list, int64_t *ret_length) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.length");
        return request_run_int(&r, ret_length);
}

static void slice_begin(Request *r, shmgr_list *list, const char *method, int64_t start,
                        int64_t stop, int64_t step) {
        proxy_begin(r, &list->proxy, method);
        request_slice(r, start, stop, step);
}

int shmgr_list_slice(shmgr_list *list, int64_t start, int64_t stop, int64_t step,
                     struct json_object **ret_array) {
        Request r;

        slice_begin(&r, list, "list.slice", start, stop, step);
        return request_run(&r, ret_array);
}

int shmgr_list_set_slice(shmgr_list *list, int64_t start, int64_t stop, int64_t step,
                         struct json_object *values) {
        Request r;

        slice_begin(&r, list, "list.set_slice", start, stop, step);
        request_json(&r, values);
        return request_run(&r, NULL);
}

int shmgr_list_delete_slice(shmgr_list *list, int64_t start, int64_t stop, int64_t step) {
        Request r;

        slice_begin(&r, list, "list.delete_slice", start, stop, step);
        return request_run(&r, NULL);
}

int shmgr_list_delete(shmgr_list *list, int64_t index) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.delete");
        request_int(&r, index);
        return request_run(&r, NULL);
}

int shmgr_list_reverse(shmgr_list *list) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.reverse");
        return request_run(&r, NULL);
}

int shmgr_list_sort(shmgr_list *list, int descending) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.sort");
        request_bool(&r, descending);
        return request_run(&r, NULL);
}

int shmgr_list_repeat(shmgr_list *list, int64_t n) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.repeat");
        request_int(&r, n);
        return request_run(&r, NULL);
}

int shmgr_list_clear(shmgr_list *list) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.clear");
        return request_run(&r, NULL);
}

int shmgr_list_copy(shmgr_list *list, struct json_object **ret_array) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.copy");
        return request_run(&r, ret_array);
}

int shmgr_list_add(shmgr_list *list, int64_t index, int64_t delta, int64_t *ret_sum) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.add");
        request_int(&r, index);
        request_int(&r, delta);
        request_string(&r, "int64");
        return request_run_int(&r, ret_sum);
}

int shmgr_list_add_double(shmgr_list *list, int64_t index, double delta, double *ret_sum) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.add");
        request_int(&r, index);
        request_double(&r, delta);
        request_string(&r, "double");
        return request_run_double(&r, ret_sum);
}

int shmgr_list_cas(shmgr_list *list, int64_t index, struct json_object *expected,
                   struct json_object *value) {
        Request r;

        proxy_begin(&r, &list->proxy, "list.cas");
        request_int(&r, index);
        request_json(&r, expected);
        request_json(&r, value);
        return request_run_flag(&r);
}
