/* The character set of the terminal. */
#pragma once

/* Selects the character set of the environment or, if that has characters of one byte only, as the locale C of a cron job
 * or a container has, UTF-8: names and values are UTF-8 everywhere. Libraries for terminals would otherwise escape or drop
 * other characters. */
void charset_begin(void);
