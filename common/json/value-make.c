/* Makes values from scanned text.
 *
 * The text of a container is copied in pieces that are as long as possible. A piece ends where the text is not canonical; its
 * canonical form is written instead, and the next piece begins behind it. So canonical text is read once and copied once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-number.h"
#include "json/json-escape.h"
#include "json/json-run.h"
#include "json/json-string.h"
#include "json/json-wide.h"
#include "json/value-block.h"
#include "json/value.h"

static Value short_string(const char *bytes, size_t n) {
        Value v = {.kind = JSON_STRING};

        memcpy(&v, bytes, n);
        v.n_unused = (unsigned char)(VALUE_SHORT_MAX - n);
        v.is_plain = json_is_plain_16((const char *)&v, n);
        return v;
}

/* One pass copies a string and finds whether a byte of it needs an escape: a long one is read from memory once. */
static bool copy_string(char *ret, const char *bytes, size_t n) {
        size_t n_plain = json_wide_copy(bytes, bytes + n, ret);

        n_plain += json_run_copy_plain(bytes + n_plain, bytes + n, ret + n_plain);
        memcpy(ret + n_plain, bytes + n_plain, n - n_plain);
        return n_plain == n;
}

int value_string(const char *bytes, size_t n, Value *ret) {
        if (n <= VALUE_SHORT_MAX) {
                *ret = short_string(bytes, n);
                return 0;
        }
        ValueBlock *block = value_block_new(n);
        if (!block)
                return -ENOMEM;
        block->flags = copy_string(block->bytes, bytes, n) ? VALUE_PLAIN : 0;
        block->bytes[n] = '\0';
        *ret = value_of_block(block, JSON_STRING);
        return 0;
}

/* ---- Containers */

typedef struct Maker {
        const char *at, *end;
        const char *piece; /* the beginning of the text that is not copied yet */
        ValueBlock *block;
        size_t n, capacity; /* of its bytes */
        size_t n_values;
        unsigned depth, deepest, flags;
} Maker;

static int maker_grow(Maker *m, size_t n) {
        size_t capacity = m->capacity + m->capacity / 2;

        if (capacity < m->n + n)
                capacity = m->n + n;
        if (capacity >= UINT32_MAX)
                return -ENOMEM;
        ValueBlock *block = realloc(m->block, sizeof(*block) + capacity + 1);
        if (!block)
                return -ENOMEM;
        m->block = block;
        m->capacity = capacity;
        return 0;
}

static int maker_put(Maker *m, const char *bytes, size_t n) {
        if (n > m->capacity - m->n) {
                int r = maker_grow(m, n);
                if (r < 0)
                        return r;
        }
        memcpy(m->block->bytes + m->n, bytes, n);
        m->n += n;
        return 0;
}

/* Writes other bytes instead of the text from `from` up to this place. */
static int maker_replace(Maker *m, const char *from, const char *bytes, size_t n) {
        int r = maker_put(m, m->piece, (size_t)(from - m->piece));

        if (r == 0)
                r = maker_put(m, bytes, n);
        m->piece = m->at;
        return r;
}

/* Handles an escape or U+007F, which may not be canonical. */
static int make_special(Maker *m) {
        const char *begin = m->at;
        char decoded[4], text[JSON_ESCAPE_MAX];

        if (*begin == '\\' && begin[1] != 'u' && begin[1] != '/') {
                m->at += 2;
                return 0;
        }
        if (*begin != '\\') {
                m->at++;
                return maker_replace(m, begin, text, json_escape(text, (unsigned char)*begin));
        }
        unsigned n = json_escape_decode(&m->at, decoded);
        if (n == 1 && json_plain_length(decoded, 1) == 0)
                return maker_replace(m, begin, text, json_escape(text, (unsigned char)*decoded));
        return maker_replace(m, begin, decoded, n);
}

static bool is_reference_key(const char *text, size_t n, bool is_escaped) {
        JsonLiteral literal = {.text = text, .n = n, .is_escaped = is_escaped};
        static const char key[] = "$object";

        return is_escaped ? json_literal_is(&literal, key, strlen(key))
                          : n == strlen(key) && memcmp(text, key, n) == 0;
}

