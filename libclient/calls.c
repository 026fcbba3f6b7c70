/* Calls by the name of their method, and calls for objects of any type. */
#include <json-c/json.h>

#include "request-run.h"

int shmgr_call(shmgr_manager *manager, const char *method, struct json_object *params,
               struct json_object **ret_result) {
        Request r;

        request_begin_raw(&r, manager, method, params);
        return request_run(&r, ret_result);
}

int shmgr_ping(shmgr_manager *manager) {
        return shmgr_call(manager, "server.ping", NULL, NULL);
}

static int call_with_name(shmgr_manager *manager, const char *method, const char *name,
                          struct json_object **ret) {
        Request r;

        request_begin(&r, manager, method);
        if (name)
                request_string(&r, name);
        return request_run(&r, ret);
}

int shmgr_delete(shmgr_manager *manager, const char *name) {
        return call_with_name(manager, "object.delete", name, NULL);
}

int shmgr_stat(shmgr_manager *manager, const char *name, struct json_object **ret_stat) {
        return call_with_name(manager, "object.stat", name, ret_stat);
}

int shmgr_chmod(shmgr_manager *manager, const char *name, unsigned mode) {
        Request r;

        request_begin(&r, manager, "object.chmod");
        request_string(&r, name);
        request_int(&r, mode);
        return request_run(&r, NULL);
}

/* A negative number leaves this part as it is: null in the request. */
static void request_part(Request *r, int64_t id) {
        if (id < 0)
                request_null(r);
        else
                request_int(r, id);
}

int shmgr_chown(shmgr_manager *manager, const char *name, int64_t uid, int64_t gid) {
        Request r;

        request_begin(&r, manager, "object.chown");
        request_string(&r, name);
        request_part(&r, uid);
        request_part(&r, gid);
        return request_run(&r, NULL);
}

int shmgr_limit(shmgr_manager *manager, const char *name, int64_t max_bytes) {
        Request r;

        request_begin(&r, manager, "object.limit");
        request_string(&r, name);
        request_part(&r, max_bytes);
        return request_run(&r, NULL);
}
