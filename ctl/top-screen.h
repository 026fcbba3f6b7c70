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
/* Shows lines as top_view() makes them. */
void screen_show(const Buffer *lines);
/* Waits so long: false when whoever sits before it wants to end. */
bool screen_wait(int64_t ms);
