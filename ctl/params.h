/* From the words behind a verb to the params of its call. */
#pragma once

#include <json-c/json.h>

#include "ctl.h"
#include "discover.h"

/* Words fill the parameters in the order of the table; --NAME VALUE and --NAME=VALUE give one by
 * name, --NAME alone a boolean; behind "--" there are no names. The options of shmgrctl itself may
 * stand among them. STATUS_OK; STATUS_USAGE or STATUS_ERROR when that was said on stderr. */
int params_parse(Ctl *ctl, const MethodInfo *method, int n_words, char **words,
                 struct json_object **ret);
