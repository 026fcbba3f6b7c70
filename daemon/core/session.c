/* Sessions: their beginning and their state. end/session-end.c has their end.
 *
 * Three flags mark the steps towards the end of a session:
 *
 *   is_cut_off   it sends nothing more; the shell closes the connection when the last line was sent
 *   is_gone      the shell found its peer dead or its socket closed; calls that it sent still run, but it
 *                is granted nothing
 *   has_ended    its waits are over and it is in no count; only leftovers are released (Core.gone)
 *
 * Ids grow and are never used again: a fencing resource, a log, or a tool may compare ids of
 * different times. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "base/memory.h"
#include "core-state.h"
#include "json/json-text.h"
#include "session.h"

static void session_tell(const Session *session, NewsKind kind, const char *text) {
        core_tell(session->core, &(News){.kind = kind, .session = session, .text = text});
}

static int session_set_peer(Session *session, const Peer *peer) {
        session->peer = *peer;
        session->peer.groups = NULL;
        session->peer.n_groups = 0;
        if (!peer->n_groups)
                return 0;
        session->groups = malloc(peer->n_groups * sizeof(gid_t));
        if (!session->groups)
                return -ENOMEM;
        memcpy(session->groups, peer->groups, peer->n_groups * sizeof(gid_t));
        session->peer.groups = session->groups;
        session->peer.n_groups = peer->n_groups;
        return 0;
}

/* The last root-sessions ones, at most an eighth of all, are reserved for root, so that users who
 * filled the others cannot lock out the administrator. */
uint64_t sessions_of_root(const Core *core) {
        const Limits *limits = &core->limits;
        uint64_t most = limits->sessions / 8;

        return limits->sessions_of_root < most ? limits->sessions_of_root : most;
}

/* Returns the number of sessions above which this user gets no more. */
static uint64_t sessions_for(const Core *core, uid_t uid) {
        return core->limits.sessions - (uid == 0 ? 0 : sessions_of_root(core));
}

const SessionTables session_no_tables;

/* The first of them that gets an entry has room for several. */
static size_t tables_memory(void) {
        return memory_of(sizeof(SessionTables)) + table_first_memory();
}

size_t session_memory(const Session *session) {
        size_t n_groups = session->peer.n_groups;

        return memory_of(sizeof(*session)) + session->core->session_bytes +
               (session->tables ? tables_memory() : 0) +
               (n_groups ? memory_of(n_groups * sizeof(gid_t)) : 0) +
               (session->note ? memory_of(strlen(session->note) + 1) : 0);
}

int session_make_tables(Session *session) {
        if (session->tables)
                return 0;
        session->tables = calloc(1, sizeof(*session->tables));
        if (!session->tables)
                return -ENOMEM;
        if (!session->has_ended)
                account_add_structure(session->core, session->account, tables_memory());
        return 0;
}

void session_free_tables(Session *session) {
        if (!session->tables)
                return;
        table_deinit(&session->tables->reservations);
        table_deinit(&session->tables->handles);
        table_deinit(&session->tables->leases);
        free(session->tables);
        session->tables = NULL;
}

int session_set_note(Session *session, const char *note) {
        char *copy = note ? strdup(note) : NULL;

        if (note && !copy)
                return -ENOMEM;
        account_drop_structure(session->core, session->account, session_memory(session));
        free(session->note);
        session->note = copy;
        account_add_structure(session->core, session->account, session_memory(session));
        return 0;
}

static int write_lost(Buffer *b, const char *type, const char *name) {
        int r = buffer_append_string(b, "{\"jsonrpc\":\"2.0\",\"method\":\"session.lost\","
                                        "\"params\":{\"name\":");

        if (r == 0)
                r = json_write_string(b, name, strlen(name));
        return r == 0 ? buffer_append_format(b, ",\"type\":\"%s\"}}\n", type) : r;
}

/* A client that does not learn of the loss would continue as if it held the object. So if memory
 * for the notification runs out the session is cut off, which every client notices. */
void session_tell_lost(Session *session, const char *type, const char *name) {
        if (!session->tells_lost || session->is_gone || session->has_ended)
                return;
        size_t n_before = buffer_size(&session->output);
        if (write_lost(&session->output, type, name) < 0) {
                buffer_truncate(&session->output, n_before);
                session_cut_off(session, "memory ran out for the notification of a deleted object");
                return;
        }
        session_mark_dirty(session);
}

bool session_has_something(const Session *session) {
        return session->n_holds > 0 || table_size(&session_tables(session)->reservations) > 0;
}

/* Makes a session that is in no list and charged to no account. */
static int session_make(Core *core, const Peer *peer, Account *account, uint64_t id,
                        Session **ret) {
        CLEANUP(freep) Session *session = calloc(1, sizeof(*session));

        if (!session)
                return -ENOMEM;
        int r = session_set_peer(session, peer);
        if (r < 0)
                return r;
        session->core = core;
        session->id = id;
        session->account = account;
        list_init(&session->waits);
        list_init(&session->replies);
        list_init(&session->holds);
        list_init(&session->ends);
        attachments_init(&session->attachments);
        list_init(&session->in_core);
        list_init(&session->in_check);
        list_init(&session->in_unsure);
        list_init(&session->in_dirty);
        list_init(&session->in_leases);
        list_init(&session->in_held);
        *ret = TAKE_PTR(session);
        return 0;
}

