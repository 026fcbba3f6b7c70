/* Reads lines from a terminal, with history and completion if configure found libedit or
 * readline. */
#pragma once

#include <signal.h>

#include <json-c/json.h>

#include "line-keys.h"

/* Returns the completions of the last word of a line as an array of strings, each quoted so that it
 * can replace the word in the line; NULL for none. */
typedef struct json_object *(*LineCompleter)(const char *line, void *userdata);

typedef struct LineEditing {
        LineCompleter complete;
        void *userdata;
        volatile sig_atomic_t *interrupt; /* set by a signal that ends a line during complete() */
        const LineWatch *watch;           /* may be NULL */
} LineEditing;

/* editing lives until line_editor_end(). */
void line_editor_begin(const LineEditing *editing);
/* Saves the history. */
void line_editor_end(void);

/* Returns the next line without its newline, to be freed, or NULL at the end of input, or if a
 * signal ended the line: SIGINT, SIGQUIT, SIGTERM or SIGHUP. *ret_signal is then that signal, and
 * otherwise 0. Other signals that a terminal sends are handled. */
char *line_editor_read(const char *prompt, int *ret_signal);
