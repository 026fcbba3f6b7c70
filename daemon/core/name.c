/* Names of objects. */
#include "base/utf8.h"
#include "call/method.h"
#include "name.h"

const char *name_fault(const char *name, size_t n) {
        if (n == 0)
                return "a name cannot be empty";
        if (n > ARG_NAME_MAX)
                return "a name has at most 255 bytes";
        if (!utf8_is_valid(name, n))
                return "a name is UTF-8";
        for (size_t i = 0; i < n; i++) {
                unsigned char c = name[i];
                /* C0, DEL, and C1 as UTF-8 has it: 0xc2 0x80 to 0xc2 0x9f */
                if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)name[i + 1] < 0xa0))
                        return "a name has no control characters";
        }
        return NULL;
}
