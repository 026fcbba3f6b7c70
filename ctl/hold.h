/* Verbs that acquire something for their session. The session of shmgrctl lasts for one command, so
 * the hold would end at once. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

#include "ctl.h"

/* Returns whether a call acquires something that ends with its session. *ret_instead then receives
 * a text that names the command to use. */
bool hold_takes(Ctl *ctl, const char *method, struct json_object *params, const char **ret_instead);
/* Prints that the hold would end at once, and what to do. Returns the status. */
int hold_refuse(const char *method, const char *instead);
/* Implements --hold: makes the call, prints its result, and keeps the hold until standard input
 * ends or a signal ends this process. The exit of the process releases it. Takes ownership of
 * params. Returns the status. */
int hold_run(Ctl *ctl, const char *method, struct json_object *params);