static const char *skip_blanks(const char *at) {
        while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')
                at++;
        return at;
}

/* Handles a literal at its opening quote. A literal before a colon is a key. */
static int make_literal(Maker *m) {
        const char *begin = ++m->at;
        bool is_escaped = false;

        while (*(m->at = json_literal_special(m->at, m->end)) != '"') {
                is_escaped |= *m->at == '\\';
                int r = make_special(m);
                if (r < 0)
                        return r;
        }
        size_t n = (size_t)(m->at++ - begin);
        if (*skip_blanks(m->at) != ':')
                m->n_values++;
        else if (is_reference_key(begin, n, is_escaped))
                m->flags |= VALUE_HAS_REFERENCES;
        return 0;
}

static size_t count_digits(const char *at) {
        size_t n = 0;

        while (at[n] >= '0' && at[n] <= '9')
                n++;
        return n;
}

/* Returns whether a double is surely written as json_double_format() would: with a fraction, without an exponent, with at
 * most 15 digits and without superfluous zeros. For any other double the caller formats it to find out. */
static bool is_canonical(const char *text, size_t n) {
        const char *at = text + (*text == '-');
        size_t n_whole = count_digits(at);
        const char *fraction = at + n_whole + 1;

        if (at[n_whole] != '.')
                return false;
        size_t n_fraction = count_digits(fraction);
        if (fraction + n_fraction != text + n || n_whole + n_fraction > 15)
                return false;
        if (fraction[n_fraction - 1] == '0')
                return n_fraction == 1;
        return *at != '0' || memcmp(fraction, "0000", n_fraction < 4 ? n_fraction : 4) != 0;
}

static int make_number(Maker *m) {
        const char *begin = m->at;
        bool is_double = false;

        for (; m->at < m->end; m->at++) {
                if (*m->at == '.' || *m->at == 'e' || *m->at == 'E')
                        is_double = true;
                else if (*m->at != '-' && *m->at != '+' && (*m->at < '0' || *m->at > '9'))
                        break;
        }
        size_t n = (size_t)(m->at - begin);
        m->n_values++;
        m->flags |= VALUE_HAS_NUMBER;
        if (!is_double)
                return n == 2 && memcmp(begin, "-0", 2) == 0 ? maker_replace(m, begin, "0", 1) : 0;
        if (is_canonical(begin, n))
                return 0;
        char text[JSON_DOUBLE_SIZE];
        double d;
        int r = json_double_parse(begin, n, &d);
        size_t n_text = r == 0 ? json_double_format(d, text) : 0;
        if (n_text == 0)
                return -ENOMEM;
        return n_text == n && memcmp(text, begin, n) == 0 ? 0
                                                          : maker_replace(m, begin, text, n_text);
}

static int make_word(Maker *m, size_t n) {
        m->at += n;
        m->n_values++;
        return 0;
}

static int make_blanks(Maker *m) {
        const char *begin = m->at;

        m->at = skip_blanks(m->at);
        return maker_replace(m, begin, "", 0);
}

static int make_next(Maker *m) {
        switch (*m->at) {
        case '"':
                return make_literal(m);
        case '{':
                m->flags |= VALUE_HAS_OBJECT;
                /* fall through */
        case '[':
                m->deepest = ++m->depth > m->deepest ? m->depth : m->deepest;
                return make_word(m, 1);
        case ']':
        case '}':
                m->depth--;
                m->at++;
                return 0;
        case ',':
        case ':':
                m->at++;
                return 0;
        case 't':
        case 'n':
                return make_word(m, 4);
        case 'f':
                return make_word(m, 5);
        case ' ':
        case '\t':
        case '\n':
        case '\r':
                return make_blanks(m);
        default:
                return make_number(m);
        }
}

static int make_container(const char *text, size_t n, JsonKind kind, Value *ret) {
        Maker m = {.at = text, .end = text + n, .piece = text, .capacity = n};
        int r = 0;

        m.block = value_block_new(n);
        if (!m.block)
                return -ENOMEM;
        while (r == 0 && m.at < m.end)
                r = make_next(&m);
        if (r == 0)
                r = maker_put(&m, m.piece, (size_t)(m.end - m.piece));
        if (r < 0) {
                free(m.block);
                return r;
        }
        m.block->n = (uint32_t)m.capacity;
        m.block->n_values = (uint32_t)m.n_values;
        m.block->depth = (uint16_t)m.deepest;
        m.block->flags = (uint16_t)m.flags;
        *ret = value_of_block(value_block_cut(m.block, m.n), kind);
        return 0;
}

