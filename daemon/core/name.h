/* Names of objects: 1 to 255 bytes of UTF-8 without control characters. */
#pragma once

#include <stddef.h>

/* NULL, or why this is no name for an object. */
const char *name_fault(const char *name, size_t n);
