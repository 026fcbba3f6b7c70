/* The server: the loop and its turns.
 *
 * The phases of a turn, in this order:
 *
 *   events    mark the connections that have input, room to send, or an exited process; they run no calls
 *   run       each marked connection receives and runs lines, as far as its user's share of the turn goes (share.h)
 *   time      waits whose timeout has expired end
 *   work      a bounded part of the deferred work (daemon/core/work.h) is done
 *   store     changes of durable objects are handed to the writer, and what it has written is noted (store/storing.h)
 *   send      sessions with output get a bounded part of it sent
 *   free      connections that are over are freed here and nowhere else, so that no callback meets a freed one
 *   trim      freed memory is returned to the system, a part at a time (memory-trim.h)
 *
 * After a stall, input that arrived before a timeout must count although it is read after it: timeouts then wait for up to
 * CATCH_UP_TURNS turns in which input is read. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/errno-name.h"
#include "base/memory.h"
#include "clock.h"
#include "config-text.h"
#include "connection.h"
#include "connections.h"
#include "crash-point.h"
#include "descriptor-limit.h"
#include "environment.h"
#include "handover/fd-store.h"
#include "log.h"
#include "options/settings.h"
#include "pipe-pair.h"
#include "server.h"
#include "store/storing.h"
#include "unix-socket.h"

enum {
        STORE_END_MS = 10000, /* how long the last transaction may take */
        END_MS = 5000,        /* how long the last replies may take */
        LATE_MS = 100,        /* a deadline that was missed by more is the sign of a stall */
        CATCH_UP_TURNS = 64,  /* at most, after one */
        SHORT_TURN_NS = 500000,
        CPU_TURNS = 64,        /* turns at most between two readings of the processor time */
        LEFTOVER_STEPS = 5000, /* of work that was put off, in one turn: half a millisecond */
};

static const char *refusal_text(int error) {
        switch (error) {
        case EDQUOT:
                return "the daemon, or this user, has too many sessions already (max-sessions, "
                       "max-sessions-per-uid)";
        case EACCES:
                return "your uid is not mapped into the user namespace of the daemon, which cannot "
                       "tell "
                       "you from others (unmapped-users in shmgrd.conf)";
        default:
                return strerror(error);
        }
}

