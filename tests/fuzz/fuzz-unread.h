/* The output of a session on its way to its client, as the shell has it: taken from the core, with lent values (lent.h) and
 * descriptors in it, and received in pieces. A value that is lent here outlives its object, and its core. */
#pragma once

#include <stddef.h>

#include "attachment.h"
#include "base/buffer.h"
#include "lent.h"

typedef struct Session Session;

typedef struct Unread {
        Buffer output;
        Attachments attachments;
        Lent lent;
        Buffer received;
} Unread;

void unread_init(Unread *unread);
void unread_deinit(Unread *unread);
/* Takes the output of the session, as much as the core gives. */
void unread_take(Unread *unread, Session *session);
/* Returns the number of bytes that were not received yet. */
size_t unread_size(const Unread *unread);
/* Receives the next n bytes, and asserts that each descriptor comes with the first byte of a line. */
void unread_receive(Unread *unread, size_t n);
