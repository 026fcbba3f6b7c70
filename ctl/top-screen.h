/* Where shmgrctl top shows its lines: a screen of curses, or one screen after the other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* Whether there is a screen to be had: the standard output is a terminal, and it was not asked for plain text. */
void screen_begin(bool is_plain);
void screen_end(void);

/* How many lines there is room for. */
int screen_lines(void);
/* Shows lines as top_view() makes them, cut at the right edge of a terminal, and below them, on a screen, the help. */
void screen_show(const Buffer *lines, const char *help);

enum { SCREEN_TIME = 0, SCREEN_END = -1 };

/* Waits so long: SCREEN_TIME; or at once a key that was pressed; SCREEN_END for those that end it. */
int screen_wait(int64_t ms);
