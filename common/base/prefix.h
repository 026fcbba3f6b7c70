/* Texts that begin with a name: "NAME: text". */
#pragma once

#include <string.h>

/* Returns the text behind the name, or all of it if it begins otherwise. */
static inline const char *text_behind_name(const char *text, const char *name) {
        size_t n = strlen(name);

        return strncmp(text, name, n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : text;
}
