/* A type of object: one const entry, defined in types/<name>.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

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
        size_t size; /* of the structure that begins with an Object */
        /* options and initial value, behind those of every open; may be NULL */
        const Arg *open_args;
        /* Makes the type's part of a new object out of the open call's arguments: an outcome or
         * -errno. After a failure deinit is called, on what is there (the rest is zero). */
        int (*init)(Object *object, Call *open);
        void (*deinit)(Object *object);
        /* Writes all that the type knows of the object into a record of a snapshot, and its contents behind
         * (snapshot/writer.h). */
        void (*save)(const Object *object, SnapshotWriter *w);
        /* Whether objects can be durable (change.h): each change of one is reported, and the element of a key is found. */
        bool can_be_durable;
        /* The same as save without the contents, which can be many; NULL if there are none, or nothing but these. */
        void (*save_state)(const Object *object, SnapshotWriter *w);
        /* Writes the first element whose key is between *key and last, both included, as it stands in the contents, and sets
         * *key; false if there is none. NULL: there are no elements. */
        bool (*save_next)(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w);
        /* In the place of init: makes the type's part of what save wrote, whatever the bounds say. 0, or the reader's
         * error; then deinit is called. */
        int (*load)(Object *object, SnapshotRecord *state);
        /* Gives a hold that is loaded its mode; false where there is none of this name. For types with modes. */
        bool (*set_mode)(Hold *hold, const char *mode);
        /* After that, and when all holds and ends are there: whether they agree with the object. Optional. */
        bool (*check_links)(const Object *object);
        /* Adds the type's own facts to an object.stat answer: 0 or -ENOMEM. Optional. */
        int (*describe)(Object *object, struct json_object *into);
        /* The number of elements, for listings. Optional. */
        size_t (*length)(Object *object);
        /* A session ended that holds (a part of) this object: apply the policy. The hold is freed
         * by the caller. For types that make holds. */
        void (*owner_gone)(Object *object, Hold *hold);
        /* Replaces open_handle(): gives the session something else than a handle, and adds it to the
         * answer: an outcome, or -errno with nothing changed. Optional. */
        int (*open)(Call *call, Object *object, bool created, struct json_object *answer);
        /* Called after a session's last handle on this end is gone; the session no longer links to the
         * object. A type that has no use for the object without this end dooms it (registry.h). For types
         * that make ends. */
        void (*end_gone)(Object *object, unsigned side);
        /* A session ended that has reserved an element of this object: take the element back. The
         * reservation is freed by the caller. For types that make reservations. */
        void (*reservation_gone)(Object *object, Reservation *reservation);
        /* For types whose waits end by a release of holders (wait/stuck.h): what a hold weighs, more than 0, and the
         * weight of holders with which the waiter could be served. `own` is what its own session holds, or NULL;
         * that is part of the weight. */
        uint64_t (*weigh)(const Hold *hold);
        uint64_t (*tolerance)(const Object *object, const Waiter *waiter, const Hold *own);
        /* A holder need not wait in line for more of it (a recursive lock). */
        bool gives_more_at_once;
        /* How sessions come to hold it, for lock.acquire_many. Optional. */
        const Grantor *grantor;
        /* For object.wait_any: OUTCOME_DONE when it is as `what` wants it, OUTCOME_PARKED when not
         * (nothing is parked); or OUTCOME_REFUSED. Says where to wait in the first two cases. Optional. */
        int (*watch)(Call *call, Object *object, struct json_object *what, Place *place);
        const char *const *watch_keys; /* the members that `what` must have; NULL for none */
        /* The fault of these members, whatever the object; NULL if they are right. Optional. */
        const char *(*watch_fault)(struct json_object *what);
        const Method *methods; /* ends with an entry whose name is NULL */
} Type;

/* A family of methods that have no object, such as session.* */
typedef struct Service {
        const char *name;
        const char *help;
        const Method *methods;
} Service;

extern const Type *const types[];       /* NULL-terminated: services/tables.c */
extern const Service *const services[]; /* NULL-terminated: services/tables.c */
