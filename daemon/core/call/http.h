/* HTTP, recognised so that nothing of it is run.
 *
 * A page in a browser can make any program that relays to the socket (a proxy, a forwarded port) send a request to it,
 * whose body holds lines of the page's choice. An HTTP request begins with a request line and headers, which are no
 * JSON; the session ends there, before the body. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the line (without its newline) is a request line or a header. No line of JSON is either. */
bool http_is_line(const char *line, size_t n);
