/* The core: all state of the daemon except its connections. It does no I/O and reads no clock.
 *
 * This header is its border. The shell passes it inputs: a session begins, a line arrived, a
 * session is gone or ends, time passed, bounds changed, an amount of output is unsent. Replies go
 * into the output of the sessions, which the shell takes. The same inputs in the same order give
 * the same state and the same replies, in another process and under another hash key.
 *
 * The core asks the shell for two things, and the results are inputs like the others: to make and
 * close descriptors (descriptor.h), and, before it serves a waiting session, whether its peer is
 * dead (on_serving). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-limits.h"
#include "peer.h"

typedef struct Attachments Attachments;
typedef struct Buffer Buffer;
typedef struct Core Core;
typedef struct Descriptor Descriptor;
typedef struct DescriptorSource DescriptorSource;
typedef struct Lent Lent;
typedef struct NewsReader NewsReader;
typedef struct Session Session;
typedef struct SnapshotSink SnapshotSink;
typedef struct StoredObject StoredObject;

/* The functions and facts that the shell provides. */
typedef struct CoreSetup {
        const Limits *limits;           /* copied; NULL for the defaults */
        const DescriptorSource *source; /* for the ends of pipes; NULL: none. Must stay valid. */
        /* Called before a session is served: the shell calls core_session_set_gone() if its peer is
         * dead. NULL: all peers are alive until their end is reported. */
        void (*on_serving)(Session *session);
        uid_t uid;          /* of the daemon */
        gid_t unmapped_gid; /* unmapped groups appear as this one, which has no members; -1: none */
        size_t session_bytes; /* memory that the shell uses for each session, charged with it */
        /* Values of so many bytes are lent to the output (lent.h), since the shell can send them so.
         * 0: none is. */
        size_t lent_min;
} CoreSetup;

/* Numbers for a status line. */
typedef struct CoreCounts {
        size_t n_sessions, n_objects, n_waits;
        bool has_store;
        uint64_t n_durable;                /* number of durable objects */
        int store_fault;                   /* an errno while the store cannot write; 0 otherwise */
        int64_t last_sync_ns, max_sync_ns; /* duration of the last and of the longest transaction */
        int64_t started_ms;                /* by the wall clock */
        int64_t restarted_ms;     /* of the last planned restart, by the wall clock; 0: none */
        int64_t restart_pause_ns; /* how long clients waited in it */
} CoreCounts;

/* Returns NULL if memory ran out. */
Core *core_new(const CoreSetup *setup);
/* Ends all sessions and frees all objects. Takes NULL. */
Core *core_free(Core *core);
/* Changes the bounds. Objects and sessions that exceed the new ones stay. */
void core_set_limits(Core *core, const Limits *limits);
const Limits *core_limits(const Core *core);
/* Returns the number of sessions that only root may have. */
uint64_t core_root_sessions(const Core *core);
/* Sets the JSON text that server.config returns. Returns 0, or -EINVAL or -ENOMEM with the previous
 * text kept. */
int core_set_config(Core *core, const char *text, size_t n);
/* Sets the reader of events for the log (news.h), which is copied; NULL: none. */
void core_set_news_reader(Core *core, const NewsReader *reader);
CoreCounts core_counts(const Core *core);

/* Sets the time: monotonic nanoseconds, which never decrease, and milliseconds since the epoch for
 * people. */
void core_set_time(Core *core, int64_t now_ns, int64_t wall_ms);
int64_t core_now_ns(const Core *core);
/* Makes tokens begin at the wall clock, in microseconds, so that they are greater than those of
 * every daemon that began earlier by this clock. Call it once, at the start; otherwise they begin
 * at 1. */
void core_begin_tokens(Core *core, int64_t wall_us);
/* Ends the waits whose timeout expired, and serves waits that can continue then. Deletes objects
 * that were not used for their idle_ttl_ms, as far as the allowance goes. */
void core_advance(Core *core);
/* Returns when core_advance() must be called next, or INT64_MAX. */
int64_t core_next_deadline(const Core *core);

/* Returns whether work was deferred: the end of a large session or object, cleared contents,
 * objects that may be unreachable or that were not used for their idle_ttl_ms. */
bool core_has_leftovers(const Core *core);
/* Does about n_steps of deferred work. Called once in each turn. When it is called, and for how
 * many steps, are inputs of the core; the order of the work depends on the inputs only. */
void core_work_off(Core *core, uint64_t n_steps);
/* Returns the memory that all accounts are charged for: contents, structures, and messages in
 * transit. */
