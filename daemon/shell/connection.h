/* A connection: a session and the transport to its client. It receives the input of the session,
 * sends its output, and limits the time of each client. connection.c has the drawing of its
 * states. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attachment.h"
#include "base/buffer.h"
#include "base/list.h"
#include "lent.h"
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
        Session *session; /* NULL in DRAINING and OVER */
        Lines lines;
        Buffer output; /* taken from the session, but not sent yet */
        Attachments attachments;
        Lent lent; /* long values in the output */

        bool has_input;      /* the transport may have bytes to receive */
        bool is_watching;    /* the transport reports input */
        bool is_short;       /* after a short write: the transport reports room */
        bool is_long;        /* its last output was long, so the next one may be */
        bool is_wide;        /* large send buffer; a share has at most SHARE_WIDE_MAX */
        bool is_stuck;       /* the kernel does not take the descriptor of the first line */
        bool is_too_much;    /* cut off: messages of its user take too much memory */
        size_t n_last_words; /* when GONE: bytes that had arrived, still to receive */
        size_t n_charged;    /* bytes of its buffers in the account */
        /* When the unsent output exceeded the soft bound; 0: it does not. */
        int64_t output_since_ns;

        ListLink in_turn, in_runnable, in_sending, in_over;
} Connection;

/* Takes ownership of the transport and the session, also after a failure. Returns 0 or -ENOMEM. */
int connection_new(Turn *turn, Transport *transport, Session *session);
/* For restarts: makes a connection whose session may have ended (NULL). After a failure
 * (-ENOMEM) the caller keeps both. */
int connection_restore(Turn *turn, Transport *transport, uid_t uid, Session *session,
                       Connection **ret);
/* For restarts: continues when the whole state of the connection was restored. */
void connection_go_on(Connection *connection);
/* Ends the session, if necessary, and closes the transport. Takes NULL. */
Connection *connection_free(Connection *connection);

/* Runs one turn: runs lines that have arrived, receives more, and runs those. */
void connection_run(Connection *connection);
/* For spins: receives a short line without an event. Returns whether anything was received, a
 * half-close or an error included; the connection is then scheduled. */
bool connection_receive_early(Connection *connection);
/* Returns the bytes of the output that are not sent, lent values included. */
size_t connection_unsent(const Connection *connection);
/* Sends some of the output. */
void connection_send(Connection *connection);
/* Ends the session now. Its output is still sent. */
void connection_end(Connection *connection);
/* For CoreSetup.on_serving: tells the core if the peer is gone. */
void connection_on_serving(Session *session);
/* Checks the time limits of an unfinished line and of unread output. */
void connection_check_time(Connection *connection);

/* For the transport: bytes or a half-close have arrived. */
void connection_note_input(Connection *connection);
/* Called when the socket can be written, or the core has written output. */
void connection_note_room(Connection *connection);
/* For the transport: the process of the peer has exited. */
void connection_note_exit(Connection *connection);
/* For the transport: the peer neither reads nor sends any more. */
void connection_set_gone(Connection *connection);

/* Charges the memory of its messages to the account of its user, and cuts it off if that is too
 * much. */
void connection_charge(Connection *connection);
void connection_discharge(Connection *connection);
