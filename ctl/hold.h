/* Verbs that take something for their session: shmgrctl is a session of one command, so they would take it in vain. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

#include "ctl.h"

/* Whether a call takes something that goes with its session; then *ret_instead is the command that is meant, in words. */
bool hold_takes(Ctl *ctl, const char *method, struct json_object *params, const char **ret_instead);
/* Says that the call would be in vain, and what to do: the status. */
int hold_refuse(const char *method, const char *instead);
/* --hold: makes the call, prints its result, and keeps what it took until standard input ends or a signal ends this process.
 * Its end is a release. Takes params over: the status. */
int hold_run(Ctl *ctl, const char *method, struct json_object *params);
