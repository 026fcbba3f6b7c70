/* Durable objects, between the core and the store. storing.h has the model. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "clock.h"
#include "core.h"
#include "crash-point.h"
#include "log.h"
#include "options/options.h"
#include "store/storing.h"
#include "stored.h"

enum {
        TURN_BYTES = 256 << 10, /* rows taken in one turn */
        RETRY_MS = 1000,        /* after a full disk */
        GATHER_US = 500,
        /* Stored before they are given out: a second of the clock that tokens begin at. */
        TOKENS_AHEAD = 1 << 20,
};

static int64_t now_ns(void) {
        return clock_ns(CLOCK_MONOTONIC);
}

/* ---- Faults */

static void fail(Storing *d, int error, const char *text) {
        bool is_full = error == -ENOSPC;

        if (!d->is_failing)
                log_error("%s; durable objects cannot be changed until %s", text,
                          is_full ? "the disk has room"
                                  : "an administrator continues (shmgrctl server resume)");
        d->is_failing = true;
        d->state = STORING_FAILED;
        d->retry_ns = is_full ? now_ns() + RETRY_MS * INT64_C(1000000) : INT64_MAX;
        core_set_store_fault(d->core, is_full ? ENOSPC : EIO);
}

/* ---- Start and end */

static int load_object(void *userdata, uint64_t id, const StoredObject *row, const char *name,
                       const Buffer *contents, char fault[STORE_FAULT_MAX]) {
        Storing *d = userdata;
        char why[CORE_FAULT_MAX];
        int r = core_load_stored(d->core, id, row, name, contents, why);

        if (r < 0)
                snprintf(fault, STORE_FAULT_MAX, "object %llu cannot be read: %s",
                         (unsigned long long)id, why);
        return r;
}

/* Makes the next token greater than all that may have been given out, and stores a number above the
 * next TOKENS_AHEAD tokens before the first of them is given out. The sync of that transaction also
 * covers the one that a killed daemon wrote and did not sync, which this start has read: no reply reports
 * it before. */
static int reserve_tokens(Storing *d, char fault[STORE_FAULT_MAX]) {
        Buffer none = {0};

        crash_point("tokens-reserve");
        core_pass_tokens(d->core, d->tokens);
        d->tokens = core_last_token(d->core) + TOKENS_AHEAD;
        return store_write(d->store, &none, d->tokens, fault);
}

/* Logs that this start lacks what the previous daemon had in memory only. */
static void tell_lost(const Storing *d) {
        static const char *const ends[] = {
                [PREVIOUS_END_UNKNOWN] = NULL,
                [PREVIOUS_END_STOPPED] = NULL,
                [PREVIOUS_END_PASSED] =
                        "stored its state with the service manager, which passed none",
                [PREVIOUS_END_CRASHED] = "crashed or was killed",
                [PREVIOUS_END_REBOOTED] = "ended with the machine, without a stop",
        };

        if (ends[d->previous_end])
                log_notice("%s: the previous daemon %s: its sessions have ended, and only durable "
                           "objects are there",
                           d->options->state, ends[d->previous_end]);
}

static int read_objects(Storing *d, char fault[STORE_FAULT_MAX]) {
        int64_t begin_ns = now_ns();

        tell_lost(d);
        int r = store_read(d->store, load_object, d, fault);
        if (r < 0)
                return r;
        core_end_loading(d->core);
        log_info("%s: %zu objects, read in %lld ms", d->options->state,
                 core_counts(d->core).n_objects, (long long)(now_ns() - begin_ns) / 1000000);
        return 0;
}

static void on_written(evutil_socket_t fd, short events, void *userdata) {
        Storing *d = userdata;

        /* The event wakes the loop; storing_turn() takes the result. */
        writer_clear_event(&d->writer);
        d->has_event = true;
}

static void on_due(evutil_socket_t fd, short events, void *userdata) {
        Storing *d = userdata;

        /* The event wakes the loop; storing_turn() compares due_ns and retry_ns with the clock. */
        d->has_event = true;
}

static int start_writer(Storing *d) {
        int r = writer_init(&d->writer, d->store);

        if (r < 0)
                return r;
        d->on_written = event_new(d->base, d->writer.event_fd, EV_READ | EV_PERSIST, on_written, d);
        return d->on_written && event_add(d->on_written, NULL) == 0 ? 0 : -ENOMEM;
}

static void free_event(struct event **event) {
        if (*event)
                event_free(*event);
        *event = NULL;
}

static void close_store(Storing *d) {
        free_event(&d->on_written);
        writer_deinit(&d->writer);
        d->store = store_close(d->store);
}

