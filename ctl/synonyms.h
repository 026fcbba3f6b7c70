/* Verbs that other programs and other types use for the same thing: "length" of a queue is its size. */
#pragma once

#include <stdbool.h>

/* Returns whether both verbs mean the same. */
bool synonyms_are(const char *a, const char *b);
