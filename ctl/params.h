/* Builds the params of a call from the words behind the verb. */
#pragma once

#include <json-c/json.h>

#include "ctl.h"
#include "discover.h"

enum { PARAMS_UNKNOWN = -2 };

/* Reads the words. A word is the next parameter in the order of the table. --NAME VALUE and
 * --NAME=VALUE set a parameter by name, --NAME a boolean. Behind "--" each word is a value. Options
 * of shmgrctl may stand anywhere before it. Returns
 *
 *   STATUS_OK                     and the params
 *   STATUS_USAGE, STATUS_ERROR    after printing the error
 *   PARAMS_UNKNOWN                without printing, for an argument that the method does not have,
 *                                 while it is one of the built-in table (ctl->is_own) */
int params_parse(Ctl *ctl, const MethodInfo *method, int n_words, char **words,
                 struct json_object **ret);
