/* Verbs that other programs and other types use for one thing: "length" of a queue is its size. */
#pragma once

#include <stdbool.h>

/* Returns whether both verbs have one meaning. */
bool synonyms_are(const char *a, const char *b);
