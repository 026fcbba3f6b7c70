/* The state of the core, for the files of the core. The shell includes core.h instead. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/chains.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/memo.h"
#include "base/table.h"
#include "base/tree.h"
#include "changes.h"
#include "core-limits.h"
#include "line-time.h"
#include "loop-time.h"
#include "news.h"
#include "reachability.h"
#include "wait/relation.h"

typedef struct Batch Batch;
typedef struct Call Call;
typedef struct DescriptorSource DescriptorSource;
typedef struct MethodRef MethodRef;
typedef struct Session Session;
typedef struct Value Value;
typedef struct Waiter Waiter;

typedef struct CoreStats {
        uint64_t n_calls, n_errors, n_notifications, n_batches, n_bad_frames;
        uint64_t n_parked, n_served, n_timed_out, n_cancelled;
        uint64_t n_sessions_begun, n_sessions_ended, n_sessions_cut_off;
        uint64_t n_expired; /* objects that were deleted after their idle_ttl_ms */
        uint64_t n_owners_died, n_deadlocks;
} CoreStats;

typedef struct Core {
        Limits limits;
        void (*on_serving)(Session *session); /* CoreSetup */
        uid_t uid;                            /* uid of the user who runs the daemon */
        /* several unmapped groups appear as this one, so no user is a member; -1: none */
        gid_t unmapped_gid;
        int64_t now_ns;                         /* monotonic */
        int64_t wall_ms;                        /* since the epoch */
        int64_t start_ns;                       /* now_ns of the first core_set_time() */
        int64_t restarted_ns, restart_pause_ns; /* of the last planned restart; 0: none */

        Table objects;                     /* name -> Object */
        Table accounts;                    /* uid -> Account */
        Table methods;                     /* "type.verb" -> MethodRef */
        Memo known_objects, known_methods; /* caches for these tables: registry.c, methods.c */
        Chains parked;                     /* Call.parked, by session and id: call_find_parked() */

        List sessions;       /* by Session.in_core */
        Tree sessions_by_id; /* all sessions by id: Session.by_id */
        List dirty;          /* sessions with new output or an end to report, by Session.in_dirty */
        List doomed;         /* objects that end when no call runs, by Object.in_doomed */
        List ready;          /* wait queues that were signalled, by WaitQueue.in_ready */
        List unsure;         /* sessions that may have come into a deadlock, by Session.in_unsure */
        List retries;        /* waits that are tried first, by Wait.in_retries */
        List replies;        /* calls whose reply is deferred, by Wait.in_object */
        List monitors;       /* by Monitor.in_core */
        List restarts;       /* calls of server.restart, by Wait.in_object */
        bool wants_restart;  /* server.restart was called since the shell last asked */

        /* Deferred work for core_work_off(): */
        List gone;       /* sessions that have ended with leftovers, by Session.in_core */
        List lease_ends; /* sessions with expired leases, by Session.in_leases */
        List ended;      /* objects whose remains are gone, by Object.in_doomed */
        List leaving;    /* accounts with remains, by Account.in_leaving */
        Reachability reachability;
        unsigned n_turns;           /* number of calls of core_work_off() */
        uint64_t n_at_once;         /* the allowance of a message, in steps */
        uint64_t n_allowed;         /* what is left of the allowance: see work.h */
        bool has_searched;          /* for deadlocks, in this settling: see serve.c */
        unsigned n_replies_at_once; /* of parked calls, that a message may write at once */
        unsigned n_replies_left;    /* what is left of them: see reply.h */

        Changes changes;      /* of durable objects */
        Heap deadlines;       /* of Wait.deadline */
        Tree idle;            /* Idle.by_due: of objects that may be unused for too long */
        int64_t next_idle_ns; /* the first in it, or INT64_MAX */
        Relations relations;  /* all holds and waits */

        const DescriptorSource *source; /* makes descriptors; set by the shell */
        List descriptors;               /* Descriptor.in_core: all */

        /* greater than 0 while a call runs: no session and no object is freed */
        unsigned n_running;
        uint64_t n_steps;         /* of all work so far: see work.h */
        uint64_t n_steps_of_load; /* of the load that made this core, for tests */
        uint64_t n_predicted;     /* of the last call that was admitted or refused */
        uint64_t n_batch_steps;   /* of the calls of the running batch so far */
        size_t n_sessions, n_waits, n_descriptors, n_monitors;
        uint64_t n_bytes, n_structure_bytes, n_buffer_bytes; /* in all accounts */
        size_t session_bytes; /* that the shell uses for each session */
        size_t lent_min;      /* bytes of a value that is lent to the output (lent.h); 0: none is */

        int64_t last_wait;     /* Wait.number */
        uint64_t last_serving; /* Session.asked_in */
        uint64_t last_session_id, last_object_id, last_call, last_token, last_commit, last_check;
        uint64_t last_reservation;
        int64_t last_serial; /* of a pipe */

        Call *spare;            /* the structure of the next call */
        Value *spare_values;    /* for ARGS_MAX arguments of the next call with many */
        const Waiter *tried;    /* the place that may serve the running parked call, or NULL */
        Batch *batch;           /* the running batch: call/batch.h */
        Buffer scratch;         /* for use within a call */
        Buffer answer;          /* the result of the running call, if it is text */
        Buffer event;           /* the event for monitors */
        MethodRef *last_method; /* that the running line called */
        LineTimes line_times;   /* lines whose time is not noted yet */
        CoreStats stats;
        struct json_object *config; /* owned; the result of server.config, or NULL */
        LoopTime loop;
        NewsReader news_reader;
} Core;

/* Returns a number that names this run of the daemon: the time of its start by the monotonic clock.
 * No other run since the machine was booted began at that time. A planned restart keeps it. */
static inline uint64_t core_run(const Core *core) {
        return (uint64_t)core->start_ns;
}

/* Passes an event for the log to the shell. */
static inline void core_tell(const Core *core, const News *news) {
        const NewsReader *reader = &core->news_reader;

        if (reader->on_news)
                reader->on_news(reader->userdata, news);
}
