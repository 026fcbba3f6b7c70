/* Checks names of objects. */
#include "base/utf8.h"
#include "call/method.h"
#include "json/json-escape.h"
#include "name.h"

/* The quick check, which most names pass. */
static bool is_printable_ascii(const char *s, size_t n) {
        size_t i = 0;

        for (; n - i >= JSON_BLOCK; i += JSON_BLOCK) {
                JsonBlock block = json_block_load(s + i);
                if (json_block_special(block) | json_block_equal(block, 0x7f))
                        return false;
        }
        while (i < n && s[i] >= 0x20 && s[i] < 0x7f)
                i++;
        return i == n;
}

const char *name_fault(const char *name, size_t n) {
        if (n == 0)
                return "a name cannot be empty";
        if (n > ARG_NAME_MAX)
                return "a name has at most 255 bytes";
        if (is_printable_ascii(name, n))
                return NULL;
        if (!utf8_is_valid(name, n))
                return "a name must be valid UTF-8";
        for (size_t i = 0; i < n; i++) {
                unsigned char c = name[i];
                /* C0, DEL, and C1, which is 0xc2 0x80 to 0xc2 0x9f in UTF-8 */
                if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)name[i + 1] < 0xa0))
                        return "a name cannot contain control characters";
        }
        return NULL;
}
