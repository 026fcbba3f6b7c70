/* The daemon's side of its service manager: reports readiness, keeps the watchdog alive, reloads the configuration on
 * SIGHUP, or restarts if its program or a library has changed, and reports the end. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "core.h"
#include "notify.h"
#include "options/command-line.h"

typedef struct Supervisor {
        struct event_base *base;
        const Core *core;
        const CommandLine *line;
        Options *options;                   /* of the server: a reload changes them */
        void (*on_options)(void *userdata); /* called when they have changed */
        /* Called on SIGHUP: true if the daemon restarts instead, after which supervisor_reload() follows if that fails. */
        bool (*on_reload)(void *userdata);
        void *userdata;
        Notify notify;
        struct event *on_hangup;
        struct event *watchdog; /* NULL without a watchdog */
        struct event *status;   /* a while after the counts have changed */
        int64_t watchdog_usec;  /* of the service manager; 0 for none */
        CoreCounts told;        /* those of the last status line */
        OptionError refused;    /* why the last reload was refused; empty when it succeeded */
} Supervisor;

/* Starts to listen for SIGHUP, and the watchdog; the fields above are set by the caller. 0 or -ENOMEM. The fields are
 * valid for supervisor_deinit() in any case. */
int supervisor_start(Supervisor *supervisor);
void supervisor_deinit(Supervisor *supervisor);
/* At the end of each turn of the loop: a status line follows soon if the counts are other ones. */
void supervisor_note_turn(Supervisor *supervisor);
/* The socket listens. */
void supervisor_tell_ready(Supervisor *supervisor);
/* Reads the configuration again, and says when that is over. */
void supervisor_reload(Supervisor *supervisor);
/* A program is about to be executed in the place of this one. It finds its service manager by the environment: 0 or negative
 * errno. */
void supervisor_tell_restarting(const Supervisor *supervisor);
int supervisor_put_environment(const Supervisor *supervisor);
/* It was not executed. */
void supervisor_drop_environment(void);
/* The state is stored with the service manager. */
void supervisor_tell_storing(const Supervisor *supervisor);
/* No new work is taken. */
void supervisor_tell_stopping(const Supervisor *supervisor);
