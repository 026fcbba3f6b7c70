/* Finds the known word nearest to a mistyped one. */
#pragma once

enum { SUGGEST_MAX = 256 };

typedef struct Suggestion {
        const char *word; /* the mistyped word */
        char best[SUGGEST_MAX];
        int distance;                /* of the best candidate; the next one must be nearer */
        char text[SUGGEST_MAX + 32]; /* the result of suggest_text() */
} Suggestion;

void suggest_begin(Suggestion *s, const char *word);
/* Compares a correct word. */
void suggest_consider(Suggestion *s, const char *candidate);
/* Takes a word that is known to be meant, rather than the nearest. */
void suggest_take(Suggestion *s, const char *word);
/* Returns "; did you mean 'dict'?", or "" if no candidate is near. The text lives as long as the
 * suggestion. */
const char *suggest_text(Suggestion *s);
