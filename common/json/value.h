/* A JSON value as text, in 16 bytes.
 *
 * Null, booleans, numbers and strings of up to 14 bytes stand in the value itself. A longer string is a counted block of
 * its decoded bytes; an array or an object is a counted block of its canonical text. A block never changes.
 *
 * Canonical text has no blanks, escapes only what must be escaped, and writes each number in its shortest form: a double
 * keeps its `.` or `e`, -0 is 0. Keys stay in their order. So strings and keys are equal where their bytes are, and two
 * texts whose bytes differ can only be equal where one of them holds a number (1 equals 1.0) or an object (the order of
 * keys does not count).
 *
 * A value may also be a span: a string without escapes, or a container, that stands in a text which has passed the
 * scanner, and is valid as long as that text. A span is not canonical; value_make() makes a value of its own.
 *
 * Zero-initialised is null. A value that is copied by assignment is the same owner; value_ref() makes another one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "json/json-span.h"

struct json_object;

enum { VALUE_SHORT_MAX = 14 }; /* bytes of a string that needs no block */

typedef enum ValueForm {
        VALUE_INLINE,
        VALUE_BLOCK,
        VALUE_SPAN,
} ValueForm;

enum {
        VALUE_PLAIN = 1 << 0,          /* a string of which no byte needs an escape */
        VALUE_HAS_NUMBER = 1 << 1,     /* a container: at any depth */
        VALUE_HAS_OBJECT = 1 << 2,     /* it is one, or holds one */
        VALUE_HAS_REFERENCES = 1 << 3, /* it may hold {"$object": "name"} */
};

typedef struct ValueBlock {
        uint32_t n_refs;   /* UINT32_MAX: the block is never freed */
        uint32_t n;        /* bytes, without the NUL behind them */
        uint32_t n_values; /* values in it, itself included */
        uint16_t depth;    /* of containers; 0 for a string */
        uint16_t flags;
        char bytes[];
} ValueBlock;

typedef struct Value {
        union {
                int64_t i;
                double d;
                bool is_true;
                ValueBlock *block;
                const char *span;
        };
        uint32_t n_span;
        unsigned char more[2];
        unsigned char n_unused; /* of a short string's bytes: 0, its NUL, when it has all 14 */
        unsigned char kind : 3, form : 2, is_plain : 1;
} Value;

_Static_assert(sizeof(Value) == 16, "what a slot of a container takes");

#define VALUE_NULL ((Value){.kind = JSON_NULL})

static inline JsonKind value_kind(const Value *v) {
        return (JsonKind)v->kind;
}

static inline bool value_is(const Value *v, JsonKind kind) {
        return v->kind == kind;
}

static inline bool value_is_number(const Value *v) {
        return v->kind == JSON_INT || v->kind == JSON_DOUBLE;
}

static inline bool value_is_container(const Value *v) {
        return v->kind == JSON_ARRAY || v->kind == JSON_OBJECT;
}

static inline Value value_bool(bool is_true) {
        return (Value){.is_true = is_true, .kind = JSON_BOOL};
}

static inline Value value_int(int64_t i) {
        return (Value){.i = i, .kind = JSON_INT};
}

/* The double must be finite. */
static inline Value value_double(double d) {
        return (Value){.d = d, .kind = JSON_DOUBLE};
}

/* Returns the double of a number. */
static inline double value_as_double(const Value *v) {
        return v->kind == JSON_INT ? (double)v->i : v->d;
}

/* Returns whether a value is an integer of 64 bits. JSON has one kind of number: 1.0 is an integer, too. */
bool value_is_whole(const Value *v, int64_t *ret);

/* Returns the decoded bytes of a string, or the text of a container. A NUL stands behind them, except for a span. */
static inline const char *value_bytes(const Value *v, size_t *ret_n) {
        switch ((ValueForm)v->form) {
        case VALUE_BLOCK:
                *ret_n = v->block->n;
                return v->block->bytes;
        case VALUE_SPAN:
                *ret_n = v->n_span;
                return v->span;
        default:
                *ret_n = (size_t)(VALUE_SHORT_MAX - v->n_unused);
                return (const char *)v;
        }
}

