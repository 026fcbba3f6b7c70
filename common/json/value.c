/* Values: their kinds and sizes, and their conversion from and to json-c. value-make.c makes them from text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "json/json-escape.h"
#include "json/json-string.h"
#include "json/json-text.h"
#include "json/value.h"

bool value_is_whole(const Value *v, int64_t *ret) {
        if (v->kind == JSON_INT) {
                *ret = v->i;
                return true;
        }
        if (v->kind != JSON_DOUBLE || !(v->d >= -0x1p63 && v->d < 0x1p63) ||
            v->d != (double)(int64_t)v->d)
                return false;
        *ret = (int64_t)v->d;
        return true;
}

bool value_is_text(const Value *v, const char *text) {
        size_t n, n_text = strlen(text);

        if (v->kind != JSON_STRING)
                return false;
        const char *bytes = value_bytes(v, &n);
        return n == n_text && memcmp(bytes, text, n) == 0;
}

const char *value_kind_name(const Value *v) {
        static const char *const names[] = {
                [JSON_NULL] = "null",     [JSON_BOOL] = "boolean",  [JSON_INT] = "integer",
                [JSON_DOUBLE] = "number", [JSON_STRING] = "string", [JSON_ARRAY] = "array",
                [JSON_OBJECT] = "object"};

        return names[v->kind];
}

size_t value_memory(const Value *v) {
        return v->form == VALUE_BLOCK ? memory_of(sizeof(ValueBlock) + (size_t)v->block->n + 1) : 0;
}

/* Counts the values and the depth of a container that is a span. */
static void span_count(const Value *v, size_t *ret_n, unsigned *ret_depth) {
        const char *at = v->span, *end = at + v->n_span;
        size_t n = 0;
        unsigned depth = 0, deepest = 0;
        bool is_value = true; /* the next byte begins a value or a key */

        for (; at < end; at++) {
                switch (*at) {
                case ' ':
                case '\t':
                case '\n':
                case '\r':
                case ',':
                        is_value = true;
                        break;
                case ':': /* the string before it was a key */
                        n--;
                        is_value = true;
                        break;
                case '[':
                case '{':
                        n++;
                        deepest = ++depth > deepest ? depth : deepest;
                        is_value = true;
                        break;
                case ']':
                case '}':
                        depth--;
                        break;
                case '"':
                        n++;
                        at = json_literal_end(at + 1, end);
                        is_value = false;
                        break;
                default:
                        n += is_value;
                        is_value = false;
                }
        }
        *ret_n = n;
        *ret_depth = deepest;
}

size_t value_count(const Value *v) {
        unsigned depth;
        size_t n = 1;

        if (v->form == VALUE_BLOCK)
                return v->block->n_values;
        if (v->form == VALUE_SPAN && value_is_container(v))
                span_count(v, &n, &depth);
        return n;
}

unsigned value_depth(const Value *v) {
        unsigned depth = 0;
        size_t n;

        if (v->form == VALUE_BLOCK)
                return v->block->depth;
        if (v->form == VALUE_SPAN && value_is_container(v))
                span_count(v, &n, &depth);
        return depth;
}

unsigned value_flags(const Value *v) {
        if (v->form == VALUE_BLOCK)
                return v->block->flags;
        if (v->form == VALUE_SPAN && value_is_container(v))
                return VALUE_HAS_NUMBER | VALUE_HAS_OBJECT | VALUE_HAS_REFERENCES;
        return v->is_plain ? VALUE_PLAIN : 0;
}

void value_cursor(const Value *container, JsonCursor *ret) {
        JsonSpan span = {.kind = value_kind(container)};

        span.text = value_bytes(container, &span.n);
        json_cursor_init(ret, &span);
}

int value_build(const Value *v, struct json_object **ret) {
        Buffer text = {0};
        JsonSpan span = {.kind = value_kind(v)};

        if (value_is_container(v)) {
                span.text = value_bytes(v, &span.n);
                return json_build(&span, ret);
        }
        int r = value_write(&text, v);
        if (r == 0) {
                span.text = buffer_bytes(&text);
                span.n = buffer_size(&text);
                r = json_build(&span, ret);
        }
        buffer_deinit(&text);
        return r;
}

static JsonKind kind_of_text(const char *text, size_t n) {
        switch (*text) {
        case '{':
                return JSON_OBJECT;
        case '[':
                return JSON_ARRAY;
        case '"':
                return JSON_STRING;
        case 't':
        case 'f':
                return JSON_BOOL;
        case 'n':
                return JSON_NULL;
        default:
                return memchr(text, '.', n) || memchr(text, 'e', n) ? JSON_DOUBLE : JSON_INT;
        }
}

int value_of_tree(struct json_object *tree, Value *ret) {
        Buffer text = {0};
        int r = json_write(&text, tree);

        if (r == 0) {
                JsonSpan span = {.text = buffer_bytes(&text), .n = buffer_size(&text)};
                span.kind = kind_of_text(span.text, span.n);
                r = value_make(&span, ret);
        }
        buffer_deinit(&text);
        return r;
}
