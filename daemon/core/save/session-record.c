/* Records of sessions: their peers, their settings, and the output that was not read yet. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attachment.h"
#include "call/call.h"
#include "call/methods.h"
#include "core-state.h"
#include "handle.h"
#include "monitor.h"
#include "object.h"
#include "restart.h"
#include "save/records.h"
#include "session.h"
#include "snapshot/fields.h"

static const SnapshotField fields[] = {
        FIELD_OF_64(Session, since_ns),          FIELD_OF_64(Session, expect_ms),
        FIELD_OF_BOOL(Session, end_releases),    FIELD_OF_BOOL(Session, tells_lost),
        FIELD_OF_BOOL(Session, is_asynchronous), FIELD_OF_BOOL(Session, wants_seq),
        FIELD_OF_BOOL(Session, is_gone),         FIELD_OF_BOOL(Session, is_cut_off),
        FIELD_OF_BOOL(Session, has_spoken),      FIELD_OF_32(Session, n_bad_frames),
        FIELD_OF_64(Session, n_unsent_bytes),    FIELD_OF_64(Session, n_unsent_descriptors),
        FIELD_OF_64(Session, lease_call),        FIELD_OF_64(Session, leases_over),
};

static const char *const ends[] = {
        [SESSION_ENDS_FIRST] = "first",
        [SESSION_ENDS_LAST] = "last",
        [SESSION_ENDS_SOCKET] = "socket",
        NULL,
};

/* ---- Saving */

static void peer_save(const Peer *peer, SnapshotWriter *w) {
        snapshot_put_int(w, "pid", peer->pid);
        snapshot_put_int(w, "uid", peer->uid);
        snapshot_put_int(w, "gid", peer->gid);
        snapshot_open_array(w, "groups");
        for (size_t i = 0; i < peer->n_groups; i++)
                snapshot_put_int(w, NULL, peer->groups[i]);
        snapshot_close_array(w);
        snapshot_put_bool(w, "has_socket_gid", peer->has_socket_gid);
        snapshot_put_int(w, "socket_gid", peer->socket_gid);
        snapshot_put_string(w, "comm", peer->comm);
}

static void monitor_save(const Monitor *m, SnapshotWriter *w) {
        snapshot_open_object(w, "monitor");
        snapshot_put_string(w, "type", m->filter.type);
        snapshot_put_string(w, "name", m->filter.name);
        snapshot_put_string(w, "method", m->filter.method);
        snapshot_put_int(w, "pid", m->filter.pid);
        snapshot_put_bool(w, "args", m->filter.args);
        snapshot_put_uint(w, "told", m->n_told);
        snapshot_put_uint(w, "lost", m->n_lost);
        snapshot_put_uint(w, "lost_untold", m->n_lost_untold);
        snapshot_close_object(w);
}

static void output_save(const Session *session, SnapshotWriter *w) {
        snapshot_put_text(w, "output",
                          buffer_size(&session->output) ? buffer_bytes(&session->output) : "",
                          buffer_size(&session->output));
        attachments_save(&session->attachments, w);
}

static void handles_save(const Session *session, SnapshotWriter *w) {
        snapshot_open_array(w, "handles");
        TABLE_FOREACH (entry, &session_tables(session)->handles) {
                const Handle *handle = entry->value;
                snapshot_open_array(w, NULL);
                snapshot_put_uint(w, NULL, handle->object->id);
                snapshot_put_int(w, NULL, handle->n_opens);
                snapshot_close_array(w);
        }
        snapshot_close_array(w);
        snapshot_open_array(w, "leases");
        TABLE_FOREACH (entry, &session_tables(session)->leases) {
                snapshot_open_array(w, NULL);
                snapshot_put_uint(w, NULL, ((const Object *)entry->value)->id);
                snapshot_put_uint(w, NULL, entry->serial);
                snapshot_close_array(w);
        }
        snapshot_close_array(w);
}

static void session_save(const Session *session, SnapshotWriter *w) {
        snapshot_begin(w, "session");
        snapshot_put_uint(w, "id", session->id);
        peer_save(&session->peer, w);
        snapshot_put_string(w, "client", session->client);
        snapshot_put_string(w, "note", session->note);
        snapshot_put_bool(w, "ended", session->has_ended);
        snapshot_put_string(w, "ends_with", ends[session->ends_with]);
        snapshot_put_string(w, "cut_off", session->cut_off_reason);
        snapshot_put_fields(w, session, fields, ELEMENTSOF(fields));
        snapshot_put_uint(w, "last_lease", session_tables(session)->leases.last_serial);
        if (session->tables)
                snapshot_put_bool(w, "has_tables", true);
        if (session->observes)
                snapshot_put_bool(w, "observes", true);
        handles_save(session, w);
        output_save(session, w);
        if (session->monitor)
                monitor_save(session->monitor, w);
        if (session->restart)
                snapshot_put_text(w, "restart", session->restart->id, session->restart->n_id);
}

