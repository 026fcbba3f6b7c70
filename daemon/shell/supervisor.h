/* The daemon's side of its service manager: reports readiness, keeps the watchdog alive, reloads the configuration on
 * SIGHUP, and reports the end. */
#pragma once

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
        void *userdata;
        Notify notify;
        struct event *on_hangup;
        struct event *watchdog; /* NULL without a watchdog */
        struct event *status;   /* a while after the counts have changed */
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
/* No new work is taken. */
void supervisor_tell_stopping(const Supervisor *supervisor);
