/* Prints replies of the daemon about itself and its objects: scalar members as "key: value",
 * members with the same keys as a table. It descends two levels, as deep as those replies; anything
 * deeper is printed as JSON. A key that ends with _ms or _us is a time. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "color.h"
#include "duration.h"
#include "json/json-util.h"
#include "json/json-walk.h"
#include "print.h"
#include "report.h"
#include "shown.h"
#include "text-table.h"

/* Returns whether the container has members, and all are objects (of_objects), or none is a
 * container. */
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

static bool is_empty(struct json_object *container) {
        return json_object_is_type(container, json_type_array)
                       ? json_object_array_length(container) == 0
                       : json_object_object_length(container) == 0;
}

/* The columns are all keys that occur in any row. */
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

static bool ends_with(const char *text, const char *end) {
        size_t n = strlen(text), n_end = strlen(end);

        return n > n_end && strcmp(text + n - n_end, end) == 0;
}

static bool is_time(const char *key) {
        return ends_with(key, "_ms") || ends_with(key, "_us");
}

static int append_shown(Buffer *b, const char *key, struct json_object *value) {
        int64_t n = json_object_get_int64(value);

        if (json_is_container(value) && is_empty(value))
                return buffer_append_string(b, "none");
        if (!json_object_is_type(value, json_type_int) || !is_time(key))
                return shown_append_value(b, value);
        if (strcmp(key, "created_ms") == 0 || strcmp(key, "used_ms") == 0)
                return duration_append_date(b, n);
        return duration_append(b, ends_with(key, "_ms") && n < INT64_MAX / 1000 ? n * 1000 : n);
}

/* Appends a key without the suffix for the unit, since the value is printed with a unit. */
static int append_key(Buffer *b, const char *key) {
        return shown_append(b, key, strlen(key) - (is_time(key) ? 3 : 0), "");
}

static int add_cell(TextTable *table, const char *key, struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = append_shown(&b, key, value);

        return r < 0 ? r : text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

static int add_head(TextTable *table, const char *key) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = append_key(&b, key);

        for (size_t i = 0; r == 0 && i < buffer_size(&b); i++)
                if (buffer_bytes(&b)[i] >= 'a' && buffer_bytes(&b)[i] <= 'z')
                        buffer_bytes(&b)[i] -= 'a' - 'A';
        return r < 0 ? r : text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

static int add_name(TextTable *table, const char *name) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = shown_append(&b, name, strlen(name), "");

        return r < 0 ? r : text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

static int add_row(TextTable *table, struct json_object *columns, struct json_object *row) {
        json_object_object_foreach (columns, key, unused) {
                struct json_object *value;
                bool has = json_object_object_get_ex(row, key, &value);
                int r = has ? add_cell(table, key, value) : text_table_add(table, "");
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
                        r = add_head(table, key);
        json_walk_init(&w);
        if (r == 0)
                r = json_walk_enter(&w, rows, NULL);
        while (r == 0 && json_walk_next(&w, &row_key, &row)) {
                if (has_names)
                        r = add_name(table, row_key);
                if (r == 0)
                        r = add_row(table, columns, row);
        }
        return r;
}

/* Prints an array of objects, or an object of objects, whose keys become the first column. */
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

static bool is_block(struct json_object *value) {
        return is_uniform(value, true) ||
               (json_object_is_type(value, json_type_object) && is_uniform(value, false));
}

/* Prints "key: value", with the value in the column behind this width. */
static int print_line_of(const char *key, struct json_object *value, unsigned indent, int width) {
        CLEANUP(buffer_deinit) Buffer name = {0}, text = {0};
        int r = append_key(&name, key);

        if (r == 0)
                r = append_shown(&text, key, value);
        if (r < 0)
                return r;
        int n = (int)buffer_size(&name), n_pad = width > n ? width - n : 0;
        printf("%*s%s%.*s:%s%*s %.*s\n", (int)indent, "", color_begin(stdout, COLOR_HEAD), n,
               buffer_bytes(&name), color_end(stdout, COLOR_HEAD), n_pad, "",
               (int)buffer_size(&text), buffer_size(&text) ? buffer_bytes(&text) : "");
        return 0;
}

static int shown_width(struct json_object *object) {
        int width = 0;

        json_object_object_foreach (object, key, value) {
                int n = (int)strlen(key) - (is_time(key) ? 3 : 0);
                if (!is_block(value) && n > width)
                        width = n;
        }
        return width;
}

/* Prints the members of an object; scalar ones as lines with two columns. */
static int print_object(struct json_object *object, unsigned indent) {
        int width = shown_width(object), r = 0;

        json_object_object_foreach (object, key, value) {
                if (r < 0)
                        return r;
                if (!is_block(value)) {
                        r = print_line_of(key, value, indent, width);
                        continue;
                }
                printf("%s%s:%s\n", color_begin(stdout, COLOR_HEAD), key,
                       color_end(stdout, COLOR_HEAD));
                r = is_uniform(value, true) ? print_table(value, indent + 2)
                                            : print_object(value, indent + 2);
        }
        return r;
}

int report_print(struct json_object *value) {
        if (is_uniform(value, true))
                return print_table(value, 0);
        return json_object_is_type(value, json_type_object) ? print_object(value, 0)
                                                            : print_value(value);
}
