/* The command for each method of the daemon: TYPE VERB [ARG...]. */
#pragma once

#include "ctl.h"

/* argv[0] is the type, or the family of methods. Returns the exit status. */
int method_run(Ctl *ctl, int argc, char **argv);
