/* Reading the configuration again, while the daemon runs. */
#pragma once

#include "options/command-line.h"

typedef struct Server Server;

/* 0, or -EINVAL and why: then everything stays as it was. Both are logged. */
int reload(Server *server, const CommandLine *line, OptionError *ret_error);
