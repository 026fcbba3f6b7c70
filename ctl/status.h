/* The exit statuses, and all messages on standard error. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

#include "base/macros.h"

/* Documented in shmgrctl --help and shmgrctl(1). */
enum {
        STATUS_SHOWN = -1, /* nothing to do: help was requested and printed */
        STATUS_OK = 0,
        STATUS_ERROR = 1,      /* the daemon refused the call, or a --test was false */
        STATUS_USAGE = 2,      /* the command line is wrong */
        STATUS_ABSENT = 66,    /* no such object, key, element or index: EX_NOINPUT */
        STATUS_NO_DAEMON = 69, /* EX_UNAVAILABLE */
        STATUS_WAIT = 75,      /* timed out, or would block: EX_TEMPFAIL */
        STATUS_LOST = 76,      /* the command lost what it held while it ran: EX_PROTOCOL */
        STATUS_NOT_RUN = 126,  /* lock run: the command cannot be executed */
        STATUS_NOT_FOUND = 127,
        STATUS_SIGNAL = 128, /* plus the signal that ended the command, or a call in the shell */
};

/* Messages become lines of JSON: {"error": {status, message, method, errno, data}} or {"note": message}. */
void status_set_json(bool is_json);
bool status_is_json(void);

/* Each prints "shmgrctl: " and the message in a line of its own, and returns the exit status. */
int status_usage(const char *format, ...) PRINTF_LIKE(1, 2); /* STATUS_USAGE */
int status_error(int status, const char *format, ...) PRINTF_LIKE(2, 3);
/* A call that failed (a negative errno): "METHOD: TEXT (ERRNO)", or the text alone if method is NULL. data is that of the daemon's answer, borrowed, or NULL. */
int status_refused(int status, const char *method, int error, const char *text,
                   struct json_object *data);
/* A failure of this process (a negative errno): STATUS_ERROR. */
int status_failure(const char *what, int error);
/* A line that is not an error. */
void status_note(const char *format, ...) PRINTF_LIKE(1, 2);

/* The status for an error of a call (a negative errno), with the data of the daemon's answer, or NULL. */
int status_of_error(int error, struct json_object *data);
