/* The envelope of JSON-RPC 2.0: from a line to calls.
 *
 * A line is scanned once, strictly, before any of it runs, so a batch whose last byte is wrong does
 * nothing. The scan leaves spans, so only the id is copied, which outlives the line if the call
 * parks.
 *
 * A reply always has the id of the request, as the same text. If the id could not be read, or
 * belongs to a response, it is null. Lines that are not requests are counted, and too many in a row
 * cut the session off: two daemons connected to each other by mistake would otherwise exchange
 * errors without end.
 *
 * Settling (core_settle()) follows each line, not each call of a batch: no call of another session
 * runs between two calls of a batch. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "call/dispatch.h"
#include "call/http.h"
#include "call/methods.h"
#include "call/reply.h"
#include "call/rpc.h"
#include "core-state.h"
#include "end/settle.h"
#include "json/json-run.h"
#include "json/json-scan.h"
#include "session.h"
#include "work.h"

enum {
        SCAN_BYTES = 32,   /* bytes of a line that one step scans */
        READ_BYTES = 64,   /* bytes of parameters that one step reads again */
        MEMBER_STEPS = 20, /* for a call in a batch: its envelope, its method, its reply */
        VALUE_STEPS = 1,   /* for reading a value, however short it is */
};

/* The members of a request, as spans of the line; text is NULL if absent. */
typedef struct Envelope {
        JsonSpan jsonrpc, method, params, id;
        const char *fault;
        bool is_response;
} Envelope;

/* Returns the place for a member of a request, or NULL. */
static JsonSpan *envelope_member(Envelope *e, const JsonSpan *key) {
        char first = key->is_plain ? key->text[1] : 0; /* 0: any */

        if ((!first || first == 'j') && json_span_is(key, "jsonrpc", strlen("jsonrpc")))
                return &e->jsonrpc;
        if ((!first || first == 'm') && json_span_is(key, "method", strlen("method")))
                return &e->method;
        if ((!first || first == 'p') && json_span_is(key, "params", strlen("params")))
                return &e->params;
        return json_span_is(key, "id", strlen("id")) ? &e->id : NULL;
}

static void envelope_read(Envelope *e, const JsonSpan *request) {
        JsonCursor cursor;
        JsonPlace room;

        *e = (Envelope){0};
        if (request->kind != JSON_OBJECT) {
                e->fault = "a request must be an object";
                return;
        }
        json_cursor_init(&cursor, request);
        for (const JsonPlace *place; (place = json_cursor_place(&cursor, &room));) {
                JsonSpan *member = envelope_member(e, &place->key);
                if (member)
                        *member = place->value;
                else if (json_span_equals(&place->key, "result") ||
                         json_span_equals(&place->key, "error"))
                        e->is_response = true;
                else
                        e->fault =
                                "the only members of a request are jsonrpc, method, params and id";
        }
}

/* Checks each member against the specification. Returns what is wrong, or NULL. */
static const char *envelope_fault(const Envelope *e) {
        if (e->is_response)
                return "this is a response";
        if (e->fault)
                return e->fault;
        if (!json_span_is(&e->jsonrpc, "2.0", strlen("2.0")))
                return "'jsonrpc' must be \"2.0\"";
        if (!e->method.text || e->method.kind != JSON_STRING)
                return "'method' must be a string";
        if (e->params.text && e->params.kind != JSON_ARRAY && e->params.kind != JSON_OBJECT)
                return "'params' must be an array or an object";
        if (e->id.text && e->id.kind != JSON_STRING && e->id.kind != JSON_INT &&
            e->id.kind != JSON_NULL)
                return "'id' must be a string, an integer or null";
        if (e->id.text && e->id.n > CALL_ID_MAX + (e->id.kind == JSON_STRING ? 1 : 0))
                return "'id' is longer than 255 bytes";
        return NULL;
}

static bool id_can_be_echoed(const JsonSpan *id) {
        return id->text && id->n <= CALL_ID_MAX + 1 &&
               (id->kind == JSON_STRING || id->kind == JSON_INT || id->kind == JSON_NULL);
}

