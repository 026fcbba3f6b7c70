/* Finds the known word nearest to a mistyped one, by the number of letters that differ. Two
 * exchanged neighbours, the most common typing error, count as one difference. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

enum {
        WORD_MAX = 64,        /* longer words are not compared */
        ABBREVIATION_MIN = 3, /* letters */
};

void suggest_begin(Suggestion *s, const char *word) {
        size_t n = strlen(word);

        /* Up to a third of the letters may differ. A word of one letter is never near another. */
        *s = (Suggestion){.word = word, .distance = n < 2 ? 0 : 2 + (int)n / 5};
        if (n < 4 && s->distance > 0)
                s->distance = 2;
}

static int least(int a, int b, int c) {
        int m = a < b ? a : b;

        return m < c ? m : c;
}

/* The optimal string alignment distance (restricted Damerau-Levenshtein): no letter takes part in
 * two exchanges. */
static int distance(const char *a, const char *b) {
        int rows[3][WORD_MAX + 1] = {0}, n_a = (int)strlen(a), n_b = (int)strlen(b);
        int *before = rows[0], *last = rows[1], *row = rows[2];

        for (int j = 0; j <= n_b; j++)
                before[j] = last[j] = j;
        for (int i = 1; i <= n_a; i++) {
                row[0] = i;
                for (int j = 1; j <= n_b; j++) {
                        bool is_same = a[i - 1] == b[j - 1];
                        row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + !is_same);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                row[j] = least(row[j], before[j - 2] + 1, row[j]);
                }
                int *next = before;
                before = last;
                last = row;
                row = next;
        }
        return last[n_b];
}

/* Returns whether the candidate begins with the word, which then is probably an abbreviation. */
static bool is_abbreviation(const char *word, const char *candidate) {
        size_t n_dashes = strspn(word, "-"), n = strlen(word);

        return n - n_dashes >= ABBREVIATION_MIN && strncmp(word, candidate, n) == 0 && candidate[n];
}

void suggest_consider(Suggestion *s, const char *candidate) {
        if (strlen(s->word) > WORD_MAX || strlen(candidate) > WORD_MAX)
                return;
        int d = is_abbreviation(s->word, candidate) ? 1 : distance(s->word, candidate);
        if (d == 0 || d >= s->distance)
                return;
        s->distance = d;
        snprintf(s->best, sizeof(s->best), "%s", candidate);
}

void suggest_take(Suggestion *s, const char *word) {
        s->distance = 0;
        snprintf(s->best, sizeof(s->best), "%s", word);
}

const char *suggest_text(Suggestion *s) {
        if (!s->best[0])
                return "";
        snprintf(s->text, sizeof(s->text), "; did you mean '%s'?", s->best);
        return s->text;
}
