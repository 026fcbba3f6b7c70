/* The options that lock run, semaphore run and queue worker share; their rows begin the table of
 * each. */
#pragma once

#include "account-name.h"
#include "arguments.h"
#include "holder.h"
#include "options.h"

enum {
        RUN_TIMEOUT,
        RUN_NOTE,
        RUN_EXPECT,
        RUN_ON_LOST,
        RUN_GRACE,
        RUN_KILL_GROUP,
        RUN_MODE,
        RUN_GROUP,
        RUN_OPTIONS, /* number of shared options */
};

#define RUN_OPTION_ROWS(timeout_help)                                                              \
        [RUN_TIMEOUT] = {.name = "timeout",                                                        \
                         .letter = 't',                                                            \
                         .kind = OPTION_TIME,                                                      \
                         .value = "TIME",                                                          \
                         .help = timeout_help},                                                    \
        [RUN_NOTE] = {.name = "note",                                                              \
                      .kind = OPTION_TEXT,                                                         \
                      .value = "TEXT",                                                             \
                      .may_be_empty = true,                                                        \
                      .help = "the purpose: stat, waits and commands that find it\nbusy show it"}, \
        [RUN_EXPECT] = {.name = "expect",                                                          \
                        .kind = OPTION_TIME,                                                       \
                        .value = "TIME",                                                           \
                        .help = "how long the command should take; shown there, too"},             \
        [RUN_ON_LOST] = {.name = "on-lost",                                                        \
                         .kind = OPTION_TEXT,                                                      \
                         .value = "ACTION",                                                        \
                         .completes = COMPLETE_CHOICES,                                            \
                         .types = "term kill warn",                                                \
                         .help = "what to do if it is lost while the command runs: term\n"         \
                                 "(SIGTERM, then SIGKILL after the grace), kill\n"                 \
                                 "(SIGKILL) or warn; exit with 76 (term)"},                        \
        [RUN_GRACE] = {.name = "grace",                                                            \
                       .kind = OPTION_TIME,                                                        \
                       .value = "TIME",                                                            \
                       .help = "the time between SIGTERM and SIGKILL (10s)"},                      \
        [RUN_KILL_GROUP] = {.name = "kill-group",                                                  \
                            .help = "when the command has exited, end the rest of its\n"           \
                                    "process group"},                                              \
        [RUN_MODE] = MODE_OPTION, [RUN_GROUP] = GROUP_OPTION

/* Puts RUN_MODE and RUN_GROUP into the options of an open. Returns STATUS_OK, or prints the error
 * and returns its status. */
int run_options_put_sharing(const char *verb, const Arguments *arguments,
                            struct json_object *options);
/* Reads the options. Returns STATUS_OK, or prints the error and returns STATUS_USAGE. */
int run_options_read(const char *verb, const Arguments *arguments, HolderOptions *ret);
