/* A session: one thread of one process, as the core sees it. Everything that it has is linked here,
 * so its end walks these lists and searches nothing else. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attachment.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/table.h"
#include "base/tree.h"
#include "call/method.h"
#include "lent.h"
#include "peer.h"

typedef struct Account Account;
typedef struct Call Call;
typedef struct Core Core;
typedef struct Monitor Monitor;
typedef struct Object Object;
typedef struct Session Session;
typedef struct Wait Wait;

/* The events that end a session. Its process is the one that connected. */
typedef enum SessionEnd {
        SESSION_ENDS_FIRST,  /* the process exits or the socket is closed, whichever comes first */
        SESSION_ENDS_LAST,   /* the process has exited and the socket is closed */
        SESSION_ENDS_SOCKET, /* the last descriptor of the socket is closed */
} SessionEnd;

enum { SESSION_NOTE_MAX = 255 }; /* bytes */

/* Output from this byte on waits until an epoch is on the disk (change.h). At most two epochs are
 * open: the one being written, and the one being collected. */
typedef struct HeldOutput {
        size_t from;
        uint64_t epoch;
} HeldOutput;

/* Most sessions need none of these, so they are made when the session first needs one. */
typedef struct SessionTables {
        Table handles;      /* object id -> Handle */
        Table reservations; /* id -> Reservation, in order of reserving */
        Table leases;       /* object id -> Object, with a handle each: reference.h */
} SessionTables;

struct Session {
        Core *core;
        uint64_t id;      /* never reused */
        TreeNode by_id;   /* Core.sessions_by_id; its key is the id */
        int64_t since_ns; /* when it began */
        Peer peer;
        gid_t *groups; /* owned; peer.groups points here */
        Account *account;
        char client[PEER_COMM_SIZE]; /* the name that session.hello claimed, or empty */

        char *note;           /* session.hello: its work, for people; owned, may be NULL */
        int64_t expect_ms;    /* session.hello: how long it expects to hold; 0: unknown */
        SessionEnd ends_with; /* session.hello; default: SESSION_ENDS_FIRST */
        bool end_releases;    /* session.hello: its end is a release, not the death of an owner */
        bool tells_lost;      /* session.hello: it is notified of held objects that others delete */
        bool observes;        /* session.hello: its reads are no uses (call_use()) */

        SessionTables *tables; /* owned; NULL before the first use: session_tables() */
        uint64_t lease_call;   /* the call that took the last lease */
        uint64_t leases_over;  /* serial of the last expired entry in leases */
        List waits;            /* Wait.in_session, in order of parking */
        size_t n_waits;
        size_t n_parked; /* calls in Core.parked: those that wait, and those whose reply is put off */
        List replies;    /* calls whose reply is deferred, by Wait.in_session */
        List holds;      /* Hold.in_session: first those that calls wait for */
        Tree holds_by_object; /* Hold.by_key */
        size_t n_holds;
        List ends; /* PipeEnd.in_session */
        size_t n_ends;

        struct JsonScanner *scanner; /* of the long line that is arriving; NULL: none */
        Buffer output;               /* unsent replies and events of a monitor */
        Attachments attachments;     /* of the output */
        Lent lent;                   /* long values in the output */
        HeldOutput held[2]; /* parts of the output, in order; the second is of the later epoch */
        unsigned n_held;
        ListLink in_held;      /* Changes.held */
        size_t n_unsent_bytes; /* output that the shell has taken but not sent */
        size_t n_unsent_descriptors;
        bool is_asynchronous; /* session.hello: it continues while its calls wait */
        bool wants_seq;       /* session.hello: replies carry the commit number */
        uint64_t asked_in;    /* the serving in which it was last found alive: Core.last_serving */
        bool is_gone;         /* the peer reads no more replies; core_session_end() follows */
        bool has_ended;       /* its leftovers are released in slices */
        bool is_cut_off;      /* to be closed by its transport, with cut_off_reason */
        Monitor *monitor;     /* NULL: it is no monitor */
        Call *restart;        /* its call of server.restart that waits for a reply; or NULL */
        const char *cut_off_reason;
        char *cut_off_text;    /* owned: that reason, if it came from a snapshot */
        unsigned n_bad_frames; /* in a row */
        bool has_spoken;       /* a line of it was JSON */

        void *transport;  /* the shell's own; the core never uses it */
        ListLink in_core; /* Core.sessions, or Core.gone */
        ListLink in_dirty, in_leases;

        ListLink in_unsure; /* Core.unsure */
        /* Scratch of stuck.c and cycle.c: */
        bool is_stuck;
        ListLink in_check;
        Session *found_from, *found_to;
        const Object *found_over;
};

/* Returns 0, -EDQUOT (a bound of sessions) or -ENOMEM. */
int session_new(Core *core, const Peer *peer, Session **ret);
/* For snapshots: restores a session with its id and its note, regardless of the bounds. One that
 * has ended goes to Core.gone. Returns 0 or -ENOMEM. */
int session_restore(Core *core, const Peer *peer, uint64_t id, const char *note, bool has_ended,
                    Session **ret);
/* Returns the first session with a greater id that has not ended, or NULL. Takes O(log n). */
Session *session_after(const Core *core, uint64_t id);
/* Returns the number of sessions that only root may have. */
uint64_t sessions_of_root(const Core *core);
/* Returns the memory of a session, without the parts that are charged separately. */
size_t session_memory(const Session *session);

extern const SessionTables session_no_tables;

/* Its tables, for reading; they are empty before session_make_tables(). */
static inline const SessionTables *session_tables(const Session *session) {
        return session->tables ? session->tables : &session_no_tables;
}

/* Returns the bytes of the output, lent values included. */
static inline size_t session_output_size(const Session *session) {
        return buffer_size(&session->output) + session->lent.n_bytes;
}

/* Makes the tables, which are charged to the user, unless the session has them: 0 or -ENOMEM. */
int session_make_tables(Session *session);
/* Frees the tables, from which everything has been removed. */
void session_free_tables(Session *session);

/* Replaces the note, which is charged to the user; NULL removes it. Returns 0 or -ENOMEM. */
int session_set_note(Session *session, const char *note);
/* Notifies a session that a user has deleted an object that it held, if session.hello asked for
 * that. */
void session_tell_lost(Session *session, const char *type, const char *name);
/* Returns whether it holds or has reserved anything. */
bool session_has_something(const Session *session);

/* Returns whether anything can still be granted to the session. */
bool session_is_alive(Session *session);

/* Holds output that is written from now on until this epoch is on the disk. */
void session_hold_output(Session *session, uint64_t epoch);
/* Returns the bytes of output that are not held. */
size_t session_free_output(Session *session);
/* Called when no output is left. */
void session_forget_held(Session *session);

/* Tells the transport that the session has output to send, or must end. */
void session_mark_dirty(Session *session);
/* Cuts the session off (it does not read its replies, or memory ran out): the transport closes it
 * at the end of the turn. */
void session_cut_off(Session *session, const char *reason);

/* Returns whether the session belongs to this group, as far as that is known: a group that is not
 * mapped into the daemon's user namespace appears as another one. */
bool session_in_group(const Session *session, gid_t gid);
/* Returns whether its user is root, or runs the daemon. */
bool session_is_operator(const Session *session);
/* Called when the session has taken more, or one of its waits has ended: its other waiting calls
 * may now be part of a cycle, for which deadlocks_next() checks. */
void session_is_unsure(Session *session);
