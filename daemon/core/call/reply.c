/* Replies: the one place where outcomes become results and errors of the protocol.
 *
 * An outcome is decided first (decide()): it gets its commit number, counts in the statistics, and
 * is reported to monitors and the log. Writing it may be deferred. If one act ends very many waits,
 * only some of the replies are written at once, and the others in slices (reply_put_off()). The
 * replies of a session keep the order of their decisions, so a later reply first writes those that
 * were deferred (replies_write_of()).
 *
 * A reply is written into the output, and removed if it cannot be finished. If it is too large, an
 * error replaces it. If memory ran out, the session is cut off, since a client that misses a reply
 * would wait for ever.
 *
 * Must never happen: a call gets two replies, or none; a result overtakes another one of its
 * session. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno-name.h"
#include "call/batch.h"
#include "call/reply.h"
#include "core-state.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "json/value-block.h"
#include "monitor.h"
#include "session.h"
#include "wait/park.h"
#include "work.h"

enum {
        WRITE_BYTES = 32, /* bytes of a reply that one step writes */
        REPLY_STEPS = 5,  /* for writing a short reply, and freeing its call */
        SHORT_REPLY = 96, /* bytes without the id; a buffer grows at most once for it */
};

/* Where a reply is written, and where it began, to remove it if it cannot be finished. */
typedef struct Target {
        Session *session;
        Buffer *out;
        size_t start, lent; /* bytes of the output before it, and of its lent values */
        bool in_batch;
} Target;

/* A long value is lent to the output of a session, and not copied, if the shell can send it so. */
static bool may_lend(const Target *target, const Value *value) {
        size_t lent_min = target->session->core->lent_min;

        return lent_min > 0 && lent_fits(value, lent_min) && !target->in_batch;
}

static int write_value(const Target *target, const Value *value) {
        Buffer *out = target->out;
        size_t n_quotes = value_is_container(value) ? 0 : 1;

        if (!may_lend(target, value))
                return value_write(out, value);
        if (buffer_reserve(out, 2) < 0 ||
            !lent_add(&target->session->lent, value, buffer_size(out) + n_quotes))
                return value_write(out, value);
        return buffer_append(out, "\"\"", 2 * n_quotes);
}

static int write_result(const Target *target, const Call *call) {
        Buffer *out = target->out;

        switch (call->result_kind) {
        case RESULT_NULL:
                return buffer_append(out, "null", 4);
        case RESULT_BOOL:
                return call->result.i ? buffer_append(out, "true", 4)
                                      : buffer_append(out, "false", 5);
        case RESULT_INT:
                return json_write_int(out, call->result.i);
        case RESULT_VALUE:
                return write_value(target, &call->result.value);
        case RESULT_TEXT:
                return buffer_append(out, buffer_bytes(&call->core->answer),
                                     buffer_size(&call->core->answer));
        case RESULT_JSON:
                return json_write(out, call->result.json);
        case RESULT_FAILURE:
                break;
        }
        return -EINVAL;
}

static int write_error(Buffer *out, int code, int error, const char *text,
                       struct json_object *data) {
        int r = buffer_append_format(out, "\"error\":{\"code\":%d,\"message\":", code);
        if (r == 0)
                r = json_write_string(out, text, strlen(text));
        if (r == 0)
                r = buffer_append_format(out, ",\"data\":{\"errno\":\"%s\"", errno_name(error));
        if (r == 0 && data) {
                json_object_object_foreach (data, key, value) {
                        if (r == 0)
                                r = buffer_append(out, ",", 1);
                        if (r == 0)
                                r = json_write_string(out, key, strlen(key));
                        if (r == 0)
                                r = buffer_append(out, ":", 1);
                        if (r == 0)
                                r = json_write(out, value);
                }
        }
        return r == 0 ? buffer_append(out, "}}", 2) : r;
}

#define REPLY_BEGIN "{\"jsonrpc\":\"2.0\","

static int write_begin(Buffer *out) {
        return buffer_append(out, REPLY_BEGIN, strlen(REPLY_BEGIN));
}

static int write_begin_of_result(Buffer *out) {
        static const char begin[] = REPLY_BEGIN "\"result\":";

        return buffer_append(out, begin, strlen(begin));
}

#define ID_MEMBER ",\"id\":"

static int write_end(Buffer *out, const Session *session, uint64_t commit, const char *id,
                     size_t n_id) {
        int r = 0;

        if (session->wants_seq)
                r = buffer_append_format(out, ",\"seq\":%llu", (unsigned long long)commit);
        if (r == 0)
                r = buffer_append(out, ID_MEMBER, strlen(ID_MEMBER));
        if (r == 0)
                r = buffer_append(out, id, n_id);
        return r == 0 ? buffer_append_byte(out, '}') : r;
}

