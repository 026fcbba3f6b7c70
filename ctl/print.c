/* Results on standard output: as JSON, or for people.
 *
 * The form for people goes two levels deep, which is what the daemon's own answers need; what lies
 * deeper is JSON. Texts may come from another user, so control characters never reach a terminal. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "json-text.h"
#include "json-walk.h"
#include "print.h"
#include "text-table.h"

/* Control characters in the way of JSON; the C1 set (U+0080 to U+009F), which terminals obey as well,
 * stands in UTF-8 as 0xC2 and a byte below 0xA0. */
static int append_shown(Buffer *b, const char *s, size_t n, const char *allowed) {
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                unsigned char c = s[i], next = i + 1 < n ? s[i + 1] : 0;
                if (c == 0xc2 && next < 0xa0 && next >= 0x80)
                        r = buffer_append_format(b, "\\u%04x", (unsigned char)s[++i]);
                else if ((c >= ' ' && c != 0x7f) || (c && strchr(allowed, c)))
                        r = buffer_append(b, &s[i], 1);
                else if (c == '\n' || c == '\t' || c == '\r')
                        r = buffer_append_string(b, c == '\n'   ? "\\n"
                                                    : c == '\t' ? "\\t"
                                                                : "\\r");
                else
                        r = buffer_append_format(b, "\\u%04x", c);
        }
        return r;
}

/* A value within a line. */
static int append_cell(Buffer *b, struct json_object *value) {
        if (!json_object_is_type(value, json_type_string))
                return json_write(b, value);
        return append_shown(b, json_object_get_string(value), json_object_get_string_len(value),
                            "");
}

static void put_buffer(const Buffer *b) {
        if (buffer_size(b) > 0)
                fwrite(buffer_bytes(b), 1, buffer_size(b), stdout);
}

static int put_line(Buffer *b) {
        int r = buffer_append(b, "\n", 1);

        if (r == 0)
                put_buffer(b);
        return r;
}

int print_json(struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = json_write(&b, value);

        return r < 0 ? r : put_line(&b);
}

int print_line(struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = append_cell(&b, value);

        return r < 0 ? r : put_line(&b);
}

/* A string alone: a file or a pipe gets its very bytes. */
static int print_string(struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        const char *s = json_object_get_string(value);
        size_t n = json_object_get_string_len(value);
        int r = isatty(STDOUT_FILENO) ? append_shown(&b, s, n, "\n\t") : buffer_append(&b, s, n);

        return r < 0 ? r : put_line(&b);
}

static int append_member(Buffer *b, unsigned indent, const char *key, struct json_object *value) {
        int r = buffer_append_format(b, "%*s", (int)indent, "");

        if (r == 0)
                r = append_shown(b, key, strlen(key), "");
        if (r == 0)
                r = buffer_append_string(b, ": ");
        if (r == 0)
                r = append_cell(b, value);
        return r == 0 ? buffer_append(b, "\n", 1) : r;
}

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
        while (json_walk_next(&w, &row_key, &row))
                json_object_object_foreach (row, key, value)
                        if (json_object_object_add(columns, key, NULL) < 0)
                                return -ENOMEM;
        return 0;
}

static int add_cell(TextTable *table, struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = append_cell(&b, value);

        return r < 0 ? r : text_table_add_bytes(table, buffer_bytes(&b), buffer_size(&b));
}

static int add_key(TextTable *table, const char *key, bool is_head) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = append_shown(&b, key, strlen(key), "");

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

static int print_members(struct json_object *object, unsigned indent) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = 0;

        json_object_object_foreach (object, key, value)
                if (r == 0)
                        r = append_member(&b, indent, key, value);
        if (r == 0)
                put_buffer(&b);
        return r;
}

static int print_member(const char *key, struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        bool is_table = is_uniform(value, true);
        bool is_object = json_object_is_type(value, json_type_object) && is_uniform(value, false);
        int r = is_table || is_object ? append_shown(&b, key, strlen(key), "")
                                      : append_member(&b, 0, key, value);

        if (r == 0 && (is_table || is_object))
                r = buffer_append_string(&b, ":\n");
        if (r < 0)
                return r;
        put_buffer(&b);
        if (is_table)
                return print_table(value, 2);
        return is_object ? print_members(value, 2) : 0;
}

static int print_object(struct json_object *object) {
        int r = 0;

        json_object_object_foreach (object, key, value)
                if (r == 0)
                        r = print_member(key, value);
        return r;
}

static int print_array(struct json_object *array) {
        int r = 0;

        if (is_uniform(array, true))
                return print_table(array, 0);
        for (size_t i = 0; i < json_object_array_length(array) && r == 0; i++)
                r = print_line(json_object_array_get_idx(array, i));
        return r;
}

int print_value(struct json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_string:
                return print_string(value);
        case json_type_array:
                return print_array(value);
        case json_type_object:
                return print_object(value);
        default:
                return print_line(value);
        }
}
