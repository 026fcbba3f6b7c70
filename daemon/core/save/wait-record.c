/* Records of waiting calls: the text of the call, and the places where it waits.
 *
 * A parked call is little more than its request: its method and arguments, a phase and a number
 * (Call.phase, Call.saved), and for a condition the hold that it gave up. A method that keeps more
 * state has a function `restore`, which makes it again from the arguments and checks the rest.
 *
 * The places are compared with those where the method could wait (check_places()), so a damaged
 * record cannot put a call into a queue whose serving would run a method on the wrong object. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno-name.h"
#include "call/args.h"
#include "call/call.h"
#include "call/methods.h"
#include "core-state.h"
#include "json/json-scan.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "object.h"
#include "save/records.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/park.h"
#include "wait/wait.h"

enum { PLACES_MAX = 64 };

/* ---- Saving */

/* Queues of an object have no names. Their order is that in which the type initialises them, the
 * same in every daemon. */
static unsigned queue_index(const WaitQueue *queue) {
        unsigned i = 0;

        LIST_FOREACH (node, &queue->object->queues) {
                if (node == &queue->in_object)
                        break;
                i++;
        }
        return i;
}

static void places_save(const Wait *wait, SnapshotWriter *w) {
        snapshot_open_array(w, "places");
        for (size_t i = 0; i < wait_n_places(wait); i++) {
                const Waiter *waiter = wait_place((Wait *)wait, i);
                snapshot_open_object(w, NULL);
                snapshot_put_uint(w, "object", waiter->queue->object->id);
                snapshot_put_int(w, "queue", queue_index(waiter->queue));
                snapshot_put_bool(w, "shared", waiter->claim.is_shared);
                snapshot_put_uint(w, "n", waiter->claim.n);
                snapshot_put_int(w, "level", waiter_level(waiter));
                snapshot_put_bool(w, "first", waiter_serial(waiter) < 0);
                snapshot_close_object(w);
        }
        snapshot_close_array(w);
}

static void failure_save(const Call *call, SnapshotWriter *w) {
        snapshot_open_object(w, "refused");
        snapshot_put_int(w, "code", call->code);
        snapshot_put_string(w, "errno", errno_name(call->error));
        snapshot_put_string(w, "text", call_failure_text(call));
        snapshot_write_tree(w, "data", call_failure_data(call));
        snapshot_close_object(w);
}

static void hold_save(const Hold *hold, SnapshotWriter *w) {
        snapshot_open_object(w, "hold");
        snapshot_put_uint(w, "object", hold->object->id);
        snapshot_put_uint(w, "token", hold->token);
        snapshot_put_uint(w, "n", hold->n);
        snapshot_put_int(w, "since_ns", hold->since_ns);
        snapshot_close_object(w);
}

/* Writes each argument by its name. */
static void params_save(const Call *call, SnapshotWriter *w) {
        snapshot_open_object(w, "params");
        for (unsigned i = 0; i < call->ref->n_args; i++)
                if (call->present & 1u << i)
                        snapshot_write_value(w, call->ref->args[i]->name, &call->values[i]);
        snapshot_close_object(w);
}

static void wait_save(const Wait *wait, SnapshotWriter *w) {
        const Call *call = wait_call(wait);

        snapshot_begin(w, "wait");
        snapshot_put_uint(w, "session", call->session->id);
        snapshot_put_int(w, "wait", wait_number(wait));
        snapshot_put_text(w, "id", call->id, call->n_id);
        snapshot_put_string(w, "method", call->ref->name);
        params_save(call, w);
        snapshot_put_uint(w, "object", call->object ? call->object->id : 0);
        snapshot_put_uint(w, "call", call->number);
        snapshot_put_int(w, "deadline_ns", call->deadline.key);
        snapshot_put_uint(w, "deadline_serial", call->deadline.serial);
        snapshot_put_int(w, "since_ns", wait->since_ns);
        snapshot_put_int(w, "relation", wait->relation.node.key);
        snapshot_put_int(w, "phase", call->phase);
        snapshot_put_uint(w, "saved", call->saved);
        snapshot_put_bool(w, "any", wait->need == WAIT_FOR_ANY);
        snapshot_put_bool(w, "several", wait->n_more > 0);
        snapshot_put_uint(w, "standing", wait->standing);
        places_save(wait, w);
        if (call->hold)
                hold_save(call->hold, w);
        if (call->error)
                failure_save(call, w);
}

