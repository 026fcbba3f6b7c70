/* The command that every method of the daemon is: TYPE VERB [ARG...]. */
#pragma once

#include "ctl.h"

/* argv[0] is the type, or the family of methods. */
int method_run(Ctl *ctl, int argc, char **argv);
