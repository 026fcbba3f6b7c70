/* A connection: a session and the transport to its client. It receives the session's input and sends its output, and
 * bounds the time of each client. connection.c has the table of its states. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attachment.h"
#include "base/buffer.h"
#include "base/list.h"
#include "lines.h"

typedef struct Session Session;
typedef struct Share Share;
typedef struct Transport Transport;
typedef struct Turn Turn;

typedef enum ConnectionState {
        CONNECTION_OPEN,
        CONNECTION_HALF_CLOSED,
        CONNECTION_GONE,
        CONNECTION_DETACHED,
        CONNECTION_DRAINING,
        CONNECTION_OVER,
} ConnectionState;

typedef struct Connection {
        Turn *turn;
        Share *share;
        Transport *transport;
        ConnectionState state;
        Session *session; /* NULL when draining and when over */
        Lines lines;
        Buffer output; /* taken from the session, and not sent yet */
        Attachments attachments;

        bool has_input;      /* the transport may have bytes to receive */
        bool is_watching;    /* the transport reports when they arrive */
        bool is_short;       /* after a short write: the transport reports when there is room */
        bool is_wide;        /* its buffer in the kernel is large: of a share, SHARE_WIDE_MAX are */
        bool is_stuck;       /* output begins with a descriptor that the kernel does not take */
        bool is_too_much;    /* cut off since its user's messages take too much memory */
        size_t n_last_words; /* when gone: bytes that had arrived, and are still to be received */
        size_t n_charged;    /* bytes of its buffers, in the account */
        int64_t output_since_ns; /* since when more than the soft bound is unsent; 0 for not */

        ListLink in_turn, in_runnable, in_sending, in_over;
} Connection;

/* Takes the transport and the session over, in any case. 0, or -ENOMEM. */
int connection_new(Turn *turn, Transport *transport, Session *session);
/* For restarts: the same for one whose session may have ended, so it is NULL: 0; or -ENOMEM, and both stay the caller's. */
int connection_restore(Turn *turn, Transport *transport, uid_t uid, Session *session,
                       Connection **ret);
/* When all that a connection of before a restart has was set: goes on from there. */
void connection_go_on(Connection *connection);
/* Ends the session, if that was not done, and closes the transport. Takes NULL. */
Connection *connection_free(Connection *connection);

/* One turn: runs lines that have arrived, receives more, runs those. */
void connection_run(Connection *connection);
/* Sends some output. */
void connection_send(Connection *connection);
/* Ends the session now; its output is still sent. */
void connection_end(Connection *connection);
/* For CoreSetup.on_serving: checks whether the peer is gone, and tells the core. */
void connection_on_serving(Session *session);
/* Bounds in time: of an unfinished line, of output that is not read. */
void connection_check_time(Connection *connection);

/* For the transport: bytes or a half-close have arrived. */
void connection_note_input(Connection *connection);
/* Called when the socket can be written, or the core has written output. */
void connection_note_room(Connection *connection);
/* For the transport: the process of the peer exited. */
void connection_note_exit(Connection *connection);
/* For the transport: the peer neither reads nor sends any more. */
void connection_set_gone(Connection *connection);

/* Counts the memory of its messages in its user's account, and cuts it off if that is too much. */
void connection_charge(Connection *connection);
void connection_discharge(Connection *connection);
