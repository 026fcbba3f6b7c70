/* From the words behind a verb to the params of its call. */
#pragma once

#include <json-c/json.h>

#include "ctl.h"
#include "discover.h"

enum { PARAMS_UNKNOWN = -2 };

/* Words fill the parameters in the order of the table; --NAME VALUE and --NAME=VALUE give one by
 * name, --NAME alone a boolean; behind "--" there are no names. The options of shmgrctl itself may
 * stand among them. STATUS_OK; STATUS_USAGE or STATUS_ERROR after printing the error; PARAMS_UNKNOWN, with nothing printed,
 * for an argument that the method does not have, if the method is one of the own table (ctl->is_own). */
int params_parse(Ctl *ctl, const MethodInfo *method, int n_words, char **words,
                 struct json_object **ret);
