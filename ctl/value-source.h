/* Values that come from standard input or a file. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

/* Whether the text of an argument names a source: "-", "@FILE", or "@@TEXT", which stands for "@TEXT". */
bool value_source_is(const char *text);
/* Reads it, NUL-terminated and without one newline at its end: 0 or a negative errno; -EILSEQ for a NUL byte in it. */
int value_source_read(const char *text, Buffer *ret);
