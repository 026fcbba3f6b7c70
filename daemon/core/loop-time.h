/* How long the turns of the shell's loop take, in processor time: what one session makes all others wait. The shell
 * measures; server.stats shows it. */
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
        int64_t spin_burnt_ns; /* in spins that nothing came of */
} LoopTime;

void loop_time_note(LoopTime *loop, int64_t turn_ns);
/* The shell looked for work instead of sleeping. */
void loop_time_note_spin(LoopTime *loop, int64_t spin_ns, bool is_hit);
/* A new JSON object {turns, max_us, longer_than_ms, spins, spin_hits, spin_burnt_us}; NULL when memory ran out. */
struct json_object *loop_time_describe(const LoopTime *loop);
