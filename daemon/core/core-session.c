/* The part of the core's border about sessions.
 *
 * The shell calls these functions between its own steps, never from a callback of the core. Each
 * call is an input of the core (rule 1): the same calls in the same order give the same bytes. In
 * the other direction, the core appends output to a session's buffer and marks the session dirty,
 * and the shell takes the buffer later. */
#include <errno.h>

#include "account.h"
#include "call/call.h"
#include "call/reply.h"
#include "call/rpc.h"
#include "core-state.h"
#include "core.h"
#include "descriptor.h"
#include "end/session-end.h"
#include "inherited.h"
#include "json/json-scan.h"
#include "restart.h"
#include "session.h"
#include "wait/serve.h"
#include "who.h"

int core_session_begin(Core *core, const Peer *peer, Session **ret) {
        int r = session_new(core, peer, ret);

        if (r == 0)
                inherited_tell(*ret);
        return r;
}

Session *core_session_end(Session *session) {
        return session_end(session);
}

void core_session_set_gone(Session *session) {
        session->is_gone = true;
}

bool core_session_outlives_process(const Session *session) {
        return session->ends_with == SESSION_ENDS_SOCKET ||
               (session->ends_with == SESSION_ENDS_LAST && session_has_something(session));
}

bool core_session_outlives_socket(const Session *session) {
        return session->ends_with == SESSION_ENDS_LAST;
}

void core_session_half_close(Session *session) {
        if (session_is_alive(session))
                restart_cancel(session);
        else
                restart_forget(session);
        session_end_waits(session,
                          session_is_alive(session) ? WAIT_END_CANCELLED : WAIT_END_SESSION_GONE);
}

void core_session_cut_off(Session *session, const char *reason) {
        session_cut_off(session, reason);
}

uint64_t core_root_sessions(const Core *core) {
        return sessions_of_root(core);
}

const char *core_session_cut_off_reason(const Session *session) {
        return session->is_cut_off ? session->cut_off_reason : NULL;
}

void core_session_say_cut_off(Session *session) {
        reply_fault(session, NULL, 0, -32000, ECONNRESET, "this session is cut off: %s",
                    session->cut_off_reason);
}

void core_session_receive(Session *session, const char *line, size_t n) {
        rpc_input(session, line, n);
}

void core_session_receive_part(Session *session, const char *line, size_t n) {
        rpc_input_part(session, line, n);
}

size_t core_session_input_memory(const Session *session) {
        return session->scanner ? json_scanner_memory(session->scanner) : 0;
}

void core_session_receive_too_long(Session *session) {
        rpc_refuse_long_line(session);
}

Session *core_next_dirty(Core *core) {
        List *node = list_first(&core->dirty);

        if (!node)
                return NULL;
        list_unlink(node);
        return LIST_ENTRY(node, Session, in_dirty);
}

bool core_has_dirty(const Core *core) {
        return !list_is_empty(&core->dirty);
}

size_t core_session_output_size(const Session *session) {
        return session_output_size(session);
}

size_t core_session_output_descriptors(const Session *session) {
        return session->attachments.n;
}

size_t core_session_output_memory(const Session *session) {
        return session->output.capacity + lent_memory(&session->lent);
}

/* Also true for a deferred reply that is to be held, and is not in the output yet. */
bool core_session_is_held(Session *session) {
        if (session->n_held > 0)
                session_free_output(session);
        return session->n_held > 0;
}

/* Takes the first n bytes, without descriptors. */
static int take_part(Session *session, Buffer *to, Lent *lent, size_t n) {
        size_t n_before = buffer_size(to);
        int r = n > 0 ? buffer_append(to, buffer_bytes(&session->output), n) : 0;

        if (r < 0 || n == 0)
                return r;
        buffer_consume(&session->output, n);
        lent_move(lent, &session->lent, n, n_before);
        for (unsigned i = 0; i < session->n_held; i++)
                session->held[i].from -= n;
        return 0;
}

/* Exchanges an empty buffer for the output, which copies nothing; the session uses the empty one
 * for its next replies. */
int core_session_take_output(Session *session, Buffer *to, Attachments *attachments, Lent *lent) {
        size_t n_before = buffer_size(to);

        /* Descriptors are not divided, so the output is taken as a whole. */
        if (core_session_is_held(session))
                return session->attachments.n > 0
                               ? 0
                               : take_part(session, to, lent, session_free_output(session));
        if (n_before == 0) {
                Buffer emptied = *to;
                *to = session->output;
                session->output = emptied;
        } else {
                int r = buffer_append(to, buffer_bytes(&session->output),
                                      buffer_size(&session->output));
                if (r < 0)
                        return r;
                buffer_consume(&session->output, buffer_size(&session->output));
        }
        attachments_move(attachments, &session->attachments, n_before);
        if (session->lent.first)
                lent_move(lent, &session->lent, SIZE_MAX, n_before);
        return 0;
}

int core_session_gather_output(Session *session) {
        Lent *lent = &session->lent;
        size_t before[ELEMENTSOF(session->held)];

        for (unsigned i = 0; i < session->n_held; i++)
                before[i] = lent_before(lent, session->held[i].from);
        int r = lent_gather(lent, &session->output, &session->attachments);
        for (unsigned i = 0; r == 0 && i < session->n_held; i++)
                session->held[i].from += before[i];
        return r;
}

void core_session_exchange_output(Session *session, Buffer *empty) {
        Buffer output = session->output;

        if (buffer_size(&output) > 0)
                return;
        session->output = *empty;
        *empty = output;
}

void core_session_drop_output(Session *session) {
        session_forget_held(session);
        attachments_clear(&session->attachments);
        lent_clear(&session->lent);
        buffer_consume(&session->output, buffer_size(&session->output));
}

void core_session_set_unsent(Session *session, size_t n_bytes, size_t n_descriptors) {
        session->n_unsent_bytes = n_bytes;
        session->n_unsent_descriptors = n_descriptors;
}

Session *core_next_session(const Core *core, const Session *session) {
        const List *node = session ? session->in_core.next : core->sessions.next;

        return node == &core->sessions ? NULL : LIST_ENTRY(node, Session, in_core);
}

Descriptor *core_next_descriptor(const Core *core, const Descriptor *descriptor) {
        const List *node = descriptor ? descriptor->in_core.next : core->descriptors.next;

        return node == &core->descriptors ? NULL : LIST_ENTRY(node, Descriptor, in_core);
}

void core_session_set_transport(Session *session, void *transport) {
        session->transport = transport;
}

void *core_session_transport(const Session *session) {
        return session->transport;
}

const Peer *core_session_peer(const Session *session) {
        return &session->peer;
}

uint64_t core_session_id(const Session *session) {
        return session->id;
}

const char *core_session_text(const Session *session) {
        return who_text_of(session);
}

const char *core_quote(const char *text, size_t n) {
        return call_quote(text, n);
}

int core_change_buffers(Core *core, uid_t uid, uint64_t before, uint64_t n) {
        Account *account;
        int r = account_get(core, uid, &account);

        return r < 0 ? r : account_change_buffers(core, account, before, n);
}
