/* The bounds within which the scanner accepts a text. */
#pragma once

#include <stddef.h>

typedef struct JsonLimits {
        unsigned max_depth; /* containers within containers; a scalar has depth 0, [] depth 1 */
        size_t max_members; /* members of objects and elements of arrays, counted over the whole text */
} JsonLimits;
