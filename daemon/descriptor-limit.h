/* The bound of sessions that follows from how many descriptors the process may have. */
#pragma once

#include "core-limits.h"

/* Raises the process's own limit as far as it may go, and lowers limits->sessions to what fits. */
void descriptor_limit_fit(Limits *limits);