static Target target_begin(Session *session, bool in_batch) {
        Buffer *out = in_batch ? &session->core->batch->replies : &session->output;

        return (Target){.session = session,
                        .out = out,
                        .start = buffer_size(out),
                        .lent = session->lent.n_bytes,
                        .in_batch = in_batch};
}

/* Returns the size of the reply. */
static size_t target_size(const Target *target) {
        return buffer_size(target->out) - target->start + target->session->lent.n_bytes -
               target->lent;
}

static bool is_too_large(const Target *target, size_t n) {
        size_t n_before = target->in_batch ? target->start : 0;

        return n + n_before > target->session->core->limits.frame_bytes;
}

static void target_undo(const Target *target) {
        buffer_truncate(target->out, target->start);
        if (!target->in_batch)
                lent_truncate(&target->session->lent, target->start);
}

static int target_commit(Target *target, int r) {
        Session *session = target->session;

        if (r == 0 && !target->in_batch)
                r = buffer_append_byte(target->out, '\n');
        if (r < 0) {
                target_undo(target);
                session_cut_off(session, "memory ran out for a reply");
        }
        if (!target->in_batch)
                session_mark_dirty(session);
        return r;
}

/* The descriptor is sent with the first byte of its reply, so its offset in the output is noted. */
static void attach(const Target *target, Call *call) {
        if (!call->attachment)
                return;
        if (target->in_batch)
                attachments_add(&call->core->batch->attachments, TAKE_PTR(call->attachment), 0);
        else
                attachments_add(&call->session->attachments, TAKE_PTR(call->attachment),
                                target->start);
}

/* Writes the comma between the members of a batch. */
static int write_separator(const Target *target) {
        return target->in_batch && target->start > 1 ? buffer_append(target->out, ",", 1) : 0;
}

static int write_reply(const Target *target, const Call *call, int outcome) {
        Buffer *out = target->out;
        int r = buffer_reserve(out, SHORT_REPLY + call->n_id);
        if (r == 0)
                r = write_separator(target);
        if (r == 0)
                r = outcome == OUTCOME_DONE ? write_begin_of_result(out) : write_begin(out);
        if (r == 0)
                r = outcome == OUTCOME_DONE
                            ? write_result(target, call)
                            : write_error(out, call->code, call->error, call_failure_text(call),
                                          call_failure_data(call));
        return r == 0 ? write_end(out, target->session, call->commit, call->id, call->n_id) : r;
}

static void refuse_unexpected(Call *call, int error) {
        call_refuse(call, error, "%s: %s", call->ref->name, strerror(error));
        if (error != ENOMEM)
                call->code = -32603;
}

static void refuse_too_large(Call *call) {
        call_refuse(call, EMSGSIZE,
                    "the result of %s is larger than a message may be, %llu bytes (max-frame); the "
                    "call itself was executed",
                    call->ref->name, (unsigned long long)call->core->limits.frame_bytes);
}

/* Reports a refusal that is an event for the log. */
static void tell_refused(const Call *call) {
        int error = call->error;
        News news = {.session = call->session,
                     .method = call->ref->name,
                     .text = call_failure_text(call),
                     .data = call_failure_data(call)};

        if (error != EACCES && error != EDQUOT && error != EDEADLK)
                return;
        news.kind = error == EACCES ? NEWS_DENIED : error == EDQUOT ? NEWS_BOUND : NEWS_DEADLOCK;
        call_name(call, &news.object, &news.n_object);
        core_tell(call->core, &news);
}

/* Makes the outcome count from now on, and reports it to monitors and the log. Returns the outcome
 * to write. */
static int decide(Call *call, int outcome) {
        Core *core = call->core;

        call->commit = ++core->last_commit;
        if (call->n_id && core->changes.touched > core->changes.committed && !core->changes.fault)
                session_hold_output(call->session, core->changes.touched);
        if (outcome < 0) {
                refuse_unexpected(call, -outcome);
                outcome = OUTCOME_REFUSED;
        }
        if (outcome == OUTCOME_REFUSED) {
                call->ref->n_errors++;
                core->stats.n_errors++;
                tell_refused(call);
        }
        if (!list_is_empty(&core->monitors))
                monitors_tell(call, MONITOR_CALL, outcome);
        return outcome;
}

static void write_outcome(Call *call, int outcome) {
        Core *core = call->core;
        Target target = target_begin(call->session, call->in_batch);
        int r = write_reply(&target, call, outcome);
        size_t n = target_size(&target);
        work_count(core, work_of_text(n, WRITE_BYTES));
        if (r == 0 && outcome == OUTCOME_DONE && is_too_large(&target, n)) {
                target_undo(&target);
                refuse_too_large(call);
                outcome = OUTCOME_REFUSED;
                r = write_reply(&target, call, outcome);
        }
        if (target_commit(&target, r) == 0 && outcome == OUTCOME_DONE)
                attach(&target, call);
}

