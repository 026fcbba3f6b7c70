/* The options of shmgrd: one table, from which the command line, the configuration
 * file, the help and the manual's lists come. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/log-level.h"
#include "core-limits.h"
#include "options/option.h"

#define SYSTEM_SOCKET "/run/shmgrd/shmgrd.sock"
#define CONFIG_NAME   "shmgrd/shmgrd.conf" /* in one of the directories of such files */
#define SYSTEM_CONFIG SYSCONFDIR "/" CONFIG_NAME

typedef struct Options {
        bool help, version, check_config;
        int check_snapshot; /* descriptor of a snapshot to check; -1 for none */
        char *print;        /* owned, as all texts are; what to print for the package, or NULL */
        char *config;       /* the configuration file that was read, or NULL */

        char *socket;
        mode_t mode;
        char *group;  /* NULL leaves the group as it is */
        int ready_fd; /* gets a newline once the socket listens; -1 for none */
        bool dumpable;
        bool unmapped_users; /* take connections of users who are not mapped */

        char *state; /* the state directory; NULL for none */
        uint64_t sync_interval_ms;

        char *log_file; /* NULL for stderr */
        LogLevel log_level;
        uint64_t log_burst, log_interval_ms;
        uint64_t restart_ms;   /* for the trial of a program before a planned restart */
        uint64_t slow_call_ms; /* 0 for never */
        bool spin;             /* look for more work for a moment before sleeping */
        Limits limits;
} Options;

extern const Option options_table[];
extern const size_t n_options;

/* The defaults, with nothing to be freed yet. */
void options_init(Options *options);

/* The row of this name, or NULL. */
const Option *options_find(const char *name);
/* Frees the texts, and leaves none. */
void options_deinit(Options *options);
