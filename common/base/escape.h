/* Makes the text of another user safe to show: no part of it controls a terminal, begins another line, or changes how
 * the text around it is displayed. */
#pragma once

#include <stddef.h>

enum { ESCAPE_MAX = 4 }; /* length of the longest escape of one byte */

/* Writes s with \xNN for the bytes of controls, of format characters and of invalid UTF-8; whole characters, as
 * many as fit into size, and a NUL. Returns the number of bytes of s that were used; *ret_n is the length of the result. */
size_t escape_text(char *out, size_t size, const char *s, size_t n, size_t *ret_n);
