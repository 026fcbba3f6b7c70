/* The data of waiting: a call's wait, its places, and the queues that it stands in. The model stands in wait.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/tree.h"
#include "call/method.h"
#include "wait/relation.h"

typedef struct Hold Hold;
typedef struct Object Object;
typedef struct Session Session;
typedef struct Wait Wait;
typedef struct WaitQueue WaitQueue;
typedef struct Waiter Waiter;

/* How much of an object is asked for, where sessions hold it. */
typedef struct Claim {
        bool is_shared : 1; /* together with others that share it; otherwise alone */
        uint64_t n : 63;    /* permits; 1 for an object without permits */
} Claim;

/* Where a call would wait, and for how much. */
typedef struct Place {
        WaitQueue *queue;
        Claim claim;
        bool goes_first; /* before all present waiters of the queue */
        int64_t level;   /* WaitQueue.get_levels() tells which levels can go on */
} Place;

/* The levels `from` to `to`; none if `from` is greater. */
typedef struct Levels {
        int64_t from, to;
} Levels;

#define LEVELS_ALL      ((Levels){INT64_MIN, INT64_MAX})
#define LEVELS_NONE     ((Levels){1, 0})
#define LEVELS_UP_TO(n) ((Levels){INT64_MIN, (n)})

/* A wait's place in one queue. */
struct Waiter {
        Wait *wait;
        WaitQueue *queue;
        Claim claim;
        /* Scratch of stuck.c: */
        uint64_t tolerance; /* of the weight of stuck holders */
        Waiter *next_pending;

        ListLink in_queue; /* WaitQueue.waiters */
        union {
                /* WaitQueue.ordered or WaitQueue.watchers; initialised while by_level is in no tree. It takes the place of
                 * the node's children, so the node keeps its key and its rank. */
                ListLink in_line;
                struct {
                        /* WaitQueue.by_level. The key is the level of the Place, the rank the serial, also while it is in
                         * no tree. */
                        TreeNode by_level;
                        bool is_in_line; /* in_line is in WaitQueue.ordered */
                        /* Scratch of stuck.c: */
                        bool needs_turn;
                        bool has_passed; /* its turn has come */
                        bool is_cleared; /* no stuck session keeps it here */
                };
        };
};

_Static_assert(offsetof(TreeNode, key) >= sizeof(ListLink), "a waiter's link and its key");

/* As in its Place. */
static inline int64_t waiter_level(const Waiter *waiter) {
        return waiter->by_level.key;
}

/* Grows along the queue: the number of the wait, negative for one that goes first. */
static inline int64_t waiter_serial(const Waiter *waiter) {
        return waiter->by_level.rank;
}

typedef enum WaitNeed {
        WAIT_FOR_ALL, /* it goes on when no queue keeps it any more */
        WAIT_FOR_ANY, /* it goes on when one does not */
} WaitNeed;

enum { WAIT_PLACES_MAX = 64 };

/* Set when its call parks. */
struct Wait {
        Waiter first; /* the place, of a wait for one thing */
        Waiter *more; /* the places, of a wait for several: owned, n_more of them */
        ListLink in_session;
        Relation relation;   /* while it is parked */
        ListLink in_retries; /* Core.retries */
        /* of the call's object, where it has one; Core.replies, Core.restarts */
        ListLink in_object;
        int64_t since_ns;
        uint64_t n_bytes;           /* charged to the account of its session, for its arguments */
        uint32_t n_structure_bytes; /* charged to its session's user: the call itself */
        uint8_t n_more;
        uint8_t standing; /* of WAIT_FOR_ALL: the place where it is tried */
        uint8_t n_kept;   /* places that are not cleared: scratch of stuck.c */
        uint8_t need;     /* WaitNeed */
        bool is_large;    /* its arguments are charged by themselves */
};

typedef enum WaitOrder {
        WAIT_IN_ORDER, /* the first that parks again ends the serving: no waiter is overtaken */
        WAIT_ANY,      /* all are tried: the method of each decides */
        WAIT_BY_LEVEL, /* those whose level can go on are tried, however they came */
        WAIT_BY_AGE,   /* like WAIT_BY_LEVEL, if levels never fall from one waiter to the next */
} WaitOrder;

/* Notes of stuck.c and cycle.c about the holders of an object. The first queue of the object has them. */
typedef struct Obstacle {
        uint64_t number;     /* of the search: the rest is of an older one where this differs */
        uint64_t weight;     /* of the holders that are stuck */
        WaitQueue *queues;   /* those that were met and wait for these holders, by next_kept */
        const Hold *own;     /* of the session whose waits are being met */
        Session *keepers[2]; /* that are stuck; chosen at keepers_weight */
        uint64_t keepers_weight;
        bool is_visited, is_visited_by_self; /* all holders, except the session that visits */
} Obstacle;

struct WaitQueue {
        Object *object;
        Object *blocker; /* the object whose holders the waiters here wait for; NULL after its end */
        WaitOrder order;
        /* Returns the levels that can continue now; NULL: all. It may return too many levels, never too few. */
        Levels (*get_levels)(const WaitQueue *queue);
        List waiters;     /* Waiter.in_queue: all */
        List ordered;     /* Waiter.in_line: those that wait here alone, and so keep their turn */
        List watchers;    /* Waiter.in_line: those that are tried in order, and keep no turn */
        Tree by_level;    /* Waiter.by_level: those that are tried by level, and keep no turn */
        size_t n_waiters; /* all */
        bool tries_all;   /* the next serving tries all, whatever the levels */
        ListLink in_object, in_blocker;
        ListLink in_ready;
        /* Scratch of stuck.c: */
        ListLink in_check, in_work;
        List *checked;        /* the last waiter up to which none is in the way */
        Waiter *pending;      /* by next_pending: those that may be passed */
        WaitQueue *next_kept; /* Obstacle.queues */
        Obstacle obstacle;
};
