/* Times of lines. The shell reads its clock after many small lines, or after one that did much work, and not after each: the time
 * that has passed then counts for the methods of all of them, in proportion to their steps (work.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Of all calls of a method. */
typedef struct MethodTime {
        int64_t total_ns, max_ns; /* running time without waits */
} MethodTime;

enum {
        UNTIMED_LINES = 32,
        UNTIMED_STEPS = 128, /* some 10 us of work */
};

/* Lines one after the other, of one method and of the same number of steps each. */
typedef struct LineRun {
        MethodTime *time; /* NULL for lines that called no method */
        uint64_t n_steps; /* of each */
        unsigned n_lines;
} LineRun;

/* The lines since the last line_times_note(). Zero-initialised is empty. */
typedef struct LineTimes {
        LineRun runs[UNTIMED_LINES];
        unsigned n_runs;
        unsigned n_lines;
        uint64_t n_steps;
} LineTimes;

/* Adds a line. The method is the last one that it called, or NULL. */
static inline void line_times_add(LineTimes *times, MethodTime *time, uint64_t n_steps) {
        LineRun *last = &times->runs[times->n_runs ? times->n_runs - 1 : 0];

        times->n_lines++;
        times->n_steps += n_steps;
        if (times->n_runs > 0 && last->time == time && last->n_steps == n_steps)
                last->n_lines++;
        else if (times->n_runs < UNTIMED_LINES)
                times->runs[times->n_runs++] =
                        (LineRun){.time = time, .n_steps = n_steps, .n_lines = 1};
}

/* Returns whether so much was done that the time is to be noted now. */
static inline bool line_times_are_due(const LineTimes *times) {
        return times->n_lines >= UNTIMED_LINES || times->n_steps >= UNTIMED_STEPS;
}

/* Divides this time among the lines. */
void line_times_note(LineTimes *times, int64_t elapsed_ns);
