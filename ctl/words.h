/* Splits a line into words as a shell does, with quotes and backslashes only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Words {
        char **list; /* NULL-terminated; owned */
        int n;
        bool is_open;       /* a quote is not closed, or the line ends with a backslash */
        bool ends_in_blank; /* the next character would begin a new word */
} Words;

void words_deinit(Words *words);

/* Splits n bytes. A word that begins with # begins a comment. Returns 0 or -ENOMEM. */
int words_split(const char *line, size_t n, Words *ret);
/* Quotes a word for use in a line. Returns a new string; NULL if memory ran out. */
char *words_quote(const char *word);
