/* Splits a line into words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "words.h"

typedef struct Splitter {
        Words words;
        Buffer word;
        bool in_word;
} Splitter;

void words_deinit(Words *words) {
        for (int i = 0; i < words->n; i++)
                free(words->list[i]);
        free(words->list);
        *words = (Words){0};
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int end_word(Splitter *s) {
        Words *words = &s->words;

        if (!s->in_word)
                return 0;
        char **list = realloc(words->list, ((size_t)words->n + 2) * sizeof(*list));
        if (!list)
                return -ENOMEM;
        words->list = list;
        words->list[words->n] =
                strndup(buffer_size(&s->word) ? buffer_bytes(&s->word) : "", buffer_size(&s->word));
        if (!words->list[words->n])
                return -ENOMEM;
        words->list[++words->n] = NULL;
        buffer_truncate(&s->word, 0);
        s->in_word = false;
        return 0;
}

/* Appends the text in quotes, or behind a backslash, to the word. Returns the number of bytes used;
 * 0 if the closing quote is missing. */
static size_t take_quoted(Splitter *s, const char *line, size_t n, int *ret) {
        size_t at = 1;

        if (line[0] == '\\') {
                *ret = n > 1 ? buffer_append(&s->word, line + 1, 1) : 0;
                return n > 1 ? 2 : 0;
        }
        while (at < n && line[at] != line[0]) {
                /* Within double quotes a backslash escapes only a quote or a backslash. */
                bool is_escape = line[0] == '"' && line[at] == '\\' && at + 1 < n &&
                                 (line[at + 1] == '"' || line[at + 1] == '\\');
                at += is_escape;
                *ret = buffer_append(&s->word, line + at, 1);
                if (*ret < 0)
                        return n;
                at++;
        }
        return at < n ? at + 1 : 0;
}

static int split(Splitter *s, const char *line, size_t n) {
        size_t at = 0;
        int r = 0;

        while (at < n && r == 0) {
                char c = line[at];
                if (is_blank(c)) {
                        r = end_word(s);
                        at++;
                        continue;
                }
                if (c == '#' && !s->in_word)
                        return 0;
                s->in_word = true;
                if (c != '\'' && c != '"' && c != '\\') {
                        r = buffer_append(&s->word, line + at++, 1);
                        continue;
                }
                size_t n_quoted = take_quoted(s, line + at, n - at, &r);
                s->words.is_open = n_quoted == 0;
                at = n_quoted ? at + n_quoted : n;
        }
        return r;
}

int words_split(const char *line, size_t n, Words *ret) {
        Splitter s = {0};
        int r = split(&s, line, n);

        s.words.ends_in_blank = !s.in_word;
        if (r == 0)
                r = end_word(&s);
        buffer_deinit(&s.word);
        if (r == 0)
                *ret = s.words;
        else
                words_deinit(&s.words);
        return r;
}

char *words_quote(const char *word) {
        Buffer b = {0};
        int r = 0;

        for (; *word && r == 0; word++) {
                if (is_blank(*word) || strchr("'\"\\#", *word))
                        r = buffer_append(&b, "\\", 1);
                if (r == 0)
                        r = buffer_append(&b, word, 1);
        }
        char *quoted =
                r == 0 ? strndup(buffer_size(&b) ? buffer_bytes(&b) : "", buffer_size(&b)) : NULL;
        buffer_deinit(&b);
        return quoted;
}
