/* Numbers to text and back, exactly, whatever the locale of the process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DOUBLE_SIZE 32 /* room for the text of any double, and a NUL */

#define JSON_INT_SIZE 24 /* room for the digits of any int64 */

/* The digits of an integer; their number. No NUL behind them. */
size_t json_int_format(int64_t i, char ret[JSON_INT_SIZE]);
/* An integer as JSON writes it (its form has been checked): false when it does not fit. */
bool json_int_parse(const char *text, size_t n, int64_t *ret);

/* A number as JSON writes it (its form has been checked), rounded to nearest; infinite when it is
 * too large, zero when it is too small. 0 or -ENOMEM. */
int json_double_parse(const char *text, size_t n, double *ret);

/* The shortest text that reads back to the same bits, with '.' or 'e' in it; its length.
 * The double must be finite. 0 when there was no memory for a locale, which happens only once. */
size_t json_double_format(double d, char ret[JSON_DOUBLE_SIZE]);
