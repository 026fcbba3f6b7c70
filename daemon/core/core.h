/* The core: all state of the daemon except its connections. It does no I/O and reads no clock.
 *
 * This header is its border. The shell gives it inputs: a session begins, a line came, a session is gone or ends, time
 * passed, bounds changed, so much output is unsent. Replies go into the sessions' output, which the shell takes. The same
 * inputs in the same order give the same state and the same replies, in another process and under another hash key.
 *
 * The core asks the shell two things, and the answers are inputs like the others: to make and close descriptors
 * (descriptor.h), and, before it serves a waiting session, whether its peer is dead (on_serving). */
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
typedef struct NewsReader NewsReader;
typedef struct Session Session;
typedef struct SnapshotSink SnapshotSink;
typedef struct StoredObject StoredObject;

/* The shell provides this, and knows this of the system. */
typedef struct CoreSetup {
        const Limits *limits;           /* copied; NULL for the defaults */
        const DescriptorSource *source; /* of the ends of pipes; NULL for none. Must stay. */
        /* Names a session that is about to be served: core_session_set_gone(), if its peer is dead. NULL: all are
         * alive until their end is told. */
        void (*on_serving)(Session *session);
        uid_t uid;          /* of the daemon */
        gid_t unmapped_gid; /* what groups show as that are not mapped: nobody is in it; -1 for none */
        size_t session_bytes; /* of memory that the shell takes for each session: charged with it */
} CoreSetup;

/* Numbers for a status line. */
typedef struct CoreCounts {
        size_t n_sessions, n_objects, n_waits;
        bool has_store;
        uint64_t n_durable; /* objects */
        int store_fault;    /* an errno while the store cannot write; 0 otherwise */
        int64_t last_sync_ns,
                max_sync_ns; /* the time of the last transaction, and of the longest */
} CoreCounts;

/* NULL when memory ran out. */
Core *core_new(const CoreSetup *setup);
/* Ends all sessions and frees all objects. Takes NULL. */
Core *core_free(Core *core);
/* Changes the bounds. Objects and sessions that exceed the new ones already stay. */
void core_set_limits(Core *core, const Limits *limits);
const Limits *core_limits(const Core *core);
/* The options in force, a JSON text that server.config returns: 0; -EINVAL or -ENOMEM with the last one kept. */
int core_set_config(Core *core, const char *text, size_t n);
/* Sets the reader of events for the log (news.h); NULL for none. Copied. */
void core_set_news_reader(Core *core, const NewsReader *reader);
CoreCounts core_counts(const Core *core);

/* Time: monotonic nanoseconds, which never go back, and milliseconds since the epoch for people. */
void core_set_time(Core *core, int64_t now_ns, int64_t wall_ms);
int64_t core_now_ns(const Core *core);
/* Tokens begin at the wall clock, in microseconds, so that they are greater than those of every daemon that began
 * earlier by this clock. To be called once, at the start; without it they begin at 1. */
void core_begin_tokens(Core *core, int64_t wall_us);
/* Ends the waits whose timeout expired, and serves the waits that can continue then. Deletes objects that were not used for their
 * idle_ttl_ms, as far as the allowance goes. */
void core_advance(Core *core);
/* When core_advance() is next needed, or INT64_MAX. */
int64_t core_next_deadline(const Core *core);

/* Whether work was put off: the end of a session or an object that had much, what was cleared, objects that may be
 * unreachable, or that were not used for their idle_ttl_ms. */
bool core_has_leftovers(const Core *core);
/* Does about so many steps of it. Called once a turn; when and for how many steps is an input of the core like any
 * other, and the order of the work is determined by the inputs alone. */
