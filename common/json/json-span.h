/* A value within a text that has passed the scanner: its bytes and its kind. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef enum JsonKind {
        JSON_NULL,
        JSON_BOOL,
        JSON_INT, /* no fraction and no exponent: fits int64 */
        JSON_DOUBLE,
        JSON_STRING,
        JSON_ARRAY,
        JSON_OBJECT,
} JsonKind;

typedef struct JsonPlace JsonPlace;

/* A value within a scanned text: n bytes at text, without surrounding blanks. */
typedef struct JsonSpan {
        const char *text;
        size_t n;
        JsonKind kind;
        bool is_plain;          /* a string that is known to have no escapes */
        const JsonPlace *place; /* of a container whose members are noted: json-outline.h */
} JsonSpan;

/* A member of an object or an element of an array, noted while the text was scanned: json-outline.h. */
struct JsonPlace {
        JsonSpan key; /* text is NULL in an array */
        JsonSpan value;
        const JsonPlace *behind; /* the first place that is not within the value */
};

/* The scanner's notes about a whole text. */
typedef struct JsonScan {
        JsonSpan root;
        size_t n_values;        /* all values of the text, the root included; keys are not values */
        size_t n_bytes_decoded; /* of strings and keys, after decoding of escapes */
        /* If the scan failed: */
        size_t error_offset; /* of the byte at fault */
        const char *error;   /* static text in English, such as "a key stands twice" */
} JsonScan;

/* Walks the members of an object or the elements of an array whose text has passed json_scan(): no other
 * text is safe. Initialise with json_cursor_init() on a span of either kind. */
typedef struct JsonCursor {
        const char *at, *end;
        const JsonPlace *place, *behind; /* the next one and the end, if the members are noted */
        bool is_object;
} JsonCursor;

static inline void json_cursor_init(JsonCursor *c, const JsonSpan *container) {
        *c = (JsonCursor){
                .at = container->text + 1,
                .end = container->text + container->n - 1, /* the closing bracket */
                .is_object = container->kind == JSON_OBJECT,
        };
        if (container->place) {
                c->place = container->place + 1;
                c->behind = container->place->behind;
        }
}

/* json_cursor_next() over the text itself, for a container whose members are not noted. */
bool json_cursor_walk(JsonCursor *c, JsonSpan *ret_key, JsonSpan *ret_value);

/* Returns true with the next member, or false at the end. ret_key, which may be NULL, receives the key with
 * its quotes, and an empty span in an array. */
static inline bool json_cursor_next(JsonCursor *c, JsonSpan *ret_key, JsonSpan *ret_value) {
        if (!c->place)
                return json_cursor_walk(c, ret_key, ret_value);
        if (c->place == c->behind)
                return false;
        if (ret_key)
                *ret_key = c->place->key;
        *ret_value = c->place->value;
        c->place = c->place->behind;
        return true;
}

/* Returns the next member as a place: the noted one, or one that is made in `room`. NULL at the end. */
static inline const JsonPlace *json_cursor_place(JsonCursor *c, JsonPlace *room) {
        const JsonPlace *place = c->place;
        if (!place)
                return json_cursor_walk(c, &room->key, &room->value) ? room : NULL;
        if (place == c->behind)
                return NULL;
        c->place = place->behind;
        return place;
}

/* Returns whether a scanned string literal decodes to exactly this text. */
bool json_span_equals(const JsonSpan *string, const char *text);
/* Returns whether the value is this string of n bytes, which have a NUL behind them. */
static inline bool json_span_is(const JsonSpan *value, const char *text, size_t n) {
        if (value->is_plain)
                return value->n == n + 2 && memcmp(value->text + 1, text, n) == 0;
        return value->kind == JSON_STRING && value->n >= n + 2 && json_span_equals(value, text);
}

/* Decodes a scanned string literal into a new NUL-terminated buffer (which may hold NULs of its own).
 * Returns 0 or -ENOMEM. */
int json_span_decode(const JsonSpan *string, char **ret, size_t *ret_n);