static void reply_write(Call *call, int outcome) {
        Buffer *answer = &call->core->answer;

        if (call->n_id)
                write_outcome(call, outcome);
        /* Frees the memory of a large text. */
        if (call->result_kind == RESULT_TEXT)
                buffer_consume(answer, buffer_size(answer));
}

void reply_outcome(Call *call, int outcome) {
        replies_write_of(call->session);
        reply_write(call, decide(call, outcome));
}

/* Deferred replies. */

/* Copies a result from the shared buffer into the call. Returns false if memory ran out. */
static bool keep_result(Call *call) {
        Buffer *answer = &call->core->answer;
        size_t n = buffer_size(answer);

        if (call->result_kind != RESULT_TEXT)
                return true;
        ValueBlock *block = value_block_new(n);
        if (!block)
                return false;
        memcpy(block->bytes, buffer_bytes(answer), n);
        call->result.value =
                value_of_block(block, block->bytes[0] == '[' ? JSON_ARRAY : JSON_OBJECT);
        call->result_kind = RESULT_VALUE;
        buffer_consume(answer, n);
        return true;
}

/* Until its reply is written, a call is charged as it was while it was parked, except for large
 * arguments. */
static void reply_put_off(Call *call) {
        if (call->wait.is_large)
                call_drop_arguments(call);
        list_append(&call->core->replies, &call->wait.in_object);
        list_append(&call->session->replies, &call->wait.in_session);
}

static Call *reply_take_up(Call *call) {
        list_unlink(&call->wait.in_object);
        list_unlink(&call->wait.in_session);
        wait_discharge(&call->wait);
        return call;
}

static void reply_write_next(Call *call) {
        const Session *session = call->session;
        size_t n_before = session_output_size(session);

        reply_write(reply_take_up(call), call->outcome);
        work_spend(call->core,
                   REPLY_STEPS + (session_output_size(session) - n_before) / WRITE_BYTES);
        call_free(call);
}

void reply_when_allowed(Call *call, int outcome) {
        Core *core = call->core;

        call->outcome = (int16_t)decide(call, outcome);
        bool is_late = !list_is_empty(&call->session->replies) ||
                       (core->n_replies_left == 0 && call->n_id);
        if (is_late && keep_result(call)) {
                reply_put_off(call);
                return;
        }
        replies_write_of(call->session);
        core->n_replies_left -= core->n_replies_left > 0 && call->n_id > 0;
        reply_write_next(call);
}

void replies_write_of(Session *session) {
        for (List *node; (node = list_first(&session->replies));)
                reply_write_next(CONTAINER_OF(node, Call, wait.in_session));
}

void replies_drop_of(Session *session) {
        for (List *node; (node = list_first(&session->replies));)
                call_free(reply_take_up(CONTAINER_OF(node, Call, wait.in_session)));
}

void replies_work_off(Core *core) {
        for (List *node; work_is_allowed(core) && (node = list_first(&core->replies));)
                reply_write_next(LIST_ENTRY(node, Call, wait.in_object));
}

void reply_fault(Session *session, const char *id, size_t n_id, int code, int error,
                 const char *format, ...) {
        char text[FAILURE_TEXT_MAX];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        session->core->stats.n_errors++;
        replies_write_of(session);

        Target target = target_begin(session, session->core->batch->session == session);
        int r = write_separator(&target);
        if (r == 0)
                r = write_begin(target.out);
        if (r == 0)
                r = write_error(target.out, code, error, text, NULL);
        if (r == 0)
                r = write_end(target.out, session, session->core->last_commit, id ? id : "null",
                              id ? n_id : 4);
        target_commit(&target, r);
}

int reply_init(Core *core) {
        core->batch = calloc(1, sizeof(*core->batch));
        if (!core->batch)
                return -ENOMEM;
        attachments_init(&core->batch->attachments);
        return 0;
}

void reply_deinit(Core *core) {
        if (core->batch)
                buffer_deinit(&core->batch->replies);
        free(core->batch);
        core->batch = NULL;
}

void reply_batch_begin(Session *session) {
        Batch *batch = session->core->batch;

        batch->session = session;
        buffer_truncate(&batch->replies, 0);
        if (buffer_append(&batch->replies, "[", 1) < 0)
                session_cut_off(session, "memory ran out for a reply");
}

void reply_batch_end(Session *session) {
        Batch *batch = session->core->batch;

        replies_write_of(session);
        Target target = target_begin(session, false);

        batch->session = NULL;
        /* A batch of notifications only has no reply. */
        if (buffer_size(&batch->replies) > 1) {
                int r = buffer_append(&session->output, buffer_bytes(&batch->replies),
                                      buffer_size(&batch->replies));
                if (r == 0)
                        r = buffer_append(&session->output, "]", 1);
                if (target_commit(&target, r) == 0)
                        attachments_move(&session->attachments, &batch->attachments, target.start);
        }
        attachments_clear(&batch->attachments);
        buffer_consume(&batch->replies, buffer_size(&batch->replies));
}
