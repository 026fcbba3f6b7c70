/* The processor time of the turns of the shell's loop: how long one session delays all others. The
 * shell measures; server.stats returns it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

enum { LOOP_BOUNDS = 9 };

typedef struct LoopTime {
        uint64_t n_turns;
        int64_t max_ns;
        uint64_t n_longer[LOOP_BOUNDS]; /* turns that took longer than each bound */
        uint64_t n_spins, n_spin_hits;
        int64_t spin_burnt_ns; /* in spins without an event */
} LoopTime;

void loop_time_note(LoopTime *loop, int64_t turn_ns);
/* Called when the shell has polled for work instead of sleeping. */
void loop_time_note_spin(LoopTime *loop, int64_t spin_ns, bool is_hit);
/* Returns a new JSON object {turns, max_us, longer_than_ms, spins, spin_hits, spin_burnt_us}, or
 * NULL if memory ran out. */
struct json_object *loop_time_describe(const LoopTime *loop);
