/* Work: the time that calls take, counted without a clock.
 *
 * A step stands for at most 100 ns of processor time: one element visited, moved
 * or freed, one waiter tried, one object looked at, or WORK_STEP_BYTES bytes
 * copied, compared or scanned. Each loop over something that a client can make
 * long counts its steps with work_count(). Tests assert on the difference, and the
 * shell divides its turns by it.
 *
 * Work that can be put off (freeing what was dropped, giving back what a session
 * that ended had, looking for unreachable objects) is done as long as there is
 * allowance, and the rest in later turns: core_work_off(). Each message has a small
 * allowance, so what is small is done at once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-state.h"

enum { WORK_STEP_BYTES = 64, WORK_STEP_COMPARES = 8, WORK_SHORT_TEXT = 512 };

static inline void work_count(Core *core, uint64_t n_steps) {
        core->n_steps += n_steps;
}

/* Of a message or a reply, n_each bytes a step; a short one is part of the step of its call. */
static inline uint64_t work_of_text(size_t n_bytes, size_t n_each) {
        return n_bytes > WORK_SHORT_TEXT ? n_bytes / n_each : 0;
}

/* Of matching patterns: pattern.h. */
static inline uint64_t work_of_compares(uint64_t n_compared) {
        return n_compared / WORK_STEP_COMPARES;
}

static inline uint64_t work_of_bytes(size_t n_bytes) {
        return n_bytes / WORK_STEP_BYTES;
}

/* Whether there is allowance to go on with work that can be put off. */
static inline bool work_is_allowed(const Core *core) {
        return core->n_allowed > 0;
}

/* Takes what was counted since then from the allowance. */
static inline void work_spend_since(Core *core, uint64_t n_before) {
        uint64_t n_steps = core->n_steps - n_before;

        core->n_allowed -= n_steps < core->n_allowed ? n_steps : core->n_allowed;
}

/* Counts steps, and takes them from the allowance. */
static inline void work_spend(Core *core, uint64_t n_steps) {
        work_count(core, n_steps);
        core->n_allowed -= n_steps < core->n_allowed ? n_steps : core->n_allowed;
}
