/* Verbs that other programs and other types use for one thing: "length" of a queue is its size. */
#pragma once

#include <stdbool.h>

/* Returns whether both verbs have one meaning. */
bool synonyms_are(const char *a, const char *b);

/* Returns the name of the option that does what an option of flock(1) or sem(1) does, such as "timeout" for
 * "--wait" or "-w"; NULL for another word. */
const char *synonyms_option(const char *word);
