/* Runs of bytes in text that has passed the scanner, read by blocks: the cost of a run depends on its length, not on its
 * bytes. No function reads at or behind end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns the first byte from `at` on that is not a blank, or end. */
const char *json_run_blanks(const char *at, const char *end);
/* From behind an opening quote: returns the closing quote, or end. */
const char *json_run_string(const char *at, const char *end, bool *ret_is_escaped);
/* From an opening bracket: returns the byte behind the closing bracket, or end. */
const char *json_run_container(const char *at, const char *end);
/* Copies bytes up to the first backslash or to end, and returns their number. ret has room for end - at bytes; those behind the
 * copied ones are overwritten with garbage. */
size_t json_run_copy_unescaped(const char *at, const char *end, char *ret);
/* Copies like json_run_copy_unescaped(), up to the first byte that a writer cannot copy: a control character, a quote, a
 * backslash, DEL or a byte beyond ASCII. */
size_t json_run_copy_ascii(const char *at, const char *end, char *ret);
/* Copies like json_run_copy_unescaped(), up to the first byte that needs an escape. The text must be valid UTF-8. */
size_t json_run_copy_plain(const char *at, const char *end, char *ret);
