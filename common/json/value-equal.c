/* Compares values.
 *
 * Two containers whose bytes differ are walked in step, number against number and literal against literal, as long as
 * their keys come in the same order. The first pair that differs then decides: keys are unique, so no later pair
 * could make the containers equal. If two keys differ, the objects may have the same members in another order: then the bytes
 * of value_write_key() decide. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "json/json-escape.h"
#include "json/json-number.h"
#include "json/json-string.h"
#include "json/value.h"

/* ---- Numbers */

int value_order_int_double(int64_t i, double d) {
        if (d >= 0x1p63)
                return -1;
        if (d < -0x1p63)
                return 1;
        double whole = trunc(d);
        int64_t j = (int64_t)whole;
        if (i != j)
                return i < j ? -1 : 1;
        return whole < d ? -1 : whole > d;
}

static int order_numbers(const Value *a, const Value *b) {
        if (a->kind == JSON_INT && b->kind == JSON_INT)
                return a->i < b->i ? -1 : a->i > b->i;
        if (a->kind == JSON_INT)
                return value_order_int_double(a->i, b->d);
        if (b->kind == JSON_INT)
                return -value_order_int_double(b->i, a->d);
        return a->d < b->d ? -1 : a->d > b->d;
}

/* ---- Words of canonical text */

typedef enum WordKind {
        WORD_END, /* of the text or of a container */
        WORD_KEY,
        WORD_OPEN, /* a container: its opening bracket */
        WORD_STRING,
        WORD_NUMBER,
        WORD_NAME, /* null, true or false */
} WordKind;

typedef struct Word {
        WordKind kind;
        const char *text;
        size_t n;
} Word;

/* A place in a text. */
typedef struct Reader {
        const char *at, *end;
} Reader;

static bool belongs_to_number(char c) {
        return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e';
}

static const char *skip_number(const char *at, const char *end) {
        while (at < end && belongs_to_number(*at))
                at++;
        return at;
}

/* Reads a word, and skips the comma or colon behind it. */
static Word read_word(Reader *r) {
        Word word = {.text = r->at};

        if (r->at == r->end)
                return word;
        switch (*r->at) {
        case '}':
        case ']':
                r->at++;
                break;
        case '{':
        case '[':
                word.kind = WORD_OPEN;
                word.n = 1;
                r->at++;
                return word;
        case '"':
                r->at = json_literal_end(r->at + 1, r->end) + 1;
                word.kind = r->at < r->end && *r->at == ':' ? WORD_KEY : WORD_STRING;
                break;
        case 't':
        case 'n':
                word.kind = WORD_NAME;
                r->at += 4;
                break;
        case 'f':
                word.kind = WORD_NAME;
                r->at += 5;
                break;
        default:
                word.kind = WORD_NUMBER;
                r->at = skip_number(r->at, r->end);
        }
        word.n = (size_t)(r->at - word.text);
        if (r->at < r->end && (*r->at == ',' || *r->at == ':'))
                r->at++;
        return word;
}

