/* Escapes texts of the daemon. They may come from other users, and must not control a terminal. */
#include <stdio.h>
#include <string.h>

#include "json/json-text.h"
#include "shown.h"

/* Escapes control characters as JSON does. That includes the C1 set (U+0080 to U+009F), which
 * terminals obey as well; in UTF-8 it is 0xC2 and a byte below 0xA0. */
int shown_append(Buffer *b, const char *s, size_t n, const char *allowed) {
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                unsigned char c = s[i], next = i + 1 < n ? s[i + 1] : 0;
                if (c == 0xc2 && next < 0xa0 && next >= 0x80)
                        r = buffer_append_format(b, "\\u%04x", (unsigned char)s[++i]);
                else if ((c >= ' ' && c != 0x7f) || (c && strchr(allowed, c)))
                        r = buffer_append(b, &s[i], 1);
                else if (c == '\n' || c == '\t' || c == '\r')
                        r = buffer_append_string(b, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
                else
                        r = buffer_append_format(b, "\\u%04x", c);
        }
        return r;
}

bool shown_has_controls(const char *s) {
        for (; *s; s++) {
                unsigned char c = *s, next = s[1];
                if (c < ' ' || c == 0x7f || (c == 0xc2 && next < 0xa0))
                        return true;
        }
        return false;
}

int shown_append_value(Buffer *b, struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer json = {0};

        if (json_object_is_type(value, json_type_string))
                return shown_append(b, json_object_get_string(value),
                                    json_object_get_string_len(value), "");
        int r = json_write(&json, value);
        return r < 0 ? r : shown_append(b, buffer_bytes(&json), buffer_size(&json), "");
}

void shown_put(const Buffer *b) {
        if (buffer_size(b) > 0)
                fwrite(buffer_bytes(b), 1, buffer_size(b), stdout);
}

int shown_append_member(Buffer *b, unsigned indent, const char *key, struct json_object *value) {
        int r = buffer_append_format(b, "%*s", (int)indent, "");

        if (r == 0)
                r = shown_append(b, key, strlen(key), "");
        if (r == 0)
                r = buffer_append_string(b, ": ");
        if (r == 0)
                r = shown_append_value(b, value);
        return r == 0 ? buffer_append(b, "\n", 1) : r;
}
