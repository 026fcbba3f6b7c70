/* Writes values as text, and as the keys by which sets distinguish them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-escape.h"
#include "json/json-number.h"
#include "json/json-run.h"
#include "json/json-text.h"
#include "json/value.h"

static int write_text(Buffer *b, const char *text, size_t n) {
        return buffer_append(b, text, n);
}

/* Writes from *at on while the room is enough for the longest piece. */
static void write_pieces(Buffer *b, const char **at, const char *end) {
        while (*at < end && b->capacity - b->end >= (size_t)(end - *at) + JSON_ESCAPE_MAX) {
                if (json_needs_escape((unsigned char)**at)) {
                        b->end += json_escape(b->data + b->end, (unsigned char)**at);
                        ++*at;
                } else {
                        size_t n = json_run_copy_plain(*at, end, b->data + b->end);
                        b->end += n;
                        *at += n;
                }
        }
}

/* Reserves room for text without escapes first. Each escape that does not fit makes the buffer double. */
static int write_content(Buffer *b, const char *at, size_t n) {
        const char *end = at + n;

        while (at < end) {
                int r = buffer_reserve(b, (size_t)(end - at) + JSON_ESCAPE_MAX);
                if (r < 0)
                        return r;
                write_pieces(b, &at, end);
        }
        return 0;
}

static int write_string(Buffer *b, const Value *v) {
        size_t size = buffer_size(b), n;
        const char *bytes = value_bytes(v, &n);
        int r = buffer_reserve(b, n + 2);

        if (r < 0)
                return r;
        b->data[b->end++] = '"';
        r = v->is_plain ? buffer_append(b, bytes, n) : write_content(b, bytes, n);
        if (r == 0)
                r = buffer_append_byte(b, '"');
        if (r < 0)
                buffer_truncate(b, size);
        return r;
}

/* A span is not canonical, so a value is made of it first. */
static int write_container(Buffer *b, const Value *v) {
        Value own = VALUE_NULL;
        size_t n;

        int r = value_own(v, &own);
        if (r == 0) {
                const char *text = value_bytes(&own, &n);
                r = write_text(b, text, n);
        }
        value_deinit(&own);
        return r;
}

int value_write(Buffer *b, const Value *v) {
        switch (value_kind(v)) {
        case JSON_NULL:
                return write_text(b, "null", 4);
        case JSON_BOOL:
                return v->is_true ? write_text(b, "true", 4) : write_text(b, "false", 5);
        case JSON_INT:
                return json_write_int(b, v->i);
        case JSON_DOUBLE:
                return json_write_double(b, v->d);
        case JSON_STRING:
                return write_string(b, v);
        default:
                return v->form == VALUE_BLOCK ? write_text(b, v->block->bytes, v->block->n)
                                              : write_container(b, v);
        }
}

enum { DOUBLE_LENGTH = 25 }; /* of the longest text of a double, with its sign */

static size_t int_length(int64_t i) {
        char text[JSON_INT_SIZE];

        return json_int_format(i, text);
}

static size_t string_length(const Value *v) {
        size_t n;
        const char *bytes = value_bytes(v, &n);

        return n + (v->is_plain ? 0 : (JSON_ESCAPE_MAX - 1) * json_count_escapes(bytes, n)) + 2;
}

size_t value_text_length(const Value *v) {
        size_t n;

        switch (value_kind(v)) {
        case JSON_NULL:
                return 4;
        case JSON_BOOL:
                return v->is_true ? 4 : 5;
        case JSON_INT:
                return int_length(v->i);
        case JSON_DOUBLE:
                return DOUBLE_LENGTH;
        case JSON_STRING:
                return string_length(v);
        default:
                value_bytes(v, &n);
                return v->form == VALUE_SPAN ? JSON_ESCAPE_MAX * n : n;
        }
}

/* ---- Keys. The key of a container is its canonical text with the members of each object in the order of their keys,
 * and each double that is an integer written as an integer. */

/* An object or array that is open. */
typedef struct Level {
        size_t first; /* in `members`: of its first member */
        bool is_object;
} Level;

typedef struct KeyWriter {
        Buffer *out;
        size_t begin; /* of the whole in `out` */
        const char *at, *end;
        bool is_key; /* the next string is one */
        Level *levels;
        size_t n_levels;
        size_t *members; /* of the open objects: where each begins in `out`, counted from `begin` */
        size_t n_members, n_capacity;
        Buffer sorted;
} KeyWriter;

/* A member to be sorted: its text begins with its key. */
typedef struct Member {
        const char *text;
        size_t n;
} Member;

/* Each key ends with its quote, so no key is a prefix of another one: the shorter length is enough. */
static int compare_members(const void *a, const void *b) {
        const Member *x = a, *y = b;

        return memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);
}

/* Appends the members with a comma behind each. */
static int append_members(Buffer *b, const Member *members, size_t n) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                r = buffer_append(b, members[i].text, members[i].n);
                if (r == 0 && i + 1 < n)
                        r = buffer_append(b, ",", 1);
        }
        return r;
}

