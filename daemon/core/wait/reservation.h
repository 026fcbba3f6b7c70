/* A reservation: a session has taken an element of an object for the time being,
 * and will either settle it or give it back. Linked in both, so that the end of
 * either finds it; a session may have many on one object. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/list.h"

typedef struct Object Object;
typedef struct Session Session;

typedef struct Reservation {
        Object *object;
        Session *session;
        ListLink by_object;
        uint64_t id; /* never reused by any object */
        int64_t since_ns;
        void *element; /* the type's own */
} Reservation;

/* Returns the session's reservation on this object with this id, or NULL. */
Reservation *reservation_find(Session *session, Object *object, uint64_t id);
/* Makes and links a reservation. Returns 0, -EDQUOT or -ENOMEM. */
int reservation_new(Session *session, Object *object, void *element, Reservation **ret);
/* For snapshots: makes a reservation with its old id and without the bounds. Returns 0, -ENOMEM
 * or -EEXIST. */
int reservation_restore(Session *session, Object *object, void *element, uint64_t id,
                        Reservation **ret);
/* Takes NULL. */
Reservation *reservation_free(Reservation *reservation);

/* A new JSON array of {pid, uid, comm, session, id, held_ms}; NULL when memory ran out. */
struct json_object *reservations_describe(const Object *object);

/* Gives each element back to its object, the last reserved one first, as far as the allowance
 * goes (work.h). Returns true when no reservation is left. */
bool reservations_end_with_session(Session *session);
/* Forgets each reservation, as far as the allowance goes. Returns true when none is left. */
bool reservations_end_with_object(Object *object);
