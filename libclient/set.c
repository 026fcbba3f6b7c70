/* The proxy of sets. */
#include "proxy.h"

DEFINE_PROXY(set)

int shmgr_set_add(shmgr_set *set, struct json_object *value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.add");
        request_json(&r, value);
        return request_run_flag(&r);
}

int shmgr_set_add_int64(shmgr_set *set, int64_t value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.add");
        request_int(&r, value);
        return request_run_flag(&r);
}

int shmgr_set_add_double(shmgr_set *set, double value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.add");
        request_double(&r, value);
        return request_run_flag(&r);
}

int shmgr_set_add_string(shmgr_set *set, const char *value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.add");
        request_string(&r, value);
        return request_run_flag(&r);
}

int shmgr_set_discard(shmgr_set *set, struct json_object *value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.discard");
        request_json(&r, value);
        return request_run_flag(&r);
}

int shmgr_set_discard_int64(shmgr_set *set, int64_t value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.discard");
        request_int(&r, value);
        return request_run_flag(&r);
}

int shmgr_set_discard_double(shmgr_set *set, double value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.discard");
        request_double(&r, value);
        return request_run_flag(&r);
}

int shmgr_set_discard_string(shmgr_set *set, const char *value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.discard");
        request_string(&r, value);
        return request_run_flag(&r);
}

int shmgr_set_remove(shmgr_set *set, struct json_object *value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.remove");
        request_json(&r, value);
        return request_run(&r, NULL);
}

int shmgr_set_pop(shmgr_set *set, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.pop");
        return request_run(&r, ret_value);
}

int shmgr_set_contains(shmgr_set *set, struct json_object *value, int *ret_contains) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.contains");
        request_json(&r, value);
        return request_run_bool(&r, ret_contains);
}

int shmgr_set_contains_int64(shmgr_set *set, int64_t value, int *ret_contains) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.contains");
        request_int(&r, value);
        return request_run_bool(&r, ret_contains);
}

int shmgr_set_contains_double(shmgr_set *set, double value, int *ret_contains) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.contains");
        request_double(&r, value);
        return request_run_bool(&r, ret_contains);
}

int shmgr_set_contains_string(shmgr_set *set, const char *value, int *ret_contains) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.contains");
        request_string(&r, value);
        return request_run_bool(&r, ret_contains);
}

int shmgr_set_length(shmgr_set *set, int64_t *ret_length) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.length");
        return request_run_int(&r, ret_length);
}

int shmgr_set_clear(shmgr_set *set) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.clear");
        return request_run(&r, NULL);
}

int shmgr_set_copy(shmgr_set *set, struct json_object **ret_array) {
        Request r;

        proxy_begin(&r, &set->proxy, "set.copy");
        return request_run(&r, ret_array);
}

int shmgr_set_scan(shmgr_set *set, int64_t *cursor, int64_t count, struct json_object **ret_array) {
        return proxy_scan(&set->proxy, "set.scan", cursor, count, ret_array);
}

/* The operand is an array of values, or another shared set. */
static void operand_values(Request *r, shmgr_set *set, const char *method,
                           struct json_object *values) {
        proxy_begin(r, &set->proxy, method);
        request_json(r, values);
}

static void operand_shared(Request *r, shmgr_set *set, const char *method, shmgr_set *other) {
        proxy_begin(r, &set->proxy, method);
        request_null(r);
        request_string(r, other->proxy.target.name);
}

int shmgr_set_union(shmgr_set *set, struct json_object *values, struct json_object **ret_array) {
        Request r;

        operand_values(&r, set, "set.union", values);
        return request_run(&r, ret_array);
}

int shmgr_set_union_with(shmgr_set *set, shmgr_set *other, struct json_object **ret_array) {
        Request r;

        operand_shared(&r, set, "set.union", other);
        return request_run(&r, ret_array);
}

int shmgr_set_intersection(shmgr_set *set, struct json_object *values,
                           struct json_object **ret_array) {
        Request r;

        operand_values(&r, set, "set.intersection", values);
        return request_run(&r, ret_array);
}