static void session_enter(Session *session) {
        Core *core = session->core;

        list_append(&core->sessions, &session->in_core);
        tree_insert(&core->sessions_by_id, &session->by_id, (int64_t)session->id,
                    (int64_t)session->id);
        core->n_sessions++;
        session->account->n_sessions++;
        account_add_structure(core, session->account, session_memory(session));
}

int session_new(Core *core, const Peer *peer, Session **ret) {
        Account *account;
        int r = account_get(core, peer->uid, &account);
        if (r < 0)
                return r;
        if (core->n_sessions >= sessions_for(core, peer->uid))
                return -EDQUOT;
        if (peer->uid != 0 && account->n_sessions >= core->limits.sessions_per_uid)
                return -EDQUOT;

        Session *session;
        r = session_make(core, peer, account, core->last_session_id + 1, &session);
        if (r < 0)
                return r;
        core->last_session_id++;
        session->since_ns = core->now_ns;
        session_enter(session);
        core->stats.n_sessions_begun++;
        session_tell(session, NEWS_SESSION_BEGINS, NULL);
        *ret = session;
        return 0;
}

int session_restore(Core *core, const Peer *peer, uint64_t id, const char *note, bool has_ended,
                    Session **ret) {
        Account *account;
        CLEANUP(freep) char *copy = note ? strdup(note) : NULL;
        int r = account_get(core, peer->uid, &account);

        if (r == 0 && note && !copy)
                r = -ENOMEM;
        if (r == 0)
                r = session_make(core, peer, account, id, ret);
        if (r < 0)
                return r;
        Session *session = *ret;
        session->note = TAKE_PTR(copy);
        session->has_ended = has_ended;
        if (has_ended)
                list_append(&core->gone, &session->in_core);
        else
                session_enter(session);
        return 0;
}

Session *session_after(const Core *core, uint64_t id) {
        if (id >= INT64_MAX)
                return NULL;
        TreeNode *node = tree_find_least(&core->sessions_by_id, (int64_t)id + 1, INT64_MAX);
        return node ? CONTAINER_OF(node, Session, by_id) : NULL;
}

/* The shell replies with core_session_set_gone(), an input like the end that it reports on its
 * own. */
bool session_is_alive(Session *session) {
        const Core *core = session->core;

        if (!session->is_gone && !session->has_ended && core->on_serving)
                core->on_serving(session);
        return !session->is_gone && !session->has_ended;
}

void session_mark_dirty(Session *session) {
        if (!list_is_linked(&session->in_dirty))
                list_append(&session->core->dirty, &session->in_dirty);
}

void session_cut_off(Session *session, const char *reason) {
        if (session->is_cut_off)
                return;
        session->is_cut_off = true;
        session->cut_off_reason = reason;
        session->core->stats.n_sessions_cut_off++;
        session_tell(session, NEWS_CUT_OFF, reason);
        session_mark_dirty(session);
}

void session_hold_output(Session *session, uint64_t epoch) {
        HeldOutput *last = session->n_held > 0 ? &session->held[session->n_held - 1] : NULL;

        if (last && last->epoch >= epoch)
                return;
        if (session->n_held == ELEMENTSOF(session->held))
                last->epoch = epoch;
        else
                session->held[session->n_held++] =
                        (HeldOutput){.from = buffer_size(&session->output), .epoch = epoch};
        if (list_is_linked(&session->in_held))
                return;
        list_append(&session->core->changes.held, &session->in_held);
        session->core->changes.n_held++;
}

size_t session_free_output(Session *session) {
        const Changes *changes = &session->core->changes;

        while (session->n_held > 0 && session->held[0].epoch <= changes->committed) {
                session->held[0] = session->held[1];
                session->n_held--;
        }
        if (session->n_held > 0)
                return session->held[0].from;
        session_forget_held(session);
        return buffer_size(&session->output);
}

void session_forget_held(Session *session) {
        session->core->changes.n_held -= list_is_linked(&session->in_held);
        session->n_held = 0;
        list_unlink(&session->in_held);
}

bool session_in_group(const Session *session, gid_t gid) {
        if (gid == session->core->unmapped_gid)
                return false;
        if (session->peer.gid == gid)
                return true;
        for (size_t i = 0; i < session->peer.n_groups; i++)
                if (session->peer.groups[i] == gid)
                        return true;
        return false;
}

bool session_is_operator(const Session *session) {
        return session->peer.uid == 0 || session->peer.uid == session->core->uid;
}

/* The search for deadlocks examines these sessions. A session that does not wait is never stuck,
 * nor is an asynchronous one. */
void session_is_unsure(Session *session) {
        if (session->n_waits > 0 && !session->is_asynchronous &&
            !list_is_linked(&session->in_unsure))
                list_append(&session->core->unsure, &session->in_unsure);
}
