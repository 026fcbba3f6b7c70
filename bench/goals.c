/* The goals. A run lacks a figure if Redis or Python is missing, or a section was left out; the table then says "not measured". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "goals.h"
#include "server.h"

/* A goal is about the first row whose name begins with `row`, in a section whose name begins with `section`. */
typedef struct Goal {
        const char *what;
        const char *section; /* or NULL: `row` is the name of a count of instructions */
        const char *row, *cell;
        double bound;
        bool is_least;      /* the bound is a minimum, not a maximum */
        const char *beside; /* the bound is this cell of the row, instead of a number */
} Goal;

#define COSTS    "processor time of the server"
#define MANAGER  "elapsed time of a call, beside"
#define ELEMENTS "memory of the server for an element"
#define EACH     "memory of the server for each"
#define OVER_RAW "libshmgr over the raw wire: "
#define RATIO    "ratio to Redis"
#define SYNC     "changes of `sync` objects a second"
#define ASYNC    "cost of `async`"

static const Goal goals[] = {
        {"`dict.get`, 16 in flight: instructions", NULL, "dict.get", NULL, 4200},
        {"`dict.get` of 8 bytes, 50 x 16: of Redis", COSTS, "dict.get, 8 B, 50", RATIO, 1.2},
        {"`dict.set` of 8 bytes, 50 x 16: of Redis", COSTS, "dict.set, 8 B, 50", RATIO, 1.2},
        {"`dict.add`, 50 x 16: of Redis", COSTS, "dict.add, 8 B, 50", RATIO, 1.2},
        {"`counter.add`, 50 x 16: of Redis", COSTS, "counter.add, 8 B, 50", RATIO, 1.2},
        {"list pair, 50 x 16: of Redis", COSTS, "list append + pop, 8 B, 50", RATIO, 1.2},
        {"queue pair, 50 x 16: of Redis", COSTS, "queue put + get, 8 B, 50", RATIO, 1.2},
        {"lock pair, 50 x 16: of Redis", COSTS, "lock acquire + release, 8 B, 50", RATIO, 0.5},
        {"`dict.get` of 1 KiB: of Redis", COSTS, "dict.get, 1 KiB", RATIO, 1.3},
        {"`dict.set` of 1 KiB: of Redis", COSTS, "dict.set, 1 KiB", RATIO, 1.3},
        {"`dict.get` of 64 KiB: of Redis", COSTS, "dict.get, 64 KiB", RATIO, 1.3},
        {"`dict.set` of 64 KiB: of Redis", COSTS, "dict.set, 64 KiB", RATIO, 1.3},
        {"`dict.get` of 1 MiB: of Redis", COSTS, "dict.get, 1 MiB", RATIO, 1.3},
        {"`dict.set` of 1 MiB: of Redis", COSTS, "dict.set, 1 MiB", RATIO, 1.3},
        {"`dict.get`, one call in flight: of the echo", COSTS, "dict.get, 8 B, 1 x 1", "to echo",
         1.15},
        {"`dict.get` between two processors with spinning: us", MANAGER,
         "dict.get, two processors, s", "libshmgr", 6},
        {"`dict.get`, one processor: times faster than Manager", MANAGER, "dict.get, one",
         "times faster", 3, .is_least = true},
        {"lock pair, one processor: times faster", MANAGER, "lock acquire + release, one",
         "times faster", 3, .is_least = true},
        {"queue pair, one processor: times faster", MANAGER, "queue put + get, one", "times faster",
         3, .is_least = true},
        {"`dict.get`, with spinning: times faster", MANAGER, "dict.get, two processors, s",
         "times faster", 4, .is_least = true},
        {"lock pair, with spinning: times faster", MANAGER,
         "lock acquire + release, two processors, s", "times faster", 4, .is_least = true},
        {"queue pair, with spinning: times faster", MANAGER, "queue put + get, two processors, s",
         "times faster", 4, .is_least = true},
        {"library, `dict.get`: instructions over the raw wire", NULL, OVER_RAW "dict.get", NULL,
         1500},
        {"library, `dict.set`: instructions over the raw wire", NULL, OVER_RAW "dict.set", NULL,
         1500},
        {"library, `counter.add`: instructions over the raw wire", NULL, OVER_RAW "counter.add",
         NULL, 1500},
        {"entry of a dict: bytes, of Redis", ELEMENTS, "dict of", "shmgrd", .beside = "Redis"},
        {"integer in a list: bytes", ELEMENTS, "list of", "shmgrd", 16},
        {"item of 8 bytes in a queue: bytes", ELEMENTS, "queue of", "shmgrd", 40},
        {"waiting call: bytes", EACH, "1", "shmgrd", 512},
        {"idle session: bytes", EACH, "7", "shmgrd", 1600},
        {"`sync`, 1 caller: rate, of Redis", SYNC, "counter.add, 1 x 1", RATIO, 1,
         .is_least = true},
        {"`sync`, 16 callers: rate, of Redis", SYNC, "counter.add, 16 x 1", RATIO, 1,
         .is_least = true},
        {"`sync`, 128 callers: rate, of Redis", SYNC, "counter.add, 128 x 1", RATIO, 1,
         .is_least = true},
        {"`sync`, 16 callers: times the rate of one", SYNC, "counter.add, 16 x 1",
         "times one caller", 10, .is_least = true},
        {"`async`, 50 x 16: processor time, of `no`", ASYNC, "counter.add", "processor time, ratio",
         1.1},
        {"`async`, 50 x 16: rate, of `no`", ASYNC, "counter.add", "rate, ratio", 0.9,
         .is_least = true},
        {"`async`, dict.set, 50 x 16: processor time, of `no`", ASYNC, "dict.set",
         "processor time, ratio", 1.1},
        {"`async`, dict.set, 50 x 16: rate, of `no`", ASYNC, "dict.set", "rate, ratio", 0.9,
         .is_least = true},
};

