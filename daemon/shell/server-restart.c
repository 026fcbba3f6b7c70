/* Restarts, as steps of the server. The state goes to another program in this process
 * (handover/handover.h), or through the service manager to the next process
 * (handover/fd-store.h).
 *
 * Both begin in the same way: the loop reads events that have arrived, dead connections are freed,
 * all changes of durable objects are written, and the database is closed. The process keeps the
 * lock of the state directory, and passes it to the program that it executes. After a failure the
 * daemon opens the database again and continues, or ends normally.
 *
 * Must never happen: two programs use the state directory; a signal or input is lost between two
 * programs. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "connections.h"
#include "crash-point.h"
#include "file-lock.h"
#include "handover/fd-store.h"
#include "log.h"
#include "server-parts.h"

ShellState server_state(Server *s) {
        return (ShellState){.base = s->base,
                            .core = s->core,
                            .turn = &s->turn,
                            .processes = &s->processes,
                            .listeners = s->listeners,
                            .n_listeners = s->n_listeners,
                            .is_private = s->is_private,
                            .directory = s->options->state,
                            .directory_lock_fd = -1,
                            .since_ns = clock_ns(CLOCK_MONOTONIC)};
}

/* Reports the failure; the daemon continues. If SIGHUP caused the restart, it reloads instead. */
static void server_refuse_restart(Server *s, int error) {
        log_error("the daemon was not restarted: %s: %s",
                  s->handover.program.path ? s->handover.program.path : "its program",
                  s->handover.trial.text);
        core_refuse_restart(s->core, error, s->handover.trial.text);
        if (s->is_reloading)
                supervisor_reload(&s->supervisor);
        s->is_reloading = false;
}

static void server_begin_restart(Server *s) {
        ShellState state = server_state(s);
        int r = s->is_ending ? 0 : handover_begin(&s->handover, &state, s->options->restart_ms);

        if (r < 0)
                server_refuse_restart(s, -r);
}

void server_on_restart(evutil_socket_t fd, short events, void *userdata) {
        server_begin_restart(userdata);
}

bool server_on_reload(void *userdata) {
        Server *s = userdata;

        if (!handover_has_new_program(&s->handover))
                return false;
        log_info("the program or one of its libraries has changed: the daemon restarts, which "
                 "also reads the configuration again");
        s->is_reloading = true;
        server_begin_restart(s);
        return true;
}

/* Writes all changes to the disk and closes the database, which the next program opens itself. */
static bool server_leave_store(Server *s) {
        crash_point("store-flush");
        if (storing_flush(&s->storing, STORE_END_MS)) {
                crash_point("store-flushed");
                storing_leave(&s->storing);
                return true;
        }
        snprintf(s->handover.trial.text, sizeof(s->handover.trial.text),
                 "the state directory cannot be written");
        handover_cancel(&s->handover);
        server_refuse_restart(s, EIO);
        return false;
}

/* Without memory for an event the changes of durable objects cannot be refused, so the daemon ends. */
static void server_return_to_store(Server *s) {
        if (storing_start(&s->storing, s->base, s->core, s->options, STORING_AGAIN) < 0)
                s->is_ending = s->has_failed = true;
}

/* Runs the events of signals that came before they were blocked, and of input that has arrived: the
 * next program would not see those signals, and would run that input in another order. */
static void server_hand_over(Server *s) {
        handover_block_signals();
        event_base_loop(s->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        turn_set_time(&s->turn);
        server_bury(s);
        ShellState state = server_state(s);
        int r = s->is_ending || !server_leave_store(s)
                        ? 0
                        : handover_execute(&s->handover, &state, &s->supervisor,
                                           s->storing.lock_fd);
        if (r < 0) {
                server_refuse_restart(s, -r);
                server_return_to_store(s);
        }
        handover_unblock_signals();
}

void server_check_restart(Server *s) {
        int r = handover_check(&s->handover);
        bool is_wanted = core_take_restart(s->core);

        /* A server.restart call of this moment gets its reply together with the others. */
        if (r > 0)
                server_hand_over(s);
        else if (r < 0)
                server_refuse_restart(s, -r);
        else if (is_wanted)
                server_begin_restart(s);
}

/* Between the two processes the descriptors in the store keep the locks, so no other daemon takes
 * them. A lock that cannot be passed ends with this process, and the next one takes it again. */
static void server_pass_locks(Server *s, ShellState *state) {
        if (s->storing.lock_fd >= 0 && file_lock_pass(s->storing.lock_fd) == 0)
                state->directory_lock_fd = s->storing.lock_fd;
        for (size_t i = 0; i < s->n_listeners; i++)
                if (s->listeners[i].lock_fd >= 0)
                        file_lock_pass(s->listeners[i].lock_fd);
}

/* Stores the state with the service manager, for the next process. Returns false if the service
 * manager stores nothing, or after a failure. Input that has arrived is read before, so its order
 * is kept. */
bool server_store(Server *s) {
        char fault[CORE_FAULT_MAX] = "";

        if (fd_store_room(&s->supervisor.notify) == 0)
                return false;
        handover_deinit(&s->handover);
        supervisor_tell_storing(&s->supervisor);
        event_base_loop(s->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        turn_set_time(&s->turn);
        server_bury(s);
        if (!storing_flush(&s->storing, STORE_END_MS)) {
                log_error("the state is not passed on, and all sessions end: the state directory "
                          "cannot be written");
                return false;
        }
        crash_point("put-flushed");
        storing_leave(&s->storing);
        ShellState state = server_state(s);
        server_pass_locks(s, &state);
        CoreCounts n = core_counts(s->core);
        int r = fd_store_put(&state, &s->supervisor.notify, fault);
        if (r < 0) {
                log_error("the state is not passed on, and all sessions end: %s", fault);
                server_return_to_store(s);
                return false;
        }
        storing_mark_passed(&s->storing);
        crash_point("put-marked");
        log_notice("stored with the service manager: %zu sessions, %zu objects, %zu waiting calls",
                   n.n_sessions, n.n_objects, n.n_waits);
        return true;
}
