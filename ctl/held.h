/* The locks that a command is under, as its environment says: each lock run adds one to $SHMGR_HELD, a JSON array of
 * {"socket", "name", "token"}. A token is never used twice, so an entry that is out of date says nothing. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "ctl.h"

/* The holder of this lock, as object.stat tells of it, if it is a command that this process runs under, or the session of
 * the shell that it is in; else NULL. To be put. */
struct json_object *held_find(Ctl *ctl, const char *name);
/* Adds $SHMGR_HELD with one lock more to an environment: 0 or -ENOMEM. */
int held_export(const Ctl *ctl, const char *name, struct json_object *token, Buffer *env);
