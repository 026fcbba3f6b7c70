/* The proxy of namespaces. */
#include "proxy.h"

DEFINE_PROXY(namespace)

int shmgr_namespace_get(shmgr_namespace *ns, const char *key, struct json_object **ret_value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.get");
        request_string(&r, key);
        return request_run(&r, ret_value);
}

int shmgr_namespace_set(shmgr_namespace *ns, const char *key, struct json_object *value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.set");
        request_string(&r, key);
        request_json(&r, value);
        return request_run(&r, NULL);
}

int shmgr_namespace_get_int64(shmgr_namespace *ns, const char *key, int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.get");
        request_string(&r, key);
        return request_run_int(&r, ret_value);
}

int shmgr_namespace_get_double(shmgr_namespace *ns, const char *key, double *ret_value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.get");
        request_string(&r, key);
        return request_run_double(&r, ret_value);
}

int shmgr_namespace_get_bool(shmgr_namespace *ns, const char *key, int *ret_value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.get");
        request_string(&r, key);
        return request_run_bool(&r, ret_value);
}

int shmgr_namespace_get_string(shmgr_namespace *ns, const char *key, char **ret_value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.get");
        request_string(&r, key);
        return request_run_string(&r, ret_value);
}

int shmgr_namespace_set_int64(shmgr_namespace *ns, const char *key, int64_t value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.set");
        request_string(&r, key);
        request_int(&r, value);
        return request_run(&r, NULL);
}

int shmgr_namespace_set_double(shmgr_namespace *ns, const char *key, double value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.set");
        request_string(&r, key);
        request_double(&r, value);
        return request_run(&r, NULL);
}

int shmgr_namespace_set_bool(shmgr_namespace *ns, const char *key, int value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.set");
        request_string(&r, key);
        request_bool(&r, value);
        return request_run(&r, NULL);
}

int shmgr_namespace_set_string(shmgr_namespace *ns, const char *key, const char *value) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.set");
        request_string(&r, key);
        request_string(&r, value);
        return request_run(&r, NULL);
}

int shmgr_namespace_delete(shmgr_namespace *ns, const char *key) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.delete");
        request_string(&r, key);
        return request_run(&r, NULL);
}

int shmgr_namespace_add(shmgr_namespace *ns, const char *key, int64_t delta, int64_t *ret_sum) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.add");
        request_string(&r, key);
        request_int(&r, delta);
        request_string(&r, "int64");
        return request_run_int(&r, ret_sum);
}

int shmgr_namespace_add_double(shmgr_namespace *ns, const char *key, double delta,
                               double *ret_sum) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.add");
        request_string(&r, key);
        request_double(&r, delta);
        request_string(&r, "double");
        return request_run_double(&r, ret_sum);
}

int shmgr_namespace_add_default(shmgr_namespace *ns, const char *key, int64_t delta, int64_t first,
                                int64_t *ret_sum) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.add");
        request_string(&r, key);
        request_int(&r, delta);
        request_string(&r, "int64");
        request_int(&r, first);
        return request_run_int(&r, ret_sum);
}

int shmgr_namespace_add_default_double(shmgr_namespace *ns, const char *key, double delta,
                                       double first, double *ret_sum) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.add");
        request_string(&r, key);
        request_double(&r, delta);
        request_string(&r, "double");
        request_double(&r, first);
        return request_run_double(&r, ret_sum);
}

int shmgr_namespace_contains(shmgr_namespace *ns, const char *key, int *ret_contains) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.contains");
        request_string(&r, key);
        return request_run_bool(&r, ret_contains);
}

int shmgr_namespace_items(shmgr_namespace *ns, struct json_object **ret_array) {
        Request r;

        proxy_begin(&r, &ns->proxy, "namespace.items");
        return request_run(&r, ret_array);
}
