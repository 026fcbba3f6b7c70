/* Keeps the calls that wait for a restart. */
#include <errno.h>

#include "base/macros.h"
#include "call/call.h"
#include "call/methods.h"
#include "call/reply.h"
#include "core-state.h"
#include "json/json-util.h"
#include "restart.h"
#include "session.h"

int server_restart(Call *call, Object *none) {
        Session *session = call->session;

        if (call->n_id && !call->may_wait)
                return call_refuse(call, EAGAIN,
                                   "the reply of server.restart comes after the restart, so the "
                                   "call needs an id and cannot be part of a batch");
        if (call->n_id && session->restart)
                return call_refuse(call, EDQUOT, "this session is already waiting for a restart");
        call->core->wants_restart = true;
        if (!call->n_id)
                return call_return_null(call);
        restart_restore(call);
        return OUTCOME_LATER;
}

void restart_restore(Call *call) {
        call->session->restart = call;
        list_append(&call->core->restarts, &call->wait.in_object);
}

static Call *take(Session *session) {
        Call *call = TAKE_PTR(session->restart);

        if (call)
                list_unlink(&call->wait.in_object);
        return call;
}

void restart_forget(Session *session) {
        call_free(take(session));
}

static void end(Call *call, int outcome) {
        reply_outcome(call, outcome);
        call_free(call);
}

void restart_cancel(Session *session) {
        Call *call = take(session);

        if (call)
                end(call, call_refuse(call, ECANCELED, "the call was cancelled"));
}

static int answer(Call *call, int64_t pause_ns) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || json_put(o, "version", json_object_new_string(PACKAGE_VERSION)) < 0 ||
            json_put_int(o, "pause_ms", pause_ns / 1000000) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(o));
}

void restarts_note(Core *core, int64_t pause_ns) {
        for (List *node; (node = list_first(&core->restarts));) {
                Call *call = take(LIST_ENTRY(node, Call, wait.in_object)->session);
                end(call, answer(call, pause_ns));
        }
}

void restarts_refuse(Core *core, int error, const char *why) {
        for (List *node; (node = list_first(&core->restarts));) {
                Call *call = take(LIST_ENTRY(node, Call, wait.in_object)->session);
                end(call, call_refuse(call, error, "the daemon was not restarted: %s", why));
        }
}
