/* A transport: receives and sends the bytes of a connection. One kind of transport is one file with one constant
 * table (unix-socket.c); all states and bounds are the connection's, and the same for every kind. server.c makes one
 * for each peer that a listener accepts.
 *
 * The connection calls the table. The transport calls connection_note_input(), connection_note_room() and
 * connection_note_exit(), from the event loop and never from inside a function of the table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "attachment.h"
#include "base/buffer.h"

typedef struct Connection Connection;
typedef struct Transport Transport;

typedef struct TransportTable {
        /* Receives up to n bytes: how many, or 0 when the peer has half-closed; -EAGAIN when nothing is there,
         * -EINTR, or another negative errno when nothing will ever come. */
        ssize_t (*receive)(Transport *transport, void *into, size_t n);
        /* Bytes that have arrived and were not received. */
        size_t (*count_unreceived)(const Transport *transport);
        /* Sends what there is room for, `most` bytes at most, each line with its descriptors, and consumes it: 0, also
         * for a short write; -EAGAIN, -EINTR; -ETOOMANYREFS when a descriptor cannot be sent for now; another
         * negative errno when nothing can ever be sent. */
        int (*send)(Transport *transport, Buffer *output, Attachments *attachments, size_t most);
        /* Whether the peer may read what it is sent, asked now; and whether its process lives, if that matters. */
        bool (*is_alive)(const Transport *transport, bool needs_process);
        /* Whether connection_note_exit() will be called when the process of the peer exits, and has not been. */
        bool (*watches_process)(const Transport *transport);
        /* Whether to call connection_note_input(), in each turn in which bytes or a half-close wait to be received.
         * At first it does. */
        void (*watch_input)(Transport *transport, bool is_wanted);
        /* Whether to call connection_note_room(), in each turn in which there is room to send. At first it does not. */
        void (*watch_room)(Transport *transport, bool is_wanted);
        /* Makes the kernel's buffer large enough for a long reply, once. */
        void (*widen)(Transport *transport);
        /* Whether that was done, also before a restart. */
        bool (*is_wide)(const Transport *transport);
        /* Closes and frees it. */
        void (*close)(Transport *transport);
} TransportTable;

struct Transport {
        const TransportTable *table;
        Connection *connection; /* set by connection_new() */
};
