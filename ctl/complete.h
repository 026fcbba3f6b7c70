/* The completions of a word, for the completion functions of shells and for shmgrctl shell. */
#pragma once

#include "ctl.h"

typedef struct Completion {
        struct json_object *found; /* an array of strings, each a whole word; owned */
        bool wants_files;          /* file names complete the word */
        /* index of the word at which another command line begins, or -1 */
        int command_at;
} Completion;

void completion_deinit(Completion *c);

/* Completes the last of the words, which do not include the name of the program. A failure, such as
 * a missing daemon, prints nothing and yields fewer completions. Returns 0 or -ENOMEM. */
int complete(Ctl *ctl, int n_words, char **words, Completion *ret);