static void stop(Storing *d) {
        close_store(d);
        free_event(&d->on_due);
        buffer_deinit(&d->rows);
        d->state = STORING_OFF;
}

/* A lock that was passed stays until storing_end(), also after a failure: the previous program may
 * continue with it. */
static int lock_directory(Storing *d, char fault[STORE_FAULT_MAX]) {
        int before = d->lock_fd, fd = store_lock(d->options->state, before, fault);

        if (fd < 0)
                return fd;
        d->lock_fd = fd;
        if (fd != before || mark_is_passed(fd))
                d->previous_end = mark_begin(fd);
        return 0;
}

void storing_init(Storing *d) {
        *d = (Storing){.lock_fd = -1, .writer.event_fd = -1};
}

/* Opens the directory. If the core has the objects, nothing is read but the stored number of tokens, and
 * nothing is written: the disk may be full, and clients wait. */
static int open_store(Storing *d, StoringStart how, char fault[STORE_FAULT_MAX]) {
        bool is_first = how == STORING_FIRST;
        int r = lock_directory(d, fault);

        if (r == 0)
                r = store_open(d->options->state, is_first, &d->store, fault);
        if (r == 0 && is_first)
                r = read_objects(d, fault);
        if (r == 0)
                r = store_read_tokens(d->store, &d->tokens, fault);
        if (r == 0 && is_first)
                r = reserve_tokens(d, fault);
        if (r == 0)
                r = start_writer(d);
        if (r < 0)
                close_store(d);
        if (r < 0 && !*fault)
                snprintf(fault, STORE_FAULT_MAX, "state directory %s: %s", d->options->state,
                         strerror(-r));
        return r;
}

/* Returns whether the daemon continues though the directory cannot be opened: with changes refused, until it can
 * be. Another program may be able to open it unless the disk is at fault. */
static bool goes_on(StoringStart how, int error) {
        return how == STORING_AGAIN ||
               (how == STORING_TAKEN_OVER && (error == -ENOSPC || error == -EIO));
}

int storing_start(Storing *d, struct event_base *base, Core *core, const Options *options,
                  StoringStart how) {
        char fault[STORE_FAULT_MAX] = "";

        *d = (Storing){.core = core,
                       .base = base,
                       .options = options,
                       .lock_fd = d->lock_fd,
                       .previous_end = d->previous_end,
                       .writer.event_fd = -1,
                       .due_ns = INT64_MAX,
                       .retry_ns = INT64_MAX};
        if (!options->state)
                return 0;
        d->on_due = event_new(base, -1, 0, on_due, d);
        int r = d->on_due ? open_store(d, how, fault) : -ENOMEM;
        if (r < 0 && !(d->on_due && goes_on(how, r))) {
                log_error("%s", *fault ? fault : strerror(-r));
                stop(d);
                return r;
        }
        d->state = STORING_RESTING;
        core_set_store(core, true);
        core_set_stored_tokens(core, d->tokens);
        if (r < 0)
                fail(d, r, fault);
        return 0;
}

/* ---- Turns */

/* Returns how long the next transaction waits for callers: at most half of the time of the last
 * one, since a longer wait would cost more than sharing a transaction saves. */
static int64_t gather_time(int64_t took_ns) {
        enum { PART = 2 };
        int64_t most_ns = GATHER_US * INT64_C(1000);

        return took_ns / PART < most_ns ? took_ns / PART : most_ns;
}

static void succeed(Storing *d) {
        if (d->is_failing)
                log_notice("%s: durable objects can be changed again", d->options->state);
        d->is_failing = false;
        d->state = STORING_RESTING;
        d->tokens = d->writer.tokens ? d->writer.tokens : d->tokens;
        core_set_stored_tokens(d->core, d->tokens);
        core_set_store_fault(d->core, 0);
        d->n_expected = core_count_held(d->core);
        crash_point("epoch-committed");
        core_note_committed(d->core, d->epoch, d->writer.took_ns);
        crash_point("epoch-noted");
        d->gather_ns = now_ns() + gather_time(d->writer.took_ns);
}

static void take_result(Storing *d) {
        int result;

        if (d->state != STORING_WRITING || !writer_take(&d->writer, &result, &d->rows))
                return;
        if (result < 0)
                fail(d, result, d->writer.fault);
        else
                succeed(d);
}

