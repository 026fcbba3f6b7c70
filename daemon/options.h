/* The options of shmgrd: one table, from which the command line and its help come. */
#pragma once

#include <sys/types.h>

#include "core-limits.h"
#include "log.h"

typedef struct Options {
        char *socket; /* owned */
        mode_t mode;
        char *group; /* owned; NULL leaves the group as it is */
        LogLevel log_level;
        int ready_fd; /* gets a newline once the socket listens; -1 for none */
        Limits limits;
} Options;

typedef enum OptionsResult {
        OPTIONS_RUN,
        OPTIONS_EXIT,  /* it was --help or --version, and is done */
        OPTIONS_WRONG, /* it said what is wrong, on stderr */
} OptionsResult;

/* Reads the command line into *ret, which is to be given to options_deinit() in any case. */
OptionsResult options_parse(Options *ret, int argc, char **argv);
void options_deinit(Options *options);
