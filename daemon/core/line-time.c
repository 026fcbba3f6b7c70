/* Divides measured time among lines. */
#include "line-time.h"

/* Each line weighs one step more than it counted, since a few count none. */
static double weight_of(uint64_t n_lines, uint64_t n_steps) {
        return (double)n_lines + (double)n_steps;
}

static void run_note(const LineRun *run, int64_t each_ns) {
        MethodTime *time = run->time;

        if (!time)
                return;
        time->total_ns += each_ns * run->n_lines;
        if (each_ns > time->max_ns)
                time->max_ns = each_ns;
}

static void divide(const LineTimes *times, int64_t elapsed_ns) {
        double ns_of_step = (double)elapsed_ns / weight_of(times->n_lines, times->n_steps);

        for (unsigned i = 0; i < times->n_runs; i++)
                run_note(&times->runs[i],
                         (int64_t)(ns_of_step * weight_of(1, times->runs[i].n_steps)));
}

void line_times_note(LineTimes *times, int64_t elapsed_ns) {
        if (times->n_lines == 1)
                run_note(&times->runs[0], elapsed_ns);
        else if (times->n_lines > 1)
                divide(times, elapsed_ns);
        times->n_runs = times->n_lines = 0;
        times->n_steps = 0;
}
