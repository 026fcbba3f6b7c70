/* Reads lines from the user at a terminal: with history and completion through libedit or readline, if one of
 * them was there at configure, else as they come. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

/* Answers what the last word of a line may become, as an array of strings, each as it is to stand in the line
 * in the place of that word; NULL for nothing. */
typedef struct json_object *(*LineCompleter)(const char *line, void *userdata);

void line_editor_begin(LineCompleter complete, void *userdata);
/* Keeps the history. */
void line_editor_end(void);

/* The next line, without its newline, to be freed; NULL at the end. *ret_interrupted: it was given up, by a
 * signal whose handler called line_editor_interrupt(); NULL is no end then. */
char *line_editor_read(const char *prompt, bool *ret_interrupted);
/* To be called by a signal's handler: gives up the line that is being read, if one is, and does not return
 * then. */
void line_editor_interrupt(void);

/* The name of what edits the lines: "libedit", "readline" or "none". */
const char *line_editor_name(void);