/* Returns whether a value is this string, without U+0000 and more behind it. */
bool value_is_text(const Value *v, const char *text);
/* Returns "null", "boolean", "integer", "number", "string", "array" or "object", for messages. */
const char *value_kind_name(const Value *v);

/* Makes the value of a span that has passed the scanner. Returns 0, or -ENOMEM, also for a text of 4 GiB or more. */
int value_make(const JsonSpan *span, Value *ret);
/* Makes a value like value_make(), but a container, and a long string without escapes, stays a span and is not copied. */
int value_borrow(const JsonSpan *span, Value *ret);
/* Makes a value that owns its bytes: of a span a copy, of any other value a reference. Returns 0 or -ENOMEM. */
int value_own(const Value *v, Value *ret);
/* Makes a string of these bytes, which are valid UTF-8. Returns 0 or -ENOMEM. */
int value_string(const char *bytes, size_t n, Value *ret);

/* Returns another owner of the value's block. Not for spans. */
static inline Value value_ref(const Value *v) {
        if (v->form == VALUE_BLOCK && v->block->n_refs != UINT32_MAX)
                v->block->n_refs++;
        return *v;
}

/* Frees the block if this was its last owner; the value is null afterwards. Also for CLEANUP. */
static inline void value_deinit(Value *v) {
        if (v->form == VALUE_BLOCK && v->block->n_refs != UINT32_MAX && --v->block->n_refs == 0)
                free(v->block);
        *v = VALUE_NULL;
}

/* Returns the bytes that a value takes from the heap besides its own 16. */
size_t value_memory(const Value *v);
/* Return the number of values in it, itself included, keys not; and how deeply its containers are nested: 0 for a scalar.
 * For a container that is a span they are counted. */
size_t value_count(const Value *v);
unsigned value_depth(const Value *v);
/* Returns the flags of its block; for a span, all flags that may apply. */
unsigned value_flags(const Value *v);
/* Returns an upper bound for the bytes that value_write() appends. It is exact except for doubles, spans and strings that need
 * escapes. */
size_t value_text_length(const Value *v);

/* Starts a cursor over the members of an object or the elements of an array, for json_cursor_next(). */
void value_cursor(const Value *container, JsonCursor *ret);

/* Appends the text of a value. Returns 0, or -ENOMEM with the buffer unchanged. */
int value_write(Buffer *b, const Value *v);
/* Appends bytes that are equal for two values exactly if the values are, and that begin with a letter for the kind: "0" for
 * all numbers. Returns 0 or -ENOMEM. Not for spans. */
int value_write_key(Buffer *b, const Value *v);

/* Deep equality. 1 and 1.0 are equal (an int64 and a double are compared exactly, without rounding either); -0.0 equals 0;
 * the order of an object's members does not matter. If a comparison cannot get the memory that it needs, the values count
 * as different. Not for spans that are containers. */
bool value_equal(const Value *a, const Value *b);
/* Orders two values. Returns 0 and a negative, zero or positive *ret: numbers by value, strings by code points, booleans
 * false before true, arrays by their first unequal elements, then by length. Returns -EDOM if two values that must be
 * compared have no order: kinds mixed, objects, nulls. Not for spans that are containers. */
int value_order(const Value *a, const Value *b, int *ret);
/* Compares an int64 and a double like value_order(). */
int value_order_int_double(int64_t i, double d);

/* Builds the json-c tree of a value. Returns 0 or -ENOMEM. */
int value_build(const Value *v, struct json_object **ret);
/* Makes the value of a json-c tree. Returns 0, -ENOMEM, or -EINVAL for a tree that JSON cannot express. */
int value_of_tree(struct json_object *tree, Value *ret);
