/* session.*: the caller's own session, and the end of others. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "json/json-util.h"
#include "services/services.h"
#include "services/sessions.h"
#include "session.h"
#include "types/types.h"
#include "wait/hold.h"
#include "wait/serve.h"

enum { PROTOCOL_VERSION = 1 };

static struct json_object *describe_limits(const Session *session) {
        const Limits *limits = &session->core->limits;
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || json_put_int(o, "frame_bytes", limits->frame_bytes) < 0 ||
            json_put_int(o, "frame_depth", limits->frame_depth) < 0 ||
            json_put_int(o, "frame_members", limits->frame_members) < 0 ||
            json_put_int(o, "batch_calls", limits->batch_calls) < 0 ||
            json_put_int(o, "call_work", (int64_t)work_bound(session)) < 0 ||
            json_put_int(o, "name_bytes", ARG_NAME_MAX) < 0 ||
            json_put_int(o, "key_bytes", ARG_KEY_MAX) < 0 ||
            json_put_int(o, "waits", limits->waits_per_session) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static struct json_object *describe_self(const Session *session) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        char run[17];

        snprintf(run, sizeof(run), "%" PRIx64, core_run(session->core));
        if (!o || json_put_string(o, "server", "shmgrd") < 0 ||
            json_put_string(o, "version", PACKAGE_VERSION) < 0 ||
            json_put_int(o, "protocol", PROTOCOL_VERSION) < 0 ||
            json_put_int(o, "session", session->id) < 0 || json_put_string(o, "run", run) < 0 ||
            json_put_string(o, "token_source", hold_token_source(session->core)) < 0 ||
            json_put(o, "limits", describe_limits(session)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static bool has_controls(const char *s, size_t n) {
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
                        return true;
        return false;
}

enum { CLIENT, SEQ, ASYNCHRONOUS, NOTE, EXPECT_MS, ENDS_WITH, END_RELEASES, TELL_LOST, OBSERVES };

static const char *const ends[] = {"first", "last", "socket", NULL};

/* Checks a text that other users see with the session. Returns OUTCOME_DONE or OUTCOME_REFUSED. */
static int check_text(Call *call, unsigned i, const char *name, size_t most) {
        size_t n;
        const char *text = call_string(call, i, &n);

        if (text && (n > most || has_controls(text, n)))
                return call_refuse_arg(
                        call, name, "%s: a text has at most %zu bytes, and no control characters",
                        name, most);
        return OUTCOME_DONE;
}

static int set_texts(Call *call) {
        Session *session = call->session;
        size_t n;
        const char *client = call_string(call, CLIENT, &n), *note = call_string(call, NOTE, &n);
        int r = check_text(call, CLIENT, "client", sizeof(session->client) - 1);

        if (r == OUTCOME_DONE)
                r = check_text(call, NOTE, "note", SESSION_NOTE_MAX);
        if (r == OUTCOME_DONE && note)
                r = session_set_note(session, *note ? note : NULL);
        if (r == OUTCOME_DONE && client)
                snprintf(session->client, sizeof(session->client), "%s", client);
        return r;
}

static int session_hello(Call *call, Object *none) {
        Session *session = call->session;
        CLEANUP(json_putp) struct json_object *result = describe_self(session);

        if (!result)
                return -ENOMEM;
        int r = set_texts(call);
        if (r != OUTCOME_DONE)
                return r;
        session->wants_seq = call_bool(call, SEQ, session->wants_seq);
        session->is_asynchronous = call_bool(call, ASYNCHRONOUS, session->is_asynchronous);
        session->expect_ms = call_int(call, EXPECT_MS, session->expect_ms);
        session->ends_with = (SessionEnd)call_choice(call, ENDS_WITH, session->ends_with);
        session->end_releases = call_bool(call, END_RELEASES, session->end_releases);
        session->tells_lost = call_bool(call, TELL_LOST, session->tells_lost);
        session->observes = call_bool(call, OBSERVES, session->observes);
        return call_return_json(call, TAKE_PTR(result));
}