static bool words_are_same(const Word *a, const Word *b) {
        return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

/* Makes the value of a word that is a number. */
static int number_of(const Word *word, Value *ret) {
        JsonSpan span = {.text = word->text, .n = word->n, .kind = JSON_INT};

        if (memchr(word->text, '.', word->n) || memchr(word->text, 'e', word->n))
                span.kind = JSON_DOUBLE;
        return value_make(&span, ret);
}

static int order_number_words(const Word *a, const Word *b, int *ret) {
        Value x, y;
        int r = number_of(a, &x);

        if (r == 0)
                r = number_of(b, &y);
        if (r == 0)
                *ret = order_numbers(&x, &y);
        return r;
}

/* ---- Equality */

/* Returns the text of a double that is an integer without its ".0" and, for -0.0, without its sign: the text of that
 * integer. */
static Word whole_word(const Word *word) {
        Word whole = *word;

        if (word->n > 2 && memcmp(word->text + word->n - 2, ".0", 2) == 0)
                whole.n -= 2;
        if (whole.n == 2 && memcmp(whole.text, "-0", 2) == 0)
                whole = (Word){.kind = WORD_NUMBER, .text = whole.text + 1, .n = 1};
        return whole;
}

/* Numbers without an exponent are equal exactly if their digits are. Only the others are converted. */
static bool number_words_are_equal(const Word *a, const Word *b) {
        Word x = whole_word(a), y = whole_word(b);
        int order = 0;

        if (words_are_same(&x, &y))
                return true;
        if (!memchr(a->text, 'e', a->n) && !memchr(b->text, 'e', b->n))
                return false;
        return order_number_words(a, b, &order) == 0 && order == 0;
}

static bool keys_are_same(const Value *a, const Value *b) {
        Buffer x = {0}, y = {0};
        bool is_same = value_write_key(&x, a) == 0 && value_write_key(&y, b) == 0 &&
                       buffer_size(&x) == buffer_size(&y) &&
                       memcmp(buffer_bytes(&x), buffer_bytes(&y), buffer_size(&x)) == 0;

        buffer_deinit(&x);
        buffer_deinit(&y);
        return is_same;
}

static bool containers_are_equal(const Value *a, const Value *b) {
        const ValueBlock *x = a->block, *y = b->block;
        Reader read_x = {x->bytes, x->bytes + x->n}, read_y = {y->bytes, y->bytes + y->n};

        if (x == y || (x->n == y->n && memcmp(x->bytes, y->bytes, x->n) == 0))
                return true;
        if (x->n_values != y->n_values ||
            !((x->flags | y->flags) & (VALUE_HAS_NUMBER | VALUE_HAS_OBJECT)))
                return false;
        while (read_x.at < read_x.end) {
                Word word_x = read_word(&read_x), word_y = read_word(&read_y);
                if (words_are_same(&word_x, &word_y))
                        continue;
                if (word_x.kind == WORD_KEY && word_y.kind == WORD_KEY)
                        return keys_are_same(a, b);
                if (word_x.kind != WORD_NUMBER || word_y.kind != WORD_NUMBER ||
                    !number_words_are_equal(&word_x, &word_y))
                        return false;
        }
        return read_y.at == read_y.end;
}

static bool strings_are_equal(const Value *a, const Value *b) {
        size_t n_a, n_b;
        const char *x = value_bytes(a, &n_a), *y = value_bytes(b, &n_b);

        return n_a == n_b && memcmp(x, y, n_a) == 0;
}

bool value_equal(const Value *a, const Value *b) {
        if (value_is_number(a) && value_is_number(b))
                return order_numbers(a, b) == 0;
        if (a->kind != b->kind)
                return false;
        switch (value_kind(a)) {
        case JSON_NULL:
                return true;
        case JSON_BOOL:
                return a->is_true == b->is_true;
        case JSON_STRING:
                return strings_are_equal(a, b);
        default:
                return containers_are_equal(a, b);
        }
}

/* ---- Order */

static int order_strings(const Value *a, const Value *b) {
        size_t n_a, n_b;
        const char *x = value_bytes(a, &n_a), *y = value_bytes(b, &n_b);
        int order = memcmp(x, y, n_a < n_b ? n_a : n_b);

        return order != 0 ? order : n_a < n_b ? -1 : n_a > n_b;
}

static JsonLiteral literal_of(const Word *word) {
        return (JsonLiteral){.text = word->text + 1,
                             .n = word->n - 2,
                             .is_escaped = memchr(word->text, '\\', word->n) != NULL};
}

/* Orders two words that differ and are not brackets. */
static int order_words(const Word *a, const Word *b, int *ret) {
        if (a->kind != b->kind)
                return -EDOM;
        if (a->kind == WORD_NUMBER)
                return order_number_words(a, b, ret);
        if (a->kind == WORD_STRING) {
                JsonLiteral x = literal_of(a), y = literal_of(b);
                *ret = json_literal_order(&x, &y);
                return 0;
        }
        if (*a->text == 'n' || *b->text == 'n')
                return -EDOM;
        *ret = *a->text == 't' ? 1 : -1;
        return 0;
}

/* Makes the value of the object whose opening brace the reader has passed. */
static int read_object(Reader *r, Value *ret) {
        const char *begin = r->at - 1;
        size_t depth = 1;

        while (depth > 0) {
                Word word = read_word(r);
                depth += word.kind == WORD_OPEN;
                depth -= word.kind == WORD_END;
        }
        size_t n = (size_t)(r->at - begin) - (r->at[-1] == ',');
        JsonSpan span = {.text = begin, .n = n, .kind = JSON_OBJECT};
        return value_make(&span, ret);
}

/* Two objects within arrays have no order, but the walk continues if they are equal. */
static int pass_objects(Reader *x, Reader *y) {
        Value a = VALUE_NULL, b = VALUE_NULL;
        int r = read_object(x, &a);

        if (r == 0)
                r = read_object(y, &b);
        if (r == 0 && !value_equal(&a, &b))
                r = -EDOM;
        value_deinit(&a);
        value_deinit(&b);
        return r;
}

/* Orders one pair of words of two arrays: *ret is 0 if they are equal. If one array is a prefix of the other, it is less. */
static int order_next(Reader *x, Reader *y, int *ret) {
        Word a = read_word(x), b = read_word(y);

        *ret = 0;
        if (a.kind == WORD_END || b.kind == WORD_END) {
                *ret = (a.kind != WORD_END) - (b.kind != WORD_END);
                return 0;
        }
        if (a.kind == WORD_OPEN && b.kind == WORD_OPEN && *a.text == *b.text)
                return *a.text == '{' ? pass_objects(x, y) : 0;
        if (a.kind == WORD_OPEN || b.kind == WORD_OPEN)
                return -EDOM;
        return words_are_same(&a, &b) ? 0 : order_words(&a, &b, ret);
}

static int order_arrays(const Value *a, const Value *b, int *ret) {
        const ValueBlock *x = a->block, *y = b->block;
        Reader read_x = {x->bytes, x->bytes + x->n}, read_y = {y->bytes, y->bytes + y->n};
        int r = 0;

        *ret = 0;
        while (r == 0 && *ret == 0 && read_x.at < read_x.end && read_y.at < read_y.end)
                r = order_next(&read_x, &read_y, ret);
        return r;
}

int value_order(const Value *a, const Value *b, int *ret) {
        *ret = 0; /* some compilers warn without this, since they do not see that callers read it only after success */
        if (value_is_number(a) && value_is_number(b)) {
                *ret = order_numbers(a, b);
                return 0;
        }
        if (a->kind != b->kind)
                return -EDOM;
        switch (value_kind(a)) {
        case JSON_BOOL:
                *ret = a->is_true - b->is_true;
                return 0;
        case JSON_STRING:
                *ret = order_strings(a, b);
                return 0;
        case JSON_ARRAY:
                return order_arrays(a, b, ret);
        default:
                return -EDOM;
        }
}
