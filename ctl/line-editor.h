/* Reads lines from a terminal, with history and completion if configure found libedit or
 * readline. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

/* Returns the completions of the last word of a line as an array of strings, each quoted so that it
 * can replace the word in the line; NULL for none. */
typedef struct json_object *(*LineCompleter)(const char *line, void *userdata);

void line_editor_begin(LineCompleter complete, void *userdata);
/* Saves the history. */
void line_editor_end(void);

/* Returns the next line without its newline, to be freed, or NULL at the end of input.
 * *ret_interrupted is set if a signal handler called line_editor_interrupt(): then NULL is not the
 * end. */
char *line_editor_read(const char *prompt, bool *ret_interrupted);
/* For signal handlers: abandons the line that is being read, and does not return then. */
void line_editor_interrupt(void);

/* Returns "libedit", "readline" or "none". */
const char *line_editor_name(void);
