/* The server: the loop and its turns.
 *
 * A turn has these phases, in this order:
 *
 *   events    mark connections that have input, room to send, or an exited process; they run no calls
 *   run       each marked connection receives and runs lines, as far as its user's share allows (share.h)
 *   time      waits whose timeout has expired end
 *   work      a bounded part of the deferred work (daemon/core/work.h) is done
 *   store     changes of durable objects go to the writer, and finished writes are noted
 *             (store/storing.h)
 *   send      sessions with output send a bounded part of it
 *   free      connections that are over are freed, here and nowhere else, so no callback meets a freed one
 *   trim      freed memory is returned to the system, a part at a time (memory-trim.h)
 *
 * Input that arrived before a timeout expired must count, even if a stall delays reading it:
 * timeouts then wait for up to CATCH_UP_TURNS turns in which input is read. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"
#include "connections.h"
#include "crash-point.h"
#include "log.h"
#include "server-parts.h"

enum {
        END_MS = 5000,       /* time limit for the last replies */
        LATE_MS = 100,       /* a deadline missed by more means a stall */
        CATCH_UP_TURNS = 64, /* at most, after a stall */
        SHORT_TURN_NS = 500000,
        CPU_TURNS = 64,        /* most turns between two readings of the processor time */
        LEFTOVER_STEPS = 5000, /* of deferred work in one turn: half a millisecond */
};

static void set_tick(Server *s, bool is_on) {
        const time_t seconds = is_on ? 1 : 0;

        if (is_on == s->is_ticking)
                return;
        s->is_ticking = is_on;
        timerfd_settime(
                s->tick_fd, 0,
                &(struct itimerspec){.it_interval.tv_sec = seconds, .it_value.tv_sec = seconds},
                NULL);
}

void server_begin_ticks(Server *s) {
        set_tick(s, true);
}

/* Stops the 1 s tick when no connection has a time limit. */
static void server_rest(Server *s) {
        if (list_is_empty(&s->turn.connections) && !news_log_is_counting(&s->log))
                set_tick(s, false);
}

void server_on_deadline(evutil_socket_t fd, short events, void *userdata) {
        Server *s = userdata;
        uint64_t n;

        if (read(fd, &n, sizeof(n)) > 0)
                s->armed_ns = INT64_MAX;
}

void server_on_tick(evutil_socket_t fd, short events, void *userdata) {
        Server *s = userdata;
        uint64_t n;

        if (read(fd, &n, sizeof(n)) < 0)
                return;
        turn_set_time(&s->turn);
        for (size_t i = 0; i < s->n_listeners; i++)
                listener_check_path(&s->listeners[i]);
        connections_check_time(&s->turn);
        news_log_tick(&s->log);
        server_rest(s);
}

void server_on_term(evutil_socket_t fd, short events, void *userdata) {
        Server *s = userdata;

        if (!s->is_ending)
                log_info("ending");
        s->is_ending = true;
}

/* A separate timer, as the tick is: with one of libevent's own it would read the clock, and compute a
 * timeout, in each turn. */
