/* What to tell who cannot reach the daemon: where it was looked for, and what to do next. */
#pragma once

#include "ctl.h"

/* Whether a call failed because there is no daemon to be reached, or not for this user. */
bool unreachable_is(const Ctl *ctl, int error);
/* On stderr. */
void unreachable_explain(const Ctl *ctl, int error);
