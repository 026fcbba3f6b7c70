/* Records of connections: the state of each connection in the shell, besides its session.
 *
 * Some state is not written: state that follows from the rest (whether a line is complete, which
 * events are watched, which bytes are charged), the scan of an unfinished line, which starts again,
 * and the shares of a turn, since a restart happens between turns. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attachment.h"
#include "connection.h"
#include "handover/connection-record.h"
#include "snapshot/fields.h"
#include "unix-socket.h"

static const SnapshotField fields[] = {
        FIELD_OF_BOOL(Connection, has_input),
        FIELD_OF_BOOL(Connection, is_stuck),
        FIELD_OF_BOOL(Connection, is_too_much),
        FIELD_OF_64(Connection, n_last_words),
        FIELD_OF_64(Connection, output_since_ns),
        {"is_paused", offsetof(Connection, lines.is_paused), FIELD_BOOL},
        {"is_skipping", offsetof(Connection, lines.is_skipping), FIELD_BOOL},
        {"is_unheard", offsetof(Connection, lines.is_unheard), FIELD_BOOL},
        {"line_since_ns", offsetof(Connection, lines.since_ns), FIELD_64},
};

/* An entry for OVER is not needed: those connections are freed before a snapshot. */
static const char *const states[] = {
        [CONNECTION_OPEN] = "open",         [CONNECTION_HALF_CLOSED] = "half_closed",
        [CONNECTION_GONE] = "gone",         [CONNECTION_DETACHED] = "detached",
        [CONNECTION_DRAINING] = "draining", NULL,
};

/* ---- Saving */

static void put_buffer(SnapshotWriter *w, const char *key, const Buffer *buffer) {
        size_t n = buffer_size(buffer);

        snapshot_put_text(w, key, n ? buffer_bytes(buffer) : "", n);
}

static void connection_save(const Connection *c, SnapshotWriter *w) {
        snapshot_begin(w, "connection");
        snapshot_put_int(w, "socket", unix_socket_fd(c->transport));
        snapshot_put_int(w, "pidfd", unix_socket_pidfd(c->transport));
        snapshot_put_uint(w, "session", c->session ? core_session_id(c->session) : 0);
        snapshot_put_int(w, "uid", c->share->uid);
        snapshot_put_string(w, "state", states[c->state]);
        snapshot_put_fields(w, c, fields, ELEMENTSOF(fields));
        put_buffer(w, "input", &c->lines.input);
        put_buffer(w, "output", &c->output);
        attachments_save(&c->attachments, w);
}

/* Descriptors have their places between bytes, so lent values are copied among these. */
int connections_gather(Turn *turn) {
        int r = 0;

        LIST_FOREACH (node, &turn->connections) {
                Connection *c = LIST_ENTRY(node, Connection, in_turn);
                if (r == 0)
                        r = lent_gather(&c->lent, &c->output, &c->attachments);
                if (r == 0 && c->session)
                        r = core_session_gather_output(c->session);
        }
        return r;
}

void connections_save(const Turn *turn, SnapshotWriter *w) {
        LIST_FOREACH (node, &turn->connections)
                connection_save(LIST_ENTRY(node, Connection, in_turn), w);
}

static void put_sockets(SnapshotWriter *w, const List *list, size_t offset) {
        LIST_FOREACH (node, list) {
                const Connection *c = (const Connection *)((const char *)node - offset);
                snapshot_put_int(w, NULL, unix_socket_fd(c->transport));
        }
}

/* Deferred connections come before the others in the next turn (connections_begin_turn()), so they
 * are written first. */
void turn_save(const Turn *turn, SnapshotWriter *w) {
        snapshot_begin(w, "turn");
        snapshot_open_array(w, "runnable");
        put_sockets(w, &turn->late, offsetof(Connection, in_runnable));
        put_sockets(w, &turn->deferred, offsetof(Connection, in_runnable));
        put_sockets(w, &turn->runnable, offsetof(Connection, in_runnable));
        snapshot_close_array(w);
        snapshot_open_array(w, "sending");
        put_sockets(w, &turn->unsent, offsetof(Connection, in_sending));
        put_sockets(w, &turn->sending, offsetof(Connection, in_sending));
        snapshot_close_array(w);
}

/* ---- Loading */

static void buffer_load(SnapshotReader *r, const char *key, Buffer *into) {
        size_t n;
        CLEANUP(freep) char *text = snapshot_get_text(&r->record, key, &n);

        if (r->error == 0 && buffer_append(into, text ? text : "", n) < 0)
                snapshot_fail(r, -ENOMEM, "memory ran out");
}

/* Returns the session of the record, which no other record may have. Returns NULL if the connection
 * has none, which is valid only in DRAINING, or after a failure. */
