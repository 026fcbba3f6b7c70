/* Skips plain bytes 64 at a time on a processor with AVX2. Plain bytes are those that every loop over strings skips. A loop
 * calls this where a long run may begin, and continues by itself where the run ends. */
#pragma once

#include <stddef.h>

enum { JSON_WIDE = 64, JSON_WIDE_MIN = 4 * JSON_WIDE };

/* Skips whole blocks of JSON_WIDE bytes without a control character, a quote, a backslash, DEL or a byte beyond ASCII.
 * Returns `at` itself if the processor has no AVX2. Never reads at or behind end. */
const char *json_wide_run(const char *at, const char *end);
/* Returns what json_wide_run() returns, byte by byte, on every processor: a test compares both. */
const char *json_wide_run_plainly(const char *at, const char *end);

/* Copies such blocks to ret while it skips them. Returns the number of bytes, 0 if the processor has no AVX2. Writes at most
 * end - at bytes. */
size_t json_wide_copy_run(const char *at, const char *end, char *ret);

/* A call is not worth its cost for less than JSON_WIDE_MIN bytes. A build with JSON_BLOCK_WORDS (json-block.h) never calls it. */
static inline const char *json_wide_skip(const char *at, const char *end) {
#ifdef JSON_BLOCK_WORDS
        return at;
#else
        return end - at >= JSON_WIDE_MIN ? json_wide_run(at, end) : at;
#endif
}

static inline size_t json_wide_copy(const char *at, const char *end, char *ret) {
#ifdef JSON_BLOCK_WORDS
        return 0;
#else
        return end - at >= JSON_WIDE_MIN ? json_wide_copy_run(at, end, ret) : 0;
#endif
}
