/* The state that goes on after a restart: the core with its connections, their processes, and the listening sockets. */
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
        Listener *listeners; /* LISTEN_FDS_MAX of them have room */
        size_t n_listeners;
        bool is_private;  /* as in Server */
        char *directory;  /* the state directory, or NULL; loaded, it is to be freed */
        int64_t since_ns; /* when the pause began that the restart is */
} ShellState;