static int session_cancel(Call *call, Object *none) {
        char key[CALL_ID_MAX + 4];
        size_t n = call_id_key(call_value(call, 0), key);
        Call *parked = call_find_parked(call->session, key, n);

        if (!parked || !parked->is_parked)
                return call_refuse(call, ENOENT,
                                   "no call of this session with this id waits: it has ended, or "
                                   "was never made");
        wait_end(&parked->wait, WAIT_END_CANCELLED);
        return call_return_bool(call, true);
}

#define TEXT_SCHEMA(most)                                                                          \
        "{\"type\":\"string\",\"description\":\"at most " most " bytes of UTF-8 without "          \
        "control characters\",\"maxLength\":" most                                                 \
        ",\"pattern\":\"^[^\\\\u0000-\\\\u001f\\\\u007f]*$\","                                     \
        "\"x-maxBytes\":" most "}"
_Static_assert(PEER_COMM_SIZE == 64 && SESSION_NOTE_MAX == 255, "the schemas below tell them");

static const Arg hello_args[] = {
        {.name = "client",
         .kind = ARG_STRING,
         .optional = true,
         .schema = TEXT_SCHEMA("63"),
         .help = "a name to show for this session, beside the kernel's name of its process"},
        {.name = "seq",
         .kind = ARG_BOOL,
         .optional = true,
         .fallback = "false",
         .help = "give each reply the commit number of its call"},
        {.name = "asynchronous",
         .kind = ARG_BOOL,
         .optional = true,
         .fallback = "false",
         .help = "the program continues while its calls wait, so it is part of no deadlock"},
        {.name = "note",
         .kind = ARG_STRING,
         .optional = true,
         .schema = TEXT_SCHEMA("255"),
         .help = "a note about the session's work, shown beside what it holds and waits for; empty "
                 "removes it"},
        {.name = "expect_ms",
         .kind = ARG_INT,
         .optional = true,
         .bounded = true,
         .minimum = 0,
         .maximum = INT64_MAX,
         .help = "the time for which it expects to hold what it holds, shown beside that; 0 "
                 "removes it"},
        {.name = "ends_with",
         .kind = ARG_CHOICE,
         .optional = true,
         .choices = ends,
         .fallback = "\"first\"",
         .help = "when the session ends: with its process or its connection, whichever ends first; "
                 "with the last of both; or with its connection, whatever its process does"},
        {.name = "end_releases",
         .kind = ARG_BOOL,
         .optional = true,
         .fallback = "false",
         .help = "the session's end releases what it holds, and does not count as an owner's "
                 "death"},
        {.name = "tell_lost",
         .kind = ARG_BOOL,
         .optional = true,
         .fallback = "false",
         .help = "send a notification session.lost when an object that it holds is deleted"},
        {.name = "observes",
         .kind = ARG_BOOL,
         .optional = true,
         .fallback = "false",
         .help = "calls that only read, and cannot wait, do not count as a use of their objects"},
        {0},
};

static const Arg cancel_args[] = {
        {.name = "id", .kind = ARG_ID, .help = "the id of the call that waits"},
        {0},
};

static const Method methods[] = {
        {.name = "hello",
         .run = session_hello,
         .work = work_constant,
         .flags = METHOD_UNTOLD,
         .args = hello_args,
         .result = OBJECT_SCHEMA,
         .help = "return versions and limits of the daemon, and name the client; optional"},
        {.name = "cancel",
         .run = session_cancel,
         .work = work_constant,
         .args = cancel_args,
         .result = BOOLEAN_SCHEMA,
         .help = "cancel a waiting call of this session, which fails with ECANCELED"},
        {.name = "kill",
         .run = session_kill,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .args = session_kill_args,
         .result = NULL_SCHEMA,
         .help = "end a session of the same user; root may end any"},
        {0},
};

const Service service_session = {
        .name = "session",
        .help = "the caller's own session, and the end of others",
        .methods = methods,
};
