/* Texts in aligned columns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "color.h"

typedef struct TextTable {
        size_t n_columns; /* to be set before anything is added */
        unsigned indent;
        bool has_head;       /* the first row is a heading: it says nothing about alignment */
        const Color *colors; /* of the columns; NULL for none */
        char **cells;        /* row by row */
        size_t n_cells, n_capacity;
} TextTable;

void text_table_deinit(TextTable *t);

/* Appends a cell (its text is copied); a row is full after n_columns of them. 0 or -ENOMEM. */
int text_table_add(TextTable *t, const char *text);
int text_table_add_bytes(TextTable *t, const char *text, size_t n);

/* To standard output. Columns of numbers are aligned to the right. */
void text_table_print(const TextTable *t);
/* Whether a column has nothing but numbers below its heading. */
bool text_table_is_numeric(const TextTable *t, size_t column);
