/* Work: the time that calls take, counted without a clock.
 *
 * A step stands for at most 100 ns of processor time: one element visited, moved or freed, one
 * waiter tried, one object visited, or WORK_STEP_BYTES bytes copied, compared or scanned. Each loop
 * over something that a client can make long counts its steps with work_count(). Tests assert on
 * the difference, and the shell divides its turns by it.
 *
 * Work that no call waits for (freeing dropped contents, releasing what an ended session held,
 * finding unreachable objects) is deferred: it is done as long as the allowance lasts, and the rest
 * in later turns, by core_work_off(). Each message has a small allowance, so small amounts are done
 * at once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-state.h"

enum { WORK_STEP_BYTES = 64, WORK_STEP_COMPARES = 8, WORK_SHORT_TEXT = 512 };

static inline void work_count(Core *core, uint64_t n_steps) {
        core->n_steps += n_steps;
}

/* Returns the steps of a message or a reply, n_each bytes for a step. A short one is part of the
 * step of its call. */
static inline uint64_t work_of_text(size_t n_bytes, size_t n_each) {
        return n_bytes > WORK_SHORT_TEXT ? n_bytes / n_each : 0;
}

/* Returns the steps of matching patterns: see pattern.h. */
static inline uint64_t work_of_compares(uint64_t n_compared) {
        return n_compared / WORK_STEP_COMPARES;
}

static inline uint64_t work_of_bytes(size_t n_bytes) {
        return n_bytes / WORK_STEP_BYTES;
}

/* Returns whether the allowance lasts for more deferred work. */
static inline bool work_is_allowed(const Core *core) {
        return core->n_allowed > 0;
}

/* Takes the steps counted since then from the allowance. */
static inline void work_spend_since(Core *core, uint64_t n_before) {
        uint64_t n_steps = core->n_steps - n_before;

        core->n_allowed -= n_steps < core->n_allowed ? n_steps : core->n_allowed;
}

/* Counts steps, and takes them from the allowance. */
static inline void work_spend(Core *core, uint64_t n_steps) {
        work_count(core, n_steps);
        core->n_allowed -= n_steps < core->n_allowed ? n_steps : core->n_allowed;
}