void waits_save(const Core *core, SnapshotWriter *w) {
        LIST_FOREACH (node, &core->sessions) {
                const Session *session = LIST_ENTRY(node, Session, in_core);
                LIST_FOREACH (wait, &session->waits)
                        wait_save(LIST_ENTRY(wait, Wait, in_session), w);
        }
}

/* ---- Loading */

static WaitQueue *find_queue(const Object *object, int64_t i) {
        LIST_FOREACH (node, &object->queues)
                if (i-- == 0)
                        return LIST_ENTRY(node, WaitQueue, in_object);
        return NULL;
}

static void place_load(SnapshotReader *r, const JsonSpan *span, Place *place) {
        SnapshotRecord record;

        snapshot_enter_record(r, span, &record);
        const Object *object = snapshot_find_object(r, snapshot_get_uint(&record, "object"));
        int64_t index = snapshot_get_int(&record, "queue");
        place->claim.is_shared = snapshot_get_bool(&record, "shared");
        place->claim.n = snapshot_get_uint(&record, "n");
        place->level = snapshot_get_int(&record, "level");
        place->goes_first = snapshot_get_bool(&record, "first");
        snapshot_check_record(&record);
        if (r->error == 0 && !object->has_ended)
                place->queue = find_queue(object, index);
        if (!place->queue)
                snapshot_fail(r, -EBADMSG, "the object has no such queue");
}

/* Two places of a call on one level of one queue would be tried twice, and served twice. */
static bool is_twice(const Place *places, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (places[i].queue == places[n].queue && places[i].level == places[n].level)
                        return true;
        return false;
}

static size_t places_load(SnapshotReader *r, Place places[PLACES_MAX]) {
        JsonCursor cursor;
        JsonSpan span;
        size_t n = 0;

        snapshot_get_array(&r->record, "places", &cursor);
        while (snapshot_next_element(r, &cursor, &span)) {
                if (n == PLACES_MAX) {
                        snapshot_fail(r, -EBADMSG, "the call waits in too many places");
                        break;
                }
                places[n] = (Place){0};
                place_load(r, &span, &places[n]);
                if (r->error == 0 && is_twice(places, n))
                        snapshot_fail(r, -EBADMSG, "the call waits twice in one place");
                n++;
        }
        if (n == 0)
                snapshot_fail(r, -EBADMSG, "the call waits for no object");
        return n;
}

/* Reads the id, and makes the key by which calls are found. */
void call_id_load(Call *call, const char *key, SnapshotReader *r) {
        static const JsonLimits limits = {.max_depth = 1, .max_members = 1};
        CLEANUP(value_deinit) Value value = VALUE_NULL;
        JsonScan scan;
        size_t n;
        CLEANUP(freep) char *id = snapshot_get_text(&r->record, key, &n);

        if (r->error < 0)
                return;
        int error = id ? json_scan(id, n, &limits, &scan) : -EBADMSG;
        if (error == 0)
                error = value_make(&scan.root, &value);
        if (error == -ENOMEM)
                snapshot_fail(r, -ENOMEM, "memory ran out");
        if (error < 0 || n > CALL_ID_MAX ||
            !(value_is(&value, JSON_INT) || value_is(&value, JSON_STRING))) {
                snapshot_fail(r, -EBADMSG, "the call has no id");
                return;
        }
        if (call_set_id(call, id, n, &value) < 0)
                snapshot_fail(r, -ENOMEM, "memory ran out");
        else if (call->n_key == 0)
                snapshot_fail(r, -EBADMSG, "the call has no id");
}

/* The hold of a waiting condition is prepared and not taken, so it has no record among the holds of
 * its session. */
