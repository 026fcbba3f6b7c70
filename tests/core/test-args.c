/* Parameters: every method gets every kind of value in every place. The wanted kinds come from
 * the tables; the kinds that are accepted are listed here a second time. */
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "call/call.h"
#include "core/core-fixture.h"
#include "tap-main.h"

enum { NONE = 0, BOOL = 1, INT = 2, DOUBLE = 4, STRING = 8, ARRAY = 16, OBJECT = 32 };

static const struct {
        const char *text, *kind;
        int bit;
} values[] = {
        {"null", "null", NONE},          {"true", "boolean", BOOL},   {"7", "integer", INT},
        {"1.5", "number", DOUBLE},       {"\"x\"", "string", STRING}, {"[1]", "array", ARRAY},
        {"{\"a\":1}", "object", OBJECT},
};

static const int accepted[] = {
        [ARG_ANY] = BOOL | INT | DOUBLE | STRING | ARRAY | OBJECT,
        [ARG_BOOL] = BOOL,
        [ARG_INT] = INT,
        [ARG_NUMBER] = INT | DOUBLE,
        [ARG_STRING] = STRING,
        [ARG_KEY] = STRING,
        [ARG_NAME] = STRING,
        [ARG_PATTERN] = STRING,
        [ARG_ARRAY] = ARRAY,
        [ARG_OBJECT] = OBJECT,
        [ARG_TIMEOUT] = INT | DOUBLE,
        [ARG_MODE] = INT | STRING,
        [ARG_CHOICE] = STRING,
        [ARG_ID] = INT | STRING,
};

typedef struct One {
        Fixture f;
        Session *a;
} One;

static void one_init(One *t) {
        fixture_init(&t->f, NULL);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
}

