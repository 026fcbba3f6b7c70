/* What a command says when what it wants is not free: who has it, since when, and for what. */
#pragma once

#include "base/buffer.h"
#include "ctl.h"

/* Appends "'site' is held by pid 17 (backup), since ...": true; false when that cannot be known. */
bool busy_describe(Ctl *ctl, const char *name, Buffer *b);
