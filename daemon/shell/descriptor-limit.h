/* The bounds of sessions and pipes that follow from RLIMIT_NOFILE. */
#pragma once

#include "core-limits.h"

/* Raises the soft limit of this process to its hard limit. */
void descriptor_limit_raise(void);
/* Raises the limit, and lowers limits->descriptors and limits->sessions to fit it. Pipes get at
 * most a quarter of the descriptors. */
void descriptor_limit_fit(Limits *limits);
