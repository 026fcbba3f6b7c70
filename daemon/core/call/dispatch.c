/* Dispatch: from a method's name to its outcome. The one function that every call passes.
 *
 * The order of the checks decides what a caller learns: the method, the arguments, the object, the
 * permission, the work, and only then the method itself. A caller without permission gets EACCES
 * before anything of the object's state is looked at, and object_hide_state() takes it out of errors
 * that a caller without the read bit gets.
 *
 * A parked call that is tried again (dispatch_again()) skips all that cannot have changed;
 * permission may have, so it is checked again. */
#include <errno.h>

#include "call/args.h"
#include "call/call-work.h"
#include "call/dispatch.h"
#include "call/methods.h"
#include "call/reply.h"
#include "change.h"
#include "core-state.h"
#include "denied.h"
#include "idle.h"
#include "monitor.h"
#include "object.h"
#include "reference.h"
#include "registry.h"
#include "session.h"
#include "wait/hold.h"
#include "work.h"

/* Gives back what the session has taken: the permission bits may have changed since. */
static bool gives_back(const Call *call) {
        return call->ref->method->flags & METHOD_GIVES_BACK &&
               hold_find(call->session, call->object);
}

static int check_access(Call *call) {
        static const char *const verbs[] = {
                [ACCESS_READ] = "read",
                [ACCESS_WRITE] = "change",
                [ACCESS_READ | ACCESS_WRITE] = "read and change",
        };
        const Object *object = call->object;
        unsigned access = call->ref->access;

        if (object_allows(object, call->session, access) || gives_back(call))
                return OUTCOME_DONE;
        return object_deny(call, object, verbs[access]);
}

static int check_operator(Call *call) {
        const Session *session = call->session;

        if (!(call->ref->method->flags & METHOD_OPERATES) || session_is_operator(session))
                return OUTCOME_DONE;
        return call_refuse(call, EACCES,
                           "%s: only root and the user who runs the daemon, uid %u, may call it, "
                           "not uid %u",
                           call->ref->name, call->core->uid, session->peer.uid);
}

static int find_object(Call *call) {
        const Type *type = call->ref->type;
        size_t n;
        const char *name = value_bytes(&call->values[0], &n);

        call->object = object_find(call->core, name, n);
        if (!call->object)
                return call_refuse(call, ENOENT,
                                   "no object has the name %s: %s.open with create makes one",
                                   call_quote(name, n), type->name);
        if (call->object->type != type)
                return call_refuse(call, EPROTOTYPE, "%s is %s %s, not %s %s", call_quote(name, n),
                                   type_article(call->object->type), call->object->type->name,
                                   type_article(type), type->name);
        int r = check_access(call);
        if (r == OUTCOME_DONE)
                call_use(call, call->object);
        return r;
}

/* Calls that arrived before the end of their session still run, but a session that is gone is
 * granted nothing: it could never give it back. */
static int check_taker(Call *call) {
        if (!(call->ref->method->flags & METHOD_TAKES) || !call->n_id || !call->session->is_gone)
                return OUTCOME_DONE;
        return call_refuse(call, ECONNRESET, "%s: the session of the caller has ended",
                           call->ref->name);
}

static int without_state(Call *call, int outcome) {
        return call->ref->access ? object_hide_state(call, call->object, outcome) : outcome;
}

/* Calls that give something back are allowed while the store has failed. */
static int check_store(Call *call) {
        unsigned flags = call->ref->method->flags;

        if (!call->core->changes.fault || !call->object || !call->object->durable ||
            !(flags & METHOD_WRITES) || flags & METHOD_GIVES_BACK)
                return OUTCOME_DONE;
        return call_refuse_unstored(call);
}

static int run(Call *call, const JsonSpan *params) {
        int r = args_bind(call, params);
        if (r == OUTCOME_DONE)
                r = check_taker(call);
        if (r == OUTCOME_DONE && !call->ref->type)
                r = check_operator(call);
        else if (r == OUTCOME_DONE && !(call->ref->method->flags & METHOD_OPENS))
                r = find_object(call);
        if (r == OUTCOME_DONE)
                r = check_store(call);
        if (r != OUTCOME_DONE)
                return r;
        r = work_admit(call);
        if (r == OUTCOME_DONE)
                r = call->ref->method->run(call, call->object);
        return without_state(call, r);
}

static void refuse_method(Call *call, const char *method, size_t n) {
        reply_fault(call->session, call->id, call->n_id, -32601, ENOSYS,
                    "unknown method %s: rpc.discover lists all methods", call_quote(method, n));
}

static void dispatch_call(Call *call, const char *method, size_t n_method, const JsonSpan *params) {
        Core *core = call->core;

        core->stats.n_calls++;
        core->changes.touched = 0;
        work_count(core, 1);
        if (!call->n_id)
                core->stats.n_notifications++;
        call->ref = method_find(core, method, n_method);
        if (!call->ref) {
                if (call->n_id)
                        refuse_method(call, method, n_method);
                call_free(call);
                return;
        }
        core->last_method = call->ref;
        call->ref->n_calls++;
        int r = run(call, params);
        if (r == OUTCOME_PARKED) {
                call->has_waited = true;
                monitors_tell(call, MONITOR_WAIT, r);
                return;
        }
        if (r == OUTCOME_LATER)
                return;
        reply_outcome(call, r);
        /* Libraries often send a notification on their own before the first call. */
        if (call->n_id)
                leases_end(call->session, call->number);
        call_free(call);
}

void dispatch(Call *call, const char *method, size_t n_method, const JsonSpan *params) {
        Core *core = call->core;

        core->n_running++;
        dispatch_call(call, method, n_method, params);
        core->n_running--;
}

int dispatch_again(Call *call) {
        /* The bits may have changed during the wait. */
        int r = call->object ? check_access(call) : OUTCOME_DONE;

        call->core->changes.touched = 0;
        if (call->object && call->object->durable)
                changes_touch(&call->core->changes, call->object->durable);
        if (r == OUTCOME_DONE)
                r = check_store(call);
        return r == OUTCOME_DONE ? without_state(call, call->ref->method->run(call, call->object))
                                 : r;
}
