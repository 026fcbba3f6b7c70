/* A session: one thread of one process, as the core sees it. Everything that it has is linked here, so that its end
 * walks these lists and searches nowhere else. */
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
        SESSION_ENDS_FIRST,  /* the process exits or the socket is closed, whichever is first */
        SESSION_ENDS_LAST,   /* the process has exited and the socket is closed */
        SESSION_ENDS_SOCKET, /* the socket is closed by all that have it */
} SessionEnd;

enum { SESSION_NOTE_MAX = 255 }; /* bytes */

/* From this byte on output waits until an epoch is on the disk (change.h). No more than two epochs are on their way: the
 * one that is written, and the one that is collected. */
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

        char *note;        /* session.hello: what it is doing, for people; owned, may be NULL */
        int64_t expect_ms; /* session.hello: how long it means to hold what it holds; 0: unsaid */
        SessionEnd ends_with; /* session.hello; SESSION_ENDS_FIRST by default */
        bool end_releases;    /* session.hello: its end is no owner's death, but a release */
        bool tells_lost;      /* session.hello: it is told what it held and others deleted */

        SessionTables *tables; /* owned; NULL before the first use: session_tables() */
        uint64_t lease_call;   /* the call that took the last lease */
        uint64_t leases_over;  /* serial of the last entry in leases whose time is over */
        List waits;            /* Wait.in_session, in order of parking */
        size_t n_waits;
        size_t n_parked; /* calls in Core.parked: those that wait, and those whose reply is put off */
        List replies;    /* calls whose reply is put off, by Wait.in_session */
        List holds;      /* Hold.in_session: first those that somebody waits for */
        Tree holds_by_object; /* Hold.by_key */
        size_t n_holds;
        List ends; /* PipeEnd.in_session */
        size_t n_ends;

        struct JsonScanner *scanner; /* of the long line that is arriving, or NULL */
        Buffer output;               /* replies, and what a monitor is told, not yet sent */
        Attachments attachments;     /* of the output */
        HeldOutput held[2]; /* parts of the output, in order; the second is of the later epoch */
        unsigned n_held;
        ListLink in_held;      /* Changes.held */
        size_t n_unsent_bytes; /* of output that the shell took; it says how much */
        size_t n_unsent_descriptors;
        bool is_asynchronous; /* session.hello: it goes on while its calls wait */
        bool wants_seq;       /* session.hello: replies carry the commit number */
        uint64_t asked_in;    /* the serving in which it was found alive: Core.last_serving */
        bool is_gone;         /* the peer reads no answers any more; core_session_end() follows */
        bool has_ended;       /* the rest of what it has is released in slices */
        bool is_cut_off;      /* to be closed by its transport, with cut_off_reason */
        Monitor *monitor;     /* or NULL */
        Call *restart;        /* the call of server.restart that is to be answered, or NULL */
        const char *cut_off_reason;
        char *cut_off_text;    /* owned: that reason, where it came out of a snapshot */
        unsigned n_bad_frames; /* in a row */
        bool has_spoken;       /* a line of it was JSON */

        void *transport;  /* the shell's own; the core never looks at it */
        ListLink in_core; /* Core.sessions, or Core.gone */
        ListLink in_dirty, in_leases;

        ListLink in_unsure; /* Core.unsure */
        /* Scratch of stuck.c and cycle.c: */
        bool is_stuck;
        ListLink in_check;
        Session *found_from, *found_to;
        const Object *found_over;
};

/* 0, -EDQUOT (a bound of sessions), -ENOMEM. */
int session_new(Core *core, const Peer *peer, Session **ret);
/* For snapshots: one that there was, with its id and its note, whatever the bounds say. One that has ended is in Core.gone:
 * 0 or -ENOMEM. */
int session_restore(Core *core, const Peer *peer, uint64_t id, const char *note, bool has_ended,
                    Session **ret);
/* The first that has not ended and has a greater id, or NULL. O(log n). */
Session *session_after(const Core *core, uint64_t id);
/* The bytes of memory of a session, without the parts that are charged by themselves. */
size_t session_memory(const Session *session);

extern const SessionTables session_no_tables;

/* Its tables, for reading; they are empty before session_make_tables(). */
static inline const SessionTables *session_tables(const Session *session) {
        return session->tables ? session->tables : &session_no_tables;
}

/* Makes the tables, which are charged to the user, unless the session has them: 0 or -ENOMEM. */
int session_make_tables(Session *session);
/* Frees the tables, from which everything has been removed. */
void session_free_tables(Session *session);

/* Replaces the note, which is charged to the user; NULL takes it away. 0 or -ENOMEM. */
int session_set_note(Session *session, const char *note);
/* Another has deleted an object: the session is told that what it had of it is lost, if session.hello asked for that. */
void session_tell_lost(Session *session, const char *type, const char *name);
/* Whether it holds, or has reserved, anything. */
bool session_has_something(const Session *session);

/* Whether the session can still be granted something. */
bool session_is_alive(Session *session);

/* Output that is written from now on is held until this epoch is on the disk. */
void session_hold_output(Session *session, uint64_t epoch);
/* The bytes of output that may leave. */
size_t session_free_output(Session *session);
/* No output is left. */
void session_forget_held(Session *session);

/* Tells the transport that there is output to send, or an end. */
void session_mark_dirty(Session *session);
/* Cuts the session off (it does not read its replies, or memory ran out): the transport closes it at the end of the
 * turn. */
void session_cut_off(Session *session, const char *reason);

/* Whether the session belongs to this group, as far as that can be known: a group that is not mapped into the
 * daemon's user namespace shows as another one. */
bool session_in_group(const Session *session, gid_t gid);
/* Whether its user is root or runs the daemon. */
bool session_is_operator(const Session *session);
/* The session has taken more, or one of its waits has ended: its other waiting calls may be part of a cycle now.
 * deadlocks_next() checks. */
void session_is_unsure(Session *session);
