/* The known word that is nearest to a mistyped one. */
#pragma once

enum { SUGGEST_MAX = 256 };

typedef struct Suggestion {
        const char *word; /* as it was typed */
        char best[SUGGEST_MAX];
        int distance;                /* of best; candidates have to be nearer */
        char text[SUGGEST_MAX + 32]; /* for suggest_text() */
} Suggestion;

void suggest_begin(Suggestion *s, const char *word);
/* Considers a word that would have been right. */
void suggest_consider(Suggestion *s, const char *candidate);
/* "; did you mean 'dict'?", or "" when no candidate is near. Lives as long as the suggestion. */
const char *suggest_text(Suggestion *s);
