/* Draws the input of the fuzzers' sessions: requests from the tables of methods, and pieces of JSON. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "fuzz/fuzz-world.h"

/* Return a number below n; true once in n times. */
unsigned draw_below(World *world, unsigned n);
bool draw_once_in(World *world, unsigned n);

void draw_text(Buffer *b, const char *text);
void draw_int(Buffer *b, int64_t i);
/* Draws digits as elements of an array, without its brackets: as many as the world's largest frame holds. */
void draw_elements(World *world, Buffer *b);
/* Draws members of an object, without its braces. */
void draw_members(World *world, Buffer *b);
/* Draws the id of the session's last call that still waits, if one does. */
void draw_waiting_id(World *world, Buffer *b, unsigned session);

/* Draws a whole request: any method, with arguments of roughly the right kinds. */
void draw_request(World *world, Buffer *b, unsigned session);
/* Writes a request around params that the caller appends: begin, params, end. */
void draw_begin(Buffer *b, const char *method);
void draw_end(World *world, Buffer *b, unsigned session);
