/* A table is one line for each count, so that a change of it can be read in a diff. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "machine.h"
#include "server.h"

#define MOST_GROWTH 1.03 /* of a count over the recorded one */

void counts_add(Counts *counts, double n, const char *format, ...) {
        va_list args;

        if (counts->n == MAX_COUNTS)
                bench_fail("the table", ENOSPC);
        va_start(args, format);
        vsnprintf(counts->rows[counts->n].name, sizeof(counts->rows[0].name), format, args);
        va_end(args);
        counts->rows[counts->n++].n = n;
}

void counts_print(const Counts *counts, FILE *file) {
        char tools[256];

        machine_toolchain(tools, sizeof(tools));
        fprintf(file, "# %s\n# user instructions of the daemon for an operation\n", tools);
        for (unsigned i = 0; i < counts->n; i++)
                fprintf(file, "%.0f %s\n", counts->rows[i].n, counts->rows[i].name);
}

/* Returns the position of a count, or counts->n if the table has none of this name. */
static unsigned find(const Counts *counts, const char *name) {
        unsigned i = 0;

        while (i < counts->n && strcmp(counts->rows[i].name, name) != 0)
                i++;
        return i;
}

static bool is_same_toolchain(FILE *file) {
        char line[512] = "", tools[256];

        machine_toolchain(tools, sizeof(tools));
        if (!fgets(line, sizeof(line), file) || strncmp(line, "# ", 2) != 0)
                return false;
        line[strcspn(line, "\n")] = '\0';
        return strcmp(line + 2, tools) == 0;
}

/* Compares a count with its recorded line. Prints a message and returns false if the count has grown, or is missing. */
static bool check_line(const Counts *counts, char *line) {
        char *name;
        double recorded = strtod(line, &name);

        if (line[0] == '#' || *name != ' ')
                return true;
        name[strcspn(name, "\n")] = '\0';
        unsigned i = find(counts, ++name);
        if (i == counts->n) {
                printf("%s: it is in the recorded table alone\n", name);
                return false;
        }
        double now = counts->rows[i].n;
        if (now <= recorded * MOST_GROWTH)
                return true;
        printf("%s: %.0f instructions, %.1f %% more than the recorded %.0f\n", name, now,
               100 * (now / recorded - 1), recorded);
        return false;
}

int counts_check(const Counts *counts, const char *path) {
        char line[512];
        unsigned n_lines = 0;
        bool is_good = true;
        FILE *file = fopen(path, "re");

        if (!file)
                bench_fail(path, errno);
        if (!is_same_toolchain(file)) {
                printf("not compared: %s was recorded with another toolchain\n", "the table");
                fclose(file);
                return 0;
        }
        while (fgets(line, sizeof(line), file)) {
                n_lines += line[0] != '#';
                is_good = check_line(counts, line) && is_good;
        }
        fclose(file);
        if (n_lines != counts->n) {
                printf("%u counts, and %u recorded\n", counts->n, n_lines);
                is_good = false;
        }
        printf(is_good ? "no count has grown since it was recorded\n"
                       : "record the table again (make bench-instructions-record) in the same "
                         "commit, and say why\n");
        return !is_good;
}
