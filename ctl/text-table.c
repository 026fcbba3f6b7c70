/* Texts in aligned columns: by libsmartcols if the program was built with it, else in a plain form. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "color.h"
#include "smart-table.h"
#include "text-table.h"

void text_table_deinit(TextTable *t) {
        for (size_t i = 0; i < t->n_cells; i++)
                free(t->cells[i]);
        free(t->cells);
        t->cells = NULL;
        t->n_cells = t->n_capacity = 0;
}

static int reserve(TextTable *t) {
        if (t->n_cells < t->n_capacity)
                return 0;
        size_t n = t->n_capacity ? 2 * t->n_capacity : 64;
        char **cells =
                n <= SIZE_MAX / sizeof(*cells) ? realloc(t->cells, n * sizeof(*cells)) : NULL;
        if (!cells)
                return -ENOMEM;
        t->cells = cells;
        t->n_capacity = n;
        return 0;
}

int text_table_add_bytes(TextTable *t, const char *text, size_t n) {
        int r = reserve(t);
        char *copy = r == 0 ? strndup(n > 0 ? text : "", n) : NULL;

        if (!copy)
                return -ENOMEM;
        t->cells[t->n_cells++] = copy;
        return 0;
}

int text_table_add(TextTable *t, const char *text) {
        return text_table_add_bytes(t, text, strlen(text));
}

/* In characters of UTF-8, taking each to be one column wide. */
static int width(const char *text) {
        int n = 0;

        for (; *text; text++)
                n += ((unsigned char)*text & 0xc0) != 0x80;
        return n;
}

static bool is_number(const char *text) {
        return *text == '\0' || strspn(text, "-.0123456789") == strlen(text);
}

bool text_table_is_numeric(const TextTable *t, size_t column) {
        for (size_t i = column + (t->has_head ? t->n_columns : 0); i < t->n_cells;
             i += t->n_columns)
                if (!is_number(t->cells[i]))
                        return false;
        return true;
}

/* The width of a column, negative if it is aligned to the left. */
static int column_width(const TextTable *t, size_t column) {
        int n = 0;

        for (size_t i = column; i < t->n_cells; i += t->n_columns)
                if (width(t->cells[i]) > n)
                        n = width(t->cells[i]);
        return text_table_is_numeric(t, column) ? n : -n;
}

static void print_cell(const char *text, int column_wide, bool is_last, Color color) {
        int n_pad = abs(column_wide) - width(text);

        printf("%*s%s%s%s", column_wide > 0 ? n_pad : 0, "", color_begin(stdout, color), text,
               color_end(stdout, color));
        if (!is_last)
                printf("%*s", (column_wide < 0 ? n_pad : 0) + 2, "");
}

static Color color_of(const TextTable *t, size_t cell) {
        if (t->has_head && cell < t->n_columns)
                return COLOR_HEAD;
        return t->colors ? t->colors[cell % t->n_columns] : COLOR_NONE;
}

static void print_plain(const TextTable *t) {
        CLEANUP(freep) int *widths = calloc(t->n_columns, sizeof(*widths));

        for (size_t i = 0; widths && i < t->n_columns; i++)
                widths[i] = column_width(t, i);
        for (size_t i = 0; i < t->n_cells; i++) {
                size_t column = i % t->n_columns;
                bool is_last = column == t->n_columns - 1;
                printf("%*s", column == 0 ? (int)t->indent : 0, "");
                /* Without memory for the widths the table is not aligned. */
                print_cell(t->cells[i], widths ? widths[column] : 0, is_last, color_of(t, i));
                if (is_last)
                        putchar('\n');
        }
}

void text_table_print(const TextTable *t) {
        if (!smart_table_print(t))
                print_plain(t);
}