/* Makes the value of a literal with escapes. */
static int make_escaped(const JsonLiteral *literal, Value *ret) {
        enum { SMALL = 6 * VALUE_SHORT_MAX };
        char small[SMALL];

        if (literal->n <= SMALL)
                return value_string(small, json_literal_decode(literal, small), ret);
        ValueBlock *block = value_block_new(literal->n);
        if (!block)
                return -ENOMEM;
        size_t n = json_literal_decode(literal, block->bytes);
        block = value_block_cut(block, n);
        block->flags = json_plain_length(block->bytes, n) == n ? VALUE_PLAIN : 0;
        *ret = value_of_block(block, JSON_STRING);
        return 0;
}

static JsonLiteral literal_of(const JsonSpan *span) {
        const char *text = span->text + 1;
        size_t n = span->n - 2;

        bool is_escaped = !span->is_plain && n && memchr(text, '\\', n);

        return (JsonLiteral){.text = text, .n = n, .is_escaped = is_escaped};
}

static int make_scalar(const JsonSpan *span, Value *ret) {
        *ret = (Value){.kind = (unsigned char)span->kind & 7};
        switch (span->kind) {
        case JSON_BOOL:
                ret->is_true = *span->text == 't';
                return 0;
        case JSON_INT:
                return json_int_parse(span->text, span->n, &ret->i) ? 0 : -EBADMSG;
        case JSON_DOUBLE:
                return json_double_parse(span->text, span->n, &ret->d);
        default:
                return 0;
        }
}

/* Makes any value but a short string. Not inlined, so that the common case of the callers needs no stack frame. */
static __attribute__((noinline)) int make_any(const JsonSpan *span, Value *ret) {
        if (span->kind == JSON_ARRAY || span->kind == JSON_OBJECT)
                return make_container(span->text, span->n, span->kind, ret);
        if (span->kind != JSON_STRING)
                return make_scalar(span, ret);
        JsonLiteral literal = literal_of(span);
        return literal.is_escaped ? make_escaped(&literal, ret)
                                  : value_string(literal.text, literal.n, ret);
}

static inline bool is_short_string(const JsonSpan *span) {
        return span->is_plain && span->n - 2 <= VALUE_SHORT_MAX;
}

/* Most values are short strings. */
int value_make(const JsonSpan *span, Value *ret) {
        if (!is_short_string(span))
                return make_any(span, ret);
        *ret = short_string(span->text + 1, span->n - 2);
        return 0;
}

static int borrow(const char *text, size_t n, JsonKind kind, Value *ret) {
        if (n > UINT32_MAX)
                return -ENOMEM;
        *ret = (Value){.span = text,
                       .n_span = (uint32_t)n,
                       .kind = (unsigned char)kind & 7,
                       .form = VALUE_SPAN};
        return 0;
}

int value_borrow(const JsonSpan *span, Value *ret) {
        if (span->kind == JSON_ARRAY || span->kind == JSON_OBJECT)
                return borrow(span->text, span->n, span->kind, ret);
        if (is_short_string(span)) {
                *ret = short_string(span->text + 1, span->n - 2);
                return 0;
        }
        if (span->kind != JSON_STRING || span->n - 2 <= VALUE_SHORT_MAX)
                return make_any(span, ret);
        JsonLiteral literal = literal_of(span);
        return literal.is_escaped ? make_escaped(&literal, ret)
                                  : borrow(literal.text, literal.n, JSON_STRING, ret);
}

int value_own(const Value *v, Value *ret) {
        if (v->form != VALUE_SPAN) {
                *ret = value_ref(v);
                return 0;
        }
        if (v->kind == JSON_STRING)
                return value_string(v->span, v->n_span, ret);
        return make_container(v->span, v->n_span, value_kind(v), ret);
}
