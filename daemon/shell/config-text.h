/* The options in force, as server.config returns them. */
#pragma once

#include "base/buffer.h"
#include "options/options.h"

/* Appends {"file": PATH or null, "options": {NAME: VALUE}} with the options that a file may
 * contain, each in the form that it has there. Returns 0 or -ENOMEM. */
int config_text(Buffer *b, const Options *options);
