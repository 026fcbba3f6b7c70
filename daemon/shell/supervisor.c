/* Messages between the daemon and the service manager: readiness, status, watchdog, reload.
 *
 * The status line is sent at readiness, with each message to the watchdog and, with or without a
 * watchdog, at most every STATUS_DELAY_S seconds after counts have changed. So systemctl status
 * shows current counts, and an idle daemon sends nothing and sleeps.
 *
 * A rejected reload stays in the status line until one succeeds, since the daemon then runs with a
 * configuration that differs from the file. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "core.h"
#include "log.h"
#include "reload.h"
#include "supervisor.h"

enum { STATUS_MAX = 1100, STORE_MAX = 160, START_MAX = 160, DATE_MAX = 48, STATUS_DELAY_S = 2 };

/* Writes "; 4 durable objects, last sync 3 ms, longest 15 ms". */
static void describe_store(const CoreCounts *n, char text[STORE_MAX]) {
        text[0] = '\0';
        if (n->has_store && n->store_fault)
                snprintf(text, STORE_MAX,
                         "; %" PRIu64 " durable objects, which cannot be written: %s", n->n_durable,
                         strerror(n->store_fault));
        else if (n->has_store)
                snprintf(text, STORE_MAX,
                         "; %" PRIu64 " durable objects, last sync %" PRId64 " ms, longest %" PRId64
                         " ms",
                         n->n_durable, n->last_sync_ns / 1000000, n->max_sync_ns / 1000000);
}

/* Writes "; restarted at 2026-11-28 07:52:12 UTC as planned, pause 4 ms", or the start and how the
 * daemon before ended. */
static void describe_start(const Supervisor *supervisor, const CoreCounts *n,
                           char text[START_MAX]) {
        static const char *const ends[] = {
                [PREVIOUS_END_UNKNOWN] = "",
                [PREVIOUS_END_STOPPED] = " after a stop",
                [PREVIOUS_END_PASSED] = " after a stop",
                [PREVIOUS_END_CRASHED] = " after a crash or a kill of the daemon",
                [PREVIOUS_END_REBOOTED] = " after the machine ended without a stop of the daemon",
        };
        int64_t at_ms = n->restarted_ms ? n->restarted_ms : n->started_ms;
        time_t seconds = (time_t)(at_ms / 1000);
        char date[DATE_MAX] = "?", pause[DATE_MAX];
        struct tm tm;

        if (gmtime_r(&seconds, &tm))
                strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &tm);
        snprintf(pause, sizeof(pause), " as planned, pause %" PRId64 " ms",
                 n->restart_pause_ns / 1000000);
        snprintf(text, START_MAX, "; %s at %s%s", n->restarted_ms ? "restarted" : "started", date,
                 n->restarted_ms ? pause : ends[supervisor->previous_end]);
}

/* Writes the status line that systemctl status shows. */
static const char *make_status(Supervisor *supervisor, char status[STATUS_MAX]) {
        CoreCounts n = core_counts(supervisor->core);
        char store[STORE_MAX], start[START_MAX];

        supervisor->told = n;
        describe_store(&n, store);
        describe_start(supervisor, &n, start);
        snprintf(status, STATUS_MAX, "%zu sessions, %zu objects, %zu waiting calls%s%s%s%s",
                 n.n_sessions, n.n_objects, n.n_waits, store, start,
                 supervisor->refused.text[0] ? "; the configuration was not reloaded: " : "",
                 supervisor->refused.text);
        return status;
}

void supervisor_tell_ready(Supervisor *supervisor) {
        char status[STATUS_MAX];

        notify_send(&supervisor->notify, "READY=1\nSTATUS=%s", make_status(supervisor, status));
}

void supervisor_tell_stopping(const Supervisor *supervisor) {
        notify_send(&supervisor->notify, "STOPPING=1\nSTATUS=ending the waiting calls");
}

void supervisor_tell_storing(const Supervisor *supervisor) {
        notify_send(&supervisor->notify, "STOPPING=1\nSTATUS=storing the state for a restart");
}

/* The loop runs this callback, which proves that the loop is alive. */
static void on_watchdog(evutil_socket_t fd, short events, void *userdata) {
        Supervisor *supervisor = userdata;
        char status[STATUS_MAX];

        notify_send(&supervisor->notify, "WATCHDOG=1\nSTATUS=%s", make_status(supervisor, status));
}

static bool has_other_counts(const Supervisor *supervisor) {
        CoreCounts n = core_counts(supervisor->core), told = supervisor->told;

        return n.n_sessions != told.n_sessions || n.n_objects != told.n_objects ||
               n.n_waits != told.n_waits || n.n_durable != told.n_durable ||
               n.store_fault != told.store_fault;
}

