/* Users and groups by name. The daemon knows numbers alone: it must not wait for a directory service. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "options.h"

/* Converts a text, a number or the name of a user ("uid") or group ("gid"), to the number. Returns 0 or -ENOENT. */
int account_number(const char *format, const char *text, int64_t *ret);
/* The other name of such a parameter on the command line: "user", "group"; NULL for other formats. */
const char *account_word(const char *format);

#define MODE_OPTION                                                                                \
        {                                                                                          \
                .name = "mode", .kind = OPTION_TEXT, .value = "MODE",                              \
                .help = "permission bits of what is made, octal (0600)"                            \
        }
#define GROUP_OPTION                                                                               \
        {                                                                                          \
                .name = "group", .kind = OPTION_TEXT, .value = "GROUP",                            \
                .help = "its group, by name or number, one of your own\n"                          \
                        "(that of the daemon's socket, if you are in it)"                          \
        }

/* Puts mode and group, each a text or NULL, into the options of an open. Returns STATUS_OK, or prints the error. */
int account_put_options(const char *verb, const char *mode, const char *group,
                        struct json_object *options);
