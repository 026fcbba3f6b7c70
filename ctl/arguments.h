/* The options and words behind a command's name, read as its table says. */
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

/* Reads them, and sets what the options that hold for all commands ask for. The words are moved together
 * in argv. STATUS_OK; STATUS_USAGE after saying what is wrong; or STATUS_SHOWN. */
int arguments_read(Ctl *ctl, const Command *command, int argc, char **argv, Arguments *ret);

/* The number that an OPTION_COUNT was given, or the fallback. */
int64_t arguments_count(const Arguments *arguments, int option, int64_t fallback);
/* The milliseconds that an OPTION_TIME was given, rounded up, or the fallback. */
int64_t arguments_ms(const Arguments *arguments, int option, int64_t fallback);
/* Adds timeout_ms to the parameters of a call, if it was given: 0 or -ENOMEM. */
int arguments_put_timeout(const Arguments *arguments, int option, struct json_object *params);
