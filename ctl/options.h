/* The options of shmgrctl, which hold for every command. */
#pragma once

#include <stdbool.h>

#include "ctl.h"

enum { OPTIONS_GO_ON = -1 };

/* Reads the options before the command; *ret_first is the command's place in argv. OPTIONS_GO_ON, or
 * the status to exit with. */
int options_parse(Ctl *ctl, int argc, char **argv, int *ret_first);
/* Sets what a word such as "--json" asks for; false when it is no option without a value. */
bool options_set_flag(Ctl *ctl, const char *word);