/* Puts the members of the innermost object, which all stand in `out`, into their order. */
static int sort_members(KeyWriter *w, size_t first) {
        size_t n = w->n_members - first;
        const char *base = buffer_bytes(w->out) + w->begin;
        size_t end = buffer_size(w->out) - w->begin;
        bool is_sorted = true;

        if (n < 2)
                return 0;
        Member *members = reallocarray(NULL, n, sizeof(*members));
        if (!members)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                size_t from = w->members[first + i];
                size_t to = i + 1 < n ? w->members[first + i + 1] - 1 : end;
                members[i] = (Member){.text = base + from, .n = to - from};
                is_sorted =
                        is_sorted && (i == 0 || compare_members(&members[i - 1], &members[i]) < 0);
        }
        int r = 0;
        if (!is_sorted) {
                qsort(members, n, sizeof(*members), compare_members);
                buffer_truncate(&w->sorted, 0);
                r = append_members(&w->sorted, members, n);
                if (r == 0)
                        memcpy(buffer_bytes(w->out) + w->begin + w->members[first],
                               buffer_bytes(&w->sorted), buffer_size(&w->sorted));
        }
        free(members);
        return r;
}

static int open_level(KeyWriter *w) {
        bool is_object = *w->at == '{';

        w->levels[w->n_levels++] = (Level){.first = w->n_members, .is_object = is_object};
        w->is_key = is_object;
        return buffer_append(w->out, w->at++, 1);
}

static int close_level(KeyWriter *w) {
        const Level *level = &w->levels[--w->n_levels];
        int r = level->is_object ? sort_members(w, level->first) : 0;

        w->n_members = level->first;
        return r == 0 ? buffer_append(w->out, w->at++, 1) : r;
}

static int note_member(KeyWriter *w) {
        if (w->n_members == w->n_capacity) {
                size_t n = w->n_capacity ? 2 * w->n_capacity : 16;
                size_t *grown = reallocarray(w->members, n, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                w->members = grown;
                w->n_capacity = n;
        }
        w->members[w->n_members++] = buffer_size(w->out) - w->begin;
        return 0;
}

static int write_literal(KeyWriter *w) {
        const char *begin = w->at;
        int r = w->is_key ? note_member(w) : 0;

        w->is_key = false;
        w->at = json_literal_end(begin + 1, w->end) + 1;
        return r == 0 ? buffer_append(w->out, begin, (size_t)(w->at - begin)) : r;
}

static int write_double_key(Buffer *b, double d) {
        if (d >= -0x1p63 && d < 0x1p63 && (double)(int64_t)d == d)
                return json_write_int(b, (int64_t)d);
        return json_write_double(b, d);
}

static bool belongs_to_number(char c) {
        return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e';
}

static int write_number_key(KeyWriter *w) {
        const char *begin = w->at;
        bool is_double = false;
        double d;

        for (; belongs_to_number(*w->at); w->at++)
                is_double |= *w->at == '.' || *w->at == 'e';
        size_t n = (size_t)(w->at - begin);
        if (!is_double)
                return buffer_append(w->out, begin, n);
        int r = json_double_parse(begin, n, &d);
        return r == 0 ? write_double_key(w->out, d) : r;
}

static int write_next_key(KeyWriter *w) {
        switch (*w->at) {
        case '{':
        case '[':
                return open_level(w);
        case '}':
        case ']':
                return close_level(w);
        case '"':
                return write_literal(w);
        case ',':
                w->is_key = w->levels[w->n_levels - 1].is_object;
                /* fall through */
        case ':':
        case 't':
        case 'f':
        case 'n':
                break;
        default:
                return write_number_key(w);
        }
        size_t n = *w->at == 'f' ? 5 : *w->at == 't' || *w->at == 'n' ? 4 : 1;
        const char *begin = w->at;
        w->at += n;
        return buffer_append(w->out, begin, n);
}

static int write_container_key(Buffer *b, const ValueBlock *block) {
        KeyWriter w = {.out = b,
                       .begin = buffer_size(b),
                       .at = block->bytes,
                       .end = block->bytes + block->n};
        int r = 0;

        if (!(block->flags & (VALUE_HAS_NUMBER | VALUE_HAS_OBJECT)))
                return buffer_append(b, block->bytes, block->n);
        w.levels = reallocarray(NULL, block->depth, sizeof(*w.levels));
        if (!w.levels)
                return -ENOMEM;
        while (r == 0 && w.at < w.end)
                r = write_next_key(&w);
        free(w.levels);
        free(w.members);
        buffer_deinit(&w.sorted);
        if (r < 0)
                buffer_truncate(b, w.begin);
        return r;
}

int value_write_key(Buffer *b, const Value *v) {
        size_t size = buffer_size(b), n;

        switch (value_kind(v)) {
        case JSON_DOUBLE:
                return write_double_key(b, v->d);
        case JSON_STRING: {
                const char *bytes = value_bytes(v, &n);
                int r = buffer_append(b, "\"", 1);
                if (r == 0)
                        r = buffer_append(b, bytes, n);
                if (r < 0)
                        buffer_truncate(b, size);
                return r;
        }
        case JSON_ARRAY:
        case JSON_OBJECT:
                return write_container_key(b, v->block);
        default:
                return value_write(b, v);
        }
}
