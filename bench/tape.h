/* The bytes that a connection sends again and again, and those that must come back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "operation.h"

typedef enum Protocol {
        PROTOCOL_JSON_RPC,
        PROTOCOL_RESP,
} Protocol;

typedef struct Tape {
        Buffer requests, replies;
        size_t *request_ends, *reply_ends; /* n of each */
        unsigned n;
} Tape;

/* The calls on object number `object_number`, with values of this size; ends the program when there is no memory. */
Tape tape_new(Protocol protocol, const Operation *operation, unsigned object_number, size_t size);
/* The calls before the first of those: they open the object and fill it. */
Tape tape_new_first(Protocol protocol, const Operation *operation, unsigned connection,
                    size_t size);
void tape_deinit(Tape *tape);

/* Compares the next n bytes that were received with the tape of replies, at *at: false when they differ. '#' on the
 * tape is any number of digits. Moves *at on, and back to 0 at the end. */
bool tape_match(const Tape *tape, size_t *at, const char *bytes, size_t n);
