/* The options that lock run, semaphore run and queue worker have in common: their rows begin the table of each. */
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
        RUN_OPTIONS, /* how many there are */
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
                      .help = "what it is for: stat, waits and those who find it\nbusy show it"},  \
        [RUN_EXPECT] = {.name = "expect",                                                          \
                        .kind = OPTION_TIME,                                                       \
                        .value = "TIME",                                                           \
                        .help = "how long the command should take; shown there, too"},             \
        [RUN_ON_LOST] = {.name = "on-lost",                                                        \
                         .kind = OPTION_TEXT,                                                      \
                         .value = "DEED",                                                          \
                         .completes = COMPLETE_CHOICES,                                            \
                         .types = "term kill warn",                                                \
                         .help = "when it is lost while the command runs: term\n"                  \
                                 "(SIGTERM, and SIGKILL after the grace), kill or\n"               \
                                 "warn; the status is 76 then (term)"},                            \
        [RUN_GRACE] = {.name = "grace",                                                            \
                       .kind = OPTION_TIME,                                                        \
                       .value = "TIME",                                                            \
                       .help = "the time between the two signals (10s)"},                          \
        [RUN_KILL_GROUP] = {.name = "kill-group",                                                  \
                            .help = "end with the command what is left of its process\n"           \
                                    "group"},                                                      \
        [RUN_MODE] = MODE_OPTION, [RUN_GROUP] = GROUP_OPTION

/* Puts RUN_MODE and RUN_GROUP into the options of an open: STATUS_OK, or it has been explained. */
int run_options_put_sharing(const char *verb, const Arguments *arguments,
                            struct json_object *options);
/* Reads them: STATUS_OK, or STATUS_USAGE after saying what is wrong. */
int run_options_read(const char *verb, const Arguments *arguments, HolderOptions *ret);
