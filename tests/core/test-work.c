/* The cost of calls: predicted from the tables, counted in steps, bounded. No time is measured. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "call/call-work.h"
#include "call/call.h"
#include "core/core-fixture.h"
#include "json/json-scan.h"
#include "json/json-util.h"
#include "object.h"
#include "tap-main.h"

enum {
        PART = 5000,           /* elements that one call of fill() stores */
        AT_ONCE = 4096 + 256,  /* steps of a message for work that can be deferred */
        STEPS_OF_MESSAGE = 16, /* besides its bytes */
        MESSAGE_BYTES = 16,    /* bytes of a call and its reply for each step, at least */
        VALUE_STEPS = 1,       /* of a value in a long message */
        STEPS_EACH = 12, /* of one element, in the most expensive method that needs no logarithm */
};

typedef struct Run {
        Fixture f;
        Session *user, *root;
        Buffer line;
} Run;

static void run_init(Run *r) {
        *r = (Run){0};
        fixture_init(&r->f, NULL);
        r->f.core.limits.call_work = limits_default.call_work;
        r->f.core.uid = 500;
        r->user = fixture_session(&r->f, 100, 1000, "user");
        r->root = fixture_session(&r->f, 200, 0, "root");
}

static void run_deinit(Run *r) {
        buffer_deinit(&r->line);
        session_end(r->user);
        session_end(r->root);
        fixture_work_off(&r->f);
        fixture_deinit(&r->f);
}

static void put(Run *r, const char *text) {
        ck_assert_int_eq(buffer_append(&r->line, text, strlen(text)), 0);
}

static void put_int(Run *r, const char *before, int64_t i, const char *after) {
        ck_assert_int_eq(buffer_append_format(&r->line, "%s%" PRId64 "%s", before, i, after), 0);
}

/* Sends the line and returns the reply, which the caller frees with json_object_put(). */
static struct json_object *exchange(Run *r, Session *session) {
        fixture_send_bytes(session, buffer_bytes(&r->line), buffer_size(&r->line));
        return fixture_receive(session);
}

static bool has_failed(struct json_object *reply) {
        return json_object_object_get_ex(reply, "error", NULL);
}

/* Writes the elements of one type, as the method that fills it takes them. */
typedef struct Shape {
        const char *type, *open, *fill, *before, *after, *end;
} Shape;

static const Shape shapes[] = {
        {"list", "", "list.extend\",\"params\":[\"o\",[", "", "", "]]}"},
        {"dict", "", "dict.update\",\"params\":[\"o\",{", "\"k", "\":1", "}]}"},
        {"set", "", "set.update\",\"params\":[\"o\",[", "", "", "]]}"},
        {"queue", "", "queue.put_many\",\"params\":[\"o\",[", "", "", "]]}"},
        {"queue", ",'order':'priority'", "queue.put_many\",\"params\":[\"o\",[", "", "", "]]}"},
        {"array", NULL, NULL, NULL, NULL, NULL},
};

/* Makes an object of n elements; root fills it for the user. */
static void make_object(Run *r, const Shape *shape, int n) {
        char open[64], params[128];

        snprintf(open, sizeof(open), "%s.open", shape->type);
        if (shape->fill)
                snprintf(params, sizeof(params), "{'name':'o','create':true%s}", shape->open);
        else
                snprintf(params, sizeof(params), "{'name':'o','create':true,'length':%d}", n);
        json_object_put(fixture_call(r->user, open, "%s", params));
        for (int i = 0; shape->fill && i < n;) {
                buffer_truncate(&r->line, 0);
                put(r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"");
                put(r, shape->fill);
                for (int k = 0; k < PART && i < n; k++, i++) {
                        put(r, k ? "," : "");
                        put_int(r, shape->before, i, shape->after);
                }
                put(r, shape->end);
                struct json_object *reply = exchange(r, r->root);
                ck_assert_msg(!has_failed(reply), "%s", json_object_to_json_string(reply));
                json_object_put(reply);
        }
}

