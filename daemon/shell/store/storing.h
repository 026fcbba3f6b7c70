/* Durable objects of a daemon, between its core and its store: once a turn storing_turn() takes the
 * rows of changed objects from the core, and gives them to the writer as one transaction.
 *
 *   state        meaning                                          next state
 *   RESTING      no changes, or sync-interval has not expired     a `sync` change, or the end of sync-interval: COLLECTING
 *   COLLECTING   rows are taken, some in each turn                all rows of an epoch are taken: WRITING
 *   WRITING      the writer writes; changes belong to the next    the transaction is on the disk: RESTING; else FAILED
 *                epoch
 *   FAILED       nothing is written, and calls that change        after a second (ENOSPC), or after server.resume: COLLECTING
 *                durable objects are refused; rows are kept
 *
 * Group commit: calls on `sync` objects that come while a transaction is written share the next
 * one. The callers whose replies have just been sent send their next calls one after the other. So
 * the next transaction waits for these as well as for those that came meanwhile, but no longer than
 * a part of the time that the last one took. Without that wait, two halves of the callers would
 * alternate for ever, each with a sync of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/buffer.h"
#include "store/mark.h"
#include "store/writer.h"

typedef struct Core Core;
typedef struct Options Options;

typedef enum StoringState {
        STORING_OFF,
        STORING_RESTING,
        STORING_COLLECTING,
        STORING_WRITING,
        STORING_FAILED,
} StoringState;

typedef enum StoringStart {
        STORING_FIRST, /* the objects are read from the directory */
        STORING_TAKEN_OVER, /* the core has them from the previous program, which can continue if this one fails */
        STORING_AGAIN, /* after storing_leave(): no other program continues */
} StoringStart;

typedef struct Storing {
        Core *core;
        struct event_base *base;
        const Options *options;
        int lock_fd; /* of the directory; owned; -1 for none */
        PreviousEnd previous_end;
        Store *store; /* owned; NULL when off, or if the directory could not be opened (FAILED) */
        Writer writer;
        StoringState state;
        bool with_async;    /* the epoch includes the changes of `async` objects */
        bool is_failing;    /* the last transaction failed: the next one reopens the database */
        Buffer rows;        /* taken from the core, but not on the disk */
        uint64_t epoch;     /* the epoch being written */
        uint64_t tokens;    /* the stored number: tokens below it may be given out */
        uint64_t tokens_to; /* to store with the next transaction; 0: none */
        size_t n_expected;  /* sessions that waited when the last transaction was committed */
        int64_t gather_ns;  /* when it stops waiting for them; 0: it has stopped */
        int64_t due_ns;     /* when the `async` changes are due; INT64_MAX: none */
        int64_t retry_ns;   /* in FAILED: when to try again; INT64_MAX: only after server.resume */
        struct event *on_written, *on_due;
        bool has_event; /* one of them came since the last turn */
} Storing;

void storing_init(Storing *d);
/* Opens the state directory of the options, if one is set. d->lock_fd may be the lock that the
 * previous program passed, or that storing_leave() has kept. Returns 0, or logs the reason and
 * returns a negative errno. If the core has the objects already, a full or broken disk is no failure of
 * the start: the store begins in FAILED. After STORING_AGAIN, this is so for each fault, since changes
 * would be acknowledged without being stored otherwise. */
int storing_start(Storing *d, struct event_base *base, Core *core, const Options *options,
                  StoringStart how);
/* Writes all changes. Returns false if that fails, or takes longer than most_ms. A store that has failed
 * has been written if no change is left. */
bool storing_flush(Storing *d, int64_t most_ms);
/* Closes the database and keeps the lock of the directory, for a program that is executed in place
 * of this one. */
void storing_leave(Storing *d);
/* Notes in the directory that the state was stored with the service manager. If the next daemon
 * starts without that state, it logs so. */
void storing_mark_passed(Storing *d);
/* Closes the database, and gives up the directory. */
void storing_end(Storing *d);

/* Called once in each turn, after its calls and before output is sent. Returns whether objects are
 * stored at all. */
bool storing_turn(Storing *d);
/* Returns whether the next turn has rows to take, so that the loop must not sleep. */
bool storing_is_busy(const Storing *d);
/* Returns whether the store cannot be written. */
bool storing_has_failed(const Storing *d);