void core_work_off(Core *core, uint64_t n_steps);
/* The memory that all accounts are charged for: of contents, structures and messages on their way. */
uint64_t core_bytes_in_use(const Core *core);
/* Notes that the last line took so long. */
void core_note_time(Core *core, int64_t elapsed_ns);
/* Notes that a turn of the shell's loop took so much processor time. */
void core_note_turn(Core *core, int64_t cpu_ns);
/* The same for a time in which the shell looked for work instead of sleeping, and whether some came. */
void core_note_spin(Core *core, int64_t spin_ns, bool is_hit);
/* Whether server.restart was called since this was asked last. The shell restarts the daemon then; the calls are answered by
 * the core that loads the snapshot, after so long a pause, or when there is no restart, for this reason (a positive errno). */
bool core_take_restart(Core *core);
void core_note_restart(Core *core, int64_t pause_ns);
void core_refuse_restart(Core *core, int error, const char *why);
/* Answers every parked call with ECONNRESET: the daemon is about to end. */
void core_shutdown(Core *core);

/* A session begins: 0, -EDQUOT (a bound of sessions), -ENOMEM. */
int core_session_begin(Core *core, const Peer *peer, Session **ret);
/* Ends a session, for any reason: its waits leave their queues, its holds are released by the policy of their
 * objects, its handles are closed, and the waiters that can continue are served. Takes NULL. */
Session *core_session_end(Session *session);
/* The peer is dead, or reads no more. Lines that it had sent are still carried out, but the session is granted
 * nothing, since that would be lost with it. core_session_end() follows. */
void core_session_set_gone(Session *session);
/* Whether the session goes on after the exit of its process, or the end of its socket: session.hello, ends_with. A
 * session that ends with the last of both goes on after the exit of its process only while it holds something. */
bool core_session_outlives_process(const Session *session);
bool core_session_outlives_socket(const Session *session);
/* Half-close: the parked calls of the session end, with ECANCELED if the peer still reads, without an answer if it is
 * gone. */
void core_session_half_close(Session *session);
/* Cuts the session off, for this reason (a constant): it becomes dirty, and the shell ends it. */
void core_session_cut_off(Session *session, const char *reason);
/* The reason, or NULL. */
const char *core_session_cut_off_reason(const Session *session);
/* Writes the last words of a session that is cut off. */
void core_session_say_cut_off(Session *session);

/* One line of input, without its newline. */
void core_session_receive(Session *session, const char *line, size_t n);
/* A long line is arriving, of which this much is there: it is scanned so far, so that the scanning of a line of
 * 16 MiB is divided among turns. core_session_receive() follows with all of it. No reply depends on this. */
void core_session_receive_part(Session *session, const char *line, size_t n);
/* The bytes of memory that the scan of that line takes so far. */
size_t core_session_input_memory(const Session *session);
/* A line that is longer than the bound. */
void core_session_receive_too_long(Session *session);

/* The next session with new output or a reason to end, which is dirty no more; or NULL. */
Session *core_next_dirty(Core *core);
bool core_has_dirty(const Core *core);
/* Makes it dirty. */
void core_session_mark_dirty(Session *session);
/* Bytes and descriptors of output that wait to be taken, and the memory of their buffer. */
size_t core_session_output_size(const Session *session);
size_t core_session_output_descriptors(const Session *session);
size_t core_session_output_memory(const Session *session);
/* Appends the output to these: 0, or -ENOMEM with nothing moved. */
int core_session_take_output(Session *session, Buffer *to, Attachments *attachments);
/* Exchanges the memory of an output that is empty for that of an empty buffer; either may have none. */
void core_session_exchange_output(Session *session, Buffer *empty);
/* Drops the output: the peer does not read it. */
void core_session_drop_output(Session *session);
/* So much of what was taken is not sent yet. Monitors lose events, and pipes hand out no descriptors, by these. */
void core_session_set_unsent(Session *session, size_t n_bytes, size_t n_descriptors);

void core_session_set_transport(Session *session, void *transport);
void *core_session_transport(const Session *session);
const Peer *core_session_peer(const Session *session);
uint64_t core_session_id(const Session *session);
/* "pid 12 (name)", for people. Lives until the next call of this function but three. */
const char *core_session_text(const Session *session);
/* A client's text made fit for a line of the log: call_quote(). */
const char *core_quote(const char *text, size_t n);
/* Memory of messages on their way, of a user: it was `before` bytes and is n now. 0, or -EDQUOT when that is more, and
 * too much. It counts in either case. */
