/* Numbers to text and back, exactly. The locale of the process does not matter. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DOUBLE_SIZE 32 /* room for the text of any double, and a NUL */

#define JSON_INT_SIZE 24 /* room for the digits of any int64 */

/* Writes the digits of an integer without a NUL, and returns their number. */
size_t json_int_format(int64_t i, char ret[JSON_INT_SIZE]);
/* Parses an integer of JSON, whose syntax has been checked. Returns false if it does not fit. */
bool json_int_parse(const char *text, size_t n, int64_t *ret);

/* Parses a number of JSON, whose syntax has been checked, and rounds it to the nearest double: infinity if
 * it is too large, zero if it is too small. Returns 0 or -ENOMEM. */
int json_double_parse(const char *text, size_t n, double *ret);

/* Writes the shortest text that is read back bit by bit, with '.' or 'e' in it. The double must be finite.
 * Returns the length, or 0 if the "C" locale could not be made. */
size_t json_double_format(double d, char ret[JSON_DOUBLE_SIZE]);
