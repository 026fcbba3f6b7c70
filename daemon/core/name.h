/* Names of objects: 1 to 255 bytes of UTF-8 without control characters. */
#pragma once

#include <stddef.h>

/* Returns NULL, or why this cannot be the name of an object. */
const char *name_fault(const char *name, size_t n);
