/* Drives the core from a test: see core-fixture.h. */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/call-work.h"
#include "account.h"
#include "base/buffer.h"
#include "base/macros.h"
#include "call/rpc.h"
#include "core/core-fixture.h"
#include "expect.h"
#include "json/json-text.h"
#include "spare-call.h"

enum { START_MS = 1000000, LINE_MAX_BYTES = 1 << 16 };

static const JsonLimits reply_limits = {.max_depth = 64, .max_members = 1 << 20};

static int make_pair(void *userdata, bool duplex, int ret_fds[2]) {
        Fixture *f = userdata;

        if (f->source_error)
                return f->source_error;
        EXPECT(f->n_fds + 2 <= FIXTURE_FDS);
        for (int i = 0; i < 2; i++) {
                f->is_open[f->n_fds] = true;
                ret_fds[i] = f->n_fds++;
        }
        return 0;
}

static void close_fd(void *userdata, int fd) {
        Fixture *f = userdata;

        EXPECT(f->is_open[fd]);
        f->is_open[fd] = false;
}

static bool has_peer(void *userdata, int fd) {
        const Fixture *f = userdata;

        EXPECT(f->is_open[fd]);
        return f->is_open[fd ^ 1] || f->is_kept[fd ^ 1];
}

void fixture_init(Fixture *f, const Limits *limits) {
        *f = (Fixture){.source = {.make_pair = make_pair, .close = close_fd, .has_peer = has_peer}};
        f->source.userdata = f;
        ck_assert_int_eq(core_init(&f->core, limits), 0);
        f->core.source = &f->source;
        /* A call may do as much work as in a daemon with one user. Tests of that bound set their
         * own. */
        if (f->core.limits.call_work == limits_default.call_work)
                f->core.limits.call_work = WORK_OF_OWNER;
        f->now_ns = START_MS * 1000000LL;
        core_set_time(&f->core, f->now_ns, 1700000000000);
}

void fixture_deinit(Fixture *f) {
        core_deinit(&f->core);
}

void fixture_advance_ms(Fixture *f, int64_t ms) {
        f->now_ns += ms * 1000000;
        core_set_time(&f->core, f->now_ns, 1700000000000 + f->now_ns / 1000000 - START_MS);
        core_advance(&f->core);
}

Session *fixture_session(Fixture *f, pid_t pid, uid_t uid, const char *comm) {
        Peer peer = {.pid = pid, .uid = uid, .gid = uid};
        Session *session;

        snprintf(peer.comm, sizeof(peer.comm), "%s", comm);
        ck_assert_int_eq(session_new(&f->core, &peer, &session), 0);
        return session;
}

static void make_quotes(char *text) {
        for (; *text; text++)
                if (*text == '\'')
                        *text = '"';
}

void fixture_send_bytes(Session *session, const char *line, size_t n) {
        /* The copy has exactly this size, so that a memory checker reports a read of the first byte
         * behind it. */
        char *copy = malloc(n ? n : 1);

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, line, n);
        spare_call_spoil(session->core);
        rpc_input(session, copy, n);
        free(copy);
}

void fixture_send(Session *session, const char *format, ...) {
        char line[LINE_MAX_BYTES];
        va_list args;

        va_start(args, format);
        int n = vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        ck_assert_int_lt(n, sizeof(line));
        make_quotes(line);
        fixture_send_bytes(session, line, n);
}

unsigned fixture_count_fds(const Fixture *f) {
        unsigned n = 0;

        for (int fd = 0; fd < f->n_fds; fd++)
                n += f->is_open[fd];
        return n;
}

/* Each result that describes a descriptor comes with one descriptor, attached to the first byte of
 * its line. */
static void receive_descriptors(Session *session, const char *line, size_t n) {
        Fixture *f = CONTAINER_OF(session->core, Fixture, core);
        int fds[ATTACHMENTS_PER_LINE];
        unsigned n_expected = 0;

        for (const char *at = line; (at = strstr(at, "\",\"serial\":")); at++)
                n_expected++;
        f->n_received = attachments_first(&session->attachments, fds);
        f->received = f->n_received ? fds[0] : -1;
        ck_assert_msg(f->n_received == n_expected, "%u descriptors came with %s", f->n_received,
                      line);
        for (unsigned i = 0; i < f->n_received; i++)
                ck_assert_msg(f->is_open[fds[i]], "descriptor %d is sent when it is closed",
                              fds[i]);
        ck_assert_uint_gt(attachments_next_offset(&session->attachments), n);
        attachments_consume(&session->attachments, n + 1);
}

const char *fixture_receive_text(Session *session) {
        static char *text;
        Buffer *output = &session->output;
        const char *start = buffer_bytes(output);
        const char *newline = buffer_size(output) ? memchr(start, '\n', buffer_size(output)) : NULL;

        free(text);
        text = NULL;
        if (!newline) {
                ck_assert_uint_eq(buffer_size(output), 0);
                return NULL;
        }
        text = strndup(start, newline - start);
        receive_descriptors(session, text, newline - start);
        buffer_consume(output, newline - start + 1);
        return text;
}

struct json_object *fixture_receive(Session *session) {
        const char *text = fixture_receive_text(session);
        struct json_object *reply;
        JsonScan scan;

        if (!text)
                return NULL;
        ck_assert_msg(json_parse(text, strlen(text), &reply_limits, &reply, &scan) == 0,
                      "the core answered what is no JSON (%s): %s", scan.error, text);
        return reply;
}

/* Returns "!ERRNO" or the result's text, in a buffer that the next call overwrites; NULL if no
 * reply came. */
