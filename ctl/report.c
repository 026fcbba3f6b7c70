/* What the daemon tells about itself and its objects, for people: members as "key: value", what has
 * the same members again and again as a table. It goes two levels deep, as those answers do; what lies
 * deeper is shown as JSON. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "json-util.h"
#include "json-walk.h"
#include "print.h"
#include "report.h"
#include "shown.h"
#include "text-table.h"

/* Whether all members are objects (of_objects), or all are no containers; and there are some. */
static bool is_uniform(struct json_object *container, bool of_objects) {
        CLEANUP(json_walk_deinit) JsonWalk w;
        struct json_object *value;
        const char *key;
        size_t n = 0;

        json_walk_init(&w);
        if (!json_is_container(container) || json_walk_enter(&w, container, NULL) < 0)
                return false;
        while (json_walk_next(&w, &key, &value)) {
                n++;
                if (of_objects ? !json_object_is_type(value, json_type_object)
                               : json_is_container(value))
                        return false;
        }
        return n > 0;
}

/* The columns of a table of objects: each key that any of them has. */
static int collect_columns(struct json_object *rows, struct json_object *columns) {
        CLEANUP(json_walk_deinit) JsonWalk w;
        struct json_object *row;
        const char *row_key;

        json_walk_init(&w);
        if (json_walk_enter(&w, rows, NULL) < 0)
                return -ENOMEM;
        while (json_walk_next(&w, &row_key, &row)) {
                json_object_object_foreach (row, key, value)
                        if (json_object_object_add(columns, key, NULL) < 0)
                                return -ENOMEM;
        }
        return 0;
}

static int add_cell(TextTable *table, struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = shown_append_value(&b, value);

        return r < 0 ? r : text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

static int add_key(TextTable *table, const char *key, bool is_head) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = shown_append(&b, key, strlen(key), "");

        if (r < 0)
                return r;
        for (size_t i = 0; is_head && i < buffer_size(&b); i++)
                if (buffer_bytes(&b)[i] >= 'a' && buffer_bytes(&b)[i] <= 'z')
                        buffer_bytes(&b)[i] -= 'a' - 'A';
        return text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

static int add_row(TextTable *table, struct json_object *columns, struct json_object *row) {
        json_object_object_foreach (columns, key, unused) {
                struct json_object *value;
                bool has = json_object_object_get_ex(row, key, &value);
                int r = has ? add_cell(table, value) : text_table_add(table, "");
                if (r < 0)
                        return r;
        }
        return 0;
}

static int fill_table(TextTable *table, struct json_object *rows, struct json_object *columns) {
        bool has_names = json_object_is_type(rows, json_type_object);
        CLEANUP(json_walk_deinit) JsonWalk w;
        struct json_object *row;
        const char *row_key;
        int r = has_names ? text_table_add(table, "") : 0;

        json_object_object_foreach (columns, key, unused)
                if (r == 0)
                        r = add_key(table, key, true);
        json_walk_init(&w);
        if (r == 0)
                r = json_walk_enter(&w, rows, NULL);
        while (r == 0 && json_walk_next(&w, &row_key, &row)) {
                if (has_names)
                        r = add_key(table, row_key, false);
                if (r == 0)
                        r = add_row(table, columns, row);
        }
        return r;
}

/* An array of objects, or an object of objects whose keys then stand before the rows. */
static int print_table(struct json_object *rows, unsigned indent) {
        CLEANUP(json_putp) struct json_object *columns = json_object_new_object();
        CLEANUP(text_table_deinit) TextTable table = {.indent = indent, .has_head = true};
        int r = columns ? collect_columns(rows, columns) : -ENOMEM;

        if (r < 0)
                return r;
        table.n_columns = json_object_object_length(columns) +
                          (json_object_is_type(rows, json_type_object) ? 1 : 0);
        r = fill_table(&table, rows, columns);
        if (r == 0)
                text_table_print(&table);
        return r;
}

static int print_member(const char *key, struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        bool is_table = is_uniform(value, true);
        bool is_object = json_object_is_type(value, json_type_object) && is_uniform(value, false);
        int r = is_table || is_object ? shown_append(&b, key, strlen(key), "")
                                      : shown_append_member(&b, 0, key, value);

        if (r == 0 && (is_table || is_object))
                r = buffer_append_string(&b, ":\n");
        if (r < 0)
                return r;
        shown_put(&b);
        if (is_table)
                return print_table(value, 2);
        return is_object ? print_members(value, 2) : 0;
}

int report_print(struct json_object *value) {
        int r = 0;

        if (is_uniform(value, true))
                return print_table(value, 0);
        if (!json_object_is_type(value, json_type_object))
                return print_value(value);
        json_object_object_foreach (value, key, member)
                if (r == 0)
                        r = print_member(key, member);
        return r;
}
