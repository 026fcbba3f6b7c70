/* The daemon's side of the service manager: reports readiness, keeps the watchdog alive, and
 * reports the end. On SIGHUP it reloads the configuration, or restarts the daemon if its program or
 * a library has changed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "core.h"
#include "notify.h"
#include "options/command-line.h"
#include "store/mark.h"

typedef struct Supervisor {
        struct event_base *base;
        const Core *core;
        const CommandLine *line;
        Options *options;                   /* of the server; a reload changes them */
        void (*on_options)(void *userdata); /* called when they have changed */
        /* Called on SIGHUP. Returns true if the daemon restarts instead; if that fails,
         * supervisor_reload() follows. */
        bool (*on_reload)(void *userdata);
        void *userdata;
        Notify notify;
        struct event *on_hangup;
        struct event *watchdog;   /* NULL: no watchdog */
        struct event *status;     /* fires a while after the counts have changed */
        PreviousEnd previous_end; /* for the status line */
        int64_t watchdog_usec;    /* of the service manager; 0: none */
        CoreCounts told;          /* counts in the last status line */
        OptionError refused;      /* why the last reload was rejected; empty after a success */
} Supervisor;

/* Handles SIGHUP and the watchdog from now on. The caller has set the fields above. Returns 0 or
 * -ENOMEM; supervisor_deinit() is allowed in any case. */
int supervisor_start(Supervisor *supervisor);
void supervisor_deinit(Supervisor *supervisor);
/* Called at the end of each turn. Sends a status line soon if the counts have changed. */
void supervisor_note_turn(Supervisor *supervisor);
/* Called when the socket listens. */
void supervisor_tell_ready(Supervisor *supervisor);
/* Reloads the configuration, and reports when that is done. */
void supervisor_reload(Supervisor *supervisor);
/* Called before another program replaces this one. That program finds its service manager by the
 * environment. supervisor_put_environment() returns 0 or a negative errno. */
void supervisor_tell_restarting(const Supervisor *supervisor);
int supervisor_put_environment(const Supervisor *supervisor);
/* Called if the program was not executed. */
void supervisor_drop_environment(void);
/* Called before the state is stored with the service manager. */
void supervisor_tell_storing(const Supervisor *supervisor);
/* Called when the daemon accepts no new work. */
void supervisor_tell_stopping(const Supervisor *supervisor);
