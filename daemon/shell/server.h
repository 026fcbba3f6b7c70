/* The server: the shell around the core. It owns the event loop, the listener and
 * the connections, tells the core what time it is, and ends cleanly. */
#pragma once

#include <stdbool.h>

#include <event2/event.h>

#include "base/list.h"
#include "core.h"
#include "handover/handover.h"
#include "handover/takeover.h"
#include "listen-fds.h"
#include "listener.h"
#include "memory-trim.h"
#include "news-log.h"
#include "options/options.h"
#include "peer-process.h"
#include "spin-loop.h"
#include "supervisor.h"
#include "store/storing.h"
#include "turn.h"
#include "user-namespace.h"

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

/* Runs the daemon until it is told to end: an exit status of sysexits.h, 0 after SIGTERM. It listens on the
 * sockets that were passed, if any, or opens its own. */
int server_run(Options *options, const CommandLine *line, const PassedFds *passed);
/* The same for a program that goes on with the state of the daemon before it. */
int server_take_over(Options *options, const CommandLine *line, Takeover *takeover,
                     const PassedFds *passed);
