/* The command line. */
#pragma once

#include "options/options.h"

typedef struct CommandLine {
        int argc;
        char **argv;
} CommandLine;

/* Sets the options of the command line. May be called several times. Returns 0, or -EINVAL or
 * -ENOMEM with the reason. */
int command_line_read(const CommandLine *line, Options *options, OptionError *ret_error);
