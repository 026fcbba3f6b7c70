/* Shared by the files of the server: the start (server-start.c), the loop and the end (server.c),
 * the beginning of sessions (server-accept.c), and restarts (server-restart.c). */
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

enum { STORE_END_MS = 10000 }; /* time limit of the last transaction */

typedef struct Server {
        Core *core;
        Options *options;
        struct event_base *base;
        struct event *deadline; /* when the core needs the time */
        int deadline_fd;
        int64_t armed_ns;      /* when deadline fires; INT64_MAX: never */
        unsigned n_late_turns; /* successive turns in which timeouts waited for input */
        int64_t cpu_ns;        /* processor time at the end of a turn, when last read */
        unsigned n_since_cpu;  /* turns since then */
        bool has_accepted;     /* in this turn */
        SpinLoop spin;
        struct event *tick; /* once a second, for time limits */
        int tick_fd;
        bool is_ticking;
        struct event *on_term, *on_int, *on_restart;
        Handover handover;
        bool is_reloading; /* SIGHUP caused the restart */
        MemoryTrim trim;
        Supervisor supervisor;
        NewsLog log;
        Listener listeners[LISTEN_FDS_MAX];
        size_t n_listeners;
        Processes processes;
        uint64_t descriptor_room; /* for sockets and pidfds: see descriptor-limit.h */
        UserNamespace users;
        Turn turn;
        Storing storing;
        bool is_private; /* only its own user may connect */
        bool is_ending, has_failed;
} Server;

/* Runs turns until the end, and frees everything. Returns an exit status. */
int server_loop(Server *s);
void server_deinit(Server *s);
/* Frees the connections that are over. Returns whether it found any. */
bool server_bury(Server *s);
/* Begins the tick, if it is not running. */
void server_begin_ticks(Server *s);
void server_close_listeners(Server *s);

/* Callbacks of events. */
void server_on_deadline(evutil_socket_t fd, short events, void *userdata);
void server_on_tick(evutil_socket_t fd, short events, void *userdata);
void server_on_term(evutil_socket_t fd, short events, void *userdata);
void server_on_restart(evutil_socket_t fd, short events, void *userdata);
/* Callback of the spins. */
bool server_has_work(void *userdata);
/* Callback of a listener: begins a session for a connected socket, and takes ownership of it. */
void server_accept(void *userdata, int fd);
/* Callback of the supervisor: returns whether a restart replaces the reload. */
bool server_on_reload(void *userdata);

/* Called at the end of a turn: executes the program if its trial has passed, or replies to the
 * calls that wait for the restart. */
void server_check_restart(Server *s);
/* Returns the current state, with pointers into the server. */
ShellState server_state(Server *s);
/* Stores the state with the service manager. Returns true if the process must exit now; false if
 * the service manager stores nothing, or after a failure, which is logged. */
bool server_store(Server *s);
