/* The output of shmgrctl top: a screen of curses, or plain text, one screen after the other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* Uses curses if input and output are a terminal, unless is_plain. */
void screen_begin(bool is_plain);
void screen_end(void);

/* Returns the number of lines that fit. */
int screen_lines(void);
/* Shows lines made by top_view(), cut at the right edge of a terminal, and on a screen the help
 * below them. */
void screen_show(const Buffer *lines, const char *help);

enum { SCREEN_TIME = 0, SCREEN_END = -1 };

/* Waits. Returns SCREEN_TIME when the time is over, a key as soon as one is pressed, or SCREEN_END
 * for a key that quits. */
int screen_wait(int64_t ms);