static void server_arm_deadline(Server *s) {
        int64_t deadline_ns = core_next_deadline(s->core);
        struct itimerspec at = {0};

        if (deadline_ns == s->armed_ns)
                return;
        s->armed_ns = deadline_ns;
        if (deadline_ns < INT64_MAX)
                at.it_value = (struct timespec){.tv_sec = deadline_ns / 1000000000,
                                                .tv_nsec = deadline_ns % 1000000000};
        timerfd_settime(s->deadline_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

bool server_bury(Server *s) {
        if (!connections_bury(&s->turn))
                return false;
        for (size_t i = 0; i < s->n_listeners; i++)
                listener_resume(&s->listeners[i]);
        server_rest(s);
        return true;
}

/* After a stall of the process or the machine, some timeouts expired long ago. Input that would
 * have served those waits in time may have arrived, but was not read yet, or not even reported,
 * since libevent reports a part at a time. So timeouts wait until input has run, for a bounded
 * number of turns. These are ordinary turns: every user has its share, and replies are sent. */
static bool server_is_catching_up(Server *s) {
        bool is_late = core_next_deadline(s->core) <= core_now_ns(s->core) - LATE_MS * 1000000LL;

        if (!is_late || s->n_late_turns == CATCH_UP_TURNS) {
                s->n_late_turns = 0;
                return false;
        }
        event_base_loop(s->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        if (!connections_have_input(&s->turn)) {
                s->n_late_turns = 0;
                return false;
        }
        s->n_late_turns++;
        return true;
}

/* The phases between running and sending. Their time is not that of the user who is sent to first, so
 * the clock is read again if there was anything to do. */
static void server_work(Server *s) {
        bool is_due = core_next_deadline(s->core) <= core_now_ns(s->core);

        if (!server_is_catching_up(s))
                core_advance(s->core);
        bool has_leftovers = core_has_leftovers(s->core);
        if (has_leftovers)
                core_work_off(s->core, LEFTOVER_STEPS);
        if (storing_turn(&s->storing) || is_due || has_leftovers)
                turn_set_time(&s->turn);
}

/* Reading the processor time is a system call, so the elapsed time stands for it in a short
 * turn. */
static void server_note_turn(Server *s, int64_t begin_ns) {
        s->spin.turn_end_ns = core_now_ns(s->core);
        int64_t turn_ns = s->spin.turn_end_ns - begin_ns;

        if (turn_ns < SHORT_TURN_NS && !s->has_accepted && ++s->n_since_cpu < CPU_TURNS) {
                core_note_turn(s->core, turn_ns);
                return;
        }
        int64_t cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID), used_ns = cpu_ns - s->cpu_ns;
        /* Connections are accepted before begin_ns. */
        if (!s->has_accepted && turn_ns < used_ns)
                used_ns = turn_ns;
        core_note_turn(s->core, used_ns);
        s->cpu_ns = cpu_ns;
        s->n_since_cpu = 0;
        s->has_accepted = false;
}

static bool server_is_busy(const Server *s) {
        return connections_are_busy(&s->turn) || core_has_leftovers(s->core) ||
               storing_is_busy(&s->storing);
}

/* For spins: also notices a signal, an expired timeout, and a finished write. */
bool server_has_work(void *userdata) {
        const Server *s = userdata;

        return server_is_busy(s) || s->is_ending || s->storing.has_event ||
               s->armed_ns != core_next_deadline(s->core);
}

static void server_turn(Server *s) {
        bool busy = server_is_busy(s);

        server_arm_deadline(s);
        if ((busy || !spin_loop_run(&s->spin, s->base, &s->turn)) &&
            event_base_loop(s->base, EVLOOP_ONCE | (busy ? EVLOOP_NONBLOCK : 0)) < 0) {
                log_error("the event loop failed: %m");
                s->is_ending = s->has_failed = true;
        }
        turn_set_time(&s->turn);
        int64_t begin_ns = core_now_ns(s->core);
        s->spin.has_worked = connections_have_input(&s->turn);
        connections_begin_turn(&s->turn);
        connections_run(&s->turn);
        server_work(s);
        connections_send(&s->turn);
        bool has_buried = server_bury(s);
        if (memory_trim_run(&s->trim, core_bytes_in_use(s->core)) || has_buried)
                turn_set_time(&s->turn);
        server_note_turn(s, begin_ns);
        if (s->is_ending)
                return;
        supervisor_note_turn(&s->supervisor);
        server_check_restart(s);
}

void server_close_listeners(Server *s) {
        for (size_t i = 0; i < s->n_listeners; i++)
                listener_close(&s->listeners[i]);
        s->n_listeners = 0;
}

/* Accepts no new work, ends waiting calls, and sends replies as far as clients read them. */
static void server_end(Server *s) {
        server_close_listeners(s);
        supervisor_tell_stopping(&s->supervisor);
        turn_set_time(&s->turn);
        /* From here on the daemon ends the sessions, so their ends are not logged. */
        news_log_deinit(&s->log);
        int64_t end_ns = core_now_ns(s->core) + END_MS * 1000000LL;
        core_shutdown(s->core);
        crash_point("end-begin");
        if (!storing_flush(&s->storing, STORE_END_MS))
                log_error("the last changes of durable objects are not on the disk");
        crash_point("end-flushed");
        connections_end(&s->turn);
        server_bury(s);
        while (!list_is_empty(&s->turn.connections) && core_now_ns(s->core) < end_ns)
                server_turn(s);
}

void server_deinit(Server *s) {
        struct event *events[] = {s->deadline, s->tick, s->on_term, s->on_int, s->on_restart};

        server_close_listeners(s);
        handover_deinit(&s->handover);
        supervisor_deinit(&s->supervisor);
        news_log_deinit(&s->log);
        connections_free(&s->turn);
        storing_end(&s->storing);
        processes_deinit(&s->processes);
        for (size_t i = 0; i < ELEMENTSOF(events); i++)
                if (events[i])
                        event_free(events[i]);
        if (s->deadline_fd >= 0)
                close(s->deadline_fd);
        if (s->tick_fd >= 0)
                close(s->tick_fd);
        turn_deinit(&s->turn);
        s->core = core_free(s->core);
        if (s->base)
                event_base_free(s->base);
}

/* Runs turns until the end. Returns the exit status. */
int server_loop(Server *s) {
        while (!s->is_ending)
                server_turn(s);
        /* The state lives on in the next process, so nothing is undone, as before an execve(). */
        if (!s->has_failed && server_store(s))
                _exit(EX_OK);
        int status = s->has_failed ? EX_OSERR : EX_OK;
        if (!s->has_failed)
                server_end(s);
        server_deinit(s);
        log_deinit();
        return status;
}
