/* Prints texts in aligned columns: by libsmartcols if the program was built with it, otherwise in a
 * plain form. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifdef HAVE_SMARTCOLS
#include <libsmartcols.h>
#endif

#include "base/macros.h"
#include "charset.h"
#include "color.h"
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

/* Returns the number of characters of UTF-8, each taken as one column wide. */
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

/* Returns the width of a column, negative if it is aligned to the left. */
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
                /* Without memory for the widths, columns are not aligned. */
                print_cell(t->cells[i], widths ? widths[column] : 0, is_last, color_of(t, i));
                if (is_last)
                        putchar('\n');
        }
}

/* Tables by libsmartcols of util-linux, which knows the width of characters and of the terminal. */
#ifdef HAVE_SMARTCOLS
enum { WIDTH_LEAST = 20 };

static int set_color(struct libscols_cell *cell, Color color) {
        const char *begin = color_begin(stdout, color);

        return *begin ? scols_cell_set_color(cell, begin) : 0;
}

static int add_column(struct libscols_table *table, const TextTable *t, size_t i) {
        bool is_numeric = text_table_is_numeric(t, i);
        struct libscols_column *column =
                scols_table_new_column(table, t->has_head ? t->cells[i] : "", 0,
                                       is_numeric ? SCOLS_FL_RIGHT : SCOLS_FL_TRUNC);

        if (!column)
                return -1;
        /* Otherwise the library would escape the backslash of "\x" once more. */
        scols_column_set_safechars(column, "\\");
        return set_color(scols_column_get_header(column), t->has_head ? COLOR_HEAD : COLOR_NONE);
}

static int add_row(struct libscols_table *table, const TextTable *t, size_t first) {
        struct libscols_line *line = scols_table_new_line(table, NULL);

        for (size_t i = 0; line && i < t->n_columns && first + i < t->n_cells; i++) {
                if (scols_line_set_data(line, i, t->cells[first + i]) != 0 ||
                    set_color(scols_line_get_cell(line, i),
                              t->colors ? t->colors[i] : COLOR_NONE) != 0)
                        return -1;
        }
        return line ? 0 : -1;
}

static int fill(struct libscols_table *table, const TextTable *t) {
        int r = scols_table_set_column_separator(table, "  ");

        scols_table_enable_noheadings(table, !t->has_head);
        scols_table_enable_colors(table, color_is_on(stdout));
        for (size_t i = 0; r == 0 && i < t->n_columns; i++)
                r = add_column(table, t, i);
        for (size_t at = t->has_head ? t->n_columns : 0; r == 0 && at < t->n_cells;
             at += t->n_columns)
                r = add_row(table, t, at);
        return r;
}

static void fit_terminal(struct libscols_table *table, unsigned indent) {
        struct winsize size;

        if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
            size.ws_col < WIDTH_LEAST + indent) {
                scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
                return;
        }
        scols_table_set_termforce(table, SCOLS_TERMFORCE_ALWAYS);
        scols_table_set_termwidth(table, size.ws_col - indent);
}

static void print_lines(const char *text, unsigned indent) {
        for (size_t n; *text; text += n + (text[n] == '\n')) {
                n = strcspn(text, "\n");
                size_t n_shown = n;
                while (n_shown > 0 && text[n_shown - 1] == ' ')
                        n_shown--;
                printf("%*s%.*s\n", (int)indent, "", (int)n_shown, text);
        }
}

/* Prints the table. On a terminal, texts are cut so that lines fit. Returns false, with nothing
 * printed, if memory ran out. */
static bool print_smart(const TextTable *t) {
        struct libscols_table *table = scols_new_table();
        char *text = NULL;

        if (!table)
                return false;
        charset_begin();
        fit_terminal(table, t->indent);
        bool is_made = fill(table, t) == 0 && scols_print_table_to_string(table, &text) == 0;
        if (is_made && text)
                print_lines(text, t->indent);
        free(text);
        scols_unref_table(table);
        return is_made;
}
#else
static bool print_smart(const TextTable *t) {
        return false;
}
#endif

void text_table_print(const TextTable *t) {
        if (!print_smart(t))
                print_plain(t);
}
