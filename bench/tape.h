/* The bytes that a connection sends again and again, and the replies that it must receive. */
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
        size_t *request_ends, *reply_ends; /* n ends of each */
        unsigned n;
} Tape;

/* Makes the calls on object number `object_number`, with values of this size; ends the program if memory runs out. */
Tape tape_new(Protocol protocol, const Operation *operation, unsigned object_number, size_t size);
/* Makes the calls that open the object and fill it. They are sent once, before the calls of tape_new(). */
Tape tape_new_first(Protocol protocol, const Operation *operation, unsigned connection,
                    size_t size);
void tape_deinit(Tape *tape);

/* Compares the next n received bytes with the tape of replies from *at on; returns false if they differ. '#' on
 * the tape stands for any number of digits. Moves *at past these bytes, and back to 0 at the end of the tape. */
bool tape_match(const Tape *tape, size_t *at, const char *bytes, size_t n);
