/* Between the files of the server: the start (server-start.c), the loop and the end (server.c), the beginning of sessions
 * (server-accept.c), and restarts (server-restart.c). */
#pragma once

#include <stdbool.h>

#include <event2/event.h>

#include "base/list.h"
#include "core.h"
#include "handover/handover.h"
#include "handover/shell-state.h"
#include "listen-fds.h"
#include "listener.h"
#include "memory-trim.h"
#include "news-log.h"
#include "options/options.h"
#include "peer-process.h"
#include "spin-loop.h"
#include "store/storing.h"
#include "supervisor.h"
#include "turn.h"
#include "user-namespace.h"

enum { STORE_END_MS = 10000 }; /* how long the last transaction may take */

typedef struct Server {
        Core *core;
        Options *options;
        struct event_base *base;
        struct event *deadline; /* when the core wants to know the time */
        int deadline_fd;
        int64_t armed_ns;      /* for when that is set; INT64_MAX for never */
        unsigned n_late_turns; /* in a row, in which timeouts waited for input */
        int64_t cpu_ns;        /* processor time, when it was read last, at the end of a turn */
        unsigned n_since_cpu;  /* turns since then */
        bool has_accepted;     /* in this turn */
        SpinLoop spin;
        struct event *tick; /* once a second, for bounds in time */
        struct event *on_term, *on_int, *on_restart;
        Handover handover;
        bool is_reloading; /* the restart is what came of SIGHUP */
        MemoryTrim trim;
        Supervisor supervisor;
        NewsLog log;
        Listener listeners[LISTEN_FDS_MAX];
        size_t n_listeners;
        Processes processes;
        UserNamespace users;
        Turn turn;
        Storing storing;
        bool is_private; /* only its own user may connect */
        bool is_ending, has_failed;
} Server;

/* Turns until the end, and frees everything. Returns an exit status. */
int server_loop(Server *s);
void server_deinit(Server *s);
/* Frees the connections that are over. */
void server_bury(Server *s);
void server_close_listeners(Server *s);

/* Callbacks of events. */
void server_on_deadline(evutil_socket_t fd, short events, void *userdata);
void server_on_tick(evutil_socket_t fd, short events, void *userdata);
void server_on_term(evutil_socket_t fd, short events, void *userdata);
void server_on_restart(evutil_socket_t fd, short events, void *userdata);
/* Of a listener: makes a session for a connected socket, which it takes over. */
void server_accept(void *userdata, int fd);
/* Of the supervisor: whether a restart takes the place of the reload. */
bool server_on_reload(void *userdata);

/* The end of a turn: executes the program if its trial has passed, or answers those who wait for the restart. */
void server_check_restart(Server *s);
/* The state as it is now; it refers to the server. */
ShellState server_state(Server *s);
/* Leaves the state with the service manager. Returns true if the process must exit now; false if there is no store, or the state
 * cannot be stored, which is logged. */
bool server_store(Server *s);