static const char *good_value(const MethodRef *ref, const Arg *arg) {
        if (strcmp(arg->name, "other") == 0 || strcmp(arg->name, "cursor") == 0)
                return NULL;
        if (strcmp(arg->name, "count") == 0 || strcmp(arg->name, "max") == 0)
                return "1000000";
        if (strcmp(arg->name, "step") == 0)
                return "null";
        switch (arg->kind) {
        case ARG_NAME:
                return "\"o\"";
        case ARG_ARRAY:
                return "[1,2,3]";
        case ARG_OBJECT:
                return "{\"x\":1}";
        case ARG_BOOL:
                return "false";
        case ARG_KEY:
                return "\"k7\"";
        case ARG_TIMEOUT:
                return "0";
        case ARG_INT:
                return arg->optional ? NULL : "3";
        case ARG_NUMBER:
                return "1";
        case ARG_ANY:
                return arg->optional ? NULL : "-1";
        default:
                return NULL;
        }
}

static void write_call(Run *r, const MethodRef *ref) {
        const char *separator = "";

        buffer_truncate(&r->line, 0);
        ck_assert_int_eq(
                buffer_append_format(&r->line,
                                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{",
                                     ref->name),
                0);
        for (unsigned i = 0; i < ref->n_args; i++) {
                const char *value = good_value(ref, ref->args[i]);
                if (!value)
                        continue;
                ck_assert_int_eq(buffer_append_format(&r->line, "%s\"%s\":%s", separator,
                                                      ref->args[i]->name, value),
                                 0);
                separator = ",";
        }
        put(r, "}}");
}

/* Returns the bound for n elements; methods that sort or keep an order need the depth as a factor. */
static uint64_t bound_of(const char *name, uint64_t n) {
        bool needs_log = strcmp(name, "list.sort") == 0 || strncmp(name, "queue.", 6) == 0;

        return STEPS_EACH * (n + 16) * (needs_log ? work_log2(n + 16) : 1);
}

static size_t length_of_object(Run *r, const char *type) {
        Object *object = table_get(&r->f.core.objects, "o", 1);

        ck_assert_ptr_nonnull(object);
        return object->type->length(object);
}

static uint64_t values_of(const Buffer *line) {
        const JsonLimits limits = {.max_depth = 64, .max_members = 1 << 20};
        JsonScan scan;

        ck_assert_int_eq(json_scan(buffer_bytes(line), buffer_size(line), &limits, &scan), 0);
        return scan.n_values;
}

/* Returns the steps of the call without those for the bytes and values of its message and reply. */
static uint64_t run_call(Run *r, Session *session, const MethodRef *ref, const char **ret_reply) {
        Core *core = &r->f.core;

        write_call(r, ref);
        core->n_predicted = 0;
        uint64_t before = core->n_steps;
        fixture_send_bytes(session, buffer_bytes(&r->line), buffer_size(&r->line));
        uint64_t n_steps = core->n_steps - before;
        uint64_t n_bytes = buffer_size(&r->line) + buffer_size(&session->output);
        *ret_reply = fixture_receive_text(session);
        ck_assert_msg(core->n_predicted > 0, "%s: nothing was predicted", ref->name);
        uint64_t n_message =
                n_bytes / MESSAGE_BYTES + STEPS_OF_MESSAGE + VALUE_STEPS * values_of(&r->line);
        return n_steps > n_message ? n_steps - n_message : 0;
}

static void expect_predicted(const Run *r, const MethodRef *ref, int n, uint64_t n_steps) {
        uint64_t n_predicted = r->f.core.n_predicted;

        ck_assert_msg(n_steps <= n_predicted + AT_ONCE,
                      "%s of %d: %" PRIu64 " steps, predicted %" PRIu64, ref->name, n, n_steps,
                      n_predicted);
        ck_assert_msg(n_predicted <= bound_of(ref->name, n), "%s of %d: predicted %" PRIu64,
                      ref->name, n, n_predicted);
}

/* A user's call beyond the bound is refused before anything is done; root may make it. The counted steps are at most those
 * predicted. */
static void check_method(Run *r, const MethodRef *ref, int n) {
        size_t length = length_of_object(r, ref->type->name);
        const char *reply;

        uint64_t n_steps = run_call(r, r->user, ref, &reply);
        bool is_refused = r->f.core.n_predicted > r->f.core.limits.call_work;
        ck_assert_msg(is_refused == (strstr(reply, "max-call-work") != NULL), "%s of %d: %.300s",
                      ref->name, n, reply);
        if (is_refused) {
                ck_assert_msg(n_steps == 0, "%s of %d: %" PRIu64 " steps", ref->name, n, n_steps);
                ck_assert_uint_eq(length_of_object(r, ref->type->name), length);
                n_steps = run_call(r, r->root, ref, &reply);
                ck_assert_msg(!strstr(reply, "max-call-work"), "%.300s", reply);
        }
        expect_predicted(r, ref, n, n_steps);
}

static const int sizes[] = {0, 10, 1000, 10000, 100000};

START_TEST(test_no_method_does_more_than_predicted) {
        const Shape *shape = &shapes[_i / ELEMENTSOF(sizes)];
        int n = sizes[_i % ELEMENTSOF(sizes)];
        bool is_there = false;
        Run r;

        run_init(&r);
        TABLE_FOREACH (entry, &r.f.core.methods) {
                const MethodRef *ref = entry->value;
                if (!ref->type || strcmp(ref->type->name, shape->type) != 0 ||
                    (ref->method->flags & METHOD_OPENS))
                        continue;
                if (!is_there)
                        make_object(&r, shape, n);
                check_method(&r, ref, n);
                is_there = !(ref->method->flags & METHOD_WRITES);
                if (!is_there)
                        json_object_put(fixture_call(r.root, "object.delete", "['o']"));
                fixture_work_off(&r.f);
        }
        run_deinit(&r);
}
END_TEST

START_TEST(test_the_refusal_says_what_to_do) {
        Run r;

        run_init(&r);
        make_object(&r, &shapes[1], 100000);
        fixture_start(r.user, 1, "dict.items", "['o']");
        ck_assert_str_eq(fixture_receive_text(r.user),
                         "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"dict.items "
                         "would take up to "
                         "400000 steps of work, and a call may take 100000 (max-call-work): use "
                         "dict.scan\",\"data\":{\"errno\":\"EDQUOT\",\"work\":400000,\"max_work\":"
                         "100000}},\"id\":1}");
        /* The method that the error recommends reads the whole object. */
        int64_t cursor = 0, n = 0;
        do {
                struct json_object *items, *next;
                struct json_object *result =
                        fixture_call(r.user, "dict.scan", "['o',%" PRId64 ",1000000]", cursor);
                ck_assert(json_object_object_get_ex(result, "items", &items));
                ck_assert(json_object_object_get_ex(result, "cursor", &next));
                n += json_object_array_length(items);
                cursor = json_object_get_int64(next);
                json_object_put(result);
        } while (cursor);
        ck_assert_int_eq(n, 100000);
        run_deinit(&r);
}
END_TEST

START_TEST(test_ordinary_sizes_are_for_everyone) {
        Run r;

        run_init(&r);
        make_object(&r, &shapes[1], 50000);
        json_object_put(fixture_call(r.user, "dict.keys", "['o']"));
        json_object_put(fixture_call(r.user, "object.delete", "['o']"));
        make_object(&r, &shapes[0], 5000);
        json_object_put(fixture_call(r.user, "list.sort", "['o']"));
        json_object_put(fixture_call(r.user, "list.index", "['o',4999]"));
        run_deinit(&r);
}
END_TEST

/* Runs a method of "o" n times and returns the steps; each run counts at most what was predicted and a few steps for the
 * message. */
static uint64_t steps_of_many(Run *r, const char *method, const char *params, int n) {
        Core *core = &r->f.core;
        uint64_t n_all = 0;

        for (int i = 0; i < n; i++) {
                core->n_predicted = 0;
                uint64_t before = core->n_steps;
                json_object_put(fixture_call(r->user, method, "%s", params));
                uint64_t n_steps = core->n_steps - before;
                ck_assert_msg(n_steps <= core->n_predicted + STEPS_OF_MESSAGE,
                              "%s %s: %" PRIu64 " steps, predicted %" PRIu64, method, params,
                              n_steps, core->n_predicted);
                n_all += n_steps;
        }
        return n_all;
}

/* The average cost of many calls at an end of a list does not depend on its length. */
START_TEST(test_both_ends_of_a_list_are_cheap) {
        enum { LENGTH = 50000, N = 40000, STEPS_AT_END = 24 };
        static const struct {
                const char *method, *params;
        } acts[] = {
                {"list.insert", "['o',0,7]"}, {"list.pop", "['o',0]"},
                {"list.append", "['o',7]"},   {"list.pop", "['o']"},
                {"list.insert", "['o',1,7]"}, {"list.delete", "['o',1]"},
        };
        Run r;

        run_init(&r);
        make_object(&r, &shapes[0], LENGTH);
        for (size_t i = 0; i < ELEMENTSOF(acts); i++) {
                uint64_t n_steps = steps_of_many(&r, acts[i].method, acts[i].params, N);
                ck_assert_msg(n_steps <= (uint64_t)N * STEPS_AT_END, "%s %s: %" PRIu64 " steps",
                              acts[i].method, acts[i].params, n_steps);
        }
        uint64_t n_steps = 0;
        for (int i = 0; i < N; i++)
                n_steps += steps_of_many(&r, "list.append", "['o',7]", 1) +
                           steps_of_many(&r, "list.pop", "['o',0]", 1);
        ck_assert_uint_le(n_steps, (uint64_t)2 * N * STEPS_AT_END);
        fixture_expect(r.user, "list.length", "['o']", "50000");
        run_deinit(&r);
}
END_TEST

/* Calls in the middle of a list cost the elements of a page, and a few for each page that follows: far less than a
 * hundredth of the list. */
START_TEST(test_the_middle_of_a_list_is_cheap) {
        enum { LENGTH = 400000, N = 200, STEPS_IN_MIDDLE = 110 };
        static const struct {
                const char *method, *params;
        } acts[] = {
                {"list.insert", "['o',200000,7]"}, {"list.pop", "['o',200000]"},
                {"list.insert", "['o',-99999,7]"}, {"list.delete", "['o',-99999]"},
                {"list.insert", "['o',70000,7]"},  {"list.pop", "['o',70000]"},
        };
        Run r;

        run_init(&r);
        make_object(&r, &shapes[0], LENGTH);
        for (size_t i = 0; i < ELEMENTSOF(acts); i++) {
                uint64_t n_steps = steps_of_many(&r, acts[i].method, acts[i].params, N);
                ck_assert_msg(n_steps <= (uint64_t)N * STEPS_IN_MIDDLE, "%s %s: %" PRIu64 " steps",
                              acts[i].method, acts[i].params, n_steps);
        }
        fixture_expect(r.user, "list.length", "['o']", "400000");
        fixture_expect(r.user, "list.get", "['o',399999]", "399999");
        fixture_expect(r.user, "list.get", "['o',200000]", "200000");
        run_deinit(&r);
}
END_TEST

/* Deletes a slice in the middle and inserts as many values there: what both may cost, and at most that do they count. */
static uint64_t steps_of_slice(Run *r, int n, int n_slice) {
        Core *core = &r->f.core;
        char params[64];

        core->n_predicted = 0;
        uint64_t before = core->n_steps;
        snprintf(params, sizeof(params), "['o',%d,%d]", n / 2, n / 2 + n_slice);
        json_object_put(fixture_call(r->user, "list.delete_slice", "%s", params));
        uint64_t n_predicted = core->n_predicted, n_steps = core->n_steps - before;
        ck_assert_uint_le(n_steps, n_predicted + AT_ONCE);

        buffer_truncate(&r->line, 0);
        put(r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list.set_slice\",\"params\":[\"o\"");
        put_int(r, ",", n / 2, "");
        put_int(r, ",", n / 2, ",1,[");
        for (int i = 0; i < n_slice; i++)
                put_int(r, i ? "," : "", n / 2 + i, "");
        put(r, "]]}");
        fixture_work_off(&r->f);
        core->n_predicted = 0;
        before = core->n_steps;
        struct json_object *reply = exchange(r, r->user);
        ck_assert_msg(!has_failed(reply), "%s", json_object_to_json_string(reply));
        json_object_put(reply);
        n_steps = core->n_steps - before;
        uint64_t n_message = buffer_size(&r->line) / MESSAGE_BYTES + STEPS_OF_MESSAGE +
                             VALUE_STEPS * values_of(&r->line);
        ck_assert_uint_le(n_steps, core->n_predicted + n_message);
        return n_predicted + core->n_predicted;
}

/* A slice in the middle costs what it has, and for each page that follows no more than that: of 10^6 elements, few or nearly
 * whole pages are far less than the tenth of what stands there. */
START_TEST(test_slices_in_the_middle_cost_what_they_have) {
        static const struct {
                int n_slice;
                uint64_t n_steps[4]; /* of 10^3, 10^4, 10^5, 10^6 elements */
        } slices[] = {
                {1, {40, 160, 200, 300}},
                {10, {90, 220, 250, 400}},
                {100, {600, 700, 750, 1300}},
                {500, {2700, 2800, 3000, 5000}},
                {4096 - 100, {0, 21000, 21500, 22000}},
                {4096, {0, 21000, 21500, 22000}},
                {2 * 4096 + 10, {0, 40000, 43000, 43000}},
        };
        Run r;

        for (int i = 0, n = 1000; i < 4; i++, n *= 10) {
                run_init(&r);
                make_object(&r, &shapes[0], n);
                for (size_t k = 0; k < ELEMENTSOF(slices); k++) {
                        if (slices[k].n_slice > n)
                                continue;
                        uint64_t n_steps = steps_of_slice(&r, n, slices[k].n_slice);
                        ck_assert_msg(n_steps <= slices[k].n_steps[i],
                                      "%d of %d: %" PRIu64 " steps", slices[k].n_slice, n, n_steps);
                }
                run_deinit(&r);
        }
}
END_TEST

/* A slice with a step costs what lies between its ends, or what each element costs if these are few and far from each other. */
START_TEST(test_slices_with_a_step_cost_what_they_have) {
        static const struct {
                const char *params;
                uint64_t n_steps;
        } slices[] = {
                {"['o',200000,201000,2]", 1100}, {"['o',200000,201000,-2]", 1},
                {"['o',201000,200000,-7]", 600}, {"['o',100,399000,100000]", 500},
                {"['o',null,null,50000]", 1000},
        };
        enum { LENGTH = 400000 };
        Run r;

        run_init(&r);
        make_object(&r, &shapes[0], LENGTH);
        for (size_t i = 0; i < ELEMENTSOF(slices); i++) {
                uint64_t before = r.f.core.n_steps;
                r.f.core.n_predicted = 0;
                json_object_put(fixture_call(r.user, "list.delete_slice", "%s", slices[i].params));
                uint64_t n_predicted = r.f.core.n_predicted, n_steps = r.f.core.n_steps - before;
                ck_assert_uint_le(n_steps, n_predicted + AT_ONCE);
                ck_assert_msg(n_predicted <= slices[i].n_steps, "%s: predicted %" PRIu64,
                              slices[i].params, n_predicted);
                fixture_work_off(&r.f);
        }
        fixture_expect(r.user, "list.length", "['o']", "399345");
        fixture_expect(r.user, "list.slice", "['o',99997,100001]", "[100000,100002,100003,100004]");
        run_deinit(&r);
}
END_TEST

/* An operation of a few values with a large set costs in proportion to the few. */
START_TEST(test_few_values_and_a_large_set) {
        Run r;

        run_init(&r);
        make_object(&r, &shapes[2], 100000);
        json_object_put(fixture_call(r.user, "set.update", "['o',[1,2,-1]]"));
        fixture_expect(r.user, "set.length", "['o']", "100001");
        json_object_put(fixture_call(r.user, "set.difference_update", "['o',[-1,5,-2]]"));
        fixture_expect(r.user, "set.length", "['o']", "99999");
        fixture_expect(r.user, "set.contains", "['o',5]", "false");
        fixture_expect(r.user, "set.contains", "['o',6]", "true");
        fixture_expect(r.user, "set.issuperset", "['o',[1,2]]", "true");
        fixture_expect(r.user, "set.issuperset", "['o',[1,-2]]", "false");
        fixture_expect(r.user, "set.isdisjoint", "['o',[-1,-2]]", "true");
        fixture_expect(r.user, "set.isdisjoint", "['o',[-1,2]]", "false");
        json_object_put(
                fixture_call(r.user, "set.open", "{'name':'few','create':true,'value':[6,-6]}"));
        fixture_expect(r.user, "set.isdisjoint", "{'name':'o','other':'few'}", "false");
        fixture_expect(r.user, "set.isdisjoint", "{'name':'few','other':'o'}", "false");
        fixture_expect(r.user, "set.difference", "{'name':'few','other':'o'}", "[-6]");
        fixture_expect(r.user, "set.intersection", "{'name':'few','other':'o'}", "[6]");
        fixture_expect(r.user, "set.issubset", "{'name':'few','other':'o'}", "false");
        ck_assert_str_eq(fixture_call_error(r.user, "set.union", "['o',[1]]"), "EDQUOT");
        ck_assert_str_eq(fixture_call_error(r.user, "set.issubset", "['o',[1]]"), "EDQUOT");
        /* A set may be its own operand. */
        json_object_put(fixture_call(r.root, "set.difference_update", "{'name':'o','other':'o'}"));
        fixture_expect(r.user, "set.length", "['o']", "0");
        run_deinit(&r);
}
END_TEST

/* Root, and the user who runs the daemon, have a bound of their own, which session.hello reports. */
START_TEST(test_who_has_the_daemon_may_do_more) {
        Run r;

        run_init(&r);
        Session *own = fixture_session(&r.f, 300, 500, "own");
        make_object(&r, &shapes[0], 100000);
        ck_assert_str_eq(fixture_call_error(r.user, "list.sort", "['o']"), "EDQUOT");
        json_object_put(fixture_call(r.root, "list.sort", "['o']"));
        json_object_put(fixture_call(r.root, "object.chmod", "['o','0666']"));
        json_object_put(fixture_call(own, "list.sort", "['o']"));
        ck_assert_uint_eq(work_bound(r.user), 100000);
        ck_assert_uint_eq(work_bound(r.root), WORK_OF_OWNER);
        ck_assert_uint_eq(work_bound(own), WORK_OF_OWNER);
        r.f.core.limits.call_work = 2 * WORK_OF_OWNER;
        ck_assert_uint_eq(work_bound(r.root), 2 * WORK_OF_OWNER);
        ck_assert_uint_eq(work_bound(r.user), 2 * WORK_OF_OWNER);
        session_end(own);
        run_deinit(&r);
}
END_TEST

/* Sends a batch of n equal calls and one more call behind them, and returns the replies. */
static struct json_object *send_batch(Run *r, const char *call, int n, const char *last) {
        buffer_truncate(&r->line, 0);
        for (int i = 0; i <= n; i++)
                ck_assert_int_eq(buffer_append_format(&r->line,
                                                      "%s{\"jsonrpc\":\"2.0\",\"id\":%d,%s}",
                                                      i ? "," : "[", i, i < n ? call : last),
                                 0);
        put(r, "]");
        return exchange(r, r->user);
}

/* A batch as a whole has the bound of one call: each call beyond it gets an error of its own. Calls that give something
 * back are carried out even then. */
START_TEST(test_batch_is_bounded_as_a_whole) {
        static const char *const calls[] = {
                "\"method\":\"list.count\",\"params\":[\"o\",5]",
                "\"method\":\"list.reverse\",\"params\":[\"o\"]",
                "\"method\":\"list.slice\",\"params\":[\"o\",0,20000]",
                "\"method\":\"list.sort\",\"params\":[\"small\"]",
                "\"method\":\"set.isdisjoint\",\"params\":{\"name\":\"s\",\"other\":\"s2\"}",
                "\"method\":\"list.copy\",\"params\":[\"text\"]",
        };
        Run r;

        run_init(&r);
        make_object(&r, &shapes[0], 40000);
        json_object_put(fixture_call(r.user, "list.open",
                                     "{'name':'small','create':true,'value':"
                                     "[3,1,2]}"));
        for (int i = 0; i < 10; i++)
                json_object_put(fixture_call(r.user, "list.repeat", "['small',2]"));
        json_object_put(fixture_call(r.user, "list.open", "{'name':'text','create':true}"));
        char text[50000] = "";
        memset(text, 'x', sizeof(text) - 1);
        json_object_put(fixture_call(r.user, "list.append", "['text','%s']", text));
        for (int i = 1; i <= 2; i++) {
                json_object_put(fixture_call(r.user, "set.open", "{'name':'s%s','create':true}",
                                             i == 2 ? "2" : ""));
                for (int k = 0; k < 5000; k++)
                        json_object_put(fixture_call(r.user, "set.add", "['s%s',%d]",
                                                     i == 2 ? "2" : "", i * 10000 + k));
        }
        json_object_put(fixture_call(r.user, "lock.open", "{'name':'l','create':true}"));
        json_object_put(fixture_call(r.user, "lock.acquire", "['l']"));
        uint64_t before = r.f.core.n_steps;
        struct json_object *replies =
                send_batch(&r, calls[_i], 200, "\"method\":\"lock.release\",\"params\":[\"l\"]");
        uint64_t n_steps = r.f.core.n_steps - before;
        size_t n_bytes = buffer_size(&r.line);
        ck_assert_uint_eq(json_object_array_length(replies), 201);
        int n_refused = 0;
        for (int i = 0; i < 200; i++) {
                struct json_object *reply = json_object_array_get_idx(replies, i);
                const char *shown = json_object_to_json_string(reply);
                ck_assert_msg(i > 0 || !has_failed(reply), "%s", shown);
                n_refused += has_failed(reply);
                ck_assert_msg(!has_failed(reply) || strstr(shown, "EDQUOT"), "%s", shown);
        }
        ck_assert_int_gt(n_refused, 100);
        ck_assert(!has_failed(json_object_array_get_idx(replies, 200)));
        /* The last call that was begun may exceed the bound by the bytes of its reply. */
        ck_assert_uint_le(n_steps, 2 * r.f.core.limits.call_work + n_bytes / MESSAGE_BYTES +
                                           201 * (STEPS_OF_MESSAGE + 32));
        json_object_put(replies);
        run_deinit(&r);
}
END_TEST

/* An item's way into a priority queue of n others takes a logarithm of steps, whatever their order; a call beyond the
 * bound is refused before anything is done. */
START_TEST(test_many_into_a_priority_queue) {
        enum { N = 60000, N_MOST = 1000 };
        const Shape *shape = &shapes[4];
        Run r;

        run_init(&r);
        make_object(&r, shape, 200000);
        for (int n = N; n >= N_MOST; n = n == N ? N_MOST : 0) {
                buffer_truncate(&r.line, 0);
                put(&r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"queue.put_many\",\"params\":["
                        "\"o\",[");
                for (int i = 0; i < n; i++)
                        put_int(&r, i ? "," : "", -i, "");
                put(&r, "]]}");
                uint64_t before = r.f.core.n_steps;
                CLEANUP(json_putp) struct json_object *reply = exchange(&r, r.user);
                uint64_t n_steps = r.f.core.n_steps - before;
                uint64_t n_message = buffer_size(&r.line) / MESSAGE_BYTES * 2 + STEPS_OF_MESSAGE +
                                     VALUE_STEPS * values_of(&r.line);
                ck_assert_int_eq(has_failed(reply), n == N);
                ck_assert_uint_le(n_steps,
                                  n_message + (n == N ? 0 : 4 * (uint64_t)n * work_log2(200000)));
        }
        fixture_expect(r.user, "queue.size", "['o']", "201000");
        run_deinit(&r);
}
END_TEST

/* Comparing values that differ only at their ends costs in proportion to their length. */
START_TEST(test_long_values_count_by_their_bytes) {
        Run r;

        run_init(&r);
        json_object_put(fixture_call(r.user, "list.open", "{'name':'o','create':true}"));
        for (int i = 0; i < 200; i++) {
                buffer_truncate(&r.line, 0);
                put(&r,
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list.append\",\"params\":[\"o\",[");
                for (int k = 0; k < 6000; k++)
                        put(&r, "7,");
                put_int(&r, "", 1000 - i, "]]}");
                struct json_object *reply = exchange(&r, r.user);
                ck_assert_msg(!has_failed(reply), "%s", json_object_to_json_string(reply));
                json_object_put(reply);
        }
        ck_assert_str_eq(fixture_call_error(r.user, "list.sort", "['o']"), "EDQUOT");
        ck_assert_uint_ge(r.f.core.n_predicted, 200 * 6000);
        /* A number differs from each of these texts at once, without a comparison of bytes. */
        json_object_put(fixture_call(r.user, "list.count", "['o',7]"));
        run_deinit(&r);
}
END_TEST

START_TEST(test_statistics_tell_steps) {
        Run r;
        struct json_object *methods, *method, *steps, *counters;

        run_init(&r);
        make_object(&r, &shapes[0], 1000);
        json_object_put(fixture_call(r.user, "list.count", "['o',5]"));
        core_note_time(&r.f.core, 1000);
        struct json_object *stats = fixture_call(r.user, "server.stats", "[]");
        ck_assert(json_object_object_get_ex(stats, "methods", &methods));
        ck_assert(json_object_object_get_ex(methods, "list.count", &method));
        ck_assert(json_object_object_get_ex(method, "steps", &steps));
        ck_assert_int_ge(json_object_get_int64(steps), 1000);
        ck_assert_int_le(json_object_get_int64(steps), 1000 + STEPS_OF_MESSAGE + 16);
        ck_assert(json_object_object_get_ex(stats, "counters", &counters));
        ck_assert(json_object_object_get_ex(counters, "steps", &steps));
        ck_assert_int_ge(json_object_get_int64(steps), 1000);
        json_object_put(stats);
        run_deinit(&r);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("work");
        TCase *c = tcase_create("work");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_no_method_does_more_than_predicted, 0,
                            ELEMENTSOF(shapes) * ELEMENTSOF(sizes));
        tcase_add_test(c, test_the_refusal_says_what_to_do);
        tcase_add_test(c, test_ordinary_sizes_are_for_everyone);
        tcase_add_test(c, test_both_ends_of_a_list_are_cheap);
        tcase_add_test(c, test_the_middle_of_a_list_is_cheap);
        tcase_add_test(c, test_slices_in_the_middle_cost_what_they_have);
        tcase_add_test(c, test_slices_with_a_step_cost_what_they_have);
        tcase_add_test(c, test_few_values_and_a_large_set);
        tcase_add_test(c, test_who_has_the_daemon_may_do_more);
        tcase_add_loop_test(c, test_batch_is_bounded_as_a_whole, 0, 6);
        tcase_add_test(c, test_many_into_a_priority_queue);
        tcase_add_test(c, test_long_values_count_by_their_bytes);
        tcase_add_test(c, test_statistics_tell_steps);
        suite_add_tcase(suite, c);
        return suite;
}
