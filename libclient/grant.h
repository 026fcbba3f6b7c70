/* The result of an acquire, as the library's structure. */
#pragma once

#include "request-run.h"

/* Runs a request whose result is a grant; ret may be NULL. */
int request_run_grant(Request *r, shmgr_grant *ret);
