/* The start of the server: with the objects on the disk only, or with the state of the previous
 * daemon.
 *
 * The order matters: first the core and the event loop, then the state, then the state directory,
 * whose lock proves that no other daemon uses it. The listening sockets come last, so that no
 * client connects to a daemon that cannot serve it.
 *
 * Must never happen: a daemon listens before its state is complete; a failed start changes the
 * state directory or the socket of a running daemon. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/macros.h"
#include "base/memory.h"
#include "clock.h"
#include "config-text.h"
#include "connection.h"
#include "crash-point.h"
#include "descriptor-limit.h"
#include "environment.h"
#include "handover/shell-record.h"
#include "log.h"
#include "options/settings.h"
#include "pipe-pair.h"
#include "server-parts.h"
#include "server.h"
#include "unix-socket.h"

static int server_init_events(Server *s) {
        struct event_config *config = event_config_new();

        if (!config)
                return -ENOMEM;
        event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
        /* The loop has its own timers, so no turn needs the time of libevent. */
        event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
        s->base = event_base_new_with_config(config);
        event_config_free(config);
        if (!s->base)
                return -ENOMEM;
        s->armed_ns = INT64_MAX;
        s->deadline_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        s->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (s->deadline_fd < 0 || s->tick_fd < 0)
                return -errno;
        s->deadline =
                event_new(s->base, s->deadline_fd, EV_READ | EV_PERSIST, server_on_deadline, s);
        s->tick = event_new(s->base, s->tick_fd, EV_READ | EV_PERSIST, server_on_tick, s);
        s->on_term = evsignal_new(s->base, SIGTERM, server_on_term, s);
        s->on_int = evsignal_new(s->base, SIGINT, server_on_term, s);
        s->on_restart = evsignal_new(s->base, SIGUSR2, server_on_restart, s);
        if (!s->deadline || !s->tick || !s->on_term || !s->on_int || !s->on_restart ||
            event_add(s->deadline, NULL) < 0 || event_add(s->tick, NULL) < 0 ||
            event_add(s->on_term, NULL) < 0 || event_add(s->on_int, NULL) < 0 ||
            event_add(s->on_restart, NULL) < 0)
                return -ENOMEM;
        return 0;
}

/* Sets the text that server.config returns, with the limits in force. */
static void set_config(Server *s, const Limits *limits) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        Options shown = *s->options;

        shown.limits = *limits;
        if (config_text(&text, &shown) < 0 ||
            core_set_config(s->core, buffer_bytes(&text), buffer_size(&text)) < 0)
                log_warning("memory ran out for the reply to server.config");
}

/* If other users may connect, no single user may have all sessions, nor all descriptors with
 * connections from very many processes. */
static void fit_sessions_per_uid(Limits *limits, uint64_t descriptor_room) {
        uint64_t most =
                descriptor_room / 2 < limits->sessions ? descriptor_room / 2 : limits->sessions;

        if (limits->sessions_per_uid > most - most / 4)
                limits->sessions_per_uid = most - most / 4;
}

/* Applies those of the changed options that take effect at once. */
static void on_options(void *userdata) {
        Server *s = userdata;
        Limits limits = s->options->limits;

        log_set_level(s->options->log_level);
        s->descriptor_room = descriptor_limit_fit(&limits);
        if (s->is_private)
                limits.sessions_of_root = limits.bytes_of_root = 0;
        else
                fit_sessions_per_uid(&limits, s->descriptor_room);
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
                r = listener_start(&s->listeners[i], s->base, server_accept, s);
        return r;
}

static int server_init_core(Server *s) {
        s->core = core_new(&(CoreSetup){
                .source = &pipe_pairs_of_kernel,
                .on_serving = connection_on_serving,
                .uid = geteuid(),
                .unmapped_gid = s->users.unmapped_gid,
                .lent_min = LENT_MIN,
                .session_bytes = memory_of(sizeof(Connection)) + unix_socket_memory(),
        });
        if (!s->core)
                return -ENOMEM;
        s->turn.core = s->core;
        news_log_init(&s->log, s->core, s->options);
        return 0;
}

