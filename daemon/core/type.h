/* A type of object: one const entry, in types/NAME.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <json-c/json.h>

#include "call/method.h"

typedef struct Grantor Grantor;
typedef struct Hold Hold;
typedef struct Place Place;
typedef struct Reservation Reservation;
typedef struct SnapshotRecord SnapshotRecord;
typedef struct SnapshotWriter SnapshotWriter;
typedef struct Waiter Waiter;

typedef struct Type {
        const char *name;
        const char *help;
        size_t size; /* of the structure, which begins with an Object */
        /* Options and initial value, behind those common to all opens; may be NULL. */
        const Arg *open_args;
        /* Initialises the type's part of a new object from the arguments of the open. Returns an
         * outcome or a negative errno. After a failure deinit is called; members that were not set
         * are zero. */
        int (*init)(Object *object, Call *open);
        void (*deinit)(Object *object);
        /* Writes the complete state of the object into a record of a snapshot, and its contents
         * behind it (snapshot/writer.h). */
        void (*save)(const Object *object, SnapshotWriter *w);
        /* Objects may be durable (change.h): each change is reported, and elements are found by
         * their keys. */
        bool can_be_durable;
        /* Like save, without the contents, which can be many. NULL if the type has no state, or
         * only contents. */
        void (*save_state)(const Object *object, SnapshotWriter *w);
        /* Writes the first element whose key is between *key and last, inclusive, in the form of
         * the contents, and sets *key. Returns false if none exists. NULL: the type has no
         * elements. */
        bool (*save_next)(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w);
        /* Replaces init: makes the type's part from what save wrote, regardless of the bounds.
         * Returns 0, or the reader's error; deinit is called then. */
        int (*load)(Object *object, SnapshotRecord *state);
        /* Sets the mode of a loaded hold. Returns false if the mode is unknown. For types with
         * modes. */
        bool (*set_mode)(Hold *hold, const char *mode);
        /* Called after load, when all holds and ends are loaded: returns whether they agree with
         * the object. Optional. */
        bool (*check_links)(const Object *object);
        /* Adds members to the result of object.stat. Returns 0 or -ENOMEM. Optional. */
        int (*describe)(Object *object, struct json_object *into);
        /* Returns the number of elements, for listings. Optional. */
        size_t (*length)(Object *object);
        /* Called when a session that holds (a part of) this object has ended: applies the policy.
         * The caller frees the hold. For types with holds. */
        void (*owner_gone)(Object *object, Hold *hold);
        /* Replaces open_handle(): gives the session something other than a handle, and adds it to
         * the answer. Returns an outcome, or a negative errno with nothing changed. Optional. */
        int (*open)(Call *call, Object *object, bool created, struct json_object *answer);
        /* Called when a session's last handle on this end is gone; the session no longer links to
         * the object. If the type cannot use the object without this end, it dooms it (registry.h).
         * For types with ends. */
        void (*end_gone)(Object *object, unsigned side);
        /* Called when a session that has reserved an element has ended: takes the element back. The
         * caller frees the reservation. For types with reservations. */
        void (*reservation_gone)(Object *object, Reservation *reservation);
        /* For types whose waits end by releases of holders (wait/stuck.h): returns the weight of a
         * hold, greater than 0; and the weight of holders with which the waiter could be served.
         * `own` is the hold of the waiter's own session, or NULL, and part of that weight. */
        uint64_t (*weigh)(const Hold *hold);
        uint64_t (*tolerance)(const Object *object, const Waiter *waiter, const Hold *own);
        /* a holder gets more without waiting in the queue (a recursive lock) */
        bool gives_more_at_once;
        /* how sessions acquire it, for lock.acquire_many; optional */
        const Grantor *grantor;
        /* For object.wait_any: returns OUTCOME_DONE if the object is in the state `what`,
         * OUTCOME_PARKED if not (without parking the call), with the place to wait in both cases;
         * or OUTCOME_REFUSED. Optional. */
        int (*watch)(Call *call, Object *object, struct json_object *what, Place *place);
        const char *const *watch_keys; /* required members of `what`; NULL: none */
        /* Returns what is wrong with these members, for any object; NULL if nothing is.
         * Optional. */
        const char *(*watch_fault)(struct json_object *what);
        const Method *methods; /* ends with an entry without a name */
} Type;

/* Returns "a" or "an", for messages: rlock and rwlock are read by their first letter. */
static inline const char *type_article(const Type *type) {
        const char *name = type->name;

        return strchr("aeiou", name[0]) || (name[0] == 'r' && (name[1] == 'l' || name[1] == 'w'))
                       ? "an"
                       : "a";
}

/* A family of methods without an object, such as session.*. */
typedef struct Service {
        const char *name;
        const char *help;
        const Method *methods;
} Service;

extern const Type *const types[];       /* NULL-terminated; defined in services/tables.c */
extern const Service *const services[]; /* NULL-terminated; defined in services/tables.c */
