/* How long the turns of the shell's loop take, in processor time: what one session makes all others wait. The shell
 * measures; server.stats shows it. */
#pragma once

#include <stdint.h>

#include <json-c/json.h>

enum { LOOP_BOUNDS = 9 };

typedef struct LoopTime {
        uint64_t n_turns;
        int64_t max_ns;
        uint64_t n_longer[LOOP_BOUNDS]; /* turns that took longer than each bound */
} LoopTime;

void loop_time_note(LoopTime *loop, int64_t turn_ns);
/* A new JSON object {turns, max_us, longer_than_ms}; NULL when memory ran out. */
struct json_object *loop_time_describe(const LoopTime *loop);
