/* Typed functions on values of every kind: a value that the C type cannot hold is EINVAL, and nothing has changed. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/daemon-fixture.h"
#include "tap-main.h"

static Daemon fixture;
static shmgr_manager *m;

static void setup(void) {
        daemon_start(&fixture);
        m = fixture.manager;
}

static void teardown(void) {
        daemon_stop(&fixture);
}

/* The kinds of values that the functions meet, as a set of bits. */
enum { INT = 1, DOUBLE = 2, BOOL = 4, TEXT = 8, NUL = 16, OTHER = 32, NUMBER = INT | DOUBLE };

static const struct {
        int kind;
        const char *text;
} values[] = {
        {INT, "7"},         {DOUBLE, "1.5"},        {BOOL, "true"},
        {TEXT, "\"text\""}, {NUL, "\"a\\u0000b\""}, {OTHER, "null"},
        {OTHER, "[1]"},     {OTHER, "{\"a\":1}"},
};

typedef union Proxy {
        shmgr_list *list;
        shmgr_dict *dict;
        shmgr_value *value;
        shmgr_namespace *namespace;
        shmgr_queue *queue;
} Proxy;

static union {
        int64_t i;
        double d;
        int b;
        char *s;
} out;

/* FORM(list_get_int64, (p.list, 0, &out.i)) defines the function list_get_int64(). */
#define FORM(name, arguments)                                                                      \
        static int name(Proxy p) {                                                                 \
                return shmgr_##name arguments;                                                     \
        }

FORM(list_get_int64, (p.list, 0, &out.i))
FORM(list_get_double, (p.list, 0, &out.d))
FORM(list_get_bool, (p.list, 0, &out.b))
FORM(list_get_string, (p.list, 0, &out.s))
FORM(list_add, (p.list, 0, 1, &out.i))
FORM(list_add_double, (p.list, 0, 1, &out.d))
FORM(dict_get_int64, (p.dict, "k", &out.i))
FORM(dict_get_double, (p.dict, "k", &out.d))
FORM(dict_get_bool, (p.dict, "k", &out.b))
FORM(dict_get_string, (p.dict, "k", &out.s))
FORM(dict_add, (p.dict, "k", 1, &out.i))
FORM(dict_add_double, (p.dict, "k", 1, &out.d))
FORM(dict_add_default, (p.dict, "k", 1, 0, &out.i))
FORM(dict_add_default_double, (p.dict, "k", 1, 0, &out.d))
FORM(value_get_int64, (p.value, &out.i))
FORM(value_get_double, (p.value, &out.d))
FORM(value_get_bool, (p.value, &out.b))
FORM(value_get_string, (p.value, &out.s))
FORM(value_add, (p.value, 1, &out.i))
FORM(value_add_double, (p.value, 1, &out.d))
FORM(namespace_add, (p.namespace, "k", 1, &out.i))
FORM(namespace_add_double, (p.namespace, "k", 1, &out.d))
FORM(namespace_add_default, (p.namespace, "k", 1, 0, &out.i))
FORM(namespace_add_default_double, (p.namespace, "k", 1, 0, &out.d))
FORM(namespace_get_int64, (p.namespace, "k", &out.i))
FORM(namespace_get_double, (p.namespace, "k", &out.d))
FORM(namespace_get_bool, (p.namespace, "k", &out.b))
FORM(namespace_get_string, (p.namespace, "k", &out.s))
FORM(queue_get_int64, (p.queue, 0, &out.i))
FORM(queue_get_double, (p.queue, 0, &out.d))
FORM(queue_get_bool, (p.queue, 0, &out.b))
FORM(queue_get_string, (p.queue, 0, &out.s))

static int open_list(Proxy *p, struct json_object *options) {
        return shmgr_list_open(m, "o", SHMGR_CREATE, options, &p->list);
}

static int open_dict(Proxy *p, struct json_object *options) {
        return shmgr_dict_open(m, "o", SHMGR_CREATE, options, &p->dict);
}

