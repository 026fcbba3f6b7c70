/* The input of the fuzzers' sessions: requests drawn from the tables of methods, and pieces of JSON. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "fuzz/fuzz-world.h"

/* A number below n; true once in n times. */
unsigned draw_below(World *world, unsigned n);
bool draw_once_in(World *world, unsigned n);

void draw_text(Buffer *b, const char *text);
void draw_int(Buffer *b, int64_t i);
/* Digits of an array's elements, without its brackets: so many that the world's largest frame is not exceeded. */
void draw_elements(World *world, Buffer *b);
/* The same for an object's members. */
void draw_members(World *world, Buffer *b);
/* The id of a call of this session that waits, if one does. */
void draw_waiting_id(World *world, Buffer *b, unsigned session);

/* A whole request: any method, with arguments of about the right kind. */
void draw_request(World *world, Buffer *b, unsigned session);
/* Writes a request around params that the caller appends: begin, params, end. */
void draw_begin(Buffer *b, const char *method);
void draw_end(World *world, Buffer *b, unsigned session);