static Session *session_load(SnapshotReader *r, ConnectionState state) {
        uint64_t id = snapshot_get_uint(&r->record, "session");
        Session *session = id ? snapshot_marked(r, SNAPSHOT_SESSION, id) : NULL;

        if (r->error < 0)
                return NULL;
        if (id ? !session : state != CONNECTION_DRAINING)
                snapshot_fail(r, -EBADMSG, "no session has the id %lld", (long long)id);
        else if (id && state == CONNECTION_DRAINING)
                snapshot_fail(r, -EBADMSG, "a connection that drains has no session");
        else if (id)
                snapshot_mark(r, MARK_USED, id, session);
        return session;
}

/* Makes the connection with its socket. */
static Connection *connection_make(ShellState *s, SnapshotReader *r, int fd, Process *process,
                                   uid_t uid, Session *session) {
        Transport *transport;
        Connection *c = NULL;
        int error = unix_socket_restore(s->base, fd, process, &transport);

        if (error == 0)
                error = connection_restore(s->turn, transport, uid, session, &c);
        if (error == 0)
                error = snapshot_mark(r, MARK_CONNECTION, (uint64_t)fd, c);
        if (error < 0)
                snapshot_fail(r, error, "the connection cannot be watched");
        return error < 0 ? NULL : c;
}

static void connection_load(ShellState *s, SnapshotReader *r, bool is_check) {
        Connection scratch = {0}, *c = &scratch;
        int fd = (int)snapshot_get_range(&r->record, "socket", 0, INT32_MAX);
        int pidfd = (int)snapshot_get_range(&r->record, "pidfd", -1, INT32_MAX);
        uid_t uid = (uid_t)snapshot_get_range(&r->record, "uid", 0, UINT32_MAX);
        ConnectionState state = (ConnectionState)snapshot_get_choice(&r->record, "state", states);
        Session *session = session_load(r, state);
        Process *process = pidfd >= 0 ? snapshot_marked(r, MARK_PROCESS, (uint64_t)pidfd) : NULL;

        if (r->error == 0 && pidfd >= 0 && !process)
                snapshot_fail(r, -EBADMSG, "no process has the pidfd %d", pidfd);
        attachments_init(&scratch.attachments);
        if (r->error == 0 && is_check)
                snapshot_mark(r, MARK_CONNECTION, (uint64_t)fd, c);
        if (r->error == 0 && !is_check)
                c = connection_make(s, r, fd, process, uid, session);
        if (r->error < 0)
                return;
        c->state = state;
        snapshot_get_fields(&r->record, c, fields, ELEMENTSOF(fields));
        buffer_load(r, "input", &c->lines.input);
        buffer_load(r, "output", &c->output);
        attachments_load(&c->attachments, buffer_size(&c->output), r);
        if (r->error == 0 && !is_check)
                connection_go_on(c);
        attachments_clear(&scratch.attachments);
        buffer_deinit(&scratch.lines.input);
        buffer_deinit(&scratch.output);
}

void connections_load(ShellState *s, SnapshotReader *r, bool is_check) {
        for (; snapshot_is(r, "connection"); snapshot_next(r))
                connection_load(s, r, is_check);
        for (Session *session = NULL; (session = core_next_session(s->core, session));)
                if (r->error == 0 && !snapshot_marked(r, MARK_USED, core_session_id(session)))
                        snapshot_fail(r, -EBADMSG, "the session %llu has no connection",
                                      (unsigned long long)core_session_id(session));
}

static void list_load(SnapshotReader *r, const char *key, bool is_check, List *list,
                      size_t offset) {
        JsonCursor cursor;
        JsonSpan element;

        snapshot_get_array(&r->record, key, &cursor);
        while (snapshot_next_element(r, &cursor, &element)) {
                uint64_t fd = (uint64_t)snapshot_read_int(r, &element);
                Connection *c = snapshot_marked(r, MARK_CONNECTION, fd);
                if (!c)
                        snapshot_fail(r, -EBADMSG, "'%s': no such connection", key);
                else if (!is_check) {
                        List *node = (List *)((char *)c + offset);
                        list_unlink(node);
                        list_append(list, node);
                }
        }
}

void turn_load(ShellState *s, SnapshotReader *r, bool is_check) {
        if (!snapshot_is(r, "turn")) {
                snapshot_fail(r, -EBADMSG, "the record of kind 'turn' is missing");
                return;
        }
        list_load(r, "runnable", is_check, &s->turn->runnable, offsetof(Connection, in_runnable));
        list_load(r, "sending", is_check, &s->turn->sending, offsetof(Connection, in_sending));
        snapshot_next(r);
}