int shmgr_set_intersection_with(shmgr_set *set, shmgr_set *other, struct json_object **ret_array) {
        Request r;

        operand_shared(&r, set, "set.intersection", other);
        return request_run(&r, ret_array);
}

int shmgr_set_difference(shmgr_set *set, struct json_object *values,
                         struct json_object **ret_array) {
        Request r;

        operand_values(&r, set, "set.difference", values);
        return request_run(&r, ret_array);
}

int shmgr_set_difference_with(shmgr_set *set, shmgr_set *other, struct json_object **ret_array) {
        Request r;

        operand_shared(&r, set, "set.difference", other);
        return request_run(&r, ret_array);
}

int shmgr_set_symmetric_difference(shmgr_set *set, struct json_object *values,
                                   struct json_object **ret_array) {
        Request r;

        operand_values(&r, set, "set.symmetric_difference", values);
        return request_run(&r, ret_array);
}

int shmgr_set_symmetric_difference_with(shmgr_set *set, shmgr_set *other,
                                        struct json_object **ret_array) {
        Request r;

        operand_shared(&r, set, "set.symmetric_difference", other);
        return request_run(&r, ret_array);
}

int shmgr_set_update(shmgr_set *set, struct json_object *values) {
        Request r;

        operand_values(&r, set, "set.update", values);
        return request_run(&r, NULL);
}

int shmgr_set_update_with(shmgr_set *set, shmgr_set *other) {
        Request r;

        operand_shared(&r, set, "set.update", other);
        return request_run(&r, NULL);
}

int shmgr_set_intersection_update(shmgr_set *set, struct json_object *values) {
        Request r;

        operand_values(&r, set, "set.intersection_update", values);
        return request_run(&r, NULL);
}

int shmgr_set_intersection_update_with(shmgr_set *set, shmgr_set *other) {
        Request r;

        operand_shared(&r, set, "set.intersection_update", other);
        return request_run(&r, NULL);
}

int shmgr_set_difference_update(shmgr_set *set, struct json_object *values) {
        Request r;

        operand_values(&r, set, "set.difference_update", values);
        return request_run(&r, NULL);
}

int shmgr_set_difference_update_with(shmgr_set *set, shmgr_set *other) {
        Request r;

        operand_shared(&r, set, "set.difference_update", other);
        return request_run(&r, NULL);
}

int shmgr_set_symmetric_difference_update(shmgr_set *set, struct json_object *values) {
        Request r;

        operand_values(&r, set, "set.symmetric_difference_update", values);
        return request_run(&r, NULL);
}

int shmgr_set_symmetric_difference_update_with(shmgr_set *set, shmgr_set *other) {
        Request r;

        operand_shared(&r, set, "set.symmetric_difference_update", other);
        return request_run(&r, NULL);
}

int shmgr_set_issubset(shmgr_set *set, struct json_object *values, int *ret_is) {
        Request r;

        operand_values(&r, set, "set.issubset", values);
        return request_run_bool(&r, ret_is);
}

int shmgr_set_issubset_with(shmgr_set *set, shmgr_set *other, int *ret_is) {
        Request r;

        operand_shared(&r, set, "set.issubset", other);
        return request_run_bool(&r, ret_is);
}

int shmgr_set_issuperset(shmgr_set *set, struct json_object *values, int *ret_is) {
        Request r;

        operand_values(&r, set, "set.issuperset", values);
        return request_run_bool(&r, ret_is);
}

int shmgr_set_issuperset_with(shmgr_set *set, shmgr_set *other, int *ret_is) {
        Request r;

        operand_shared(&r, set, "set.issuperset", other);
        return request_run_bool(&r, ret_is);
}

int shmgr_set_isdisjoint(shmgr_set *set, struct json_object *values, int *ret_is) {
        Request r;

        operand_values(&r, set, "set.isdisjoint", values);
        return request_run_bool(&r, ret_is);
}

int shmgr_set_isdisjoint_with(shmgr_set *set, shmgr_set *other, int *ret_is) {
        Request r;

        operand_shared(&r, set, "set.isdisjoint", other);
        return request_run_bool(&r, ret_is);
}
