/* Several bytes of a text at once: which of them are of some kind, as a mask with the first byte in the lowest bit.
 *
 * A block is 16 bytes where the compiler has SSE2 and 8 bytes of a word elsewhere, or where JSON_BLOCK_WORDS is defined: a
 * test builds both forms and compares them with loops over single bytes. A caller that reads blocks never reads beyond the
 * end of its text, whose last bytes it takes one by one. */
#pragma once

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(JSON_BLOCK_WORDS)

#include <emmintrin.h>

enum { JSON_BLOCK = 16 };

typedef __m128i JsonBlock;

static inline JsonBlock json_block_load(const char *s) {
        return _mm_loadu_si128((const __m128i *)(const void *)s);
}

static inline void json_block_store(char *s, JsonBlock block) {
        _mm_storeu_si128((__m128i *)(void *)s, block);
}

static inline uint32_t json_block_equal(JsonBlock block, char c) {
        return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(c)));
}

/* The letters '[' and '{' differ in one bit, as ']' and '}' do: c has it set. */
static inline uint32_t json_block_bracket(JsonBlock block, char c) {
        return json_block_equal(_mm_or_si128(block, _mm_set1_epi8(0x20)), c);
}

/* Bytes of a string that need a closer look: control characters, quotes, backslashes, and all beyond ASCII, which are
 * negative here. */
static inline uint32_t json_block_special(JsonBlock block) {
        __m128i control = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
        __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
        __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
        return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(control, quote), backslash));
}

/* Bytes that need an escape where they are written: control characters, DEL, quotes, backslashes. */
static inline uint32_t json_block_needs_escape(JsonBlock block) {
        __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
        __m128i del = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f));
        __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
        __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
        return (uint32_t)_mm_movemask_epi8(
                _mm_or_si128(_mm_or_si128(control, del), _mm_or_si128(quote, backslash)));
}

#else

#include <endian.h>

enum { JSON_BLOCK = 8 };

typedef uint64_t JsonBlock;

#define JSON_EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

static inline JsonBlock json_block_load(const char *s) {
        uint64_t word;
        memcpy(&word, s, sizeof(word));
        return le64toh(word);
}

static inline void json_block_store(char *s, JsonBlock block) {
        uint64_t word = htole64(block);
        memcpy(s, &word, sizeof(word));
}

/* Gathers the highest bit of each byte into a mask: the product moves each of the bits to a place of its own in the top byte. */
static inline uint32_t json_block_gather(uint64_t high_bits) {
        uint64_t bits = (high_bits & JSON_EACH_BYTE(0x80)) >> 7;
        return (uint32_t)(bits * UINT64_C(0x0102040810204080) >> 56);
}

/* Sets the highest bit of each byte that is zero. No carry leaves a byte, so the result has no false positive. */
static inline uint64_t json_block_zeros(uint64_t word) {
        uint64_t low = word & JSON_EACH_BYTE(0x7f);
        return ~((low + JSON_EACH_BYTE(0x7f)) | word);
}

static inline uint32_t json_block_equal(JsonBlock block, char c) {
        return json_block_gather(json_block_zeros(block ^ JSON_EACH_BYTE(c)));
}

static inline uint32_t json_block_bracket(JsonBlock block, char c) {
        return json_block_equal(block | JSON_EACH_BYTE(0x20), c);
}

static inline uint32_t json_block_special(JsonBlock block) {
        uint64_t control = json_block_zeros(block & JSON_EACH_BYTE(0xe0));
        uint64_t quote = json_block_zeros(block ^ JSON_EACH_BYTE('"'));
        uint64_t backslash = json_block_zeros(block ^ JSON_EACH_BYTE('\\'));
        return json_block_gather(control | quote | backslash | block);
}

static inline uint32_t json_block_needs_escape(JsonBlock block) {
        uint64_t control = json_block_zeros(block & JSON_EACH_BYTE(0xe0));
        uint64_t del = json_block_zeros(block ^ JSON_EACH_BYTE(0x7f));
        uint64_t quote = json_block_zeros(block ^ JSON_EACH_BYTE('"'));
        uint64_t backslash = json_block_zeros(block ^ JSON_EACH_BYTE('\\'));
        return json_block_gather(control | del | quote | backslash);
}

#endif

static inline unsigned json_block_first(uint32_t mask) {
        return (unsigned)__builtin_ctz(mask);
}
