/* Escapes: finds the bytes of a string that need one, and writes it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/json-block.h"
#include "json/json-wide.h"

enum { JSON_ESCAPE_MAX = 6 };

/* Returns the first backslash, U+007F or closing quote of a scanned literal. `end` is the end of the text around the literal;
 * the closing quote stands before it. */
static inline const char *json_literal_special(const char *at, const char *end) {
        at = json_wide_skip(at, end);
        for (; end - at >= JSON_BLOCK; at += JSON_BLOCK) {
                JsonBlock block = json_block_load(at);
                uint32_t found = json_block_equal(block, '"') | json_block_equal(block, '\\') |
                                 json_block_equal(block, 0x7f);
                if (found)
                        return at + json_block_first(found);
        }
        while (*at != '"' && *at != '\\' && *at != 0x7f)
                at++;
        return at;
}

/* Returns the closing quote of a scanned literal; `at` is behind the opening one. */
static inline const char *json_literal_end(const char *at, const char *end) {
        while (*(at = json_literal_special(at, end)) != '"')
                at += *at == '\\' ? 2 : 1;
        return at;
}

static inline bool json_needs_escape(unsigned char c) {
        return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

/* Returns the number of bytes before the first byte that needs an escape: n if none needs one. */
static inline size_t json_plain_length(const char *s, size_t n) {
        size_t i = (size_t)(json_wide_skip(s, s + n) - s);

        for (; n - i >= JSON_BLOCK; i += JSON_BLOCK) {
                uint32_t found = json_block_needs_escape(json_block_load(s + i));
                if (found)
                        return i + json_block_first(found);
        }
        while (i < n && !json_needs_escape((unsigned char)s[i]))
                i++;
        return i;
}

/* Returns the number of bytes that need an escape. */
static inline size_t json_count_escapes(const char *s, size_t n) {
        size_t i = 0, n_escapes = 0;

        for (; n - i >= JSON_BLOCK; i += JSON_BLOCK) {
                uint32_t found = json_block_needs_escape(json_block_load(s + i));
                for (; found; found &= found - 1)
                        n_escapes++;
        }
        for (; i < n; i++)
                n_escapes += json_needs_escape((unsigned char)s[i]);
        return n_escapes;
}

/* The letter behind the backslash, or U+0000 for bytes whose escape has digits. */
extern const char json_escape_letters[256];

size_t json_escape_digits(char ret[JSON_ESCAPE_MAX], unsigned char c);

/* Returns whether none of the first n of 16 bytes needs an escape, whatever the others are. */
static inline bool json_is_plain_16(const char s[16], size_t n) {
        uint32_t found = 0;

        for (unsigned i = 0; i < 16; i += JSON_BLOCK)
                found |= json_block_needs_escape(json_block_load(s + i)) << i;
        return !(found & ((UINT32_C(1) << n) - 1));
}

/* Writes the escape of a byte that needs one. Returns the length of the escape. */
static inline size_t json_escape(char ret[JSON_ESCAPE_MAX], unsigned char c) {
        char letter = json_escape_letters[c];

        if (!letter)
                return json_escape_digits(ret, c);
        ret[0] = '\\';
        ret[1] = letter;
        return 2;
}
