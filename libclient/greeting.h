/* The greeting: the name of the program, for a daemon that may not see the processes of
 * its clients. */
#pragma once

#include "base/buffer.h"

/* Writes a notification, session.hello, as a line: 0 or -ENOMEM. There is no answer to it. */
int greeting_write(Buffer *b);
