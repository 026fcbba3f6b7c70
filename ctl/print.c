/* Prints results on standard output, as JSON or for people. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "json/json-text.h"
#include "print.h"
#include "shown.h"

static int put_line(Buffer *b) {
        int r = buffer_append(b, "\n", 1);

        if (r == 0)
                shown_put(b);
        return r;
}

int print_json(struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = json_write(&b, value);

        return r < 0 ? r : put_line(&b);
}

int print_line(struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = shown_append_value(&b, value);

        return r < 0 ? r : put_line(&b);
}

/* Prints a string. A file or a pipe receives the exact bytes; on a terminal control characters are
 * escaped. */
static int print_string(struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        const char *s = json_object_get_string(value);
        size_t n = json_object_get_string_len(value);
        int r = isatty(STDOUT_FILENO) ? shown_append(&b, s, n, "\n\t") : buffer_append(&b, s, n);

        return r < 0 ? r : put_line(&b);
}

int print_members(struct json_object *object, unsigned indent) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = 0;

        json_object_object_foreach (object, key, value)
                if (r == 0)
                        r = shown_append_member(&b, indent, key, value);
        if (r == 0)
                shown_put(&b);
        return r;
}

static int print_array(struct json_object *array) {
        int r = 0;

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
                return print_members(value, 0);
        default:
                return print_line(value);
        }
}
