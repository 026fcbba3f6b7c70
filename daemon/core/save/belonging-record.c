/* Records of what sessions have: holds, reserved elements, ends of pipes. They come after the
 * waiting calls: while calls wait for an object, the holds of its holders have an order. */
#include <errno.h>
#include <string.h>

#include "core-state.h"
#include "object.h"
#include "pipe-end.h"
#include "save/records.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/reservation.h"

static void hold_save(const Hold *hold, SnapshotWriter *w) {
        snapshot_begin(w, "hold");
        snapshot_put_uint(w, "session", hold->session->id);
        snapshot_put_uint(w, "object", hold->object->id);
        snapshot_put_uint(w, "token", hold->token);
        snapshot_put_uint(w, "n", hold->n);
        snapshot_put_uint(w, "n_shared", hold->n_shared);
        snapshot_put_int(w, "since_ns", hold->since_ns);
        snapshot_put_string(w, "mode", hold->mode);
        snapshot_put_int(w, "relation", hold->relation.node.key);
}

static void reservation_save(const Reservation *reservation, SnapshotWriter *w) {
        snapshot_begin(w, "reservation");
        snapshot_put_uint(w, "session", reservation->session->id);
        snapshot_put_uint(w, "object", reservation->object->id);
        snapshot_put_uint(w, "id", reservation->id);
        snapshot_put_int(w, "since_ns", reservation->since_ns);
}

static void end_save(const PipeEnd *end, SnapshotWriter *w) {
        snapshot_begin(w, "pipe_end");
        snapshot_put_uint(w, "session", end->session->id);
        snapshot_put_uint(w, "object", end->object->id);
        snapshot_put_int(w, "side", end->side);
        snapshot_put_int(w, "opens", end->n_opens);
        snapshot_put_int(w, "since_ns", end->since_ns);
}

static void save_of_session(const Session *session, SnapshotWriter *w) {
        LIST_FOREACH (node, &session->holds)
                hold_save(LIST_ENTRY(node, Hold, in_session), w);
        TABLE_FOREACH (entry, &session_tables(session)->reservations)
                reservation_save(entry->value, w);
        LIST_FOREACH (node, &session->ends)
                end_save(LIST_ENTRY(node, PipeEnd, in_session), w);
}

void belongings_save(const Core *core, SnapshotWriter *w) {
        LIST_FOREACH (node, &core->sessions)
                save_of_session(LIST_ENTRY(node, Session, in_core), w);
        LIST_FOREACH (node, &core->gone)
                save_of_session(LIST_ENTRY(node, Session, in_core), w);
}

typedef struct Pair {
        Session *session;
        Object *object;
} Pair;

static Pair read_pair(SnapshotReader *r) {
        return (Pair){.session = snapshot_find_session(r, snapshot_get_uint(&r->record, "session")),
                      .object = snapshot_find_object(r, snapshot_get_uint(&r->record, "object"))};
}

static void hold_load(SnapshotReader *r) {
        Pair pair = read_pair(r);
        uint64_t token = snapshot_get_uint(&r->record, "token");
        int64_t n = snapshot_get_range(&r->record, "n", 1, INT64_MAX);
        uint64_t n_shared = snapshot_get_uint(&r->record, "n_shared");
        int64_t since_ns = snapshot_get_int(&r->record, "since_ns");
        CLEANUP(freep) char *mode = snapshot_get_text(&r->record, "mode", NULL);
        int64_t relation = snapshot_get_range(&r->record, "relation", 1, INT64_MAX);
        Hold *hold;

        snapshot_mark(r, SNAPSHOT_RELATION, (uint64_t)relation, NULL);
        if (r->error == 0 && (pair.object->has_ended || !pair.object->type->owner_gone ||
                              hold_find(pair.session, pair.object)))
                snapshot_fail(r, -EBADMSG, "the session cannot hold the object, or holds it twice");
        if (r->error < 0)
                return;
        if (hold_restore(pair.session, pair.object, &hold) < 0) {
                snapshot_fail(r, -ENOMEM, "memory ran out");
                return;
        }
        hold->token = token;
        hold->n = (uint64_t)n;
        hold->n_shared = n_shared;
        hold->since_ns = since_ns;
        hold_retake(hold, relation);
        bool (*set_mode)(Hold *, const char *) = pair.object->type->set_mode;
        if (set_mode ? !set_mode(hold, mode) : mode != NULL)
                snapshot_fail(r, -EBADMSG, "the hold has no mode of its object");
}

static void reservation_load(SnapshotReader *r) {
        Pair pair = read_pair(r);
        uint64_t id = snapshot_get_uint(&r->record, "id");
        int64_t since_ns = snapshot_get_int(&r->record, "since_ns");
        Reservation *reservation;

        if (r->error < 0)
                return;
        void *element = snapshot_marked(r, SNAPSHOT_ELEMENT, id);
        if (pair.object->has_ended ? element != NULL
                                   : snapshot_marked(r, SNAPSHOT_RESERVED, id) != pair.object)
                snapshot_fail(r, -EBADMSG, "the object has no element for the reservation");
        snapshot_mark(r, SNAPSHOT_RESERVATION, id, NULL);
        if (r->error < 0)
                return;
        int error = reservation_restore(pair.session, pair.object, element, id, &reservation);
        if (error < 0)
                snapshot_fail_making(r, error, "a reservation of this id");
        else
                reservation->since_ns = since_ns;
}

static void end_load(SnapshotReader *r) {
        Pair pair = read_pair(r);
        unsigned side = (unsigned)snapshot_get_range(&r->record, "side", 0, 1);
        int64_t n_opens = snapshot_get_range(&r->record, "opens", 1, UINT32_MAX);
        int64_t since_ns = snapshot_get_int(&r->record, "since_ns");

        if (r->error == 0 && (pair.object->has_ended || !pair.object->type->end_gone ||
                              pipe_end_find(pair.session, pair.object, side)))
                snapshot_fail(r, -EBADMSG, "the session cannot have this end, or has it twice");
        if (r->error == 0 &&
            pipe_end_restore(pair.session, pair.object, side, (unsigned)n_opens, since_ns) < 0)
                snapshot_fail(r, -ENOMEM, "memory ran out");
}

void belongings_load(Core *core, SnapshotReader *r) {
        for (;; snapshot_next(r)) {
                if (snapshot_is(r, "hold"))
                        hold_load(r);
                else if (snapshot_is(r, "reservation"))
                        reservation_load(r);
                else if (snapshot_is(r, "pipe_end"))
                        end_load(r);
                else
                        return;
        }
}
