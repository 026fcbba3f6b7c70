/* A command of shmgrctl that is not simply a method of the daemon: one const entry, in cmd-<name>.c. */
#pragma once

#include "ctl.h"
#include "options.h"

typedef struct Command {
        const char *name;
        const char *verb; /* the second word, for a command that stands within a type; or NULL */
        const char *arguments; /* for its usage line */
        const char *help;      /* one line */
        const char *details;   /* more lines for its own help; may be NULL */
        /* For arguments_read(): */
        const Option *options;    /* ends with an entry whose name is NULL; may be NULL */
        int min_words, max_words; /* that are no options */
        CompleteKind completes;   /* the words */
        const char *types;        /* a list for that, with blanks between; may be NULL */
        bool runs_command; /* the last of min_words begins a command, whose options are its own */
        /* argv[0] is the last word of the command's name. Returns the exit status. */
        int (*run)(Ctl *ctl, int argc, char **argv);
} Command;

extern const Command *const commands[]; /* NULL-terminated: commands.c */

/* The command of these words, or NULL. */
const Command *command_find(const char *name, const char *verb);
/* Runs the command that argv begins with; a word that is not in the table is a type, whose verb is a method. */
int command_run(Ctl *ctl, int argc, char **argv);

void command_print_help(const Command *command);
/* Prints the usage of the command as an error. Returns STATUS_USAGE. */
int command_misused(const Command *command);
