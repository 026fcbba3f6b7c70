/* The greeting: the name of the program, for a daemon that may not see the processes of
 * its clients. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

/* Writes a notification, session.hello, as a line. Returns 0 or -ENOMEM. The daemon does not reply. An asynchronous
 * program continues while its calls wait, and is part of no deadlock. */
int greeting_write(Buffer *b, bool is_asynchronous);
