/* Runs of bytes in text that has passed the scanner, read by blocks: the cost of a run is what it is long, whatever its
 * bytes are. No function reads at or behind end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The first byte from at on that is no blank, or end. */
const char *json_run_blanks(const char *at, const char *end);
/* From behind the opening quote of a string to its closing one, or end. */
const char *json_run_string(const char *at, const char *end, bool *ret_is_escaped);
/* From an opening bracket to behind the closing one, or end. */
const char *json_run_container(const char *at, const char *end);
/* Copies bytes up to the first backslash or to end; how many. ret has room for as many as there are up to end, and what
 * is behind the copied ones there is overwritten. */
size_t json_run_copy_unescaped(const char *at, const char *end, char *ret);
/* The same, up to the first byte that a writer cannot copy as it is: a control character, a quote, a backslash, DEL or a
 * byte beyond ASCII. */
size_t json_run_copy_ascii(const char *at, const char *end, char *ret);
/* The same, up to the first byte that needs an escape: for text that is valid UTF-8. */
size_t json_run_copy_plain(const char *at, const char *end, char *ret);
