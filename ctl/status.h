/* The exit statuses, and the messages on standard error. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

#include "base/macros.h"

/* Documented in shmgrctl --help and shmgrctl(1). */
enum {
        STATUS_SHOWN = -1, /* the help was printed: exit with 0 */
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

/* Prints messages as lines of JSON: {"error": {status, message, method, errno, data}} or {"note":
 * message}. */
void status_set_json(bool is_json);
bool status_is_json(void);

/* Each prints "shmgrctl: " and the message as a line. Returns the exit status. */
int status_usage(const char *format, ...) PRINTF_LIKE(1, 2); /* always STATUS_USAGE */
int status_error(int status, const char *format, ...) PRINTF_LIKE(2, 3);
/* Prints a failed call (a negative errno): "METHOD: TEXT (ERRNO)", or only the text if method is
 * NULL. `data` is that of the daemon's error, borrowed, or NULL. */
int status_refused(int status, const char *method, int error, const char *text,
                   struct json_object *data);
/* Prints a failure of this process (a negative errno). Returns STATUS_ERROR. */
int status_failure(const char *what, int error);
/* Prints a message that is not an error. */
void status_note(const char *format, ...) PRINTF_LIKE(1, 2);

/* Returns the exit status for a failed call (a negative errno); `data` is that of the daemon's
 * error, or NULL. */
int status_of_error(int error, struct json_object *data);
