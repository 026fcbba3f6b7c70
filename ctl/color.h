/* Colours, on terminals only. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

typedef enum Color {
        COLOR_NONE,
        COLOR_HEAD,  /* headings of tables, names */
        COLOR_FAINT, /* the least important text */
        COLOR_GOOD,
        COLOR_BAD,  /* errors, waiting calls */
        COLOR_TYPE, /* types of objects */
} Color;

/* Sets the mode: "auto", "always" or "never". Returns false for any other word. The default is
 * auto: colours on a terminal, unless $NO_COLOR is set. */
bool color_choose(const char *when);
/* Returns whether this stream gets colours. */
bool color_is_on(FILE *to);
/* Return the escape sequences that begin and end a colour on this stream; "" without colours. */
const char *color_begin(FILE *to, Color color);
const char *color_end(FILE *to, Color color);
