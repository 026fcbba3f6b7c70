/* Escapes: which bytes of a string need one, and how it is written. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/json-block.h"
#include "json/json-wide.h"

enum { JSON_ESCAPE_MAX = 6 };

/* Where in a scanned literal its closing quote stands, or before it the first backslash or U+007F. `end` is the end of the
 * text around the literal, which is not reached. */
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

/* The closing quote of a scanned literal, from behind its opening one on. */
static inline const char *json_literal_end(const char *at, const char *end) {
        while (*(at = json_literal_special(at, end)) != '"')
                at += *at == '\\' ? 2 : 1;
        return at;
}

static inline bool json_needs_escape(unsigned char c) {
        return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

/* How many of n bytes stand before the first that needs an escape: n when none does. */
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

/* How many of n bytes need an escape. */
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

/* Whether none of the first n of 16 bytes needs an escape, whatever the others are. */
static inline bool json_is_plain_16(const char s[16], size_t n) {
        uint32_t found = 0;

        for (unsigned i = 0; i < 16; i += JSON_BLOCK)
                found |= json_block_needs_escape(json_block_load(s + i)) << i;
        return !(found & ((UINT32_C(1) << n) - 1));
}

/* Writes the escape of a byte that needs one: its length. */
static inline size_t json_escape(char ret[JSON_ESCAPE_MAX], unsigned char c) {
        char letter = json_escape_letters[c];

        if (!letter)
                return json_escape_digits(ret, c);
        ret[0] = '\\';
        ret[1] = letter;
        return 2;
}
