/* Options of shmgrctl: their tables, and those common to all commands. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ctl.h"

enum {
        OPTIONS_GO_ON = -1,
        OPTIONS_HELP = -2,
        OPTIONS_MAX = 16,
        OPTIONS_LONG = 1000, /* the values of getopt_long() for long options begin here */
};

typedef enum OptionKind {
        OPTION_FLAG,
        OPTION_TEXT,
        OPTION_COUNT,  /* an integer of at least 1 */
        OPTION_STATUS, /* an exit status, 0 to 255 */
        OPTION_TIME,   /* as duration_parse() reads it */
} OptionKind;

/* The kind of completions of a word. */
typedef enum CompleteKind {
        COMPLETE_NOTHING,
        COMPLETE_OBJECTS, /* of the listed types, or of all */
        COMPLETE_TYPES,
        COMPLETE_METHODS,
        COMPLETE_COMMANDS,
        COMPLETE_CHOICES, /* the listed words */
        COMPLETE_FILES,
} CompleteKind;

/* A table ends with an entry without a name. */
typedef struct Option {
        const char *name; /* without the dashes */
        char letter;      /* 0: none */
        OptionKind kind;
        const char *value;      /* name of the value in the help; NULL for a flag */
        const char *help;       /* may have several lines */
        CompleteKind completes; /* of the value */
        /* types or words for the completion, separated by blanks; may be NULL */
        const char *types;
        bool may_be_empty;         /* an empty text is a value */
        int64_t least_ms, most_ms; /* of a time; both 0: any time is valid */
} Option;

extern const Option common_options[]; /* at most OPTIONS_MAX */

/* Reads the options before the command. *ret_first receives the index of the command. Returns
 * OPTIONS_GO_ON; OPTIONS_HELP after --help, which the caller prints; or the exit status. */
int options_parse(Ctl *ctl, int argc, char **argv, int *ret_first);
/* Prints why getopt_long() rejected an option with the result '?' or ':'. `word` contains the
 * option; `own` are the options of the command, or NULL. Returns STATUS_USAGE. */
int options_refuse(const Option *own, int fault, const char *word);
/* Returns whether --json is among the words before "--". It is known early, so that errors in the
 * other options are printed as JSON, too. */
bool options_ask_json(int argc, char **argv);
/* Returns whether the option needs a text, and this one is empty, as that of an unset variable. */
bool options_is_empty(const Option *option, const char *text);
/* Applies an option other than --help. Returns STATUS_OK or STATUS_USAGE. */
int options_set(Ctl *ctl, const Option *option, const char *text);
/* Returns the option with this letter, which must exist. */
const Option *options_find_letter(char letter);
/* Applies an option such as "--json" or "--socket=PATH"; `next` may be its value (NULL: none).
 * *ret_n receives the number of words, 0 if the word is not a common option. Returns STATUS_OK or
 * STATUS_USAGE. */
int options_take(Ctl *ctl, const char *word, const char *next, int *ret_n);

/* Each prints a line of the help, in two columns. */
void option_print(const Option *option);
void option_print_line(const char *left, const char *help);
