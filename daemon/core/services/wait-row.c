/* Rows of server.waits and server.scan_waits: one hold, or one wait. */
#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "monitor.h"
#include "object.h"
#include "services/wait-row.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "work.h"

bool wait_row_may_see(const Session *to, const Session *session, const Object *object) {
        return session == to || monitor_may_see(to, object);
}

struct json_object *wait_row_of_hold(const Hold *hold) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        int64_t held_ns = hold->session->core->now_ns - hold->since_ns;

        if (!o || json_put_string(o, "name", hold->object->name) < 0 ||
            json_put_string(o, "type", hold->object->type->name) < 0 ||
            json_put_int(o, "n", (int64_t)hold->n) < 0 ||
            json_put_int(o, "held_ms", held_ns / 1000000) < 0)
                return NULL;
        if (hold->token && json_put_int(o, "token", (int64_t)hold->token) < 0)
                return NULL;
        if (hold->mode && json_put_string(o, "mode", hold->mode) < 0)
                return NULL;
        return TAKE_PTR(o);
}

struct json_object *wait_row_names(Wait *wait, const Session *to) {
        CLEANUP(json_putp) struct json_object *names = json_object_new_array();

        if (!names)
                return NULL;
        work_count(wait_call(wait)->core, WAIT_ROW_STEPS + wait_n_places(wait) * WAIT_PLACE_STEPS);
        for (size_t i = 0; i < wait_n_places(wait); i++) {
                const Object *object = wait_place(wait, i)->queue->object;
                if (wait_row_may_see(to, wait_call(wait)->session, object) &&
                    json_push(names, json_object_new_string(object->name)) < 0)
                        return NULL;
        }
        return TAKE_PTR(names);
}

struct json_object *wait_row_of_wait(Wait *wait, struct json_object *names) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        const Call *call = wait_call(wait);
        int64_t now_ns = call->core->now_ns, left_ns = call->deadline.key - now_ns;

        if (!o || json_put_string(o, "method", call->ref->name) < 0 ||
            json_put(o, "names", json_object_get(names)) < 0 ||
            json_put_int(o, "waiting_ms", (now_ns - wait->since_ns) / 1000000) < 0)
                return NULL;
        if (call->deadline.key < INT64_MAX &&
            json_put_int(o, "left_ms", left_ns > 0 ? left_ns / 1000000 : 0) < 0)
                return NULL;
        return TAKE_PTR(o);
}
