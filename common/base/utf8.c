/* UTF-8 by the table of well-formed sequences in RFC 3629, section 4. */
#include <stdint.h>

#include "base/utf8.h"

static inline bool is_tail(unsigned char c) {
        return (c & 0xc0) == 0x80;
}

static inline bool is_between(unsigned char c, unsigned char low, unsigned char high) {
        return c >= low && c <= high;
}

/* After these lead bytes the second byte has a range of its own, which excludes overlong forms
 * (E0, F0), surrogates (ED) and code points over U+10FFFF (F4). */
static bool is_second(unsigned char lead, unsigned char c) {
        switch (lead) {
        case 0xe0:
                return is_between(c, 0xa0, 0xbf);
        case 0xed:
                return is_between(c, 0x80, 0x9f);
        case 0xf0:
                return is_between(c, 0x90, 0xbf);
        case 0xf4:
                return is_between(c, 0x80, 0x8f);
        default:
                return is_tail(c);
        }
}

size_t utf8_sequence(const char *s, size_t n) {
        const unsigned char *p = (const unsigned char *)s;
        if (n == 0)
                return 0;
        if (p[0] < 0x80)
                return 1;
        if (is_between(p[0], 0xc2, 0xdf))
                return n >= 2 && is_tail(p[1]) ? 2 : 0;
        if (is_between(p[0], 0xe0, 0xef))
                return n >= 3 && is_second(p[0], p[1]) && is_tail(p[2]) ? 3 : 0;
        if (is_between(p[0], 0xf0, 0xf4))
                return n >= 4 && is_second(p[0], p[1]) && is_tail(p[2]) && is_tail(p[3]) ? 4 : 0;
        return 0;
}

bool utf8_is_valid(const char *s, size_t n) {
        while (n > 0) {
                size_t k = utf8_sequence(s, n);
                if (k == 0)
                        return false;
                s += k;
                n -= k;
        }
        return true;
}
