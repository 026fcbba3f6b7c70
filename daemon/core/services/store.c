/* The part of the services about the store of durable objects. */
#include <errno.h>

#include "base/errno-name.h"
#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "services/store.h"

/* The shell resumes after the call: see core_take_resume(). */
int server_resume(Call *call, Object *none) {
        Changes *changes = &call->core->changes;

        changes->wants_resume = changes->fault != 0;
        return call_return_bool(call, changes->wants_resume);
}

struct json_object *store_describe(const Core *core) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        const Changes *changes = &core->changes;
        bool is_unsynced = !list_is_empty(&changes->sync) || !list_is_empty(&changes->async) ||
                           changes->committed + 1 < changes->epoch;

        if (!o || json_put_int(o, "objects", (int64_t)changes->n_objects) < 0 ||
            json_put_bool(o, "unsynced", is_unsynced) < 0 ||
            json_put_int(o, "held", (int64_t)changes->n_held) < 0 ||
            json_put_int(o, "transactions", (int64_t)changes->n_committed) < 0 ||
            json_put_int(o, "last_us", changes->last_ns / 1000) < 0 ||
            json_put_int(o, "max_us", changes->max_ns / 1000) < 0)
                return NULL;
        if (changes->fault && json_put_string(o, "fault", errno_name(changes->fault)) < 0)
                return NULL;
        return TAKE_PTR(o);
}
