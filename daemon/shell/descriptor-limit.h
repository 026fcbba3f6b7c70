/* The bounds of sessions and pipes that follow from how many descriptors the process may have. */
#pragma once

#include "core-limits.h"

/* Raises the process's own limit as far as it may go. */
void descriptor_limit_raise(void);
/* The same, and lowers limits->descriptors and limits->sessions to
 * what fits: a quarter is for pipes at most. */
void descriptor_limit_fit(Limits *limits);