void sessions_save(const Core *core, SnapshotWriter *w) {
        LIST_FOREACH (node, &core->sessions)
                session_save(LIST_ENTRY(node, Session, in_core), w);
        LIST_FOREACH (node, &core->gone)
                session_save(LIST_ENTRY(node, Session, in_core), w);
}

/* ---- Loading */

static void groups_load(SnapshotReader *r, gid_t **ret, size_t *ret_n) {
        JsonCursor cursor, counted;
        JsonSpan span;
        size_t n = 0, i = 0;

        snapshot_get_array(&r->record, "groups", &cursor);
        counted = cursor;
        while (json_cursor_next(&counted, NULL, &span))
                n++;
        *ret = calloc(n + 1, sizeof(**ret));
        if (!*ret)
                snapshot_fail(r, -ENOMEM, "memory ran out");
        while (snapshot_next_element(r, &cursor, &span))
                (*ret)[i++] = (gid_t)snapshot_read_int(r, &span);
        *ret_n = i;
}

static Session *session_make(Core *core, SnapshotReader *r) {
        Peer peer = {0};
        Session *session = NULL;
        CLEANUP(freep) gid_t *groups = NULL;
        uint64_t id = snapshot_get_uint(&r->record, "id");

        peer.pid = (pid_t)snapshot_get_range(&r->record, "pid", 0, INT32_MAX);
        peer.uid = (uid_t)snapshot_get_range(&r->record, "uid", 0, UINT32_MAX);
        peer.gid = (gid_t)snapshot_get_range(&r->record, "gid", 0, UINT32_MAX);
        groups_load(r, &groups, &peer.n_groups);
        peer.groups = groups;
        peer.has_socket_gid = snapshot_get_bool(&r->record, "has_socket_gid");
        peer.socket_gid = (gid_t)snapshot_get_range(&r->record, "socket_gid", 0, UINT32_MAX);
        snapshot_get_string(&r->record, "comm", peer.comm, sizeof(peer.comm));
        char client[PEER_COMM_SIZE];
        snapshot_get_string(&r->record, "client", client, sizeof(client));
        CLEANUP(freep) char *note = snapshot_get_text(&r->record, "note", NULL);
        bool has_ended = snapshot_get_bool(&r->record, "ended");
        if (snapshot_marked(r, SNAPSHOT_SESSION, id))
                snapshot_fail(r, -EBADMSG, "the id %lld is used twice", (long long)id);
        if (r->error < 0)
                return NULL;
        if (session_restore(core, &peer, id, note, has_ended, &session) < 0) {
                snapshot_fail(r, -ENOMEM, "memory ran out");
                return NULL;
        }
        memcpy(session->client, client, sizeof(client));
        snapshot_mark(r, SNAPSHOT_SESSION, id, session);
        return session;
}

/* The memory of the tables is charged, so a session that has had a use for them has them again. */
static void tables_load(Session *session, SnapshotReader *r) {
        if (snapshot_has(&r->record, "has_tables") && snapshot_get_bool(&r->record, "has_tables") &&
            session_make_tables(session) < 0)
                snapshot_fail(r, -ENOMEM, "memory ran out");
}

static void handles_load(Session *session, SnapshotReader *r) {
        JsonCursor cursor;
        JsonSpan element, parts[2];

        snapshot_get_array(&r->record, "handles", &cursor);
        while (snapshot_next_element(r, &cursor, &element) &&
               snapshot_read_tuple(r, &element, parts, ELEMENTSOF(parts))) {
                Object *object = snapshot_find_object(r, (uint64_t)snapshot_read_int(r, &parts[0]));
                int64_t n_opens = snapshot_read_int(r, &parts[1]);
                if (object && (n_opens <= 0 || n_opens > UINT32_MAX || object->has_ended))
                        snapshot_fail(r, -EBADMSG, "the session cannot have opened the object");
                if (r->error < 0)
                        return;
                int error = handle_restore(session, object, (unsigned)n_opens);
                if (error < 0)
                        snapshot_fail_making(r, error, "a handle on this object");
        }
}

