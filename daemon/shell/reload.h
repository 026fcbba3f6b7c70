/* Reading the configuration again, while the daemon runs. */
#pragma once

#include "options/command-line.h"

/* Reads new options, of which reload_apply() takes those that may change: 0, or -EINVAL and why, both logged. The log
 * goes to the new file then. *ret is to be given to options_deinit() in any case. */
int reload_read(const Options *now, const CommandLine *line, Options *ret, OptionError *ret_error);
/* Exchanges every option that may change while the daemon runs. */
void reload_apply(Options *now, Options *fresh);
