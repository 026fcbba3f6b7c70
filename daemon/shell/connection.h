/* A connection: the socket of a session. It brings the session's bytes in, one
 * line after the other, and takes its output away, and never lets one client
 * keep the others waiting. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/buffer.h"
#include "base/list.h"
#include "process.h"
#include "session.h"

typedef struct Account Account;
typedef struct Turn Turn;

typedef struct Connection {
        Turn *turn;
        Session *session; /* NULL once it ended; unsent replies are in `tail` then */
        int fd;
        struct event *on_readable, *on_writable;
        Account *account;
        ProcessWatch process;
        Buffer input;      /* what came and was not run yet */
        size_t n_searched; /* of input: known to hold no newline */
        Buffer tail;
        Attachments tail_attachments;

        bool is_readable;    /* the socket may have more for us */
        bool is_paused;      /* not read from until it has read its replies */
        bool is_stuck;       /* its output begins with a descriptor that the kernel does not take */
        bool is_skipping;    /* the rest of a line that was too long */
        bool at_end;         /* it sends no more */
        bool is_too_much;    /* cut off since its user's messages take too much memory */
        bool is_gone;        /* nobody reads replies any more: the process or the socket died */
        bool has_exited;     /* its process */
        bool is_detached;    /* the socket is closed, and the session ends with its process */
        size_t n_last_words; /* is_gone: bytes that it had sent and we not yet received */
        size_t n_charged;    /* bytes of its buffers, in the account */
        int64_t line_since_ns;   /* when the unfinished line began; 0 for none */
        int64_t output_since_ns; /* since when more than the soft bound is unsent; 0 for not */

        List in_turn, in_runnable, in_over;
} Connection;

/* Takes the descriptor over, in any case. 0, or -ENOMEM. */
int connection_new(Turn *turn, int fd, Session *session, Process *process);
/* Ends the session, if that was not done, and closes the socket. Takes NULL. */
Connection *connection_free(Connection *connection);

/* One turn: reads what is there, runs some calls. */
void connection_run(Connection *connection);
/* Sends some output. */
void connection_flush(Connection *connection);
/* Ends the session now; what it was to be told is still sent. */
void connection_end(Connection *connection);
/* For CoreSetup.on_serving: looks whether the process or the other end of the socket is gone, and tells the core. */
void connection_on_serving(Session *session);
/* Nobody reads its replies any more: what it had sent is carried out, and then the session ends. */
void connection_set_gone(Connection *connection);
/* Bounds in time: of an unfinished line, of output that is not read. */
void connection_check_time(Connection *connection);
/* Counts the memory of its messages in its user's account, and cuts it off where that is too much. */
void connection_charge(Connection *connection);
void connection_discharge(Connection *connection);
