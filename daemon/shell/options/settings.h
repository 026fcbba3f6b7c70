/* The settings: what is left of the defaults after the configuration file, and of both
 * after the command line. */
#pragma once

#include "options/command-line.h"
#include "options/options.h"

/* Reads all options into *ret, which the caller gives to options_deinit() in any case. Returns EX_OK, or what
 * the daemon shall exit with, and why. */
int settings_load(const CommandLine *line, Options *ret, OptionError *ret_error);
/* Sets where to listen when nothing was said of that: in the same way. */
int settings_find_socket(Options *options, OptionError *ret_error);
