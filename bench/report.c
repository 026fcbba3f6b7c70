/* Rows of figures: medians and ranges. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "fail.h"
#include "machine.h"
#include "report.h"
#include "server.h"

Row *report_row(Report *report, const char *section, const char *format, ...) {
        va_list args;

        if (report->n == MAX_ROWS)
                bench_fail("the report", ENOSPC);
        Row *row = &report->rows[report->n++];
        *row = (Row){.section = section};
        va_start(args, format);
        vsnprintf(row->name, sizeof(row->name), format, args);
        va_end(args);
        return row;
}

const Cell *row_cell(const Row *row, const char *label) {
        for (unsigned i = 0; i < row->n_cells; i++)
                if (strcmp(row->cells[i].label, label) == 0)
                        return &row->cells[i];
        return NULL;
}

void row_add(Row *row, const char *label, const char *unit, double sample) {
        Cell *cell = (Cell *)row_cell(row, label);

        if (!cell) {
                if (row->n_cells == MAX_CELLS)
                        bench_fail("a row", ENOSPC);
                cell = &row->cells[row->n_cells++];
                *cell = (Cell){.label = label, .unit = unit};
        }
        if (cell->n < MAX_SAMPLES)
                cell->samples[cell->n++] = sample;
}

static int compare(const void *a, const void *b) {
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double cell_at(const Cell *cell, unsigned i) {
        double sorted[MAX_SAMPLES];

        if (!cell || cell->n == 0)
                return 0;
        memcpy(sorted, cell->samples, cell->n * sizeof(double));
        qsort(sorted, cell->n, sizeof(double), compare);
        return sorted[i];
}

double cell_median(const Cell *cell) {
        return cell ? cell_at(cell, cell->n / 2) : 0;
}

double cell_low(const Cell *cell) {
        return cell_at(cell, 0);
}

double cell_high(const Cell *cell) {
        return cell && cell->n ? cell_at(cell, cell->n - 1) : 0;
}

void row_add_ratio(Row *row, const char *label, const char *of, const char *to) {
        const Cell *a = row_cell(row, of), *b = row_cell(row, to);

        for (unsigned i = 0; a && b && i < a->n && i < b->n; i++)
                if (b->samples[i] > 0)
                        row_add(row, label, "", a->samples[i] / b->samples[i]);
}

static void print_number(double x, const char *unit) {
        printf(x < 10 ? "%.2f" : x < 1000 ? "%.1f" : "%.0f", x);
        printf("%s%s", unit[0] ? " " : "", unit);
}

void report_print(const Report *report, const Row *row) {
        unsigned i = (unsigned)(row - report->rows);

        if (i == 0 || strcmp(report->rows[i - 1].section, row->section) != 0)
                printf("\n%s\n", row->section);
        printf("  %-44s", row->name);
        for (unsigned k = 0; k < row->n_cells; k++) {
                const Cell *cell = &row->cells[k];
                printf("%s%s ", k ? "; " : " ", cell->label);
                print_number(cell_median(cell), cell->unit);
                if (cell->n > 1)
                        printf(cell_low(cell) < 10 ? " (%.2f-%.2f)" : " (%.0f-%.0f)",
                               cell_low(cell), cell_high(cell));
        }
        printf("%s%s\n", row->note ? "; " : "", row->note ? row->note : "");
        fflush(stdout);
}

static void write_number(FILE *file, double x) {
        fprintf(file, x < 10 ? "%.2f" : x < 1000 ? "%.1f" : "%.0f", x);
}

static void write_title(const Row *row, FILE *file) {
        fprintf(file, "\n**%c%s**\n\n| |", toupper((unsigned char)row->section[0]),
                row->section + 1);
        for (unsigned k = 0; k < row->n_cells; k++)
                fprintf(file, " %s%s%s |", row->cells[k].label, row->cells[k].unit[0] ? ", " : "",
                        row->cells[k].unit);
        fprintf(file, "\n|---|");
        for (unsigned k = 0; k < row->n_cells; k++)
                fprintf(file, "---|");
        fprintf(file, "\n");
}

static void write_cell(const Cell *cell, FILE *file) {
        if (cell && cell->n > 0)
                write_number(file, cell_median(cell));
        if (cell && cell->n > 1) {
                fprintf(file, " (");
                write_number(file, cell_low(cell));
                fprintf(file, "-");
                write_number(file, cell_high(cell));
                fprintf(file, ")");
        }
}

/* The labels of the row with the most figures are the columns of its section. */
static const Row *widest(const Report *report, unsigned i) {
        const Row *found = &report->rows[i];

        for (unsigned k = i; k < report->n && strcmp(report->rows[k].section, found->section) == 0;
             k++)
                if (report->rows[k].n_cells > found->n_cells)
                        found = &report->rows[k];
        return found;
}

/* A figure without a column would be missing in the table, and nobody would notice. */
static void check_columns(const Row *title, const Row *row) {
        for (unsigned k = 0; k < row->n_cells; k++)
                if (!row_cell(title, row->cells[k].label)) {
                        fprintf(stderr, "bench: no column '%s' in: %s\n", row->cells[k].label,
                                row->section);
                        bench_fail(row->name, EINVAL);
                }
}

void report_write_tables(const Report *report, FILE *file) {
        const Row *title = NULL;

        for (unsigned i = 0; i < report->n; i++) {
                const Row *row = &report->rows[i];
                if (!title || strcmp(title->section, row->section) != 0)
                        write_title(title = widest(report, i), file);
                check_columns(title, row);
                fprintf(file, "| %s%s%s |", row->name, row->note ? "; " : "",
                        row->note ? row->note : "");
                for (unsigned k = 0; k < title->n_cells; k++) {
                        fprintf(file, " ");
                        write_cell(row_cell(row, title->cells[k].label), file);
                        fprintf(file, " |");
                }
                fprintf(file, "\n");
        }
}

static void write_row(const Row *row, FILE *file) {
        fprintf(file, "{\"section\":\"%s\",\"name\":\"%s\"", row->section, row->name);
        if (row->note)
                fprintf(file, ",\"note\":\"%s\"", row->note);
        for (unsigned k = 0; k < row->n_cells; k++) {
                const Cell *cell = &row->cells[k];
                fprintf(file,
                        "%s{\"label\":\"%s\",\"unit\":\"%s\",\"rounds\":%u,\"median\":%.6g,"
                        "\"low\":%.6g,\"high\":%.6g}",
                        k ? "," : ",\"figures\":[", cell->label, cell->unit, cell->n,
                        cell_median(cell), cell_low(cell), cell_high(cell));
        }
        fprintf(file, "%s}", row->n_cells ? "]" : "");
}

void report_write_json(const Report *report, FILE *file) {
        char machine[512];

        machine_describe(machine, sizeof(machine));
        fprintf(file, "{\"machine\":\"%s\",\"rows\":[\n", machine);
        for (unsigned i = 0; i < report->n; i++) {
                write_row(&report->rows[i], file);
                fprintf(file, i + 1 < report->n ? ",\n" : "\n");
        }
        fprintf(file, "]}\n");
}