static void leases_load(Session *session, SnapshotReader *r) {
        uint64_t last = snapshot_get_uint(&r->record, "last_lease");
        Table *leases = session->tables ? &session->tables->leases : NULL;
        JsonCursor cursor;
        JsonSpan element, parts[2];

        snapshot_get_array(&r->record, "leases", &cursor);
        while (snapshot_next_element(r, &cursor, &element) &&
               snapshot_read_tuple(r, &element, parts, ELEMENTSOF(parts))) {
                Object *object = snapshot_find_object(r, (uint64_t)snapshot_read_int(r, &parts[0]));
                uint64_t serial = (uint64_t)snapshot_read_int(r, &parts[1]);
                if (object &&
                    (!leases || serial <= leases->last_serial || serial > last ||
                     !table_find(&session->tables->handles, &object->id, sizeof(object->id))))
                        snapshot_fail(r, -EBADMSG, "the lease has no handle, or a wrong serial");
                if (r->error < 0)
                        return;
                leases->last_serial = serial - 1;
                int error = table_add(leases, &object->id, sizeof(object->id), object);
                if (error < 0)
                        snapshot_fail_making(r, error, "a lease of this object");
        }
        if (leases)
                leases->last_serial = last;
}

static void output_load(Session *session, SnapshotReader *r) {
        size_t n;
        CLEANUP(freep) char *output = snapshot_get_text(&r->record, "output", &n);

        if (r->error == 0 && buffer_append(&session->output, output ? output : "", n) < 0)
                snapshot_fail(r, -ENOMEM, "memory ran out");
        attachments_load(&session->attachments, n, r);
}

static void monitor_load(Session *session, SnapshotReader *r) {
        JsonSpan span;
        SnapshotRecord record;

        if (!snapshot_find(&r->record, "monitor", &span))
                return;
        snapshot_enter_record(r, &span, &record);
        CLEANUP(freep) char *type = snapshot_get_text(&record, "type", NULL);
        CLEANUP(freep) char *name = snapshot_get_text(&record, "name", NULL);
        CLEANUP(freep) char *method = snapshot_get_text(&record, "method", NULL);
        MonitorFilter filter = {.type = type, .name = name, .method = method};
        filter.pid = (pid_t)snapshot_get_range(&record, "pid", 0, INT32_MAX);
        filter.args = snapshot_get_bool(&record, "args");
        uint64_t n_told = snapshot_get_uint(&record, "told");
        uint64_t n_lost = snapshot_get_uint(&record, "lost");
        uint64_t n_lost_untold = snapshot_get_uint(&record, "lost_untold");
        snapshot_check_record(&record);
        if (r->error == 0 && session->has_ended)
                snapshot_fail(r, -EBADMSG, "a session that has ended cannot be a monitor");
        if (r->error < 0)
                return;
        if (monitor_restore(session, &filter) < 0) {
                snapshot_fail(r, -ENOMEM, "memory ran out");
                return;
        }
        session->monitor->n_told = n_told;
        session->monitor->n_lost = n_lost;
        session->monitor->n_lost_untold = n_lost_untold;
}

static void restart_load(Session *session, SnapshotReader *r) {
        static const char method[] = "server.restart";

        if (!snapshot_has(&r->record, "restart"))
                return;
        Call *call = call_new(session);
        if (!call) {
                snapshot_fail(r, -ENOMEM, "memory ran out");
                return;
        }
        call->ref = method_find(session->core, method, strlen(method));
        call->may_wait = true;
        call_id_load(call, "restart", r);
        if (r->error == 0 && session->has_ended)
                snapshot_fail(r, -EBADMSG, "a session that has ended cannot wait");
        if (r->error == 0)
                restart_restore(call);
        else
                call_free(call);
}

static void session_load(Core *core, SnapshotReader *r) {
        Session *session = session_make(core, r);

        if (!session)
                return;
        session->ends_with = (SessionEnd)snapshot_get_choice(&r->record, "ends_with", ends);
        session->cut_off_reason = session->cut_off_text =
                snapshot_get_text(&r->record, "cut_off", NULL);
        snapshot_get_fields(&r->record, session, fields, ELEMENTSOF(fields));
        session->observes =
                snapshot_has(&r->record, "observes") && snapshot_get_bool(&r->record, "observes");
        if (r->error == 0 && session->is_cut_off && !session->cut_off_reason)
                snapshot_fail(r, -EBADMSG, "the session is cut off, and the reason is missing");
        tables_load(session, r);
        handles_load(session, r);
        leases_load(session, r);
        output_load(session, r);
        monitor_load(session, r);
        restart_load(session, r);
}

void sessions_load(Core *core, SnapshotReader *r) {
        for (; snapshot_is(r, "session"); snapshot_next(r))
                session_load(core, r);
}