static void hold_load(Call *call, SnapshotReader *r) {
        SnapshotRecord record;
        JsonSpan span;

        if (!snapshot_find(&r->record, "hold", &span))
                return;
        snapshot_enter_record(r, &span, &record);
        Object *object = snapshot_find_object(r, snapshot_get_uint(&record, "object"));
        uint64_t token = snapshot_get_uint(&record, "token");
        int64_t n = snapshot_get_range(&record, "n", 1, INT64_MAX);
        int64_t since_ns = snapshot_get_int(&record, "since_ns");
        snapshot_check_record(&record);
        if (r->error < 0)
                return;
        if (hold_restore(call->session, object, &call->hold) < 0) {
                snapshot_fail(r, -ENOMEM, "memory ran out");
                return;
        }
        call->hold->token = token;
        call->hold->n = (uint64_t)n;
        call->hold->since_ns = since_ns;
}

/* A call that gave up in a condition already has its error, and returns it when it has the lock
 * back. */
static void failure_load(Call *call, SnapshotReader *r) {
        SnapshotRecord record;
        JsonSpan span;
        char name[32], text[FAILURE_TEXT_MAX];

        if (!snapshot_find(&r->record, "refused", &span))
                return;
        snapshot_enter_record(r, &span, &record);
        call->code = (int16_t)snapshot_get_range(&record, "code", INT16_MIN, INT16_MAX);
        snapshot_get_string(&record, "errno", name, sizeof(name));
        call->error = (int16_t)errno_from_name(name);
        snapshot_get_string(&record, "text", text, sizeof(text));
        CLEANUP(json_putp) struct json_object *data = NULL;
        snapshot_get_tree(&record, "data", &data);
        snapshot_check_record(&record);
        if (r->error == 0 && data && !json_object_is_type(data, json_type_object))
                snapshot_fail(r, -EBADMSG, "the data of a refusal are not an object");
        if (r->error < 0)
                return;
        call_set_text(call, "%s", text);
        call_share_data(call, data);
}

static void method_load(Call *call, SnapshotReader *r) {
        char name[METHOD_NAME_MAX];

        snapshot_get_string(&r->record, "method", name, sizeof(name));
        call->ref = r->error == 0 ? method_find(call->core, name, strlen(name)) : NULL;
        if (!call->ref || !(call->ref->method->flags & METHOD_BLOCKS))
                snapshot_fail(r, -EBADMSG, "no call of '%s' can wait", name);
        JsonSpan params;
        bool has_params = snapshot_find(&r->record, "params", &params);
        if (r->error < 0)
                return;
        if (!has_params || (params.kind != JSON_ARRAY && params.kind != JSON_OBJECT)) {
                snapshot_fail(r, -EBADMSG, "'params' are an array or an object");
                return;
        }
        int outcome = args_bind(call, &params);
        if (outcome == OUTCOME_DONE)
                outcome = call_keep_values(call);
        if (outcome != OUTCOME_DONE)
                snapshot_fail(r, outcome == -ENOMEM ? -ENOMEM : -EBADMSG,
                              "the arguments of the call: %s", call_failure_text(call));
        call_forget_failure(call);
}

static void object_load(Call *call, SnapshotReader *r) {
        uint64_t id = snapshot_get_uint(&r->record, "object");
        Object *object = id ? snapshot_find_object(r, id) : NULL;

        if (r->error < 0)
                return;
        if (!object != !call->ref->type ||
            (object && (object->type != call->ref->type || object->has_ended)))
                snapshot_fail(r, -EBADMSG, "the object has no such method");
        call->object = object;
}

/* Returns whether a call on this object may wait at the place: in a queue of the object, or in a
 * queue of an object that blocks one of its queues (the lock of a condition). */
static bool is_place_of(const Object *object, const Place *place) {
        if (place->queue->object == object)
                return true;
        LIST_FOREACH (node, &object->queues)
                if (LIST_ENTRY(node, WaitQueue, in_object)->blocker == place->queue->object)
                        return true;
        return false;
}

/* Returns whether the places cover each of the objects, and no other. */
static bool are_places_of(Object *const *objects, size_t n_objects, const Place *places,
                          size_t n_places) {
        for (size_t i = 0; i < n_objects; i++) {
                bool is_there = false;
                for (size_t k = 0; k < n_places; k++)
                        is_there |= places[k].queue->object == objects[i];
                if (!is_there)
                        return false;
        }
        for (size_t k = 0; k < n_places; k++) {
                bool is_there = false;
                for (size_t i = 0; i < n_objects; i++)
                        is_there |= places[k].queue->object == objects[i];
                if (!is_there)
                        return false;
        }
        return true;
}

