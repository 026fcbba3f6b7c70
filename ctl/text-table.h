/* Prints texts in aligned columns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "color.h"

typedef struct TextTable {
        size_t n_columns; /* set it before the first cell */
        unsigned indent;
        bool has_head;       /* the first row is a heading, and does not count for the alignment */
        const Color *colors; /* of the columns; NULL: none */
        char **cells;        /* row by row */
        size_t n_cells, n_capacity;
} TextTable;

void text_table_deinit(TextTable *t);

/* Appends a copy of the text as a cell; n_columns cells make a row. Returns 0 or -ENOMEM. */
int text_table_add(TextTable *t, const char *text);
int text_table_add_bytes(TextTable *t, const char *text, size_t n);

/* Prints to standard output. Columns of numbers are aligned to the right. */
void text_table_print(const TextTable *t);
/* Returns whether all cells of a column below the heading are numbers. */
bool text_table_is_numeric(const TextTable *t, size_t column);
