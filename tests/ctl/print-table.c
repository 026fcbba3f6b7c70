/* Prints its standard input, lines of cells with tabs between them, as a table of shmgrctl. It is linked twice: with
 * libsmartcols, and without. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "color.h"
#include "text-table.h"

static size_t count_cells(const char *line) {
        size_t n = 1;

        for (; *line; line++)
                n += *line == '\t';
        return n;
}

static int add_line(TextTable *table, char *line) {
        int r = 0;

        for (char *cell; r == 0 && (cell = strsep(&line, "\t"));)
                r = text_table_add(table, cell);
        return r;
}

int main(int argc, char **argv) {
        CLEANUP(text_table_deinit) TextTable table = {0};
        CLEANUP(freep) char *line = NULL;
        size_t size = 0;

        for (int i = 1; i < argc; i++)
                if (strcmp(argv[i], "--head") == 0)
                        table.has_head = true;
                else if (!color_choose(argv[i]))
                        table.indent = (unsigned)atoi(argv[i]);
        while (getline(&line, &size, stdin) >= 0) {
                line[strcspn(line, "\n")] = '\0';
                if (table.n_columns == 0)
                        table.n_columns = count_cells(line);
                if (add_line(&table, line) < 0)
                        return 1;
        }
        text_table_print(&table);
        return 0;
}
