/* Work: the time that calls take, counted without a clock.
 *
 * A step stands for at most 100 ns of processor time: one element visited, moved
 * or freed, one waiter tried, one object looked at, or WORK_STEP_BYTES bytes
 * copied, compared or scanned. Each loop over something that a client can make
 * long counts its steps with work_count(). Tests assert on the difference, and the
 * shell divides its turns by it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core.h"

enum { WORK_STEP_BYTES = 64 };

static inline void work_count(Core *core, uint64_t n_steps) {
        core->n_steps += n_steps;
}

static inline uint64_t work_of_bytes(size_t n_bytes) {
        return n_bytes / WORK_STEP_BYTES;
}
