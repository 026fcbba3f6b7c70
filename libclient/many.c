/* Waits for several objects at once, and lists waiting calls. */
#include <errno.h>

#include "json/json-util.h"
#include "request-run.h"

int shmgr_acquire_many(shmgr_manager *manager, struct json_object *objects, int64_t timeout_ms,
                       struct json_object **ret_grants) {
        CLEANUP(json_putp) struct json_object *result = NULL;
        struct json_object *grants;
        Request r;

        request_begin(&r, manager, "lock.acquire_many");
        request_json(&r, objects);
        request_timeout(&r, timeout_ms);
        request_holds_many(&r, objects);
        int error = request_run(&r, &result);
        if (error < 0 || !ret_grants)
                return error;
        if (!json_object_object_get_ex(result, "grants", &grants))
                return client_fail(r.client, -EBADMSG,
                                   "the daemon's reply to lock.acquire_many is not understood");
        *ret_grants = json_object_get(grants);
        return 0;
}

int shmgr_wait_any(shmgr_manager *manager, struct json_object *conditions, int64_t timeout_ms,
                   int64_t *ret_index) {
        CLEANUP(json_putp) struct json_object *result = NULL;
        struct json_object *index;
        Request r;

        request_begin(&r, manager, "object.wait_any");
        request_json(&r, conditions);
        request_timeout(&r, timeout_ms);
        int error = request_run(&r, &result);
        if (error < 0 || !ret_index)
                return error;
        if (!json_object_object_get_ex(result, "index", &index))
                return client_fail(r.client, -EBADMSG,
                                   "the daemon's reply to object.wait_any is not understood");
        *ret_index = json_object_get_int64(index);
        return 0;
}

int shmgr_waits(shmgr_manager *manager, struct json_object **ret_waits) {
        Request r;

        request_begin(&r, manager, "server.waits");
        return request_run(&r, ret_waits);
}