static void one_deinit(One *t) {
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

/* Asserts that the whole call is refused, that the error names this parameter, and that the call
 * made nothing. */
static void expect_refused(One *t, const MethodRef *ref, const char *params, const char *param) {
        fixture_start(t->a, 1, ref->name, params);
        struct json_object *reply = fixture_receive(t->a);
        struct json_object *error = json_object_object_get(reply, "error");
        struct json_object *data = json_object_object_get(error, "data");
        const char *named = json_object_get_string(json_object_object_get(data, "param"));
        const char *name = json_object_get_string(json_object_object_get(data, "errno"));
        int code = json_object_get_int(json_object_object_get(error, "code"));
        ck_assert_msg(code == -32602 && strcmp(name, "EINVAL") == 0 && (!param || named) &&
                              (!param || strcmp(named, param) == 0),
                      "%s %s: %s", ref->name, params, json_object_to_json_string(reply));
        json_object_put(reply);
        ck_assert_uint_eq(table_size(&t->f.core.objects), 0);
        ck_assert_uint_eq(t->f.core.n_waits, 0);
}

/* Passes the value by name, and by position behind nulls where nulls are allowed. */
static void expect_confused(One *t, const MethodRef *ref, unsigned i, size_t k) {
        const Arg *arg = ref->args[i];
        Buffer params = {0};
        bool is_allowed_null = true;

        buffer_append_format(&params, "{\"%s\":%s}", arg->name, values[k].text);
        buffer_append(&params, "", 1);
        expect_refused(t, ref, buffer_bytes(&params), arg->name);
        buffer_truncate(&params, 0);
        for (unsigned before = 0; before < i; before++) {
                is_allowed_null = is_allowed_null && (ref->args[before]->optional ||
                                                      ref->args[before]->kind == ARG_ANY);
                buffer_append_string(&params, before ? ",null" : "[null");
        }
        buffer_append_format(&params, "%c%s]", i ? ',' : '[', values[k].text);
        buffer_append(&params, "", 1);
        if (is_allowed_null)
                expect_refused(t, ref, buffer_bytes(&params), arg->name);
        buffer_deinit(&params);
}

START_TEST(test_value_of_the_wrong_kind) {
        size_t n_tried = 0;
        One t;

        one_init(&t);
        TABLE_FOREACH (entry, &t.f.core.methods) {
                const MethodRef *ref = entry->value;
                for (unsigned i = 0; i < ref->n_args; i++) {
                        const Arg *arg = ref->args[i];
                        bool takes_null = arg->optional || arg->kind == ARG_ANY;
                        ck_assert_uint_lt(arg->kind, ELEMENTSOF(accepted));
                        for (size_t k = 0; k < ELEMENTSOF(values); k++) {
                                int bit = values[k].bit;
                                if (bit ? accepted[arg->kind] & bit : takes_null)
                                        continue;
                                expect_confused(&t, ref, i, k);
                                n_tried++;
                        }
                }
        }
        ck_assert_uint_gt(n_tried, 500);
        one_deinit(&t);
}
END_TEST

START_TEST(test_parameter_that_there_is_not) {
        Buffer params = {0};
        One t;

        one_init(&t);
        TABLE_FOREACH (entry, &t.f.core.methods) {
                const MethodRef *ref = entry->value;
                expect_refused(&t, ref, "{'no such':1}", "no such");
                expect_refused(&t, ref, "{'':1}", "");
                buffer_truncate(&params, 0);
                buffer_append(&params, "[", 1);
                for (unsigned i = 0; i < ref->n_args; i++)
                        buffer_append_string(&params, "null,");
                buffer_append(&params, "null]", sizeof("null]"));
                expect_refused(&t, ref, buffer_bytes(&params), NULL);
        }
        buffer_deinit(&params);
        one_deinit(&t);
}
END_TEST

START_TEST(test_parameter_that_is_missing) {
        One t;

        one_init(&t);
        TABLE_FOREACH (entry, &t.f.core.methods) {
                const MethodRef *ref = entry->value;
                unsigned i = 0;
                while (i < ref->n_args && ref->args[i]->optional)
                        i++;
                if (i == ref->n_args)
                        continue;
                expect_refused(&t, ref, "[]", ref->args[i]->name);
                expect_refused(&t, ref, "{}", ref->args[i]->name);
                fixture_send(t.a, "{'jsonrpc':'2.0','method':'%s','id':1}", ref->name);
                fixture_expect_reply(t.a, 1, "!EINVAL");
        }
        one_deinit(&t);
}
END_TEST

START_TEST(test_timeout) {
        static const struct {
                const char *timeout, *expected;
        } timeouts[] = {
                {"0", "!EAGAIN"},
                {"0.0", "!EAGAIN"},
                {"-0.0", "!EAGAIN"},
                {"-1", "!EINVAL"},
                {"-1e-9", "!EINVAL"},
                {"1e-9", "?"},
                {"0.5", "?"},
                {"null", "?"},
                {"4294967296", "?"},
                {"1e300", "?"},
                {"9223372036854775807", "?"},
        };
        One t;

        one_init(&t);
        json_object_put(fixture_call(t.a, "counter.open", "{'name':'c','create':true}"));
        for (size_t i = 0; i < ELEMENTSOF(timeouts); i++) {
                fixture_send(t.a,
                             "{'jsonrpc':'2.0','method':'counter.wait','id':%zu,"
                             "'params':['c','==',1,%s]}",
                             i, timeouts[i].timeout);
                fixture_expect_reply(t.a, (int64_t)i, timeouts[i].expected);
        }
        /* A timeout shorter than a tick of the clock expires at the next tick, not earlier. */
        fixture_advance_ms(&t.f, 1);
        fixture_expect_reply(t.a, 5, "!ETIMEDOUT");
        fixture_expect_reply(t.a, 6, "!ETIMEDOUT");
        fixture_advance_ms(&t.f, 4294967294);
        fixture_expect_reply(t.a, 8, "?");
        fixture_advance_ms(&t.f, 1);
        fixture_expect_reply(t.a, 8, "!ETIMEDOUT");
        ck_assert_uint_eq(t.f.core.n_waits, 3);
        Session *b = fixture_session(&t.f, 200, 1000, "beta");
        fixture_expect(b, "object.delete", "['c']", "null");
        one_deinit(&t);
}
END_TEST

/* A valid value followed by U+0000 and more text is rejected. */
START_TEST(test_nul_behind_a_right_value) {
        static const char *const calls[][2] = {
                {"queue.open", "{'create':true,'order':'fifo\\u0000x'}"},
                {"queue.open", "{'create':true,'order':'fifo\\u0000'}"},
                {"list.open", "{'create':true,'lifetime':'ephemeral\\u0000'}"},
                {"list.open", "{'create':true,'mode':'0640\\u00008'}"},
                {"list.open", "{'create':true,'mode':'\\u0000'}"},
                {"counter.wait", "['c','>=\\u0000',1,0]"},
                {"object.list", "{'type':'counter\\u0000'}"},
                {"rpc.discover", "['counter\\u0000']"},
                {"object.wait_any",
                 "{'conditions':[{'counter':'c','op':'>=\\u0000','value':1}],'timeout_ms':0}"},
                {"lock.acquire_many", "{'objects':[{'name':'w','mode':'read\\u0000'}]}"},
        };
        One t;

        one_init(&t);
        json_object_put(fixture_call(t.a, "counter.open", "{'name':'c','create':true}"));
        json_object_put(fixture_call(t.a, "rwlock.open", "{'name':'w','create':true}"));
        for (size_t i = 0; i < ELEMENTSOF(calls); i++)
                fixture_expect(t.a, calls[i][0], calls[i][1], "!EINVAL");
        ck_assert_uint_eq(table_size(&t.f.core.objects), 2);
        fixture_expect(t.a, "object.delete", "['c']", "null");
        fixture_expect(t.a, "object.delete", "['w']", "null");
        one_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("args");
        TCase *c = tcase_create("args");

        tcase_set_timeout(c, 30);
        tcase_add_test(c, test_value_of_the_wrong_kind);
        tcase_add_test(c, test_parameter_that_there_is_not);
        tcase_add_test(c, test_parameter_that_is_missing);
        tcase_add_test(c, test_timeout);
        tcase_add_test(c, test_nul_behind_a_right_value);
        suite_add_tcase(suite, c);
        return suite;
}
