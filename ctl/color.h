/* Colours, for people at a terminal only. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

typedef enum Color {
        COLOR_NONE,
        COLOR_HEAD,  /* of a table; the name of something */
        COLOR_FAINT, /* what matters least */
        COLOR_GOOD,
        COLOR_BAD,  /* an error, a wait */
        COLOR_TYPE, /* of an object */
} Color;

/* "auto", "always" or "never"; false for any other word. It is auto at first: a terminal, and no $NO_COLOR. */
bool color_choose(const char *when);
/* Whether there is colour on this stream. */
bool color_is_on(FILE *to);
/* The sequence that begins a colour on this stream, and the one that ends it; "" where there is none. */
const char *color_begin(FILE *to, Color color);
const char *color_end(FILE *to, Color color);