int core_change_buffers(Core *core, uid_t uid, uint64_t before, uint64_t n);

/* Snapshots: all that the core knows, with its sessions, as a text (doc/snapshot.md). Descriptors are in it as numbers.
 * Saving is an input like any other: what a half-close left to do is done before. 0, or -ENOMEM with nothing written. */
int core_save(Core *core, Buffer *to);
/* The same piece by piece, so that the text needs no memory besides the state: 0, -ENOMEM, or an error of the sink. */
int core_save_to(Core *core, const SnapshotSink *sink);
/* Does what is to be done before: then saving only reads the state. */
void core_prepare_save(Core *core);
enum { CORE_FAULT_MAX = 256 };
/* Into a fresh core, whose setup and bounds it keeps: 0; -EBADMSG (this is no snapshot, or a damaged one),
 * -EPROTONOSUPPORT (one of another format), -ENOMEM, with the reason. After a failure the core is of no use but for
 * core_free(), which closes no descriptor of the snapshot. Sessions have no transport. */
int core_load(Core *core, const char *text, size_t n, char fault[CORE_FAULT_MAX]);
/* Is called once after a core_load() that succeeded: closes the descriptors of the snapshot that nothing has. Until then
 * the shell may attach them to output that it had taken. */
void core_end_load(Core *core);
/* The descriptor behind this one, in any order; NULL for the first, or behind the last. */
Descriptor *core_next_descriptor(const Core *core, const Descriptor *descriptor);
/* The descriptors of the core belong to the reader of its snapshot: the end of the core closes none. */
void core_leave_descriptors(Core *core);
/* The session behind this one, in the order in which they began; NULL for the first, or behind the last. */
Session *core_next_session(const Core *core, const Session *session);

/* Durable objects (change.h): their changes as rows (stored.h), for a store of the shell. Off at first: then no object can be
 * made durable. */
void core_set_store(Core *core, bool is_on);
/* Tokens below this are stored as given out, and there is an order to them for ever; core_pass_tokens() goes behind those of
 * before. */
void core_set_stored_tokens(Core *core, uint64_t below);
void core_pass_tokens(Core *core, uint64_t tokens);
uint64_t core_last_token(const Core *core);
/* While the store cannot write, with this errno (0: it can again), calls that change durable objects are refused with it, but
 * for those that give something back; no further reply waits. */
void core_set_store_fault(Core *core, int error);
/* Whether something has changed: in `sync` objects, or in any. */
bool core_has_changes(const Core *core, bool with_async);
/* Appends about so many bytes of rows: 1 when that is all of it, which ends an epoch; 0 when there are more; -ENOMEM, with
 * whole rows appended, and the rest to be taken later. One transaction writes an epoch. */
int core_take_changes(Core *core, bool with_async, size_t n_bytes, Buffer *to, uint64_t *ret_epoch);
/* This epoch, and all before, are on the disk: replies that waited for them may leave. */
void core_note_committed(Core *core, uint64_t epoch, int64_t took_ns);
/* Whether an administrator has asked to write again, since this was asked last. */
bool core_take_resume(Core *core);
/* The sessions that wait for an epoch. */
size_t core_count_held(const Core *core);
/* Whether output of the session waits for an epoch. */
bool core_session_is_held(Session *session);
/* At the start, one object of the store: its name and state stand behind `name` as in stored.h, and `contents` are lines as
 * of a snapshot. 0, or an error of core_load() with the reason. Then, after all of them, core_end_loading(). */
int core_load_stored(Core *core, uint64_t id, const StoredObject *row, const char *name,
                     const Buffer *contents, char fault[CORE_FAULT_MAX]);
void core_end_loading(Core *core);

/* For tests that look inside (core-state.h): 0 or -ENOMEM. NULL stands for the default limits. */
int core_init(Core *core, const Limits *limits);
void core_deinit(Core *core);
