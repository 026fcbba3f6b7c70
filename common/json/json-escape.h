/* Escapes: which bytes of a string need one, and how it is written. Eight bytes at a time where nothing is found. */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { JSON_ESCAPE_MAX = 6 };

#define JSON_EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The first 8 bytes, the first of them the lowest. */
static inline uint64_t json_word(const char *s) {
        uint64_t word;

        memcpy(&word, s, sizeof(word));
        return le64toh(word);
}

/* Marks bytes that are 0 in their high bits: the first of them for sure, and none before it. */
static inline uint64_t json_zeros(uint64_t word) {
        return (word - JSON_EACH_BYTE(1)) & ~word & JSON_EACH_BYTE(0x80);
}

/* Where in a scanned literal its closing quote stands, or before it the first backslash or U+007F. `end` is the end of the
 * text around the literal, which is not reached. */
static inline const char *json_literal_special(const char *at, const char *end) {
        for (; end - at >= 8; at += 8) {
                uint64_t word = json_word(at);
                uint64_t found = json_zeros(word ^ JSON_EACH_BYTE('"')) |
                                 json_zeros(word ^ JSON_EACH_BYTE('\\')) |
                                 json_zeros(word ^ JSON_EACH_BYTE(0x7f));
                if (found)
                        return at + (unsigned)__builtin_ctzll(found) / 8;
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
        size_t i = 0;

        for (; n - i >= 8; i += 8) {
                uint64_t word = json_word(s + i);
                uint64_t found = ((word - JSON_EACH_BYTE(0x20)) & ~word & JSON_EACH_BYTE(0x80)) |
                                 json_zeros(word ^ JSON_EACH_BYTE('"')) |
                                 json_zeros(word ^ JSON_EACH_BYTE('\\')) |
                                 json_zeros(word ^ JSON_EACH_BYTE(0x7f));
                if (found)
                        return i + (unsigned)__builtin_ctzll(found) / 8;
        }
        while (i < n && !json_needs_escape((unsigned char)s[i]))
                i++;
        return i;
}

/* Writes the escape of a byte that needs one: its length. */
size_t json_escape(char ret[JSON_ESCAPE_MAX], unsigned char c);
