/* Reads values from standard input or a file. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

/* Returns whether an argument names a source: "-", "@FILE", or "@@TEXT", which stands for the text
 * "@TEXT". */
bool value_source_is(const char *text);
/* Reads the source, NUL-terminated and without one trailing newline. Returns 0 or a negative errno:
 * -EILSEQ if it contains a NUL byte. */
int value_source_read(const char *text, Buffer *ret);
