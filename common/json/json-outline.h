/* The outline of a scanned text: the positions of the members of its outermost containers. The scanner notes them, so a cursor
 * over one of those containers does not parse the text again.
 *
 * Places have the order of the text: the places of the members of a container follow its own, and `behind` of a place is the
 * first place that is not within it. A container is noted with all its members or with none: its span points to its place only
 * if all members had room. A cursor over any other container parses the text, and returns the same members. */
#pragma once

#include "json/json-span.h"

enum { JSON_OUTLINE_PLACES = 24 };

/* Containers at up to n_levels levels are noted; with 1 only the root. The caller sets n_levels, the scanner all other members.
 * Spans are valid as long as the text and the outline. */
typedef struct JsonOutline {
        unsigned n_levels;
        unsigned n; /* of the places */
        JsonPlace places[JSON_OUTLINE_PLACES];
} JsonOutline;
