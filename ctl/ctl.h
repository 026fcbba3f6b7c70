/* State of every command of shmgrctl: the options that hold for all of them, and the
 * session with the daemon, which begins when a command first needs it. */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "convert.h"

typedef struct Ctl {
        const char *socket;         /* from --socket; NULL: the library decides */
        bool is_json;               /* results as JSON */
        bool is_quiet;              /* no result; false becomes STATUS_ERROR */
        bool is_verbose;            /* -v: more than two lines about a daemon that is not reached */
        bool from_stdin;            /* --stdin: the value of a verb comes from there */
        bool keeps;                 /* --hold: what a verb takes, until standard input ends */
        Reading reading;            /* of texts for parameters that take any value */
        shmgr_manager *manager;     /* NULL before the first call */
        struct json_object *params; /* of the last call; NULL before it, or when it had none */
        struct json_object *methods; /* NULL before discover_know() and discover_fetch() */
        char *family;                /* of the methods; NULL: all */
        bool is_own;                 /* the methods are those that this program was built with */
        bool is_shell;               /* there are more commands to come in this session */
        int end_signal; /* that a command of this process took to end by, or 0: signals_end_by() */
        /* Set when what runs shall end; NULL where a signal ends the process: ctl_set_interrupt(). */
        const volatile sig_atomic_t *interrupt;
} Ctl;

/* How a result looks for people. */
typedef enum AnswerStyle {
        ANSWER_VALUE,
        ANSWER_REPORT, /* of the daemon itself: with tables */
        ANSWER_VOID,   /* it is always null, and not shown */
} AnswerStyle;

void ctl_deinit(Ctl *ctl);

/* Begins the session, for code that uses ctl->manager itself. Returns STATUS_OK, or prints the error. */
int ctl_begin(Ctl *ctl);

/* Ends the session, unless it is that of a shell; the next call begins another. For commands that wait long without it. */
void ctl_drop_session(Ctl *ctl);

/* Makes a call. params is borrowed. Returns STATUS_OK and the result, or prints the error and returns its status. */
int ctl_call(Ctl *ctl, const char *method, struct json_object *params, struct json_object **ret);

/* The same without printing: 0 or a negative errno, which ctl_explain() then prints; it returns the
 * status. */
int ctl_try(Ctl *ctl, const char *method, struct json_object *params, struct json_object **ret);
int ctl_finish(Ctl *ctl, const char *method, int r); /* STATUS_OK where it is 0 */
int ctl_explain(Ctl *ctl, const char *method, int error);

/* Sets the flag by which a signal handler ends the running command: its waiting calls are cancelled. */
void ctl_set_interrupt(Ctl *ctl, const volatile sig_atomic_t *flag);
/* Returns whether the running command has to end. */
bool ctl_is_interrupted(const Ctl *ctl);

/* Returns whether a call failed because the daemon ended, and the session held nothing: then connecting again is safe. */
bool ctl_lost_daemon(const Ctl *ctl, int error);

/* Prints a result by the options. Returns the status of the command. */
int ctl_answer(const Ctl *ctl, struct json_object *result, AnswerStyle style);

/* Calls a method and prints its result. Takes params over; NULL means that making them failed. */
int ctl_run(Ctl *ctl, const char *method, struct json_object *params, AnswerStyle style);
