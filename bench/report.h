/* The figures: printed when a row is complete, and kept for JSON and charts. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum { MAX_CELLS = 12, MAX_SAMPLES = 64, MAX_ROWS = 256 };

/* One figure, measured in several rounds. */
typedef struct Cell {
        const char *label; /* static */
        const char *unit;  /* static; "" for a ratio or a count */
        double samples[MAX_SAMPLES];
        unsigned n;
} Cell;

typedef struct Row {
        const char *section; /* static */
        char name[96];
        const char *note; /* why a comparison is missing, or NULL */
        Cell cells[MAX_CELLS];
        unsigned n_cells;
} Row;

typedef struct Report {
        Row rows[MAX_ROWS];
        unsigned n;
} Report;

/* Makes a row; `name` is formatted as by printf(3). */
Row *report_row(Report *report, const char *section, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* Adds a sample to the cell with this label; makes the cell if the row has none. */
void row_add(Row *row, const char *label, const char *unit, double sample);
const Cell *row_cell(const Row *row, const char *label);

/* Each returns 0 for NULL and for an empty cell. The samples keep their order, since row_add_ratio() pairs them by round. */
double cell_median(const Cell *cell);
double cell_low(const Cell *cell);
double cell_high(const Cell *cell);
/* Adds a cell with the ratios of two cells, round by round. */
void row_add_ratio(Row *row, const char *label, const char *of, const char *to);

/* Prints the row, with the title of its section before the first. */
void report_print(const Report *report, const Row *row);
void report_write_json(const Report *report, FILE *file);
/* Writes a table in Markdown for each section: medians, with ranges if there were several rounds. */
void report_write_tables(const Report *report, FILE *file);
