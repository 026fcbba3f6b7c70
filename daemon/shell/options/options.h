/* The options of shmgrd: one table, from which the command line, the configuration file, the help
 * and the lists of the manual are made. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/log-level.h"
#include "base/suggest.h"
#include "core-limits.h"
#include "options/option.h"

#define SYSTEM_SOCKET "/run/shmgrd/shmgrd.sock"
#define CONFIG_NAME   "shmgrd/shmgrd.conf" /* in a directory for configuration files */
#define SYSTEM_CONFIG SYSCONFDIR "/" CONFIG_NAME

typedef struct Options {
        bool help, version, check_config;
        int check_snapshot; /* descriptor of a snapshot to check; -1: none */
        char *print;        /* what to print for the package; owned, like all texts; may be NULL */
        char *config;       /* the configuration file that was read; NULL: none */

        char *socket;
        mode_t mode;
        char *group;  /* NULL: keep the group */
        int ready_fd; /* receives a newline once the socket listens; -1: none */
        bool dumpable;
        bool unmapped_users; /* accept connections of unmapped users */

        char *state; /* the state directory; NULL: none */
        uint64_t sync_interval_ms;

        char *log_file; /* NULL: stderr */
        LogLevel log_level;
        uint64_t log_burst, log_interval_ms;
        uint64_t restart_ms;   /* time limit of the trial before a planned restart */
        uint64_t slow_call_ms; /* 0: never log slow calls */
        bool spin;             /* poll for a moment before sleeping */
        Limits limits;
} Options;

extern const Option options_table[];
extern const size_t n_options;

/* Sets the defaults. Nothing has to be freed yet. */
void options_init(Options *options);

/* Returns the row of this name, or NULL. */
const Option *options_find(const char *name);
/* Finds the option of the command line, or of a file, that is nearest to an unknown word; dashes is what
 * stands before the names there. */
void options_suggest(const char *word, const char *dashes, bool in_file, Suggestion *ret);
/* Frees the texts and sets them to NULL. */
void options_deinit(Options *options);
