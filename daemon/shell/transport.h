/* A transport receives and sends the bytes of a connection. Each kind of transport is one file with
 * one constant table (unix-socket.c). All states and bounds belong to the connection, and are the
 * same for every kind. The server makes one for each peer that a listener accepts.
 *
 * The connection calls the table. The transport calls connection_note_input(),
 * connection_note_room() and connection_note_exit(), from the event loop and never from inside a
 * function of the table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "attachment.h"
#include "base/buffer.h"
#include "lent.h"

typedef struct Connection Connection;
typedef struct Transport Transport;

typedef struct TransportTable {
        /* Receives up to n bytes. Returns their number; 0 after a half-close; -EAGAIN if no bytes
         * have arrived; -EINTR; or another negative errno if none will ever arrive. */
        ssize_t (*receive)(Transport *transport, void *into, size_t n);
        /* Returns the number of bytes that have arrived but were not received. */
        size_t (*count_unreceived)(const Transport *transport);
        /* Sends at most `most` bytes, lent values included, as far as there is room, each line with
         * its descriptors, and consumes them. Returns 0, also after a short write; -EAGAIN; -EINTR; -ETOOMANYREFS if a
         * descriptor cannot be sent for now; or another negative errno if sending will never
         * succeed. */
        int (*send)(Transport *transport, Buffer *output, Attachments *attachments, Lent *lent,
                    size_t most);
        /* Returns whether the peer may still read, at this moment; with needs_process, also whether
         * its process is alive. */
        bool (*is_alive)(const Transport *transport, bool needs_process);
        /* Returns whether connection_note_exit() will be called when the process of the peer
         * exits. */
        bool (*watches_process)(const Transport *transport);
        /* Sets whether connection_note_input() is called in each turn in which bytes or a
         * half-close wait to be received. At first it is. Returns 0, or -ENOMEM with nothing changed;
         * only is_wanted can fail. */
        int (*watch_input)(Transport *transport, bool is_wanted);
        /* Sets whether connection_note_room() is called in each turn in which there is room to
         * send. At first it is not. Returns 0, or -ENOMEM with nothing changed; only is_wanted can
         * fail. */
        int (*watch_room)(Transport *transport, bool is_wanted);
        /* Makes the send buffer large enough for a long reply, once. */
        void (*widen)(Transport *transport);
        /* Returns whether widen() was called, also before a restart. */
        bool (*is_wide)(const Transport *transport);
        /* Closes and frees the transport. */
        void (*close)(Transport *transport);
} TransportTable;

struct Transport {
        const TransportTable *table;
        Connection *connection; /* set by connection_new() */
};
