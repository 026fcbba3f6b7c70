/* The mark in the lock file of a state directory, by which a daemon knows how the one before it
 * ended. It is written without a sync, since nothing but the status line and a line of the log
 * depend on it. */
#pragma once

#include <stdbool.h>

typedef enum PreviousEnd {
        PREVIOUS_END_UNKNOWN,
        PREVIOUS_END_STOPPED,
        PREVIOUS_END_PASSED,   /* its state was stored with the service manager */
        PREVIOUS_END_CRASHED,  /* or was killed */
        PREVIOUS_END_REBOOTED, /* the machine was restarted, or lost its power, without a stop */
} PreviousEnd;

/* Returns whether the mark says that the daemon before has stored its state. */
bool mark_is_passed(int lock_fd);
/* Reads the mark of the daemon before, and writes that this one runs. */
PreviousEnd mark_begin(int lock_fd);
/* Writes that this daemon was stopped. */
void mark_end(int lock_fd);
/* Writes that this daemon has stored its state with the service manager. */
void mark_passed(int lock_fd);
