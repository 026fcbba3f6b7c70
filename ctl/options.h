/* The options of shmgrctl: those that hold for every command, and what an option is. */
#pragma once

#include <stdbool.h>

#include "ctl.h"

enum {
        OPTIONS_GO_ON = -1,
        OPTIONS_HELP = -2,
        OPTIONS_MAX = 16,
        OPTIONS_LONG = 1000, /* what getopt_long() returns for long options begins here */
};

typedef enum OptionKind {
        OPTION_FLAG,
        OPTION_TEXT,
        OPTION_COUNT,  /* a number of at least 1 */
        OPTION_STATUS, /* an exit status, 0 to 255 */
        OPTION_TIME,   /* as duration_parse() reads it */
} OptionKind;

/* The completions of a word. */
typedef enum CompleteKind {
        COMPLETE_NOTHING,
        COMPLETE_OBJECTS, /* of some types, if any are listed */
        COMPLETE_TYPES,
        COMPLETE_METHODS,
        COMPLETE_COMMANDS,
        COMPLETE_CHOICES, /* those that are listed */
        COMPLETE_FILES,
} CompleteKind;

/* A table of them ends with an entry whose name is NULL. */
typedef struct Option {
        const char *name; /* without the dashes */
        char letter;      /* 0: none */
        OptionKind kind;
        const char *value;      /* how the help calls what it takes; NULL for a flag */
        const char *help;       /* lines */
        CompleteKind completes; /* the value */
        const char *types;      /* a list for it, with blanks between; may be NULL */
} Option;

extern const Option common_options[]; /* that hold for every command; OPTIONS_MAX at most */

/* Reads the options before the command; *ret_first is the command's place in argv. OPTIONS_GO_ON;
 * OPTIONS_HELP when --help was given, for the caller to print; or the status to exit with. */
int options_parse(Ctl *ctl, int argc, char **argv, int *ret_first);
/* Prints what is wrong with an option that getopt_long() refused with this result, '?' or ':'. word is where it stands, own
 * are the options of the command, or NULL. STATUS_USAGE. */
int options_refuse(const Option *own, int fault, const char *word);
/* Whether --json is among the words before "--": errors in the words before it are printed as JSON, too. */
bool options_ask_json(int argc, char **argv);
/* Does what one of them asks for (but help): STATUS_OK or STATUS_USAGE. */
int options_set(Ctl *ctl, const Option *option, const char *text);
/* The one with this letter; there must be one. */
const Option *options_find_letter(char letter);
/* Does what a word such as "--json" or "--socket=PATH" asks for, which may take the next word (NULL: there
 * is none). STATUS_OK and how many words that were, 0 when it is no such option; or STATUS_USAGE. */
int options_take(Ctl *ctl, const char *word, const char *next, int *ret_n);

/* For the help, in two columns. */
void option_print(const Option *option);
void option_print_line(const char *left, const char *help);
