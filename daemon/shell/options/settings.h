/* The settings: the defaults, overridden by the configuration file, overridden by the command
 * line. */
#pragma once

#include "options/command-line.h"
#include "options/options.h"

/* Reads all options into *ret, which the caller gives to options_deinit() in any case. Returns
 * EX_OK, or the exit status with the reason. */
int settings_load(const CommandLine *line, Options *ret, OptionError *ret_error);
/* Sets the default socket if no option names one. Returns like settings_load(). */
int settings_find_socket(Options *options, OptionError *ret_error);
