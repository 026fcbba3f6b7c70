/* Walks over text that has passed the scanner, so nothing is checked a second time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-run.h"
#include "json/json-span.h"
#include "json/json-string.h"

/* From an opening quote: returns the byte behind the closing quote. */
static const char *skip_string(const char *at, const char *end, bool *ret_is_plain) {
        bool is_escaped;
        const char *closing = json_run_string(at + 1, end, &is_escaped);
        *ret_is_plain = !is_escaped;
        return closing + 1;
}

/* Skips a number: returns the first byte that belongs to no number. */
static const char *skip_number(const char *at, const char *end, JsonKind *ret_kind) {
        *ret_kind = JSON_INT;
        for (; at < end; at++) {
                if (*at == '.' || *at == 'e' || *at == 'E')
                        *ret_kind = JSON_DOUBLE;
                else if (*at != '-' && *at != '+' && (*at < '0' || *at > '9'))
                        break;
        }
        return at;
}

static const char *skip_value(const char *at, const char *end, JsonKind *ret_kind,
                              bool *ret_is_plain) {
        *ret_is_plain = false;
        switch (*at) {
        case '"':
                *ret_kind = JSON_STRING;
                return skip_string(at, end, ret_is_plain);
        case '{':
                *ret_kind = JSON_OBJECT;
                return json_run_container(at, end);
        case '[':
                *ret_kind = JSON_ARRAY;
                return json_run_container(at, end);
        case 't':
                *ret_kind = JSON_BOOL;
                return at + strlen("true");
        case 'f':
                *ret_kind = JSON_BOOL;
                return at + strlen("false");
        case 'n':
                *ret_kind = JSON_NULL;
                return at + strlen("null");
        default:
                return skip_number(at, end, ret_kind);
        }
}

/* Most tokens follow each other without a blank. */
static inline const char *skip_blanks(const char *at, const char *end) {
        return at < end && (unsigned char)*at > ' ' ? at : json_run_blanks(at, end);
}

static JsonSpan read_key(JsonCursor *c) {
        JsonSpan key = {.text = c->at, .kind = JSON_STRING};
        c->at = skip_string(key.text, c->end, &key.is_plain);
        key.n = (size_t)(c->at - key.text);
        const char *colon = skip_blanks(c->at, c->end);
        c->at = skip_blanks(colon + 1, c->end);
        return key;
}

bool json_cursor_walk(JsonCursor *c, JsonSpan *ret_key, JsonSpan *ret_value) {
        c->at = skip_blanks(c->at, c->end);
        if (c->at == c->end)
                return false;
        if (*c->at == ',')
                c->at = skip_blanks(c->at + 1, c->end);
        JsonSpan key = c->is_object ? read_key(c) : (JsonSpan){0};
        if (ret_key)
                *ret_key = key;
        JsonSpan value = {.text = c->at};
        c->at = skip_value(value.text, c->end, &value.kind, &value.is_plain);
        value.n = (size_t)(c->at - value.text);
        *ret_value = value;
        return true;
}

/* The span of a string includes its quotes. An element of an array has an empty span as its key. */
static JsonLiteral span_literal(const JsonSpan *string) {
        if (string->n < 2)
                return (JsonLiteral){0};
        const char *text = string->text + 1;
        size_t n = string->n - 2;
        bool is_escaped = !string->is_plain && n > 0 && memchr(text, '\\', n);
        return (JsonLiteral){.text = text, .n = n, .is_escaped = is_escaped};
}

bool json_span_equals(const JsonSpan *string, const char *text) {
        JsonLiteral literal = span_literal(string);
        return json_literal_is(&literal, text, strlen(text));
}

int json_span_decode(const JsonSpan *string, char **ret, size_t *ret_n) {
        JsonLiteral literal = span_literal(string);
        char *decoded = malloc(literal.n + 1);
        if (!decoded)
                return -ENOMEM;
        size_t n = json_literal_decode(&literal, decoded);
        decoded[n] = '\0';
        *ret = decoded;
        *ret_n = n;
        return 0;
}