uint64_t core_bytes_in_use(const Core *core);
/* Notes how long all lines since the last call of this function took. */
void core_note_time(Core *core, int64_t elapsed_ns);
/* Returns the number of such lines. */
unsigned core_count_untimed(const Core *core);
/* Returns whether they are so many, or did so much work, that their time is to be noted before the next one. */
bool core_time_is_due(const Core *core);
/* Notes the processor time of a turn of the shell's loop. */
void core_note_turn(Core *core, int64_t cpu_ns);
/* Notes a time in which the shell polled for work instead of sleeping, and whether any came. */
void core_note_spin(Core *core, int64_t spin_ns, bool is_hit);
/* Returns whether server.restart was called since the last call of this function. The shell then
 * restarts the daemon. Those calls are answered by the core that loads the snapshot, with the
 * length of the pause, or, if the daemon was not restarted, by core_refuse_restart() with the
 * reason (a positive errno). */
bool core_take_restart(Core *core);
void core_note_restart(Core *core, int64_t pause_ns);
void core_refuse_restart(Core *core, int error, const char *why);
/* Ends every parked call with ECONNRESET, before the daemon ends. */
void core_shutdown(Core *core);

/* Begins a session. Returns 0, -EDQUOT (a bound of sessions) or -ENOMEM. */
int core_session_begin(Core *core, const Peer *peer, Session **ret);
/* Ends a session, for any reason: its waits leave their queues, its holds are released by the
 * policy of their objects, its handles are closed, and waiters that can continue are served. Takes
 * NULL. */
Session *core_session_end(Session *session);
/* Called when the peer is dead, or reads no more. Lines that it has sent still run, but the session
 * is granted nothing, since that would be lost. core_session_end() follows. */
void core_session_set_gone(Session *session);
/* Return whether the session outlives its process, or its socket: session.hello, ends_with. A
 * session that ends with the last of both outlives its process only while it holds something. */
bool core_session_outlives_process(const Session *session);
bool core_session_outlives_socket(const Session *session);
/* Called after a half-close: the parked calls of the session end, with ECANCELED if the peer still
 * reads, without a reply if it is gone. */
void core_session_half_close(Session *session);
/* Cuts the session off, with this reason (a constant): it becomes dirty, and the shell ends it. */
void core_session_cut_off(Session *session, const char *reason);
/* Returns the reason; NULL: it is not cut off. */
const char *core_session_cut_off_reason(const Session *session);
/* Writes the last line of a session that is cut off. */
void core_session_say_cut_off(Session *session);

/* Runs one line of input, without its newline. */
void core_session_receive(Session *session, const char *line, size_t n);
/* Scans the part of a long line that has arrived, so that the scan of a line of 16 MiB is divided
 * among turns. core_session_receive() follows with the whole line. No reply depends on this. */
void core_session_receive_part(Session *session, const char *line, size_t n);
/* Returns the memory that the scan of that line takes so far. */
size_t core_session_input_memory(const Session *session);
/* Refuses a line that exceeds the bound. */
void core_session_receive_too_long(Session *session);

/* Returns the next session with new output or a reason to end, which is then no longer dirty; or
 * NULL. */
Session *core_next_dirty(Core *core);
bool core_has_dirty(const Core *core);
/* Return the bytes and descriptors of output that were not taken, and the memory of their
 * buffer. */
size_t core_session_output_size(const Session *session);
size_t core_session_output_descriptors(const Session *session);
size_t core_session_output_memory(const Session *session);
/* Appends the output to these. Returns 0, or -ENOMEM with nothing moved. */
int core_session_take_output(Session *session, Buffer *to, Attachments *attachments, Lent *lent);
/* For restarts: copies the values that are lent to the output. Returns 0 or -ENOMEM. */
int core_session_gather_output(Session *session);
/* Exchanges the memory of an output that is empty for that of an empty buffer; either may have
 * none. */
void core_session_exchange_output(Session *session, Buffer *empty);
/* Drops the output, if the peer does not read it. */
void core_session_drop_output(Session *session);
/* Sets how much of the taken output is unsent. Monitors lose events, and pipes return no
 * descriptors, if it is too much. */
void core_session_set_unsent(Session *session, size_t n_bytes, size_t n_descriptors);

