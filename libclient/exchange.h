/* Sends a request to the daemon and receives its answer. */
#pragma once

#include "request.h"
#include "response.h"

/* Sends a complete request and waits for its answer: 0, or negative errno with the client's error set. */
int exchange_run(Request *r, Response *ret);
/* The error that the daemon sent about the session as a whole before it closed it, such as too many sessions: 0 and
 * the response, or -ENOENT. */
int exchange_last_words(Link *link, Response *ret);
/* Whether an error about a session as a whole leaves it as it was: it was about one message. */
bool exchange_goes_on(int error);