static void refuse_envelope(Session *session, const Envelope *e, const char *fault) {
        /* The id of a response does not belong to a call of this session: its sender would take the
         * error for a reply to its own call. */
        bool echo = id_can_be_echoed(&e->id) && !e->is_response;

        reply_fault(session, echo ? e->id.text : NULL, echo ? e->id.n : 0, -32600, EINVAL,
                    "not a valid request: %s", fault);
}

/* Sets the id of the call, as text to echo and as key. */
static int call_read_id(Call *call, const JsonSpan *id) {
        CLEANUP(value_deinit) Value value = VALUE_NULL;

        if (!id->text)
                return 0;
        if (id->kind == JSON_INT)
                return call_set_integer_id(call, id->text, id->n);
        int r = value_make(id, &value);
        return r == 0 ? call_set_id(call, id->text, id->n, &value) : r;
}

/* Returns the name of the method, in the line or in `name`. A name longer than any method's is cut,
 * since it is unknown. */
static const char *read_method(const JsonSpan *span, char name[METHOD_NAME_MAX], size_t *ret_n) {
        CLEANUP(freep) char *decoded = NULL;
        const char *bytes = span->text + 1;
        size_t n = span->n - 2;

        if (!span->is_plain && memchr(bytes, '\\', n)) {
                if (json_span_decode(span, &decoded, &n) < 0)
                        n = 0;
                n = n < METHOD_NAME_MAX ? n : METHOD_NAME_MAX;
                bytes = n > 0 ? memcpy(name, decoded, n) : name;
        }
        *ret_n = n < METHOD_NAME_MAX ? n : METHOD_NAME_MAX;
        return bytes;
}

static int make_call(Session *session, const Envelope *e, Call **ret) {
        Call *call = call_new(session);
        if (!call)
                return -ENOMEM;

        int r = call_read_id(call, &e->id);
        work_count(session->core, work_of_text(e->params.n, READ_BYTES));
        if (r == 0 && call_id_is_in_flight(call))
                r = -EALREADY;
        if (r < 0) {
                call_free(call);
                return r;
        }
        *ret = call;
        return 0;
}

static void count_bad_frame(Session *session) {
        Core *core = session->core;

        core->stats.n_bad_frames++;
        if (++session->n_bad_frames >= core->limits.bad_frames)
                session_cut_off(session, "it sent too many lines in a row that are not requests");
}

/* Two servers connected to each other would reply to each other's replies without end. */
static void count_responses(Session *session, const Envelope *e) {
        if (e->is_response)
                count_bad_frame(session);
        else
                session->n_bad_frames = 0;
}

static void run_request(Session *session, const JsonSpan *request, bool in_batch) {
        char room[METHOD_NAME_MAX];
        Call *call = NULL;
        Envelope e;

        envelope_read(&e, request);
        count_responses(session, &e);
        const char *fault = envelope_fault(&e);
        int r = fault ? 0 : make_call(session, &e, &call);
        if (r == -EALREADY)
                fault = "a call with this id is still in flight";
        if (fault)
                refuse_envelope(session, &e, fault);
        else if (r < 0 && e.id.text)
                reply_fault(session, e.id.text, e.id.n, -32000, -r, "memory ran out for this call");
        if (!call)
                return;
        call->in_batch = in_batch;
        /* Without an id, or with the id null, the client could neither cancel the call nor match
         * its reply. */
        call->may_wait = !in_batch && call->n_key > 0;
        size_t n_method;
        const char *method = read_method(&e.method, room, &n_method);
        dispatch(call, method, n_method, &e.params);
}

/* Counts the steps that the call took, or its prediction if that is more. */
static void run_member(Session *session, const JsonSpan *request) {
        Core *core = session->core;
        uint64_t n_charged = core->n_batch_steps, n_steps = core->n_steps;

        run_request(session, request, true);
        n_charged += core->n_steps - n_steps + MEMBER_STEPS;
        if (core->n_batch_steps < n_charged)
                core->n_batch_steps = n_charged;
}

