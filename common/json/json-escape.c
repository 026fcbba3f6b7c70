/* Escapes written. */
#include <string.h>

#include "json/json-escape.h"

size_t json_escape(char ret[JSON_ESCAPE_MAX], unsigned char c) {
        static const char letters[0x20] = {
                ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
        static const char digits[] = "0123456789abcdef";
        char letter = c == '"' || c == '\\' ? (char)c : c < 0x20 ? letters[c] : '\0';

        ret[0] = '\\';
        if (letter) {
                ret[1] = letter;
                return 2;
        }
        memcpy(ret + 1, "u00", 3);
        ret[4] = digits[c >> 4];
        ret[5] = digits[c & 0xf];
        return 6;
}