static void submit(Storing *d) {
        if (core_last_token(d->core) + TOKENS_AHEAD / 2 > d->tokens)
                d->tokens_to = core_last_token(d->core) + TOKENS_AHEAD;
        writer_submit(&d->writer, &d->rows, d->tokens_to, d->is_failing);
        d->tokens_to = 0;
        d->state = STORING_WRITING;
        if (d->with_async)
                d->due_ns = INT64_MAX;
}

static void collect(Storing *d, size_t n_bytes) {
        if (d->with_async)
                crash_point("collect-async");
        int r = core_take_changes(d->core, d->with_async, n_bytes, &d->rows, &d->epoch);

        crash_point("collected");
        if (r > 0)
                submit(d);
}

static bool lacks_tokens(const Storing *d) {
        return core_last_token(d->core) + TOKENS_AHEAD / 2 > d->tokens;
}

static void arm(Storing *d, int64_t at_ns) {
        int64_t left_us = (at_ns - now_ns()) / 1000;

        if (left_us < 1)
                left_us = 1;
        event_add(d->on_due,
                  &(struct timeval){.tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000});
}

/* The first async change begins an interval. */
static void begin_interval(Storing *d) {
        if (d->due_ns < INT64_MAX || !core_has_changes(d->core, true))
                return;
        d->due_ns = now_ns() + (int64_t)d->options->sync_interval_ms * 1000000;
        arm(d, d->due_ns);
}

static bool is_gathering(Storing *d) {
        if (d->gather_ns && (core_count_held(d->core) >= d->n_expected || now_ns() >= d->gather_ns))
                d->gather_ns = 0;
        return d->gather_ns != 0;
}

static void rest(Storing *d) {
        begin_interval(d);
        bool is_due = d->due_ns < INT64_MAX && now_ns() >= d->due_ns;

        if (!is_due && !core_has_changes(d->core, false) && !lacks_tokens(d))
                return;
        if (!is_due && is_gathering(d))
                return;
        d->with_async = is_due;
        d->state = STORING_COLLECTING;
}

static void retry(Storing *d) {
        char fault[STORE_FAULT_MAX] = "";

        if (!core_take_resume(d->core) && now_ns() < d->retry_ns) {
                if (d->retry_ns < INT64_MAX && !event_pending(d->on_due, EV_TIMEOUT, NULL))
                        arm(d, d->retry_ns);
                return;
        }
        int r = d->store ? 0 : open_store(d, STORING_AGAIN, fault);
        if (r < 0) {
                fail(d, r, fault);
                return;
        }
        d->with_async = true;
        d->state = STORING_COLLECTING;
}

bool storing_turn(Storing *d) {
        if (d->state == STORING_OFF)
                return false;
        d->has_event = false;
        take_result(d);
        if (d->state == STORING_FAILED)
                retry(d);
        if (d->state == STORING_RESTING)
                rest(d);
        if (d->state == STORING_COLLECTING)
                collect(d, TURN_BYTES);
        if (d->state == STORING_WRITING)
                begin_interval(d);
        return true;
}

bool storing_is_busy(const Storing *d) {
        return d->state == STORING_COLLECTING ||
               (d->state == STORING_RESTING && d->gather_ns && core_has_changes(d->core, false));
}

bool storing_has_failed(const Storing *d) {
        return d->is_failing;
}

/* Rows of a transaction that failed stay in `rows`. */
static bool has_unwritten(const Storing *d) {
        return buffer_size(&d->rows) > 0 || core_has_changes(d->core, true);
}

/* Each round waits for a transaction, and begins one for the changes that were made meanwhile. */
bool storing_flush(Storing *d, int64_t most_ms) {
        enum { ROUNDS = 4 };

        if (d->state == STORING_FAILED && !has_unwritten(d))
                return true;

        for (int i = 0; i < ROUNDS && d->state != STORING_OFF; i++) {
                if (d->state == STORING_FAILED || !writer_wait(&d->writer, most_ms))
                        return false;
                take_result(d);
                if (d->state == STORING_RESTING && !core_has_changes(d->core, true))
                        return true;
                if (d->state == STORING_FAILED)
                        return false;
                d->with_async = true;
                collect(d, SIZE_MAX / 2);
        }
        return d->state == STORING_OFF;
}

void storing_leave(Storing *d) {
        if (d->state == STORING_OFF)
                return;
        core_set_store(d->core, false);
        stop(d);
}

void storing_mark_passed(Storing *d) {
        if (d->lock_fd >= 0)
                mark_passed(d->lock_fd);
}

void storing_end(Storing *d) {
        storing_leave(d);
        if (d->lock_fd >= 0) {
                mark_end(d->lock_fd);
                close(d->lock_fd);
        }
        d->lock_fd = -1;
}
