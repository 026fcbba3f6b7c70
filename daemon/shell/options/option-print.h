/* Prints the table of options: as help, as a list of the manual, as a sample file. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "options/options.h"

/* Carries out --help, --version, --print and --check-config. Returns false if none of them was
 * given, so that the daemon runs. Otherwise *ret_status is the exit status. */
bool options_print_asked(const Options *options, FILE *out, int *ret_status);
