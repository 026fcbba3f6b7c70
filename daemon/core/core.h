/* The core: everything that the daemon knows, and nothing that it is connected
 * to. It does no I/O and reads no clock: sessions, calls and the time come in
 * as arguments, replies go out into the sessions' buffers. The same inputs in
 * the same order give the same state and the same replies.
 *
 * It asks one question, whose answers are inputs like the others: is_alive(). A
 * session that waits may be dead before its end is told; what becomes free then
 * must not be given to it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core-limits.h"

typedef struct Core Core;

/* 0, or -ENOMEM. Limits are copied; NULL stands for the defaults. */
int core_init(Core *core, const Limits *limits);
/* Ends all sessions and frees all objects. */
void core_deinit(Core *core);

/* What time it is. Never goes back. */
void core_set_time(Core *core, int64_t now_ns, int64_t wall_ms);
/* Tokens begin at the wall clock, in microseconds, so that they are greater than those of every daemon that began
 * earlier by this clock. To be called once, at the start; without it they begin at 1. */
void core_begin_tokens(Core *core, int64_t wall_us);
/* Ends the waits whose time has come, and serves whoever can go on then. */
void core_advance(Core *core);
/* When core_advance() is next needed, or INT64_MAX. */
int64_t core_next_deadline(const Core *core);
/* Whether work was put off: the end of a session or an object that had much, what was cleared, objects that may be
 * unreachable. */
bool core_has_leftovers(const Core *core);
/* Does about so many steps of it. Called once a turn; when and for how many steps is an input of the core like any
 * other, and the order of the work is determined by the inputs alone. */
void core_work_off(Core *core, uint64_t n_steps);
/* Notes that the last frame took so long. */
void core_note_time(Core *core, int64_t elapsed_ns);
/* Notes that a turn of the shell's loop took so much processor time. */
void core_note_turn(Core *core, int64_t cpu_ns);
/* Answers every parked call with ECONNRESET: the daemon is about to end. */
void core_shutdown(Core *core);