/* Initialises everything except the sockets, or the state of the previous daemon. */
static int server_init(Server *s, Options *options, const CommandLine *line) {
        s->options = options;
        s->deadline_fd = s->tick_fd = -1;
        s->supervisor.notify.fd = -1;
        s->spin = (SpinLoop){.has_work = server_has_work, .userdata = s};
        storing_init(&s->storing);
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

/* Begins to serve. */
static int server_start(Server *s) {
        on_options(s);
        turn_set_time(&s->turn);
        s->supervisor = (Supervisor){.base = s->base,
                                     .core = s->core,
                                     .line = s->handover.line,
                                     .options = s->options,
                                     .previous_end = s->storing.previous_end,
                                     .on_options = on_options,
                                     .on_reload = server_on_reload,
                                     .userdata = s};
        int r = supervisor_start(&s->supervisor);
        return r == 0 ? server_listen(s) : r;
}

/* Starts without a state. */
static int server_init_fresh(Server *s, Options *options, const CommandLine *line,
                             const PassedFds *passed) {
        s->is_private = geteuid() != 0 && passed->n_listeners == 0 && !(options->mode & 077);
        int r = server_init(s, options, line);

        if (r < 0)
                return r;
        /* How long ago a stored object was used is told by this time. */
        turn_set_time(&s->turn);
        core_begin_tokens(s->core, clock_ns(CLOCK_REALTIME) / 1000);
        r = storing_start(&s->storing, s->base, s->core, options, STORING_FIRST);
        if (r == 0)
                r = server_open_listeners(s, passed);
        return r == 0 ? server_start(s) : r;
}

/* The stored objects are still in use, so the directory with their rows stays the same. */
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

/* Listens on the sockets that the service manager passed, or on those of the previous daemon. */
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

/* The rest of the start with the state of the previous daemon. */
static int server_start_from(Server *s, const ShellState *state, const Takeover *takeover,
                             const PassedFds *passed, char fault[CORE_FAULT_MAX]) {
        keep_directory(s->options, state->directory);
        crash_point("takeover-store");
        s->storing.lock_fd = takeover->is_stored ? state->directory_lock_fd : takeover->lock_fd;
        int r = storing_start(&s->storing, s->base, s->core, s->options, STORING_TAKEN_OVER);
        if (r < 0) {
                snprintf(fault, CORE_FAULT_MAX, "state directory: %s", strerror(-r));
                return r;
        }
        s->n_listeners = state->n_listeners;
        s->is_private = state->is_private;
        r = takeover->is_stored ? server_take_listeners(s, passed) : 0;
        if (r < 0) {
                snprintf(fault, CORE_FAULT_MAX, "the socket cannot be opened: %s", strerror(-r));
                return r;
        }
        r = server_start(s);
        if (r < 0)
                snprintf(fault, CORE_FAULT_MAX, "%s", strerror(-r));
        else if (!list_is_empty(&s->turn.connections))
                server_begin_ticks(s);
        return r;
}

/* Starts with the state of the previous daemon. After a failure the program of that daemon inherits
 * the descriptors again. */
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
        *ret_since_ns = state.since_ns;
        r = server_start_from(s, &state, takeover, passed, fault);
        if (r < 0)
                shell_set_inherited(&state, true);
        return r;
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

/* Logs "37 sessions, 4 objects, 3 waiting calls". */
static void tell_taken_over(Server *s, const Takeover *takeover, int64_t since_ns) {
        CoreCounts n = core_counts(s->core);
        int64_t pause_ms = (clock_ns(CLOCK_MONOTONIC) - since_ns) / 1000000;

        if (*takeover->refused)
                core_refuse_restart(s->core, ENOEXEC, takeover->refused);
        else
                core_note_restart(s->core, clock_ns(CLOCK_MONOTONIC) - since_ns);
        if (*takeover->refused)
                log_error("the daemon was not restarted: the new program failed: %s",
                          takeover->refused);
        log_notice("%s: version " PACKAGE_VERSION ", %zu sessions, %zu objects, %zu waiting calls; "
                   "a pause of %" PRId64 " ms",
                   *takeover->refused ? "going on" : "restarted", n.n_sessions, n.n_objects,
                   n.n_waits, pause_ms);
        supervisor_tell_ready(&s->supervisor);
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

/* If the log cannot be opened any more, the daemon continues, since its failure would end all
 * sessions. */
int server_take_over(Options *options, const CommandLine *line, Takeover *takeover,
                     const PassedFds *passed) {
        CLEANUP(freep) Server *s = calloc(1, sizeof(*s));
        char fault[CORE_FAULT_MAX];
        int64_t since_ns = 0;

        if (!takeover->is_stored)
                options->ready_fd = -1; /* used by the first daemon already */
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
