/* Writes escapes. */
#include <string.h>

#include "json/json-escape.h"

const char json_escape_letters[256] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                       ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};

size_t json_escape_digits(char ret[JSON_ESCAPE_MAX], unsigned char c) {
        static const char digits[] = "0123456789abcdef";

        memcpy(ret, "\\u00", 4);
        ret[4] = digits[c >> 4];
        ret[5] = digits[c & 0xf];
        return 6;
}
