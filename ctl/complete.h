/* The completions of a word of a command line: for the completion of a shell, bash's or our own. */
#pragma once

#include "ctl.h"

typedef struct Completion {
        struct json_object *found; /* an array of strings, each the whole word; owned */
        bool wants_files;          /* names of files are what is wanted */
        int command_at;            /* the word at which a command of its own begins, or -1 */
} Completion;

void completion_deinit(Completion *c);

/* Completes the last of the words after the program's name. A failure, such as a missing daemon, prints nothing and
 * finds fewer words. Returns 0 or -ENOMEM. */
int complete(Ctl *ctl, int n_words, char **words, Completion *ret);