static int open_value(Proxy *p, struct json_object *options) {
        return shmgr_value_open(m, "o", SHMGR_CREATE, options, &p->value);
}

static int open_namespace(Proxy *p, struct json_object *options) {
        return shmgr_namespace_open(m, "o", SHMGR_CREATE, options, &p->namespace);
}

static int open_queue(Proxy *p, struct json_object *options) {
        int r = shmgr_queue_open(m, "o", SHMGR_CREATE, NULL, &p->queue);

        return r < 0 ? r : shmgr_queue_put(p->queue, options, 0);
}

/* How to make an object that contains a value, and the method that returns its contents. */
typedef struct Holder {
        int (*open)(Proxy *p, struct json_object *options);
        const char *before, *after;
        const char *state;
} Holder;

static const Holder list = {open_list, "{\"value\":[", "]}", "list.copy"};
static const Holder dict = {open_dict, "{\"value\":{\"k\":", "}}", "dict.copy"};
static const Holder value = {open_value, "{\"value\":", "}", "value.get"};
static const Holder namespace = {open_namespace, "{\"value\":{\"k\":", "}}", "namespace.items"};
static const Holder queue = {open_queue, "", "", "queue.peek"};

static const struct {
        const char *name;
        const Holder *holder;
        int (*form)(Proxy p);
        int takes; /* the kinds that it can return */
} forms[] = {
#define ROW(holder_, form_, takes_)                                                                \
        { .name = #form_, .holder = &holder_, .form = form_, .takes = takes_ }
        ROW(list, list_get_int64, INT),
        ROW(list, list_get_double, NUMBER),
        ROW(list, list_get_bool, BOOL),
        ROW(list, list_get_string, TEXT),
        ROW(list, list_add, INT),
        ROW(list, list_add_double, NUMBER),
        ROW(dict, dict_get_int64, INT),
        ROW(dict, dict_get_double, NUMBER),
        ROW(dict, dict_get_bool, BOOL),
        ROW(dict, dict_get_string, TEXT),
        ROW(dict, dict_add, INT),
        ROW(dict, dict_add_double, NUMBER),
        ROW(dict, dict_add_default, INT),
        ROW(dict, dict_add_default_double, NUMBER),
        ROW(value, value_get_int64, INT),
        ROW(value, value_get_double, NUMBER),
        ROW(value, value_get_bool, BOOL),
        ROW(value, value_get_string, TEXT),
        ROW(value, value_add, INT),
        ROW(value, value_add_double, NUMBER),
        ROW(namespace, namespace_add, INT),
        ROW(namespace, namespace_add_double, NUMBER),
        ROW(namespace, namespace_add_default, INT),
        ROW(namespace, namespace_add_default_double, NUMBER),
        ROW(namespace, namespace_get_int64, INT),
        ROW(namespace, namespace_get_double, NUMBER),
        ROW(namespace, namespace_get_bool, BOOL),
        ROW(namespace, namespace_get_string, TEXT),
        ROW(queue, queue_get_int64, INT),
        ROW(queue, queue_get_double, NUMBER),
        ROW(queue, queue_get_bool, BOOL),
        ROW(queue, queue_get_string, TEXT),
#undef ROW
};

static struct json_object *state_of(const Holder *holder) {
        struct json_object *params = json_of("[\"o\"]"), *state = NULL;

        ck_assert_int_eq(shmgr_call(m, holder->state, params, &state), 0);
        json_object_put(params);
        return state;
}

static void try_form(int i, int v) {
        const Holder *holder = forms[i].holder;
        bool is_taken = forms[i].takes & values[v].kind;
        char text[128];
        Proxy p;

        snprintf(text, sizeof(text), "%s%s%s", holder->before, values[v].text, holder->after);
        struct json_object *options = json_tokener_parse(text);
        ck_assert_int_ge(holder->open(&p, options), 0);
        json_object_put(options);
        struct json_object *before = state_of(holder);
        memset(&out, 0x55, sizeof(out));
        int r = forms[i].form(p);
        ck_assert_msg(r == (is_taken ? 0 : -EINVAL), "%s of %s: %d", forms[i].name, values[v].text,
                      r);
        if (is_taken && forms[i].takes == TEXT)
                free(out.s);
        if (!is_taken) {
                struct json_object *after = state_of(holder);
                ck_assert_msg(json_object_equal(before, after), "%s of %s has changed it",
                              forms[i].name, values[v].text);
                json_object_put(after);
        }
        json_object_put(before);
        shmgr_list_unref(p.list);
        ck_assert_int_eq(shmgr_delete(m, "o"), 0);
}

START_TEST(test_every_form_with_every_kind) {
        for (int v = 0; v < (int)(sizeof(values) / sizeof(values[0])); v++)
                try_form(_i, v);
}
END_TEST

/* Arrays, whose elements are all of one kind: the sum of another kind is refused, too. */
START_TEST(test_arrays) {
        static const struct {
                const char *options;
                int takes_int, takes_double;
        } rows[] = {
                {"{\"type\":\"int64\",\"value\":[7]}", 0, -EINVAL},
                {"{\"type\":\"double\",\"value\":[1.5]}", -EINVAL, 0},
                {"{\"type\":\"bool\",\"value\":[true]}", -EINVAL, -EINVAL},
        };
        shmgr_array *array;
        int64_t i;
        double d;

        OPEN(array, &fixture, rows[_i].options, &array);
        struct json_object *options = json_of(rows[_i].options), *params = json_of("[\"o\"]"), *now;
        struct json_object *first = json_object_object_get(options, "value");
        for (int n = 0; n < 2; n++) {
                int r = n == 0 ? shmgr_array_add(array, 0, 1, &i)
                               : shmgr_array_add_double(array, 0, 1, &d);
                int expected = n == 0 ? rows[_i].takes_int : rows[_i].takes_double;
                ck_assert_int_eq(r, expected);
                ck_assert_int_eq(shmgr_call(m, "array.slice", params, &now), 0);
                ck_assert_int_eq(json_object_equal(now, first), expected < 0);
                json_object_put(now);
                if (expected == 0)
                        break;
        }
        json_object_put(options);
        json_object_put(params);
        shmgr_array_unref(array);
}
END_TEST

/* A waiter that gets a value of the wrong kind leaves the item for the next one. */
START_TEST(test_item_that_the_first_waiter_cannot_take) {
        struct json_object *params = json_of("[\"o\",null,\"int64\"]");
        struct json_object *any = json_of("[\"o\"]"), *result;
        shmgr_batch *batch;
        shmgr_queue *q;

        OPEN(queue, &fixture, "{}", &q);
        ck_assert_int_eq(shmgr_batch_new(m, SHMGR_BATCH_PIPELINE, &batch), 0);
        shmgr_batch_add(batch, "queue.get", params);
        shmgr_batch_add(batch, "queue.get", any);
        struct json_object *put = json_of("[\"o\",\"a string\"]");
        shmgr_batch_add(batch, "queue.put", put);
        ck_assert_int_eq(shmgr_batch_run(batch), 0);
        ck_assert_int_eq(shmgr_batch_result(batch, 0, NULL), -EINVAL);
        ck_assert_int_eq(shmgr_batch_result(batch, 1, &result), 0);
        expect_json(result, "\"a string\"");
        shmgr_batch_unref(batch);
        json_object_put(params);
        json_object_put(any);
        json_object_put(put);
        shmgr_queue_unref(q);
}
END_TEST

/* Replies that the library reads without a tree, and replies just outside that form: each value is returned
 * unchanged. */
START_TEST(test_edges_of_plain_replies) {
        static const char *const texts[] = {"0",
                                            "-1",
                                            "999999999999999999",
                                            "-999999999999999999",
                                            "1000000000000000000",
                                            "9223372036854775807",
                                            "-9223372036854775808",
                                            "0.5",
                                            "1e300",
                                            "true",
                                            "false",
                                            "null",
                                            "\"\"",
                                            "\"plain\"",
                                            "\"a\\\"b\\\\c\"",
                                            "\"\\u0001\"",
                                            "\"\\u007f\"",
                                            "\"\u00e9\"",
                                            "\"{\"",
                                            "{\"token\":5}",
                                            "{\"token\":-5}",
                                            "{\"token\":5,\"b\":1}",
                                            "{\"token\":\"5\"}",
                                            "{\"token\":1.5}",
                                            "{}",
                                            "[]",
                                            "[1,2]",
                                            "\",\\\"id\\\":1}\""};
        shmgr_dict *d;

        ck_assert_int_eq(shmgr_dict_open(m, "d", SHMGR_CREATE, NULL, &d), 1);
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                struct json_object *given = strcmp(texts[i], "null") ? json_of(texts[i]) : NULL,
                                   *got;
                int64_t integer;
                ck_assert_int_eq(shmgr_dict_set(d, "k", given), 0);
                ck_assert_int_eq(shmgr_dict_get(d, "k", &got), 0);
                ck_assert_msg(json_object_equal(given, got), "%s came back as %s", texts[i],
                              json_object_to_json_string(got));
                bool is_int = json_object_is_type(given, json_type_int);
                ck_assert_int_eq(shmgr_dict_get_int64(d, "k", &integer), is_int ? 0 : -EINVAL);
                ck_assert(!is_int || integer == json_object_get_int64(given));
                json_object_put(given);
                json_object_put(got);
        }
        shmgr_dict_unref(d);
}
END_TEST

