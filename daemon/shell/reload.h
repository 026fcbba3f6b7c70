/* Reloads the configuration while the daemon runs. */
#pragma once

#include "options/command-line.h"

/* Reads new options, for reload_apply(), and opens the log again. Returns 0, or -EINVAL with the
 * reason; both are logged. The caller gives *ret to options_deinit() in any case. */
int reload_read(const Options *now, const CommandLine *line, Options *ret, OptionError *ret_error);
/* Exchanges every option that may change while the daemon runs. */
void reload_apply(Options *now, Options *fresh);