static void run_batch(Session *session, const JsonSpan *batch) {
        JsonCursor cursor;
        JsonSpan request;
        uint64_t n = 0;

        json_cursor_init(&cursor, batch);
        while (n <= session->core->limits.batch_calls && json_cursor_next(&cursor, NULL, &request))
                n++;
        if (n == 0 || n > session->core->limits.batch_calls) {
                reply_fault(session, NULL, 0, -32600, n ? EMSGSIZE : EINVAL,
                            "a batch must have 1 to %llu calls (max-batch)",
                            (unsigned long long)session->core->limits.batch_calls);
                return;
        }
        session->core->stats.n_batches++;
        reply_batch_begin(session);
        json_cursor_init(&cursor, batch);
        session->core->n_batch_steps = 0;
        while (!session->is_cut_off && json_cursor_next(&cursor, NULL, &request)) {
                run_member(session, &request);
                core_end_doomed(session->core);
        }
        reply_batch_end(session);
}

static void refuse_text(Session *session, int r, const JsonScan *scan) {
        if (r == -ENOMEM) {
                reply_fault(session, NULL, 0, -32000, ENOMEM, "memory ran out for this message");
                return;
        }
        reply_fault(session, NULL, 0, -32700, -r, "byte %zu of this message: %s",
                    scan->error_offset + 1, scan->error);
        count_bad_frame(session);
}

/* The rest of the input is ignored. */
static void refuse_http(Session *session) {
        session->core->stats.n_bad_frames++;
        session_cut_off(session,
                        "it sent a line of HTTP; this socket takes one JSON-RPC 2.0 request a "
                        "line, without headers");
}

static JsonLimits bounds_of(const Session *session) {
        const Limits *limits = &session->core->limits;

        return (JsonLimits){.max_depth = limits->frame_depth, .max_members = limits->frame_members};
}

/* If no memory is left for a scanner, the line is scanned when it is complete. */
void rpc_input_part(Session *session, const char *line, size_t n) {
        const JsonLimits bounds = bounds_of(session);

        if (!session->scanner)
                session->scanner = json_scanner_new(&bounds);
        if (session->scanner)
                json_scanner_advance(session->scanner, line, n);
}

/* The outline of a line has the members of a request and those of its parameters, if they are not
 * very many; in a batch that is one level deeper. The steps are those of the whole line, in however
 * many parts it arrived. */
static int scan_line(Session *session, const char *line, size_t n, JsonOutline *outline,
                     JsonScan *ret) {
        const JsonLimits bounds = bounds_of(session);

        outline->n_levels = *line == '[' ? 3 : 2;
        int r = session->scanner ? json_scanner_finish(session->scanner, line, n, ret)
                                 : json_scan_outlined(line, n, &bounds, outline, ret);
        session->scanner = json_scanner_free(session->scanner);
        work_count(session->core, work_of_text(n, SCAN_BYTES));
        if (n > WORK_SHORT_TEXT)
                work_count(session->core, ret->n_values * VALUE_STEPS);
        return r;
}

/* Called after each line. */
static void note_line(Core *core, uint64_t n_before) {
        MethodRef *ref = TAKE_PTR(core->last_method);
        uint64_t n_steps = core->n_steps - n_before;

        if (ref)
                ref->n_steps += n_steps;
        line_times_add(&core->line_times, ref ? &ref->time : NULL, n_steps);
}

void rpc_input(Session *session, const char *line, size_t n) {
        uint64_t n_before = session->core->n_steps;
        JsonOutline outline;
        JsonScan scan;

        if (json_run_blanks(line, line + n) == line + n) {
                session->scanner = json_scanner_free(session->scanner);
                note_line(session->core, n_before);
                return;
        }
        int r = scan_line(session, line, n, &outline, &scan);
        bool is_http = r < 0 && !session->has_spoken && http_is_line(line, n);
        session->has_spoken |= r == 0;
        if (is_http)
                refuse_http(session);
        else if (r < 0)
                refuse_text(session, r, &scan);
        else if (scan.root.kind == JSON_ARRAY)
                run_batch(session, &scan.root);
        else
                run_request(session, &scan.root, false);
        core_settle(session->core);
        note_line(session->core, n_before);
}

void rpc_refuse_long_line(Session *session) {
        session->scanner = json_scanner_free(session->scanner);
        reply_fault(session, NULL, 0, -32600, EMSGSIZE,
                    "the message is longer than %llu bytes (max-frame)",
                    (unsigned long long)session->core->limits.frame_bytes);
        count_bad_frame(session);
}
