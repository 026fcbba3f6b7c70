/* The state of a command of shmgrctl: the common options, and the session with the daemon, which
 * begins with the first call. */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "convert.h"

typedef struct Ctl {
        const char *socket; /* from --socket; NULL: the default of the library */
        bool is_json;       /* print results as JSON */
        bool is_quiet;      /* print no result; a result of false becomes STATUS_ERROR */
        bool is_verbose;    /* -v: explain in full why no daemon was reached */
        bool from_stdin;    /* --stdin: read the value of a verb from there */
        /* --hold: keep what a verb acquires until standard input ends */
        bool keeps;
        Reading reading;             /* how to read texts for parameters of any type */
        shmgr_manager *manager;      /* NULL before the first call */
        struct json_object *params;  /* of the last call; NULL before it, or if it had none */
        struct json_object *methods; /* NULL before discover_know() or discover_fetch() */
        char *family;                /* the family of these methods; NULL: all */
        bool is_own;                 /* the methods are those built into this program */
        bool is_shell;               /* further commands may follow in this session */
        /* signal that ended a command run by this process, or 0: see signals_end_by() */
        int end_signal;
        /* Set when the running command must end; NULL if signals have their default action. See
         * ctl_set_interrupt(). */
        const volatile sig_atomic_t *interrupt;
} Ctl;

/* How a result is printed for people. */
typedef enum AnswerStyle {
        ANSWER_VALUE,
        ANSWER_REPORT, /* about the daemon itself: with tables */
        ANSWER_VOID,   /* always null, and not printed */
} AnswerStyle;

void ctl_deinit(Ctl *ctl);

/* Begins the session, for code that uses ctl->manager itself. Returns STATUS_OK, or prints the error. */
int ctl_begin(Ctl *ctl);

/* Ends the session; the next call begins another. For commands that wait long without a session.
 * Does nothing in a shell. */
void ctl_drop_session(Ctl *ctl);

/* Makes a call. Borrows params. Returns STATUS_OK and the result, or prints the error and returns
 * its status. */
int ctl_call(Ctl *ctl, const char *method, struct json_object *params, struct json_object **ret);

/* Makes a call without printing. Returns 0 and the result, or a negative errno for ctl_explain(),
 * which prints the error and returns its status. */
int ctl_try(Ctl *ctl, const char *method, struct json_object *params, struct json_object **ret);
/* Returns STATUS_OK for 0, otherwise like ctl_explain(). */
int ctl_finish(Ctl *ctl, const char *method, int r);
int ctl_explain(Ctl *ctl, const char *method, int error);

/* Sets the flag by which a signal handler ends the running command: its waiting calls are
 * cancelled. */
void ctl_set_interrupt(Ctl *ctl, const volatile sig_atomic_t *flag);
/* Returns whether the flag is set. */
bool ctl_is_interrupted(const Ctl *ctl);

/* Returns whether a call failed because the daemon ended while the session held nothing, so that it
 * is safe to reconnect. */
bool ctl_lost_daemon(const Ctl *ctl, int error);

/* Prints a result as the options demand. Returns the exit status. */
int ctl_answer(const Ctl *ctl, struct json_object *result, AnswerStyle style);

/* Calls a method and prints its result. Takes ownership of params; NULL means that building them
 * failed. Returns the exit status. */
int ctl_run(Ctl *ctl, const char *method, struct json_object *params, AnswerStyle style);