static bool begins_with(const char *text, const char *beginning) {
        return strncmp(text, beginning, strlen(beginning)) == 0;
}

static const Row *find_row(const Report *report, const Goal *goal) {
        for (unsigned i = 0; i < report->n; i++)
                if (begins_with(report->rows[i].section, goal->section) &&
                    begins_with(report->rows[i].name, goal->row))
                        return &report->rows[i];
        return NULL;
}

/* Returns a count of the recorded table, or 0. */
static double find_count(const char *path, const char *name) {
        char line[512], *behind;
        double found = 0;
        FILE *file = fopen(path, "re");

        if (!file)
                bench_fail(path, errno);
        while (found == 0 && fgets(line, sizeof(line), file)) {
                double count = strtod(line, &behind);
                behind[strcspn(behind, "\n")] = '\0';
                if (line[0] != '#' && *behind == ' ' && strcmp(behind + 1, name) == 0)
                        found = count;
        }
        fclose(file);
        return found;
}

static void write_number(FILE *file, double x) {
        fprintf(file, x < 100 ? "%.2f" : "%.0f", x);
}

static void write_goal(FILE *file, const Goal *goal, double bound, double value) {
        double missed = goal->is_least ? bound / value - 1 : value / bound - 1;

        fprintf(file, "| %s | %s", goal->what, goal->is_least ? "at least " : "");
        write_number(file, bound);
        fprintf(file, " | ");
        write_number(file, value);
        if (missed <= 0)
                fprintf(file, " | met |\n");
        else if (missed < 0.01)
                fprintf(file, " | missed by less than 1 %% |\n");
        else
                fprintf(file, " | missed by %.0f %% |\n", 100 * missed);
}

void goals_write(const Report *report, const char *instructions, FILE *file) {
        fprintf(file, "\n| goal | bound | now | |\n|---|---|---|---|\n");
        for (unsigned i = 0; i < ELEMENTSOF(goals); i++) {
                const Goal *goal = &goals[i];
                const Row *row = goal->section ? find_row(report, goal) : NULL;
                double value = goal->section ? row ? cell_median(row_cell(row, goal->cell)) : 0
                                             : find_count(instructions, goal->row);
                double bound = goal->beside && row ? cell_median(row_cell(row, goal->beside))
                                                   : goal->bound;
                if (value > 0 && bound > 0)
                        write_goal(file, goal, bound, value);
                else
                        fprintf(file, "| %s | | | not measured in this run |\n", goal->what);
        }
}
