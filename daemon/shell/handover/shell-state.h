/* The state that a restart passes on: the core, the connections, their processes, and the listening
 * sockets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "core.h"
#include "listener.h"
#include "peer-process.h"
#include "turn.h"

typedef struct ShellState {
        struct event_base *base;
        Core *core;
        Turn *turn;
        Processes *processes;
        Listener *listeners; /* array of LISTEN_FDS_MAX */
        size_t n_listeners;
        bool is_private; /* like Server.is_private */
        /* Another process takes over, to which the service manager passes its sockets again. */
        bool is_stored;
        /* The state directory, or NULL; the caller of takeover_load() frees it. */
        char *directory;
        int directory_lock_fd; /* of its lock, which is stored as well; -1 for none */
        int64_t since_ns;      /* when the pause of the restart began */
} ShellState;