void core_session_set_transport(Session *session, void *transport);
void *core_session_transport(const Session *session);
const Peer *core_session_peer(const Session *session);
uint64_t core_session_id(const Session *session);
/* Returns "pid 12 (name)", for people. The text is valid for three more calls of this function. */
const char *core_session_text(const Session *session);
/* Prepares a client's text for a line of the log: see call_quote(). */
const char *core_quote(const char *text, size_t n);
/* Changes the memory of a user's messages in transit from `before` bytes to n. Returns 0, or
 * -EDQUOT if that is more, and above the bound. The change counts in either case. */
int core_change_buffers(Core *core, uid_t uid, uint64_t before, uint64_t n);

/* Snapshots: the whole state of the core, with its sessions, as a text (doc/snapshot.md).
 * Descriptors are in it as numbers. Saving is an input like any other: work left by a half-close is
 * done first. Returns 0, or -ENOMEM with nothing written. */
int core_save(Core *core, Buffer *to);
/* Saves piece by piece, so that the text needs no memory besides the state. Returns 0, -ENOMEM or
 * an error of the sink. */
int core_save_to(Core *core, const SnapshotSink *sink);
/* Does the work that must precede saving, which then only reads the state. */
void core_prepare_save(Core *core);
enum { CORE_FAULT_MAX = 256 };
/* Loads a snapshot into a fresh core, which keeps its setup and bounds. Returns 0; or -EBADMSG (not
 * a snapshot, or a damaged one), -EPROTONOSUPPORT (another format) or -ENOMEM, with the reason.
 * After a failure the core can only be freed by core_free(), which closes no descriptor of the
 * snapshot. Sessions have no transport. */
int core_load(Core *core, const char *text, size_t n, char fault[CORE_FAULT_MAX]);
/* Called once after a successful core_load(): closes the descriptors of the snapshot that nothing
 * refers to. Before that, the shell may attach them to output that it had taken. */
void core_end_load(Core *core);
/* Returns the next descriptor, in any order; after NULL the first; behind the last NULL. */
Descriptor *core_next_descriptor(const Core *core, const Descriptor *descriptor);
/* Leaves the descriptors of the core to the reader of its snapshot: the end of the core closes
 * none. */
void core_leave_descriptors(Core *core);
/* Returns the next session, in the order in which they began; after NULL the first; behind the last
 * NULL. */
Session *core_next_session(const Core *core, const Session *session);

/* Turns on changes of durable objects (change.h) as rows (stored.h), for a store of the shell. Off
 * at first: then no object can be made durable. */
void core_set_store(Core *core, bool is_on);
/* Tokens below this are stored as given out. Tokens grow for ever: core_pass_tokens() continues
 * behind those of the previous daemon. */
void core_set_stored_tokens(Core *core, uint64_t below);
void core_pass_tokens(Core *core, uint64_t tokens);
uint64_t core_last_token(const Core *core);
/* Sets the errno while the store cannot write; 0: it can again. Calls that change durable objects
 * are refused with it, except those that give something back, and no further reply waits. */
void core_set_store_fault(Core *core, int error);
/* Returns whether anything has changed: in `sync` objects, or in any. */
bool core_has_changes(const Core *core, bool with_async);
/* Appends about n_bytes of rows. Returns 1 if these are all, which ends an epoch; 0 if more are
 * left; or -ENOMEM with whole rows appended, and the rest to be taken later. One transaction writes
 * an epoch. */
int core_take_changes(Core *core, bool with_async, size_t n_bytes, Buffer *to, uint64_t *ret_epoch);
/* Called when this epoch and all before are on the disk: replies that waited for them may be
 * sent. */
void core_note_committed(Core *core, uint64_t epoch, int64_t took_ns);
/* Returns whether an administrator has asked to write again since the last call of this
 * function. */
bool core_take_resume(Core *core);
/* Returns the number of sessions that wait for an epoch. */
size_t core_count_held(const Core *core);
/* Returns whether output of the session waits for an epoch. */
bool core_session_is_held(Session *session);
/* At the start, loads one object of the store: its name and state follow `name` as in stored.h, and
 * `contents` are lines as of a snapshot. Returns 0, or an error of core_load() with the reason.
 * core_end_loading() follows after all of them. */
int core_load_stored(Core *core, uint64_t id, const StoredObject *row, const char *name,
                     const Buffer *contents, char fault[CORE_FAULT_MAX]);
void core_end_loading(Core *core);

/* For tests that look inside (core-state.h); NULL: the default limits. Returns 0 or -ENOMEM. */
int core_init(Core *core, const Limits *limits);
void core_deinit(Core *core);
