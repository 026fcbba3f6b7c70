/* Writes json-c values as text. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "json/json-escape.h"
#include "json/json-number.h"
#include "json/json-run.h"
#include "json/json-text.h"
#include "json/json-walk.h"

/* Copies a run of characters beyond ASCII. Returns the number of bytes, or 0 if the first is not valid UTF-8. */
static size_t copy_characters(const char *s, const char *end, char *ret) {
        size_t n = 0;
        while (s + n < end && (unsigned char)s[n] >= 0x80) {
                size_t k = utf8_sequence(s + n, (size_t)(end - s) - n);
                if (k == 0)
                        break;
                for (size_t i = 0; i < k; i++)
                        ret[n + i] = s[n + i];
                n += k;
        }
        return n;
}

/* Writes from *s on while the room is enough for the longest piece. Returns false at a byte that is not UTF-8. */
static bool write_pieces(Buffer *b, const char **s, const char *end) {
        while (*s < end && b->capacity - b->end >= (size_t)(end - *s) + JSON_ESCAPE_MAX) {
                char *free_part = b->data + b->end;
                unsigned char c = (unsigned char)**s;
                if (c >= 0x80) {
                        size_t n = copy_characters(*s, end, free_part);
                        if (n == 0)
                                return false;
                        *s += n;
                        b->end += n;
                } else if (json_needs_escape(c)) {
                        b->end += json_escape(free_part, c);
                        ++*s;
                } else {
                        size_t n = json_run_copy_ascii(*s, end, free_part);
                        *s += n;
                        b->end += n;
                }
        }
        return true;
}

static int write_string_content(Buffer *b, const char *s, size_t n) {
        const char *end = s + n;
        while (s < end) {
                int r = buffer_reserve(b, (size_t)(end - s) + JSON_ESCAPE_MAX);
                if (r < 0)
                        return r;
                if (!write_pieces(b, &s, end))
                        return -EINVAL;
        }
        return 0;
}

int json_write_string(Buffer *b, const char *s, size_t n) {
        size_t size = buffer_size(b);
        int r = buffer_append_byte(b, '"');
        if (r == 0)
                r = write_string_content(b, s, n);
        if (r == 0)
                r = buffer_append_byte(b, '"');
        if (r < 0)
                buffer_truncate(b, size);
        return r;
}

int json_write_int(Buffer *b, int64_t i) {
        int r = buffer_reserve(b, JSON_INT_SIZE);

        if (r == 0)
                b->end += json_int_format(i, b->data + b->end);
        return r;
}

int json_write_double(Buffer *b, double d) {
        if (!isfinite(d))
                return -EINVAL;
        char text[JSON_DOUBLE_SIZE];
        size_t n = json_double_format(d, text);
        return n > 0 ? buffer_append(b, text, n) : -ENOMEM;
}

/* json-c also has unsigned integers, and clamps them when asked for a signed one. */
static int write_integer(Buffer *b, struct json_object *value) {
        int64_t i = json_object_get_int64(value);
        if (i == INT64_MAX && json_object_get_uint64(value) != (uint64_t)INT64_MAX)
                return -EINVAL;
        return json_write_int(b, i);
}

static int write_scalar(Buffer *b, struct json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_boolean:
                return buffer_append_string(b, json_object_get_boolean(value) ? "true" : "false");
        case json_type_int:
                return write_integer(b, value);
        case json_type_double:
                return json_write_double(b, json_object_get_double(value));
        case json_type_string:
                return json_write_string(b, json_object_get_string(value),
                                         (size_t)json_object_get_string_len(value));
        default:
                return buffer_append(b, "null", 4);
        }
}

/* Writes a scalar, or the beginning of a container, which the walk then enters. */
static int write_value(Buffer *b, JsonWalk *w, struct json_object *value) {
        if (!json_is_container(value))
                return write_scalar(b, value);
        int r = json_walk_enter(w, value, NULL);
        if (r < 0)
                return r;
        return buffer_append(b, json_object_is_type(value, json_type_object) ? "{" : "[", 1);
}

/* Writes the end of the innermost container. */
static int write_end(Buffer *b, JsonWalk *w) {
        bool is_object = json_object_is_type(json_walk_level(w)->container, json_type_object);
        json_walk_leave(w);
        return buffer_append(b, is_object ? "}" : "]", 1);
}

static int write_member(Buffer *b, JsonWalk *w, const char *key, struct json_object *value) {
        bool is_first = json_walk_level(w)->index == 1;
        int r = is_first ? 0 : buffer_append(b, ",", 1);
        if (r == 0 && key) {
                r = json_write_string(b, key, strlen(key));
                if (r == 0)
                        r = buffer_append(b, ":", 1);
        }
        return r == 0 ? write_value(b, w, value) : r;
}

int json_write(Buffer *b, struct json_object *value) {
        size_t size = buffer_size(b);
        JsonWalk w;
        json_walk_init(&w);
        int r = write_value(b, &w, value);
        while (r == 0 && json_walk_level(&w)) {
                const char *key;
                struct json_object *member;
                if (json_walk_next(&w, &key, &member))
                        r = write_member(b, &w, key, member);
                else
                        r = write_end(b, &w);
        }
        json_walk_deinit(&w);
        if (r < 0)
                buffer_truncate(b, size);
        return r;
}
