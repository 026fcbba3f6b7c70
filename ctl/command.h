/* A command of shmgrctl that is more than a method of the daemon: one const entry, in
 * cmd-NAME.c. */
#pragma once

#include "ctl.h"
#include "options.h"

typedef struct Command {
        const char *name;
        const char *verb;      /* the second word of a command that belongs to a type; or NULL */
        const char *arguments; /* for its usage line */
        const char *help;      /* one line */
        const char *details;   /* further lines for the help of this command; may be NULL */
        /* For arguments_read(): */
        const Option *options;    /* ends with an entry without a name; may be NULL */
        int min_words, max_words; /* number of words besides options */
        CompleteKind completes;   /* kind of the words */
        /* types of the objects to complete, separated by blanks; may be NULL */
        const char *types;
        bool runs_command; /* the last of min_words begins a command with its own options */
        /* Runs the command; argv[0] is the last word of its name. Returns the exit status. */
        int (*run)(Ctl *ctl, int argc, char **argv);
} Command;

extern const Command *const commands[]; /* NULL-terminated; defined in commands.c */

/* Returns the command with this name and verb, or NULL. */
const Command *command_find(const char *name, const char *verb);
/* Runs the command that argv begins with. A first word that is not in the table is a type, and the
 * next one a method of it. */
int command_run(Ctl *ctl, int argc, char **argv);

void command_print_help(const Command *command);
/* Prints the usage of the command as an error. Returns STATUS_USAGE. */
int command_misused(const Command *command);
