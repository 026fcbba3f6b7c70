/* UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing over U+10FFFF. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns the length in bytes (1 to 4) of the valid sequence at s, or 0 if none begins there within n bytes. */
size_t utf8_sequence(const char *s, size_t n);
bool utf8_is_valid(const char *s, size_t n);
