/* The table of options for people: the help, the manual's lists, a sample file. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "options/options.h"

/* Does what --help, --version, --print and --check-config ask for. False when none of them was given, and
 * there is a daemon to run. *ret_status is for exit(3) otherwise. */
bool options_print_asked(const Options *options, FILE *out, int *ret_status);
