/* Detects HTTP. */
#include <string.h>

#include "base/macros.h"
#include "call/http.h"

static const char *const methods[] = {
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PRI", "PUT", "TRACE",
};

/* Returns the length of a token of RFC 9110: the bytes allowed in methods and names of headers. */
static size_t token_length(const char *line, size_t n) {
        size_t length = 0;

        while (length < n && ((line[length] >= 'a' && line[length] <= 'z') ||
                              (line[length] >= 'A' && line[length] <= 'Z') ||
                              (line[length] >= '0' && line[length] <= '9') ||
                              (line[length] && strchr("!#$%&'*+-.^_`|~", line[length]))))
                length++;
        return length;
}

static bool is_known_method(const char *token, size_t n) {
        for (size_t i = 0; i < ELEMENTSOF(methods); i++)
                if (strlen(methods[i]) == n && memcmp(methods[i], token, n) == 0)
                        return true;
        return false;
}

/* A page may choose any token as the method, but cannot omit the version. */
bool http_is_line(const char *line, size_t n) {
        size_t n_token = token_length(line, n);

        if (n_token == 0 || n_token == n)
                return false;
        if (line[n_token] == ':')
                return true;
        return line[n_token] == ' ' &&
               (is_known_method(line, n_token) || memmem(line + n_token, n - n_token, " HTTP/", 6));
}
