/* The part of a shared object that all types have: a name, an owner, a mode, and the lists of
 * handles, holds and waits. The structure of the type begins with it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "base/table.h"
#include "reachability.h"
#include "type.h"

typedef struct Account Account;
typedef struct Core Core;
typedef struct Durable Durable;
typedef struct Idle Idle;
typedef struct Session Session;

enum { MAX_BYTES_PART = 16 }; /* fraction of the owner's bytes, by default */

#define MAX_BYTES_DEFAULT UINT64_MAX

struct Object {
        const Type *type;
        Core *core;
        char *name;
        uint64_t id; /* never reused */
        uid_t uid;
        gid_t gid;
        mode_t mode;
        bool is_ephemeral;
        bool is_doomed;             /* by object_doom() */
        bool has_ended;             /* freed when its remains are gone */
        Account *account;           /* of uid */
        uint64_t n_bytes;           /* of stored values, charged to the account */
        uint64_t n_text_bytes;      /* of these, bytes of arrays and objects */
        uint64_t n_structure_bytes; /* also charged: the object itself, and references */
        /* bound of n_bytes for users other than the owner; or MAX_BYTES_DEFAULT */
        uint64_t max_bytes;
        List handles;              /* Handle.by_object */
        List holds;                /* Hold.by_object */
        size_t n_handles, n_holds; /* lengths of these lists */
        List ends;                 /* PipeEnd.by_object */
        List reservations;         /* Reservation.by_object */
        List queues;               /* WaitQueue.in_object */
        List blocked;              /* WaitQueue.in_blocker: queues that wait for its holders */
        size_t n_waiters;          /* in those queues */
        List waits;                /* Wait.in_object: calls of its methods */
        Table references;          /* name -> Reference: objects that its values refer to */
        List references_in;        /* Reference.by_target: references to it */
        ListLink in_suspects;      /* it may be unreachable: see reachability.h */
        ListLink in_search;        /* see reachability.h */
        SearchState search;
        ListLink in_doomed; /* Core.doomed, or Core.ended when it has ended */
        List remains;       /* Remains.in_object: removed contents */
        int64_t created_ms;
        int64_t used_ns;  /* monotonic: see idle.h */
        Idle *idle;       /* owned; NULL without idle_ttl_ms */
        Durable *durable; /* owned; NULL: not stored on a disk (change.h) */
};

typedef enum Access {
        ACCESS_READ = 4,
        ACCESS_WRITE = 2,
} Access;

/* Returns whether the mode lets this session do all of `access`, several bits being ORed. Root may
 * do everything. */
bool object_allows(const Object *object, const Session *session, unsigned access);
/* Returns whether the session may change mode and owner and delete the object: only the owner and
 * root may. */
bool object_is_owned_by(const Object *object, const Session *session);

/* Returns the most bytes of the object when a user other than its owner stores in it. */
uint64_t object_max_bytes(const Object *object);

/* Returns when the object was last used, by the wall clock: see idle.h. */
int64_t object_used_ms(const Object *object);

/* Charges the owner for the memory of the object itself, and of what is linked in it. */
void object_add_structure(Object *object, size_t n);
void object_drop_structure(Object *object, size_t n);

/* Initialises all lists of a new object. */
void object_init_lists(Object *object);
