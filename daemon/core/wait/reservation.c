/* Reservations: the items that sessions have taken and not settled yet.
 *
 * A session finds its reservations by id, in a table that keeps the order of insertion; an object lists its own. An end walks
 * the list of its side, in slices. The end of a session gives the items back from the newest to the oldest, since each goes to
 * the front of its queue: so the oldest item comes to stand first again.
 *
 * An id is counted up only when everything else has succeeded, and ids are the daemon's, not the session's: an id that a client
 * kept from an earlier connection finds nothing. */
#include <errno.h>
#include <stdlib.h>

#include "account.h"
#include "base/memory.h"
#include "core-state.h"
#include "idle.h"
#include "json/json-util.h"
#include "object.h"
#include "session.h"
#include "wait/reservation.h"
#include "who.h"
#include "work.h"

enum { RESERVATION_STEPS = 8 }; /* steps of giving one back */

static size_t reservation_memory(void) {
        return memory_of(sizeof(Reservation)) + table_entry_memory(sizeof(uint64_t));
}

Reservation *reservation_find(Session *session, Object *object, uint64_t id) {
        Reservation *reservation =
                table_get(&session_tables(session)->reservations, &id, sizeof(id));

        return reservation && reservation->object == object ? reservation : NULL;
}

int reservation_new(Session *session, Object *object, void *element, Reservation **ret) {
        Core *core = session->core;

        if (table_size(&session_tables(session)->reservations) >= core->limits.holds_per_session)
                return -EDQUOT;
        int r = reservation_restore(session, object, element, core->last_reservation + 1, ret);
        if (r < 0)
                return r;
        core->last_reservation++;
        (*ret)->since_ns = core->now_ns;
        return 0;
}

int reservation_restore(Session *session, Object *object, void *element, uint64_t id,
                        Reservation **ret) {
        Core *core = session->core;

        CLEANUP(freep) Reservation *reservation = calloc(1, sizeof(*reservation));
        if (!reservation)
                return -ENOMEM;
        *reservation = (Reservation){
                .object = object,
                .session = session,
                .id = id,
                .element = element,
        };
        int r = session_make_tables(session);
        if (r == 0)
                r = table_add(&session->tables->reservations, &reservation->id,
                              sizeof(reservation->id), reservation);
        if (r < 0)
                return r;
        account_add_structure(core, session->account, reservation_memory());
        list_append(&object->reservations, &reservation->by_object);
        *ret = TAKE_PTR(reservation);
        return 0;
}

Reservation *reservation_free(Reservation *reservation) {
        if (!reservation)
                return NULL;
        table_remove(&reservation->session->tables->reservations, &reservation->id,
                     sizeof(reservation->id));
        account_drop_structure(reservation->session->core, reservation->session->account,
                               reservation_memory());
        list_unlink(&reservation->by_object);
        object_let_go(reservation->object);
        free(reservation);
        return NULL;
}

static struct json_object *reservation_describe(const Reservation *reservation) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        const Session *session = reservation->session;
        int64_t held_ns = session->core->now_ns - reservation->since_ns;

        if (!o || session_describe(session, o) < 0 ||
            json_put_int(o, "id", (int64_t)reservation->id) < 0 ||
            json_put_int(o, "held_ms", held_ns / 1000000) < 0)
                return NULL;
        return TAKE_PTR(o);
}

struct json_object *reservations_describe(const Object *object) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        LIST_FOREACH (node, &object->reservations)
                if (json_push(array,
                              reservation_describe(LIST_ENTRY(node, Reservation, by_object))) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

bool reservations_end_with_session(Session *session) {
        for (TableEntry *entry; (entry = table_last(&session_tables(session)->reservations));) {
                Reservation *reservation = entry->value;
                Object *object = reservation->object;
                if (!work_is_allowed(session->core))
                        return false;
                work_spend(session->core, RESERVATION_STEPS);
                if (!object->is_doomed)
                        object->type->reservation_gone(object, reservation);
                reservation_free(reservation);
        }
        return true;
}

/* The items end with their object; the sessions are told at their next call that they lost them. */
bool reservations_end_with_object(Object *object) {
        for (List *node; (node = list_first(&object->reservations));) {
                if (!work_is_allowed(object->core))
                        return false;
                Reservation *reservation = LIST_ENTRY(node, Reservation, by_object);
                work_spend(object->core, RESERVATION_STEPS);
                session_tell_lost(reservation->session, object->type->name, object->name);
                reservation_free(reservation);
        }
        return true;
}
