/* Skips plain bytes by wide blocks. The program runs on processors without AVX2 too, so one function alone is compiled for it. */
#include <stdbool.h>

#include "json/json-wide.h"

static bool is_plain(unsigned char c) {
        return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

const char *json_wide_run_plainly(const char *at, const char *end) {
        for (; end - at >= JSON_WIDE; at += JSON_WIDE)
                for (int i = 0; i < JSON_WIDE; i++)
                        if (!is_plain((unsigned char)at[i]))
                                return at;
        return at;
}

#if defined(__x86_64__)

#include <immintrin.h>

#define FOR_AVX2 __attribute__((target("avx2")))

FOR_AVX2 static inline __m256i load(const char *s) {
        return _mm256_loadu_si256((const __m256i *)(const void *)s);
}

/* Bytes beyond ASCII are negative here. */
FOR_AVX2 static inline __m256i not_plain(__m256i bytes) {
        __m256i control = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);
        __m256i del = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
        __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
        __m256i backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));

        return _mm256_or_si256(_mm256_or_si256(control, del), _mm256_or_si256(quote, backslash));
}

FOR_AVX2 static const char *run_avx2(const char *at, const char *end) {
        for (; end - at >= JSON_WIDE; at += JSON_WIDE) {
                __m256i found = _mm256_or_si256(not_plain(load(at)), not_plain(load(at + 32)));
                if (_mm256_movemask_epi8(found))
                        break;
        }
        return at;
}

FOR_AVX2 static inline void store(char *s, __m256i bytes) {
        _mm256_storeu_si256((__m256i *)(void *)s, bytes);
}

/* A block that is not plain is stored as well, and does not count. */
FOR_AVX2 static size_t copy_avx2(const char *at, const char *end, char *ret) {
        const char *begin = at;

        for (; end - at >= JSON_WIDE; at += JSON_WIDE, ret += JSON_WIDE) {
                __m256i first = load(at), second = load(at + 32);
                store(ret, first);
                store(ret + 32, second);
                if (_mm256_movemask_epi8(_mm256_or_si256(not_plain(first), not_plain(second))))
                        break;
        }
        return (size_t)(at - begin);
}

const char *json_wide_run(const char *at, const char *end) {
        return __builtin_cpu_supports("avx2") ? run_avx2(at, end) : at;
}

size_t json_wide_copy_run(const char *at, const char *end, char *ret) {
        return __builtin_cpu_supports("avx2") ? copy_avx2(at, end, ret) : 0;
}

#else

const char *json_wide_run(const char *at, const char *end) {
        (void)end;
        return at;
}

size_t json_wide_copy_run(const char *at, const char *end, char *ret) {
        (void)at, (void)end, (void)ret;
        return 0;
}

#endif
