/* The part of a shared object that all types have: a name, an owner, permission bits, and the lists of handles,
 * holds and waits. The type's structure begins with it. */
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

enum { MAX_BYTES_PART = 16 }; /* of the bytes of its owner, by default */

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
        bool is_doomed;             /* object_doom() */
        bool has_ended;             /* its memory goes when its remains have gone */
        Account *account;           /* of uid */
        uint64_t n_bytes;           /* of stored values, charged to account */
        uint64_t n_text_bytes;      /* of them, those of arrays and objects */
        uint64_t n_structure_bytes; /* likewise charged: itself, and references */
        uint64_t max_bytes;         /* of n_bytes, for writers but its owner; MAX_BYTES_DEFAULT */
        List handles;               /* Handle.by_object */
        List holds;                 /* Hold.by_object */
        size_t n_handles, n_holds;  /* in these */
        List ends;                  /* PipeEnd.by_object */
        List reservations;          /* Reservation.by_object */
        List queues;                /* WaitQueue.in_object */
        List blocked;               /* WaitQueue.in_blocker: who waits for its holders */
        size_t n_waiters;           /* in those queues */
        List waits;                 /* Wait.in_object: of calls of its methods */
        Table references;           /* name -> Reference: what its values refer to */
        List references_in;         /* Reference.by_target: who refers to it */
        ListLink in_suspects;       /* it may be unreachable: reachability.h */
        ListLink in_search;         /* of reachability.h */
        SearchState search;
        ListLink in_doomed; /* it is to end: Core.doomed; or has: Core.ended */
        List remains;       /* Remains.in_object: what it has dropped */
        int64_t created_ms;
        int64_t used_ns;  /* monotonic: idle.h */
        Idle *idle;       /* owned; NULL without idle_ttl_ms */
        Durable *durable; /* owned; NULL where nothing is stored on a disk: change.h */
};

typedef enum Access {
        ACCESS_READ = 4,
        ACCESS_WRITE = 2,
} Access;

/* Whether the mode bits let this session do all of that, several being ORed. Root may do all. */
bool object_allows(const Object *object, const Session *session, unsigned access);
/* Only the owner and root may change bits, owner and existence. */
bool object_is_owned_by(const Object *object, const Session *session);

/* How many bytes the object may have when somebody else than its owner stores in it. */
uint64_t object_max_bytes(const Object *object);

/* When it was used last, by the wall clock: idle.h. */
int64_t object_used_ms(const Object *object);

/* Its own memory, and what is linked in it: charged to its owner. */
void object_add_structure(Object *object, size_t n);
void object_drop_structure(Object *object, size_t n);

/* All lists of a new object are empty. */
void object_init_lists(Object *object);
