/* The daemon as its service manager sees it: ready, alive, told to read its
 * configuration again, about to end. */
#pragma once

#include <event2/event.h>

#include "notify.h"
#include "options/command-line.h"

typedef struct Server Server;

typedef struct Supervisor {
        Server *server;
        const CommandLine *line;
        Notify notify;
        struct event *on_hangup;
        struct event *watchdog; /* NULL where nobody watches */
        OptionError refused;    /* why the configuration was not read again; empty when it was */
} Supervisor;

/* 0 or -ENOMEM. The fields are valid for supervisor_deinit() in any case. */
int supervisor_init(Supervisor *supervisor, Server *server, const CommandLine *line);
void supervisor_deinit(Supervisor *supervisor);
/* The socket listens. */
void supervisor_tell_ready(const Supervisor *supervisor);
/* No new work is taken. */
void supervisor_tell_stopping(const Supervisor *supervisor);
