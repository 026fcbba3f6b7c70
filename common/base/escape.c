/* Escapes the bytes that must not reach a terminal. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"

/* Characters that change how a terminal shows the text around them: C1 controls, zero-width characters, line separators,
 * marks of direction and the byte order mark. */
static bool is_format_character(const unsigned char *s, size_t n) {
        if (n == 2)
                return s[0] == 0xc2 && s[1] < 0xa0;
        if (n != 3 || s[0] != 0xe2)
                return n == 3 && s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf;
        return (s[1] == 0x80 && (s[2] >= 0xa8 || (s[2] >= 0x8b && s[2] <= 0x8f))) ||
               (s[1] == 0x81 && s[2] >= 0xa0 && s[2] <= 0xaf);
}

static bool is_shown(const unsigned char *c, size_t length) {
        return length > 0 && *c >= 0x20 && *c != 0x7f && !is_format_character(c, length);
}

size_t escape_text(char *out, size_t size, const char *s, size_t n, size_t *ret_n) {
        size_t at = 0, n_out = 0;

        while (at < n) {
                const unsigned char *c = (const unsigned char *)s + at;
                size_t length = utf8_sequence(s + at, n - at);
                bool shown = is_shown(c, length);
                length = length ? length : 1;
                if (n_out + (shown ? length : ESCAPE_MAX * length) >= size)
                        break;
                if (shown)
                        memcpy(out + n_out, c, length);
                else
                        for (size_t i = 0; i < length; i++)
                                snprintf(out + n_out + ESCAPE_MAX * i, ESCAPE_MAX + 1, "\\x%02x",
                                         c[i]);
                n_out += shown ? length : ESCAPE_MAX * length;
                at += length;
        }
        out[n_out] = '\0';
        *ret_n = n_out;
        return at;
}