/* Why a session cannot begin, for the client, on a socket that is closed right after. */
static void refuse_connection(int fd, int error) {
        char text[512];
        int n = snprintf(
                text, sizeof(text),
                "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"no session: %s\","
                "\"data\":{\"errno\":\"%s\"}},\"id\":null}\n",
                refusal_text(error), errno_name(error));

        if (send(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                log_debug("a refused connection was closed before it read the reason");
        close(fd);
}

/* A connection stays a while when its session has ended, for what it has not read. A client that makes many
 * of these comes to the same bound. */
static bool has_too_many(const Server *s, uid_t uid) {
        const Limits *limits = core_limits(s->core);

        return uid != 0 && (shares_count(&s->turn.shares, uid) >= limits->sessions_per_uid ||
                            s->turn.n_connections >= limits->sessions);
}

/* Logs it, and returns the error. */
static int refuse_peer(Server *s, const Peer *peer, int r) {
        news_log_write(&s->log,
                       &(News){.kind = NEWS_NO_SESSION, .peer = peer, .text = refusal_text(-r)});
        return r;
}

static int begin_session(Server *s, int fd, Session **ret, Process **ret_process) {
        CLEANUP(freep) gid_t *groups = NULL;
        bool is_dead = false;
        Peer peer;

        int r = peer_read(fd, &peer, &groups);
        if (r < 0)
                return r;
        if (peer.uid == s->users.unmapped_uid && !s->options->unmapped_users)
                return refuse_peer(s, &peer, -EACCES);
        r = process_get(&s->processes, fd, peer.pid, ret_process);
        if (r == -ESRCH)
                is_dead = true;
        else if (r < 0)
                return r;
        r = core_session_begin(s->core, &peer, ret);
        if (r == 0 && has_too_many(s, peer.uid)) {
                *ret = core_session_end(*ret);
                r = -EDQUOT;
        }
        if (r < 0) {
                process_release(*ret_process);
                return refuse_peer(s, &peer, r);
        }
        return is_dead ? -ESRCH : 0;
}

/* Makes a session for a connected socket, which is taken over. */
static void on_accept(void *userdata, int fd) {
        Server *s = userdata;
        Session *session = NULL;
        Process *process = NULL;
        Transport *transport;

        /* Events come before the turn sets the time: the core's is that of the last turn, which may be long ago. */
        turn_set_time(&s->turn);
        s->has_accepted = true;
        int r = begin_session(s, fd, &session, &process);

        if (!event_pending(s->tick, EV_TIMEOUT, NULL))
                event_add(s->tick, &(struct timeval){.tv_sec = 1});
        if (!session) {
                refuse_connection(fd, -r);
                return;
        }
        if (unix_socket_new(s->base, fd, process, &transport) < 0) {
                core_session_end(session);
                return;
        }
        if (connection_new(&s->turn, transport, session) < 0)
                return;
        if (r == -ESRCH)
                connection_set_gone(core_session_transport(session));
}

/* Stops the 1 s tick when no connection has a time limit. */
static void server_rest(Server *s) {
        if (list_is_empty(&s->turn.connections) && !news_log_is_counting(&s->log))
                event_del(s->tick);
}

static void on_deadline(evutil_socket_t fd, short events, void *userdata) {
        Server *s = userdata;
        uint64_t n;

        if (read(fd, &n, sizeof(n)) > 0)
                s->armed_ns = INT64_MAX;
}

static void on_tick(evutil_socket_t fd, short events, void *userdata) {
        Server *s = userdata;

        turn_set_time(&s->turn);
        for (size_t i = 0; i < s->n_listeners; i++)
                listener_check_path(&s->listeners[i]);
        connections_check_time(&s->turn);
        news_log_tick(&s->log);
        server_rest(s);
}

static void on_term(evutil_socket_t fd, short events, void *userdata) {
        Server *s = userdata;

        if (!s->is_ending)
                log_info("ending");
        s->is_ending = true;
}

static ShellState server_state(Server *s) {
        return (ShellState){.base = s->base,
                            .core = s->core,
                            .turn = &s->turn,
                            .processes = &s->processes,
                            .listeners = s->listeners,
                            .n_listeners = s->n_listeners,
                            .is_private = s->is_private,
                            .directory = s->options->state,
                            .since_ns = clock_ns(CLOCK_MONOTONIC)};
}

/* The daemon goes on. A reload is still to be done. */
static void server_refuse_restart(Server *s, int error) {
        log_error("the daemon is not restarted: %s: %s",
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

static void on_restart(evutil_socket_t fd, short events, void *userdata) {
        server_begin_restart(userdata);
}

static bool on_reload(void *userdata) {
        Server *s = userdata;

        if (!handover_has_new_program(&s->handover))
                return false;
        log_info("the program or one of its libraries has changed: the daemon restarts, which "
                 "also reads the configuration again");
        s->is_reloading = true;
        server_begin_restart(s);
        return true;
}

/* A timer of our own: the loop would set its own in each turn, needed or not. */
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

static void server_bury(Server *s) {
        if (!connections_bury(&s->turn))
                return;
        for (size_t i = 0; i < s->n_listeners; i++)
                listener_resume(&s->listeners[i]);
        server_rest(s);
}

/* After a stall, of this process or of the machine, some timeouts expired long ago, and what would have served those
 * waits in time has arrived and was not read yet, or not even announced: the loop announces a part at a time. So
 * timeouts wait until input has run, for a bounded number of turns. These are turns like others: every user has its
 * share, and replies are sent. */
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

/* Reading the processor time is a system call, so a turn whose elapsed time is short is noted with that. */
static void server_note_turn(Server *s, int64_t begin_ns) {
        s->spin.turn_end_ns = clock_ns(CLOCK_MONOTONIC);
        int64_t turn_ns = s->spin.turn_end_ns - begin_ns;

        if (turn_ns < SHORT_TURN_NS && !s->has_accepted && ++s->n_since_cpu < CPU_TURNS) {
                core_note_turn(s->core, turn_ns);
                return;
        }
        int64_t cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID), used_ns = cpu_ns - s->cpu_ns;
        /* Connections are accepted before the turn has a beginning. */
        if (!s->has_accepted && turn_ns < used_ns)
                used_ns = turn_ns;
        core_note_turn(s->core, used_ns);
        s->cpu_ns = cpu_ns;
        s->n_since_cpu = 0;
        s->has_accepted = false;
}

/* The next program opens the state directory itself; all that has changed is on the disk then. */
static bool server_leave_store(Server *s) {
        crash_point("store-flush");
        if (storing_flush(&s->storing, STORE_END_MS)) {
                crash_point("store-flushed");
                storing_end(&s->storing);
                return true;
        }
        snprintf(s->handover.trial.text, sizeof(s->handover.trial.text),
                 "the state directory cannot be written");
        handover_cancel(&s->handover);
        server_refuse_restart(s, EIO);
        return false;
}

static void server_return_to_store(Server *s) {
        if (storing_start(&s->storing, s->base, s->core, s->options, true) < 0)
                log_error("durable objects are not stored any more");
}

/* Signals that came before they were blocked are looked at now, or they would be lost with this program. So is input that
 * arrived, since its order would be. */
static void server_hand_over(Server *s) {
        handover_block_signals();
        event_base_loop(s->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        turn_set_time(&s->turn);
        server_bury(s);
        ShellState state = server_state(s);
        int r = s->is_ending || !server_leave_store(s)
                        ? 0
                        : handover_execute(&s->handover, &state, &s->supervisor);
        if (r < 0) {
                server_refuse_restart(s, -r);
                server_return_to_store(s);
        }
        handover_unblock_signals();
}

static void server_check_restart(Server *s) {
        int r = handover_check(&s->handover);
        bool is_wanted = core_take_restart(s->core);

        /* A call of server.restart that came just now is answered with the others. */
        if (r > 0)
                server_hand_over(s);
        else if (r < 0)
                server_refuse_restart(s, -r);
        else if (is_wanted)
                server_begin_restart(s);
}

static void server_turn(Server *s) {
        bool busy = connections_are_busy(&s->turn) || core_has_leftovers(s->core) ||
                    storing_is_busy(&s->storing);

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
        if (!server_is_catching_up(s))
                core_advance(s->core);
        core_work_off(s->core, LEFTOVER_STEPS);
        storing_turn(&s->storing);
        connections_send(&s->turn);
        server_bury(s);
        memory_trim_run(&s->trim, core_bytes_in_use(s->core));
        server_note_turn(s, begin_ns);
        if (s->is_ending)
                return;
        supervisor_note_turn(&s->supervisor);
        server_check_restart(s);
}

static void server_close_listeners(Server *s) {
        for (size_t i = 0; i < s->n_listeners; i++)
                listener_close(&s->listeners[i]);
        s->n_listeners = 0;
}

/* Accepts no new work, answers waiting calls, and sends replies as far as clients read them. */
static void server_end(Server *s) {
        server_close_listeners(s);
        supervisor_tell_stopping(&s->supervisor);
        turn_set_time(&s->turn);
        /* From here on sessions end because the daemon does: their deaths are not logged. */
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

static int server_init_events(Server *s) {
        struct event_config *config = event_config_new();

        if (!config)
                return -ENOMEM;
        event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
        s->base = event_base_new_with_config(config);
        event_config_free(config);
        if (!s->base)
                return -ENOMEM;
        s->armed_ns = INT64_MAX;
        s->deadline_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (s->deadline_fd < 0)
                return -errno;
        s->deadline = event_new(s->base, s->deadline_fd, EV_READ | EV_PERSIST, on_deadline, s);
        s->tick = event_new(s->base, -1, EV_PERSIST, on_tick, s);
        s->on_term = evsignal_new(s->base, SIGTERM, on_term, s);
        s->on_int = evsignal_new(s->base, SIGINT, on_term, s);
        s->on_restart = evsignal_new(s->base, SIGUSR2, on_restart, s);
        if (!s->deadline || !s->tick || !s->on_term || !s->on_int || !s->on_restart ||
            event_add(s->deadline, NULL) < 0 || event_add(s->on_term, NULL) < 0 ||
            event_add(s->on_int, NULL) < 0 || event_add(s->on_restart, NULL) < 0)
                return -ENOMEM;
        return 0;
}

/* For server.config, with the limits in force. */
static void set_config(Server *s, const Limits *limits) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        Options shown = *s->options;

        shown.limits = *limits;
        if (config_text(&text, &shown) < 0 ||
            core_set_config(s->core, buffer_bytes(&text), buffer_size(&text)) < 0)
                log_warning("memory ran out for the reply to server.config");
}

/* The options changed: those that count at once do from now on. */
static void on_options(void *userdata) {
        Server *s = userdata;
        Limits limits = s->options->limits;

        log_set_level(s->options->log_level);
        descriptor_limit_fit(&limits);
        /* If other users may connect, no user can have all sessions. */
        if (s->is_private)
                limits.sessions_of_root = limits.bytes_of_root = 0;
        else if (limits.sessions_per_uid > limits.sessions - limits.sessions / 4)
                limits.sessions_per_uid = limits.sessions - limits.sessions / 4;
        core_set_limits(s->core, &limits);
        set_config(s, &limits);
}

static void server_adopt_listeners(Server *s, const PassedFds *passed) {
        for (size_t i = 0; i < passed->n_listeners; i++)
                listener_adopt(&s->listeners[s->n_listeners++], passed->listeners[i]);
}

static int server_open_listeners(Server *s, const PassedFds *passed) {
        server_adopt_listeners(s, passed);
        return s->n_listeners > 0 ? 0 : listener_open(&s->listeners[s->n_listeners++], s->options);
}

static int server_listen(Server *s) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < s->n_listeners; i++)
                r = listener_start(&s->listeners[i], s->base, on_accept, s);
        return r;
}

static int server_init_core(Server *s) {
        s->core = core_new(&(CoreSetup){
                .source = &pipe_pairs_of_kernel,
                .on_serving = connection_on_serving,
                .uid = geteuid(),
                .unmapped_gid = s->users.unmapped_gid,
                .session_bytes = memory_of(sizeof(Connection)) + unix_socket_memory(),
        });
        if (!s->core)
                return -ENOMEM;
        s->turn.core = s->core;
        news_log_init(&s->log, s->core, s->options);
        return 0;
}

/* Everything but what a daemon begins with: sockets, or the state of the one before it. */
static int server_init(Server *s, Options *options, const CommandLine *line) {
        s->options = options;
        s->deadline_fd = -1;
        s->supervisor.notify.fd = -1;
        turn_init(&s->turn, options, &s->log);
        s->users = user_namespace_read();
        handover_init(&s->handover, line);
        int r = server_init_core(s);
        if (r == 0)
                r = server_init_events(s);
        if (r == 0)
                processes_init(&s->processes, s->base);
        return r;
}

/* With what it begins with. */
static int server_start(Server *s) {
        on_options(s);
        turn_set_time(&s->turn);
        s->supervisor = (Supervisor){.base = s->base,
                                     .core = s->core,
                                     .line = s->handover.line,
                                     .options = s->options,
                                     .on_options = on_options,
                                     .on_reload = on_reload,
                                     .userdata = s};
        int r = supervisor_start(&s->supervisor);
        return r == 0 ? server_listen(s) : r;
}

/* Begins with nothing. */
static int server_init_fresh(Server *s, Options *options, const CommandLine *line,
                             const PassedFds *passed) {
        s->is_private = geteuid() != 0 && passed->n_listeners == 0 && !(options->mode & 077);
        int r = server_init(s, options, line);

        if (r < 0)
                return r;
        core_begin_tokens(s->core, clock_ns(CLOCK_REALTIME) / 1000);
        r = storing_start(&s->storing, s->base, s->core, options, false);
        if (r == 0)
                r = server_open_listeners(s, passed);
        return r == 0 ? server_start(s) : r;
}

/* The objects that are stored go on, and so does the directory that has their rows. */
static void keep_directory(Options *options, char *directory) {
        const char *before = directory ? directory : "",
                   *now = options->state ? options->state : "";

        if (strcmp(before, now) != 0)
                log_warning(
                        "state: the change needs a stop and a start; the daemon goes on with %s",
                        directory ? directory : "no state directory");
        free(options->state);
        options->state = directory;
}

/* Listens on the sockets of the service manager, if it has passed any, and otherwise on those of the daemon before. */
static int server_take_listeners(Server *s, const PassedFds *passed) {
        OptionError error = {.text = ""};

        if (passed->n_listeners > 0)
                server_close_listeners(s);
        else if (s->n_listeners == 0 && settings_find_socket(s->options, &error) != EX_OK) {
                log_error("%s", error.text);
                return -EINVAL;
        }
        return server_open_listeners(s, passed);
}

/* Begins with the state of the daemon before it. */
static int server_init_from(Server *s, Options *options, const CommandLine *line,
                            const Takeover *takeover, const PassedFds *passed,
                            int64_t *ret_since_ns, char fault[CORE_FAULT_MAX]) {
        int r = server_init(s, options, line);

        snprintf(fault, CORE_FAULT_MAX, "%s", strerror(-r));
        if (r < 0)
                return r;
        ShellState state = server_state(s);
        state.directory = NULL;
        r = takeover_load(takeover, &state, fault);
        if (r < 0)
                return r;
        keep_directory(options, state.directory);
        crash_point("takeover-store");
        r = storing_start(&s->storing, s->base, s->core, options, true);
        if (r < 0) {
                snprintf(fault, CORE_FAULT_MAX, "state directory: %s", strerror(-r));
                return r;
        }
        s->n_listeners = state.n_listeners;
        s->is_private = state.is_private;
        r = takeover->is_stored ? server_take_listeners(s, passed) : 0;
        if (r < 0) {
                snprintf(fault, CORE_FAULT_MAX, "the socket cannot be opened: %s", strerror(-r));
                return r;
        }
        *ret_since_ns = state.since_ns;
        r = server_start(s);
        if (r == 0 && !list_is_empty(&s->turn.connections))
                event_add(s->tick, &(struct timeval){.tv_sec = 1});
        return r;
}

static void server_deinit(Server *s) {
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
        turn_deinit(&s->turn);
        s->core = core_free(s->core);
        if (s->base)
                event_base_free(s->base);
}

static void write_newline(int fd) {
        if (fd < 0)
                return;
        if (write(fd, "\n", 1) < 0)
                log_warning("--ready-fd %d: %m", fd);
        if (fd > STDERR_FILENO)
                close(fd);
}

static int exit_status(int r) {
        switch (r) {
        case -EADDRINUSE:
                return EX_TEMPFAIL;
        case -ENOMEM:
                return EX_OSERR;
        default:
                return EX_CANTCREAT;
        }
}

static void tell_ready(Server *s, size_t n_passed) {
        if (n_passed)
                log_info("listening on %zu socket%s of the service manager", n_passed,
                         n_passed == 1 ? "" : "s");
        else
                log_info("listening on %s", s->options->socket);
        if (n_passed && s->options->socket)
                log_warning("socket = %s is ignored: the service manager passed other sockets",
                            s->options->socket);
        supervisor_tell_ready(&s->supervisor);
        write_newline(s->options->ready_fd);
}

/* "37 sessions, 4 objects, 3 waiting calls" */
static void tell_taken_over(Server *s, const Takeover *takeover, int64_t since_ns) {
        CoreCounts n = core_counts(s->core);
        int64_t pause_ms = (clock_ns(CLOCK_MONOTONIC) - since_ns) / 1000000;

        if (*takeover->refused)
                core_refuse_restart(s->core, ENOEXEC, takeover->refused);
        else
                core_note_restart(s->core, clock_ns(CLOCK_MONOTONIC) - since_ns);
        if (*takeover->refused)
                log_error("the daemon is not restarted: the new program failed: %s",
                          takeover->refused);
        log_notice("%s: version " PACKAGE_VERSION ", %zu sessions, %zu objects, %zu waiting calls; "
                   "a pause of %" PRId64 " ms",
                   *takeover->refused ? "going on" : "restarted", n.n_sessions, n.n_objects,
                   n.n_waits, pause_ms);
        supervisor_tell_ready(&s->supervisor);
}

/* Leaves the state with the service manager, for the next process: false if there is no store, or it was not possible. Input that
 * arrived is read before, so its order stays. */
static bool server_store(Server *s) {
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
        storing_end(&s->storing);
        ShellState state = server_state(s);
        CoreCounts n = core_counts(s->core);
        int r = fd_store_put(&state, &s->supervisor.notify, fault);
        if (r < 0) {
                log_error("the state is not passed on, and all sessions end: %s", fault);
                server_return_to_store(s);
                return false;
        }
        log_notice("stored with the service manager: %zu sessions, %zu objects, %zu waiting calls",
                   n.n_sessions, n.n_objects, n.n_waits);
        return true;
}

/* Turns until the end: the exit status. */
static int server_loop(Server *s) {
        while (!s->is_ending)
                server_turn(s);
        /* As when a program is executed in its place, nothing of this process is undone. */
        if (!s->has_failed && server_store(s))
                _exit(EX_OK);
        int status = s->has_failed ? EX_OSERR : EX_OK;
        if (!s->has_failed)
                server_end(s);
        server_deinit(s);
        log_deinit();
        return status;
}

int server_run(Options *options, const CommandLine *line, const PassedFds *passed) {
        CLEANUP(freep) Server *s = calloc(1, sizeof(*s));

        if (!s)
                return EX_OSERR;
        int status = environment_prepare(options);
        if (status != EX_OK)
                return status;
        int r = log_open(options->log_file);
        if (r < 0) {
                log_error("log-file: %s: %s", options->log_file, strerror(-r));
                return EX_CANTCREAT;
        }
        memory_trim_init();
        r = server_init_fresh(s, options, line, passed);
        if (r < 0) {
                log_error("cannot start: %s", strerror(-r));
                server_deinit(s);
                log_deinit();
                return exit_status(r);
        }
        tell_ready(s, passed->n_listeners);
        return server_loop(s);
}

/* A log that cannot be opened any more is no reason to end all sessions. */
int server_take_over(Options *options, const CommandLine *line, Takeover *takeover,
                     const PassedFds *passed) {
        CLEANUP(freep) Server *s = calloc(1, sizeof(*s));
        char fault[CORE_FAULT_MAX];
        int64_t since_ns = 0;

        if (!takeover->is_stored)
                options->ready_fd = -1; /* the first daemon has used it */
        if (!s || environment_prepare(options) != EX_OK)
                return takeover_fail(takeover, line, "the environment cannot be prepared");
        int r = log_open(options->log_file);
        if (r < 0)
                log_error("log-file: %s: %s; logging to standard error", options->log_file,
                          strerror(-r));
        memory_trim_init();
        r = server_init_from(s, options, line, takeover, passed, &since_ns, fault);
        if (r < 0) {
                int status = takeover_fail(takeover, line, fault);
                server_deinit(s);
                log_deinit();
                return status;
        }
        handover_unblock_signals();
        tell_taken_over(s, takeover, since_ns);
        write_newline(options->ready_fd);
        takeover_end(takeover);
        return server_loop(s);
}
