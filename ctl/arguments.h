/* Parses the options and words after a command's name by the command's table. */
#pragma once

#include <stdint.h>

#include <json-c/json.h>

#include "command.h"

enum { ARGUMENTS_MAX = 16 }; /* options of one command */

typedef struct Arguments {
        char **words; /* the arguments that are no options, and NULL at the end: points into argv */
        int n_words;
        const char *given[ARGUMENTS_MAX]; /* by their places in the table: NULL if not given */
        double ms[ARGUMENTS_MAX];         /* those of each OPTION_TIME that was given */
} Arguments;

/* Parses argv, and applies the options that all commands take. Moves the words to the front of argv. Returns
 * STATUS_OK; STATUS_USAGE after an error message; or STATUS_SHOWN after --help. */
int arguments_read(Ctl *ctl, const Command *command, int argc, char **argv, Arguments *ret);

/* Returns the number given for an OPTION_COUNT, or the fallback. */
int64_t arguments_count(const Arguments *arguments, int option, int64_t fallback);
/* Returns the milliseconds given for an OPTION_TIME, rounded up, or the fallback. */
int64_t arguments_ms(const Arguments *arguments, int option, int64_t fallback);
/* Adds timeout_ms to the parameters of a call, if it was given: 0 or -ENOMEM. */
int arguments_put_timeout(const Arguments *arguments, int option, struct json_object *params);
