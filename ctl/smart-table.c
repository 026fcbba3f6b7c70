/* Tables by libsmartcols of util-linux: it knows how wide a character is, and how wide the terminal. */
#include "smart-table.h"

#ifdef HAVE_SMARTCOLS
#include <libsmartcols.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_LEAST = 20 };

/* Names are UTF-8, and were made fit for a terminal already; in another locale the library would escape them. */
static void set_locale(void) {
        setlocale(LC_CTYPE, "");
        if (MB_CUR_MAX == 1)
                setlocale(LC_CTYPE, "C.UTF-8");
}

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
        /* Else a text such as "\x" would be escaped once more. */
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

bool smart_table_print(const TextTable *t) {
        struct libscols_table *table = scols_new_table();
        char *text = NULL;

        if (!table)
                return false;
        set_locale();
        fit_terminal(table, t->indent);
        bool is_made = fill(table, t) == 0 && scols_print_table_to_string(table, &text) == 0;
        if (is_made && text)
                print_lines(text, t->indent);
        free(text);
        scols_unref_table(table);
        return is_made;
}
#else
bool smart_table_print(const TextTable *t) {
        return false;
}
#endif
