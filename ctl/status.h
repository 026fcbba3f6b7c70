/* The exit codes, and how a command says what went wrong. */
#pragma once

#include "base/macros.h"

/* Documented in shmgrctl --help and shmgrctl(1). */
enum {
        STATUS_SHOWN = -1, /* there is nothing to do: help was asked for, and was shown */
        STATUS_OK = 0,
        STATUS_ERROR = 1,      /* the daemon said no, or a --test was false */
        STATUS_USAGE = 2,      /* the command line is wrong */
        STATUS_ABSENT = 66,    /* no such object, key or element: EX_NOINPUT */
        STATUS_NO_DAEMON = 69, /* EX_UNAVAILABLE */
        STATUS_WAIT = 75,      /* timed out, or would have to wait: EX_TEMPFAIL */
        STATUS_LOST = 76,      /* what the command had was lost while it ran: EX_PROTOCOL */
        STATUS_NOT_RUN = 126,  /* lock run: the command cannot be run */
        STATUS_NOT_FOUND = 127,
        STATUS_SIGNAL = 128, /* plus the signal that ended the command, or a call in the shell */
};

/* Begins a message on stderr, with "shmgrctl: ". */
void status_print_prefix(void);
/* Prints "shmgrctl: " and the message; answers STATUS_USAGE. */
int status_usage(const char *format, ...) PRINTF_LIKE(1, 2);
/* The same for a failure of this side (a negative errno); answers STATUS_ERROR. */
int status_failure(const char *what, int error);
/* The status for an error that a call came to (a negative errno). */
int status_of_error(int error);