static int64_t cpu_us(void) {
        struct rusage usage;

        ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
        return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) +
               usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* $SHMGR_SPIN changes no result, and a call that waits in the daemon sleeps. */
START_TEST(test_calls_that_spin) {
        shmgr_manager *spinning;
        shmgr_counter *counter;
        shmgr_queue *q;
        int64_t got;

        setenv("SHMGR_SPIN", "1", 1);
        ck_assert_int_eq(shmgr_manager_open(fixture.socket, &spinning), 0);
        unsetenv("SHMGR_SPIN");
        ck_assert_int_eq(shmgr_counter_open(spinning, "c", SHMGR_CREATE, NULL, &counter), 1);
        ck_assert_int_eq(shmgr_queue_open(spinning, "q", SHMGR_CREATE, NULL, &q), 1);
        for (int64_t i = 1; i <= 1000; i++) {
                ck_assert_int_eq(shmgr_counter_add(counter, 1, &got), 0);
                ck_assert_int_eq(got, i);
        }
        int64_t before_us = cpu_us();
        ck_assert_int_eq(shmgr_queue_get_int64(q, 500, &got), -ETIMEDOUT);
        ck_assert_int_lt(cpu_us() - before_us, 250000);
        ck_assert_int_eq(shmgr_queue_put_int64(q, 5, 0), 0);
        ck_assert_int_eq(shmgr_queue_get_int64(q, 0, &got), 0);
        ck_assert_int_eq(got, 5);
        shmgr_counter_unref(counter);
        shmgr_queue_unref(q);
        shmgr_manager_unref(spinning);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-direct");
        TCase *c = tcase_create("lib-direct");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_loop_test(c, test_every_form_with_every_kind, 0,
                            (int)(sizeof(forms) / sizeof(forms[0])));
        tcase_add_loop_test(c, test_arrays, 0, 3);
        tcase_add_test(c, test_edges_of_plain_replies);
        tcase_add_test(c, test_calls_that_spin);
        tcase_add_test(c, test_item_that_the_first_waiter_cannot_take);
        suite_add_tcase(suite, c);
        return suite;
}