static const char *outcome_of(struct json_object *reply) {
        static Buffer text;
        struct json_object *error, *data, *name, *result;

        if (!reply)
                return NULL;
        buffer_truncate(&text, 0);
        if (json_object_object_get_ex(reply, "error", &error)) {
                ck_assert(json_object_object_get_ex(error, "data", &data));
                ck_assert(json_object_object_get_ex(data, "errno", &name));
                ck_assert_int_eq(buffer_append_format(&text, "!%s", json_object_get_string(name)),
                                 0);
        } else {
                ck_assert(json_object_object_get_ex(reply, "result", &result));
                ck_assert_int_eq(json_write(&text, result), 0);
        }
        ck_assert_int_eq(buffer_append(&text, "", 1), 0);
        return buffer_bytes(&text);
}

static void start(Session *session, int64_t id, const char *method, const char *params) {
        Buffer line = {0};
        char *quoted = strdup(params);

        ck_assert_ptr_nonnull(quoted);
        make_quotes(quoted);
        ck_assert_int_eq(buffer_append_format(
                                 &line,
                                 "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\",\"params\":",
                                 (long long)id, method),
                         0);
        ck_assert_int_eq(buffer_append_string(&line, quoted), 0);
        ck_assert_int_eq(buffer_append_string(&line, "}"), 0);
        fixture_send_bytes(session, buffer_bytes(&line), buffer_size(&line));
        buffer_deinit(&line);
        free(quoted);
}

void fixture_start(Session *session, int64_t id, const char *method, const char *params) {
        start(session, id, method, params);
}

static PRINTF_LIKE(3, 0) struct json_object *call_v(Session *session, const char *method,
                                                    const char *format, va_list args) {
        char params[LINE_MAX_BYTES];

        ck_assert_int_lt(vsnprintf(params, sizeof(params), format, args), sizeof(params));
        start(session, 1, method, params);
        return fixture_receive(session);
}

struct json_object *fixture_call(Session *session, const char *method, const char *format, ...) {
        struct json_object *result = NULL;
        va_list args;

        va_start(args, format);
        struct json_object *reply = call_v(session, method, format, args);
        va_end(args);
        ck_assert_msg(reply != NULL, "%s was not answered", method);
        ck_assert_msg(json_object_object_get_ex(reply, "result", &result), "%s failed: %s", method,
                      json_object_to_json_string(reply));
        json_object_get(result);
        json_object_put(reply);
        return result;
}

const char *fixture_call_error(Session *session, const char *method, const char *format, ...) {
        static char name[64];
        va_list args;

        va_start(args, format);
        struct json_object *reply = call_v(session, method, format, args);
        va_end(args);
        ck_assert_msg(reply != NULL, "%s was not answered", method);
        const char *outcome = outcome_of(reply);
        snprintf(name, sizeof(name), "%s", outcome[0] == '!' ? outcome + 1 : "");
        json_object_put(reply);
        return name;
}

static void expect(const char *file, int line, const char *what, struct json_object *reply,
                   const char *expected) {
        char *wanted = strdup(expected);
        const char *outcome = outcome_of(reply);

        make_quotes(wanted);
        if (strcmp(expected, "?") == 0)
                ck_assert_msg(!outcome, "%s:%d: %s was answered with %s", file, line, what,
                              outcome);
        else
                ck_assert_msg(outcome && strcmp(outcome, wanted) == 0,
                              "%s:%d: %s: expected %s, not %s (%s)", file, line, what, wanted,
                              outcome ? outcome : "silence",
                              reply ? json_object_to_json_string(reply) : "");
        free(wanted);
        json_object_put(reply);
}

void fixture_expect_at(const char *file, int line, Session *session, const char *method,
                       const char *params, const char *expected) {
        start(session, 1, method, params);
        expect(file, line, method, fixture_receive(session), expected);
}

void fixture_expect_reply_at(const char *file, int line, Session *session, int64_t id,
                             const char *expected) {
        struct json_object *reply = fixture_receive(session), *got;

        if (reply) {
                ck_assert(json_object_object_get_ex(reply, "id", &got));
                ck_assert_msg(json_object_get_int64(got) == id,
                              "%s:%d: expected a reply to %lld, not %s", file, line, (long long)id,
                              json_object_to_json_string(reply));
        }
        expect(file, line, "a reply", reply, expected);
}

void fixture_work_off(Fixture *f) {
        for (int i = 0; core_has_leftovers(&f->core); i++) {
                ck_assert_msg(i < 100000, "the leftovers do not become fewer");
                core_work_off(&f->core, 5000);
        }
}

void fixture_expect_clean_at(const char *file, int line, Fixture *f) {
        fixture_work_off(f);
        ck_assert_msg(table_size(&f->core.objects) == 0, "%s:%d: objects are left", file, line);
        ck_assert_msg(f->core.n_waits == 0, "%s:%d: waits are left", file, line);
        ck_assert_msg(f->core.n_descriptors == 0 && fixture_count_fds(f) == 0,
                      "%s:%d: descriptors are left", file, line);
        ck_assert_msg(f->core.n_bytes == 0, "%s:%d: %llu bytes are still charged", file, line,
                      (unsigned long long)f->core.n_bytes);
        TABLE_FOREACH (entry, &f->core.accounts) {
                const Account *account = entry->value;
                ck_assert_msg(account->n_objects == 0 && account->n_waits == 0 &&
                                      account->n_bytes == 0 && account->n_descriptors == 0,
                              "%s:%d: the account of uid %u is not empty", file, line,
                              account->uid);
        }
}
