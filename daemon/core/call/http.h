/* Detects HTTP, so that nothing of it runs.
 *
 * A page in a browser can make any program that relays to the socket (a proxy, a forwarded port)
 * send it a request whose body contains lines of the page's choice. An HTTP request begins with a
 * request line and headers, which are not JSON. The session ends there, before the body. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns whether the line (without its newline) is a request line or a header. No line of JSON is
 * either. */
bool http_is_line(const char *line, size_t n);
