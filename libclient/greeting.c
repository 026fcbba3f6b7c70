/* Writes the greeting. */
#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "greeting.h"
#include "json/json-text.h"

enum { NAME_MAX_BYTES = 63 }; /* that the daemon keeps */

/* The name of a program may have any bytes: those that are not text become '?'. */
static size_t make_name(const char *from, char name[NAME_MAX_BYTES]) {
        size_t n = strlen(from), length;

        for (size_t at = 0; at < n; at += length) {
                length = utf8_sequence(from + at, n - at);
                bool is_text = length > 0 && (unsigned char)from[at] >= 0x20 && from[at] != 0x7f;
                if (length == 0)
                        length = 1;
                if (at + length > NAME_MAX_BYTES)
                        return at;
                memcpy(name + at, is_text ? from + at : "?", length);
        }
        return n;
}

int greeting_write(Buffer *b, bool is_asynchronous) {
        char name[NAME_MAX_BYTES];
        size_t n = make_name(program_invocation_short_name, name);
        int r = buffer_append_string(
                b, "{\"jsonrpc\":\"2.0\",\"method\":\"session.hello\",\"params\":{\"client\":");

        if (r == 0)
                r = json_write_string(b, name, n);
        if (r == 0 && is_asynchronous)
                r = buffer_append_string(b, ",\"asynchronous\":true");
        return r == 0 ? buffer_append_string(b, "}}\n") : r;
}
