/* Sends a request to the daemon and receives its reply. */
#pragma once

#include "request.h"
#include "response.h"

/* Sends a complete request and waits for its reply. Returns 0, or negative errno with the client's error set. */
int exchange_run(Request *r, Response *ret);
/* Reads the error about the whole session that the daemon sent before it closed the session, such as too many
 * sessions. Returns 0 with the response, or -ENOENT. */
int exchange_last_words(Link *link, Response *ret);
/* Returns whether the session continues after an error without an id: the daemon rejected only one message. */
bool exchange_goes_on(int error);