static void check_places(Call *call, SnapshotReader *r, const Place *places, size_t n,
                         const WaitSaved *saved) {
        Object *objects[PLACES_MAX];
        const Method *method = call->ref->method;
        int n_objects = 0;
        bool is_any = false, is_right;

        if (method->restore)
                n_objects = method->restore(call, objects, PLACES_MAX, &is_any);
        if (n_objects == -ENOMEM)
                snapshot_fail(r, -ENOMEM, "memory ran out");
        if (call->object)
                is_right = n_objects >= 0 && n == 1 && !saved->is_for_several &&
                           is_place_of(call->object, &places[0]);
        else
                is_right = n_objects > 0 && are_places_of(objects, (size_t)n_objects, places, n) &&
                           (is_any ? saved->is_for_several
                                   : (size_t)n_objects == n && saved->is_for_several == (n > 1));
        if (!is_right || (call->hold && !method->restore) ||
            is_any != (saved->need == WAIT_FOR_ANY))
                snapshot_fail(r, -EBADMSG, "no call of %s waits in this way", call->ref->name);
}

static void numbers_load(Call *call, SnapshotReader *r, WaitSaved *saved) {
        SnapshotRecord *record = &r->record;

        call->number = snapshot_get_uint(record, "call");
        call->deadline.key = snapshot_get_int(record, "deadline_ns");
        saved->deadline_serial = snapshot_get_uint(record, "deadline_serial");
        saved->since_ns = snapshot_get_int(record, "since_ns");
        saved->relation = snapshot_get_range(record, "relation", 1, INT64_MAX);
        call->phase = (uint8_t)snapshot_get_range(record, "phase", 0, UINT8_MAX);
        call->saved = snapshot_get_uint(record, "saved");
        saved->need = snapshot_get_bool(record, "any") ? WAIT_FOR_ANY : WAIT_FOR_ALL;
        saved->is_for_several = snapshot_get_bool(record, "several");
        saved->standing = (size_t)snapshot_get_range(record, "standing", 0, PLACES_MAX - 1);
        snapshot_mark(r, SNAPSHOT_RELATION, (uint64_t)saved->relation, NULL);
}

static void call_load(Call *call, SnapshotReader *r, WaitSaved *saved) {
        Place places[PLACES_MAX];

        saved->number = snapshot_get_range(&r->record, "wait", 1, INT64_MAX);
        call_id_load(call, "id", r);
        method_load(call, r);
        object_load(call, r);
        numbers_load(call, r, saved);
        size_t n = places_load(r, places);
        hold_load(call, r);
        failure_load(call, r);
        if (r->error == 0 && saved->standing >= n)
                snapshot_fail(r, -EBADMSG, "the call is in none of its places");
        if (r->error == 0)
                check_places(call, r, places, n, saved);
        call->may_wait = call->has_waited = true;
        if (snapshot_mark(r, SNAPSHOT_CALL, (uint64_t)saved->number, call) < 0)
                return;
        int error = wait_restore(call, places, n, saved);
        if (error < 0)
                snapshot_fail_making(r, error, "a call of this id in its session");
}

static void wait_load(SnapshotReader *r) {
        Session *session = snapshot_find_session(r, snapshot_get_uint(&r->record, "session"));
        WaitSaved saved = {0};

        if (session && session->has_ended)
                snapshot_fail(r, -EBADMSG, "a session that has ended cannot wait");
        Call *call = r->error == 0 ? call_new(session) : NULL;
        if (!call) {
                snapshot_fail(r, -ENOMEM, "memory ran out");
                return;
        }
        call_load(call, r, &saved);
        if (!call->is_parked)
                call_free(call);
}

/* Parks each call as it was. The bounds of this daemon may be smaller, and must not end waiting
 * calls. */
void waits_load(Core *core, SnapshotReader *r) {
        for (; snapshot_is(r, "wait"); snapshot_next(r))
                wait_load(r);
}