static void on_status(evutil_socket_t fd, short events, void *userdata) {
        Supervisor *supervisor = userdata;
        char status[STATUS_MAX];

        if (has_other_counts(supervisor))
                notify_send(&supervisor->notify, "STATUS=%s", make_status(supervisor, status));
}

/* Counts may change with every call: sends one line for all changes of a while, and none without a
 * change. */
void supervisor_note_turn(Supervisor *supervisor) {
        static const struct timeval delay = {.tv_sec = STATUS_DELAY_S};

        if (supervisor->notify.fd >= 0 && has_other_counts(supervisor) &&
            !event_pending(supervisor->status, EV_TIMEOUT, NULL))
                event_add(supervisor->status, &delay);
}

static void tell_reloading(const Supervisor *supervisor) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        notify_send(&supervisor->notify, "RELOADING=1\nMONOTONIC_USEC=%lld",
                    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

/* Applies all of the new options, or none of them. */
static void reload(Supervisor *supervisor) {
        CLEANUP(options_deinit) Options fresh;

        supervisor->refused.text[0] = '\0';
        if (reload_read(supervisor->options, supervisor->line, &fresh, &supervisor->refused) < 0)
                return;
        reload_apply(supervisor->options, &fresh);
        supervisor->on_options(supervisor->userdata);
}

void supervisor_reload(Supervisor *supervisor) {
        reload(supervisor);
        supervisor_tell_ready(supervisor);
}

static void on_hangup(evutil_socket_t fd, short events, void *userdata) {
        Supervisor *supervisor = userdata;

        tell_reloading(supervisor);
        if (!supervisor->on_reload || !supervisor->on_reload(supervisor->userdata))
                supervisor_reload(supervisor);
}

/* WATCHDOG=1 gives the next program the whole time of the watchdog. */
void supervisor_tell_restarting(const Supervisor *supervisor) {
        tell_reloading(supervisor);
        notify_send(&supervisor->notify, "WATCHDOG=1\nSTATUS=restarting");
}

int supervisor_put_environment(const Supervisor *supervisor) {
        char usec[32];

        snprintf(usec, sizeof(usec), "%" PRId64, supervisor->watchdog_usec);
        if (supervisor->watchdog_usec && setenv("WATCHDOG_USEC", usec, 1) < 0)
                return -errno;
        return notify_put_environment(&supervisor->notify);
}

void supervisor_drop_environment(void) {
        unsetenv("WATCHDOG_USEC");
        unsetenv("NOTIFY_SOCKET");
}

/* Returns the watchdog interval in microseconds; 0: no watchdog. */
static int64_t read_watchdog(void) {
        const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
        int64_t interval = 0;
        char *end;

        if (usec && (!pid || strtoll(pid, NULL, 10) == getpid())) {
                interval = strtoll(usec, &end, 10);
                if (*end || interval <= 0) {
                        log_warning("WATCHDOG_USEC is '%.20s', which is not a number; the watchdog "
                                    "is off",
                                    usec);
                        interval = 0;
                }
        }
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        return interval;
}

static int start_watchdog(Supervisor *supervisor) {
        supervisor->watchdog_usec = read_watchdog();
        int64_t interval = supervisor->watchdog_usec / 2;
        const struct timeval period = {.tv_sec = interval / 1000000, .tv_usec = interval % 1000000};

        if (interval == 0)
                return 0;
        supervisor->watchdog = event_new(supervisor->base, -1, EV_PERSIST, on_watchdog, supervisor);
        return supervisor->watchdog && event_add(supervisor->watchdog, &period) == 0 ? 0 : -ENOMEM;
}

int supervisor_start(Supervisor *supervisor) {
        notify_init(&supervisor->notify);
        supervisor->on_hangup = evsignal_new(supervisor->base, SIGHUP, on_hangup, supervisor);
        if (!supervisor->on_hangup || event_add(supervisor->on_hangup, NULL) < 0)
                return -ENOMEM;
        supervisor->status = event_new(supervisor->base, -1, 0, on_status, supervisor);
        return supervisor->status ? start_watchdog(supervisor) : -ENOMEM;
}

void supervisor_deinit(Supervisor *supervisor) {
        if (supervisor->on_hangup)
                event_free(supervisor->on_hangup);
        if (supervisor->watchdog)
                event_free(supervisor->watchdog);
        if (supervisor->status)
                event_free(supervisor->status);
        notify_deinit(&supervisor->notify);
        *supervisor = (Supervisor){.notify = {.fd = -1}};
}
