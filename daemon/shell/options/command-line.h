/* The command line. */
#pragma once

#include "options/options.h"

typedef struct CommandLine {
        int argc;
        char **argv;
} CommandLine;

/* Sets what it gives; may be read any number of times. 0; -EINVAL, -ENOMEM, and why. */
int command_line_read(const CommandLine *line, Options *options, OptionError *ret_error);
