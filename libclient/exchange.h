/* Sends a request to the daemon and receives its reply. */
#pragma once

#include "request.h"
#include "response.h"

/* Sends a complete request and waits for its reply. Returns 0, or negative errno with the client's error set. */
int exchange_run(Request *r, Response *ret);
/* The error that the daemon sent about the session as a whole before it closed it, such as too many sessions. Returns 0
 * with the response, or -ENOENT. */
int exchange_last_words(Link *link, Response *ret);
/* Returns whether the session continues after an error without an id: the daemon rejected only one message. */
bool exchange_goes_on(int error);
