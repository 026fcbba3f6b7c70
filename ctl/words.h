/* A line taken apart into words, as a shell does it, with quotes and backslashes and nothing else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Words {
        char **list; /* NULL-terminated; owned */
        int n;
        bool is_open;       /* a quote is not closed, or the line ends with a backslash */
        bool ends_in_blank; /* what comes next would be a new word */
} Words;

void words_deinit(Words *words);

/* n bytes of a line. A word that begins with a # begins a comment. 0 or -ENOMEM. */
int words_split(const char *line, size_t n, Words *ret);
/* The word as it is to stand in a line: a new string; NULL when memory ran out. */
char *words_quote(const char *word);
