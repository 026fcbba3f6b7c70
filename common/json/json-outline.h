/* The outline of a scanned text: where the members of its outermost containers stand. The scanner notes them as it meets them,
 * so that a cursor over one of those containers does not walk over the text again.
 *
 * Places stand in the order of the text: those of the members of a container follow its own, and `behind` of a place is the
 * first one that is not within it. A container is noted with all its members or with none: its span names its place only
 * if all of them had room. A cursor over any other container walks over the text, and meets the same. */
#pragma once

#include "json/json-span.h"

enum { JSON_OUTLINE_PLACES = 24 };

/* The containers at up to n_levels levels are noted; 1 is the root alone. The rest is the scanner's. Spans are valid as long as
 * the text and the outline. */
typedef struct JsonOutline {
        unsigned n_levels;
        unsigned n; /* of the places */
        JsonPlace places[JSON_OUTLINE_PLACES];
} JsonOutline;
