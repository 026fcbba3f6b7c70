/* The message of a command whose object is not free: its holder, since when, and its note. */
#pragma once

#include "base/buffer.h"
#include "ctl.h"

/* Appends "'site' is held by pid 17 (backup), since ...". Returns false if the holder cannot be found out. */
bool busy_describe(Ctl *ctl, const char *name, Buffer *b);
