/* The words of JSON: strings, numbers, names. A function begins with the lexer at the first byte of its word,
 * and moves it past the word. It returns 0, or -EBADMSG with the reason noted, or -ENOMEM.
 *
 * While the text is partial, a word that may continue in the next piece returns -EAGAIN. The lexer is then at the beginning of the
 * word again. In a string it stays at the end of the bytes that were read, and the next call continues there: a long string is
 * read once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/json-block.h"
#include "json/json-span.h"
#include "json/json-string.h"

/* For functions that the scanner calls for each word of a text: their callers pass constants, so the compiler drops branches. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

typedef struct JsonLexer {
        const char *text, *at, *end;
        JsonScan *scan;     /* where errors and decoded bytes are noted */
        bool is_partial;    /* more text may arrive */
        const char *string; /* after the opening quote of the string that is being read, or NULL */
        size_t n_saved;     /* bytes by which decoding makes that string shorter */
} JsonLexer;

/* Notes the reason and the place; returns the error. */
int json_lexer_fail(JsonLexer *l, int error, const char *at, const char *why);
/* Fails because the text ends before its value does. */
int json_lexer_fail_at_end(JsonLexer *l);

/* The general cases of the functions below, which have a fast path for common text. */
void json_lexer_skip_more_blanks(JsonLexer *l);
int json_lexer_any_string(JsonLexer *l, bool is_key, JsonLiteral *ret);
int json_lexer_any_number(JsonLexer *l, JsonKind *ret_kind);
int json_lexer_name(JsonLexer *l, const char *name);

static inline void json_lexer_skip_blanks(JsonLexer *l) {
        if (l->at < l->end && (unsigned char)*l->at <= ' ')
                json_lexer_skip_more_blanks(l);
}

/* Returns which of the next bytes need a closer look, as a mask whose lowest bit is the byte at `at`. The last block of the
 * text is read so that it ends with the text. */
static inline uint32_t json_lexer_special(const JsonLexer *l, const char *at) {
        size_t left = (size_t)(l->end - at);
        if (left >= JSON_BLOCK)
                return json_block_special(json_block_load(at));
        if (l->end - l->text < JSON_BLOCK)
                return 0;
        return json_block_special(json_block_load(l->end - JSON_BLOCK)) >> (JSON_BLOCK - left);
}

/* Reads a plain string that ends within two blocks; any other is left to json_lexer_any_string(). */
ALWAYS_INLINE int json_lexer_string(JsonLexer *l, bool is_key, JsonLiteral *ret) {
        const char *begin = l->at + 1, *at = begin;
        uint32_t special = json_lexer_special(l, at);
        if (!special && l->end - at > JSON_BLOCK) {
                at += JSON_BLOCK;
                special = json_lexer_special(l, at);
        }
        if (!special || at[json_block_first(special)] != '"')
                return json_lexer_any_string(l, is_key, ret);
        at += json_block_first(special);
        *ret = (JsonLiteral){.text = begin, .n = (size_t)(at - begin)};
        l->scan->n_bytes_decoded += ret->n;
        l->at = at + 1;
        return 0;
}

/* Reads an integer that fits whatever its digits are, and that ends before the text does; any other number is left to the
 * general function. */
ALWAYS_INLINE int json_lexer_number(JsonLexer *l, JsonKind *ret_kind) {
        enum { DIGITS_SAFE = 18 };
        const char *digits = l->at + (*l->at == '-'), *at = digits;
        while (at < l->end && (unsigned char)(*at - '0') < 10)
                at++;
        size_t n = (size_t)(at - digits);
        bool is_integer = at < l->end && *at != '.' && *at != 'e' && *at != 'E';
        if (!is_integer || n == 0 || n > DIGITS_SAFE || (n > 1 && *digits == '0'))
                return json_lexer_any_number(l, ret_kind);
        *ret_kind = JSON_INT;
        l->at = at;
        return 0;
}
