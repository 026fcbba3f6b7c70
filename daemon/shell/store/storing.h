/* Durable objects of a daemon, between its core and its store: once a turn the rows of what has changed are taken from the
 * core, and the writer gets them as one transaction.
 *
 *   state        what happens                                     who moves it on
 *   RESTING      nothing to be written, or it is not yet time     a `sync` change, or the end of sync-interval: COLLECTING
 *   COLLECTING   rows are taken, some in each turn                all of an epoch is taken: WRITING
 *   WRITING      the writer writes; changes belong to the next    the transaction is on the disk: RESTING; else FAILED
 *                epoch
 *   FAILED       nothing is written, and calls that change        after a while (ENOSPC), or an administrator
 *                durable objects are refused; rows are kept       (server.resume): COLLECTING
 *
 * Callers of `sync` objects that come while a transaction is written share the next one: that is the group commit. The
 * callers whose replies have just left send their next calls one after the other, so the next transaction waits a moment for
 * as many as there were: a part of the time that one takes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/buffer.h"
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

typedef struct Storing {
        Core *core;
        const Options *options;
        Store *store; /* owned; NULL when off */
        Writer writer;
        StoringState state;
        bool with_async;    /* the epoch has all that has changed */
        bool is_failing;    /* the last transaction failed: the next one opens the database anew */
        Buffer rows;        /* taken, and not written */
        uint64_t epoch;     /* that is written */
        uint64_t tokens;    /* stored: those below may be given out */
        uint64_t tokens_to; /* to be stored with the next transaction; 0 for none */
        size_t n_expected;  /* sessions that waited for the last transaction */
        int64_t gather_ns;  /* until when the next one waits for as many; 0 when that is over */
        int64_t due_ns;     /* of the async changes that wait; INT64_MAX for none */
        int64_t retry_ns;   /* when failed; INT64_MAX: not by itself */
        struct event *on_written, *on_due;
} Storing;

/* Opens the state directory of the options, if they name one, and reads its objects into the core, unless that has them already:
 * 0, or a negative errno after logging the reason. */
int storing_start(Storing *d, struct event_base *base, Core *core, const Options *options,
                  bool has_objects);
/* Writes all that has changed: false where that fails, or takes longer. */
bool storing_flush(Storing *d, int64_t most_ms);
/* Closes the directory. */
void storing_end(Storing *d);

/* Once a turn, after its calls and before output is sent. */
void storing_turn(Storing *d);
/* Whether there is something to do at once, so that the loop must not sleep. */
bool storing_is_busy(const Storing *d);
/* Whether the store cannot be written. */
bool storing_has_failed(const Storing *d);
