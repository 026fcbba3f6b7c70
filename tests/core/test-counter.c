/* The counter: steps, bounds, and waiting for a value. */
#include "base/macros.h"
#include "core/core-fixture.h"
#include "tap-main.h"

typedef struct Two {
        Fixture f;
        Session *a, *b;
} Two;

static void two_init(Two *t, const char *open_params) {
        fixture_init(&t->f, NULL);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
        t->b = fixture_session(&t->f, 200, 1000, "beta");
        json_object_put(fixture_call(t->a, "counter.open", "%s", open_params));
}

static void two_deinit(Two *t) {
        fixture_expect(t->a, "object.delete", "['c']", "null");
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

static const struct {
        const char *open, *method, *params, *expected, *value_after;
} calls[] = {
        {"{'name':'c','create':true}", "counter.get", "['c']", "0", "0"},
        {"{'name':'c','create':true,'value':7}", "counter.get", "{'name':'c'}", "7", "7"},
        {"{'name':'c','create':true}", "counter.set", "['c',-3]", "null", "-3"},
        {"{'name':'c','create':true}", "counter.set", "['c']", "!EINVAL", "0"},
        {"{'name':'c','create':true}", "counter.set", "['c','1']", "!EINVAL", "0"},
        {"{'name':'c','create':true}", "counter.set", "['c',1.5]", "!EINVAL", "0"},
        {"{'name':'c','create':true}", "counter.add", "['c']", "1", "1"},
        {"{'name':'c','create':true}", "counter.add", "['c',-5]", "-5", "-5"},
        {"{'name':'c','create':true}", "counter.add", "{'delta':4,'name':'c'}", "4", "4"},
        {"{'name':'c','create':true}", "counter.add", "['c',1,2]", "!EINVAL", "0"},
        {"{'name':'c','create':true}", "counter.add", "{'name':'c','dleta':4}", "!EINVAL", "0"},
        {"{'name':'c','create':true,'value':9223372036854775807}", "counter.add", "['c',1]",
         "!ERANGE", "9223372036854775807"},
        {"{'name':'c','create':true,'value':-9223372036854775808}", "counter.add", "['c',-1]",
         "!ERANGE", "-9223372036854775808"},
        {"{'name':'c','create':true,'value':-1}", "counter.add", "['c',-9223372036854775808]",
         "!ERANGE", "-1"},
        {"{'name':'c','create':true,'value':9223372036854775806}", "counter.add", "['c',1]",
         "9223372036854775807", "9223372036854775807"},
        {"{'name':'c','create':true,'maximum':3,'value':2}", "counter.add", "['c',1]", "3", "3"},
        {"{'name':'c','create':true,'maximum':3,'value':3}", "counter.add", "['c',1]", "!ERANGE",
         "3"},
        {"{'name':'c','create':true,'minimum':0}", "counter.add", "['c',-1]", "!ERANGE", "0"},
        {"{'name':'c','create':true,'minimum':0,'maximum':0}", "counter.set", "['c',1]", "!ERANGE",
         "0"},
        {"{'name':'c','create':true,'value':2}", "counter.cas", "['c',2,9]", "true", "9"},
        {"{'name':'c','create':true,'value':2}", "counter.cas", "['c',3,9]", "false", "2"},
        {"{'name':'c','create':true,'value':2,'maximum':5}", "counter.cas", "['c',2,6]", "!ERANGE",
         "2"},
        {"{'name':'c','create':true,'value':2,'maximum':5}", "counter.cas", "['c',1,6]", "false",
         "2"},
        {"{'name':'c','create':true,'value':2}", "counter.cas", "['c',2]", "!EINVAL", "2"},
        {"{'name':'c','create':true,'value':2}", "counter.wait", "['c','>=',2]", "2", "2"},
        {"{'name':'c','create':true,'value':2}", "counter.wait", "['c','<=',2]", "2", "2"},
        {"{'name':'c','create':true,'value':2}", "counter.wait", "['c','==',2]", "2", "2"},
        {"{'name':'c','create':true,'value':2}", "counter.wait", "['c','>=',3,0]", "!EAGAIN", "2"},
        {"{'name':'c','create':true,'value':2}", "counter.wait", "['c','>',3,0]", "!EINVAL", "2"},
        {"{'name':'c','create':true,'value':2}", "counter.wait", "['c','>=',3,-1]", "!EINVAL", "2"},
        {"{'name':'c','create':true,'value':2}", "counter.wait", "['c','>=']", "!EINVAL", "2"},
        {"{'name':'c','create':true,'value':2}", "counter.wait", "['c','>=',3,'soon']", "!EINVAL",
         "2"},
        {"{'name':'c','create':true}", "counter.get", "['d']", "!ENOENT", "0"},
        {"{'name':'c','create':true}", "counter.get", "[1]", "!EINVAL", "0"},
        {"{'name':'c','create':true}", "lock.acquire", "['c']", "!EPROTOTYPE", "0"},
        {"{'name':'c','create':true}", "counter.open",
         "{'name':'c','create':true,'exclusive':true}", "!EEXIST", "0"},
        {"{'name':'c','create':true}", "lock.open", "{'name':'c','create':true}", "!EPROTOTYPE",
         "0"},
        {"{'name':'c','create':true}", "counter.open", "{'name':'d'}", "!ENOENT", "0"},
        {"{'name':'c','create':true}", "counter.open", "{'name':'d','create':true,'value':'x'}",
         "!EINVAL", "0"},
        {"{'name':'c','create':true}", "counter.open",
         "{'name':'d','create':true,'minimum':2,'maximum':1}", "!EINVAL", "0"},
        {"{'name':'c','create':true}", "counter.open", "{'name':'d','create':true,'minimum':2}",
         "!EINVAL", "0"},
};

START_TEST(test_call) {
        Two t;

        fixture_init(&t.f, NULL);
        t.a = fixture_session(&t.f, 100, 1000, "alpha");
        fixture_start(t.a, 1, "counter.open", calls[_i].open);
        json_object_put(fixture_receive(t.a));
        fixture_expect(t.a, calls[_i].method, calls[_i].params, calls[_i].expected);
        fixture_expect(t.a, "counter.get", "['c']", calls[_i].value_after);
        ck_assert_uint_eq(table_size(&t.f.core.objects), 1);
        two_deinit(&t);
}
END_TEST

START_TEST(test_waiters_wake_when_their_value_comes_whatever_their_order) {
        Two t;

        two_init(&t, "{\"name\":\"c\",\"create\":true}");
        fixture_start(t.b, 1, "counter.wait", "['c','>=',10]");
        fixture_start(t.b, 2, "counter.wait", "['c','==',1]");
        fixture_start(t.b, 3, "counter.wait", "['c','<=',-1]");
        fixture_expect(t.a, "counter.add", "['c',1]", "1");
        fixture_expect_reply(t.b, 2, "1");
        fixture_expect_reply(t.b, 0, "?");
        fixture_expect(t.a, "counter.set", "['c',-5]", "null");
        fixture_expect_reply(t.b, 3, "-5");
        fixture_expect(t.a, "counter.cas", "['c',-5,11]", "true");
        fixture_expect_reply(t.b, 1, "11");
        two_deinit(&t);
}
END_TEST

/* No other session sees a value that exists only within a batch. */
START_TEST(test_batch_is_one_step_for_those_who_wait) {
        Two t;

        two_init(&t, "{\"name\":\"c\",\"create\":true}");
        fixture_start(t.b, 1, "counter.wait", "['c','==',1]");
        fixture_send(t.a, "[{'jsonrpc':'2.0','method':'counter.add','params':['c']},"
                          "{'jsonrpc':'2.0','method':'counter.add','params':['c']}]");
        fixture_expect_reply(t.a, 0, "?");
        fixture_expect_reply(t.b, 1, "?");
        fixture_expect(t.a, "counter.get", "['c']", "2");
        two_deinit(&t);
}
END_TEST

START_TEST(test_timeouts_end_in_the_order_of_their_time) {
        Two t;

        two_init(&t, "{\"name\":\"c\",\"create\":true}");
        fixture_start(t.b, 1, "counter.wait", "['c','>=',1,300]");
        fixture_start(t.b, 2, "counter.wait", "['c','>=',1,100]");
        fixture_start(t.b, 3, "counter.wait", "['c','>=',1,200.5]");
        fixture_start(t.b, 4, "counter.wait", "['c','>=',1,1e300]");
        fixture_advance_ms(&t.f, 99);
        fixture_expect_reply(t.b, 0, "?");
        fixture_advance_ms(&t.f, 1);
        fixture_expect_reply(t.b, 2, "!ETIMEDOUT");
        fixture_advance_ms(&t.f, 100);
        fixture_expect_reply(t.b, 0, "?");
        fixture_advance_ms(&t.f, 500);
        fixture_expect_reply(t.b, 3, "!ETIMEDOUT");
        fixture_expect_reply(t.b, 1, "!ETIMEDOUT");
        fixture_advance_ms(&t.f, 1000000000);
        fixture_expect_reply(t.b, 4, "?");
        two_deinit(&t);
}
END_TEST

START_TEST(test_notification_of_a_wait_does_not_wait) {
        Two t;

        two_init(&t, "{\"name\":\"c\",\"create\":true}");
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'counter.wait','params':['c','>=',1]}");
        fixture_send(t.a,
                     "{'jsonrpc':'2.0','id':null,'method':'counter.wait','params':['c','>=',1]}");
        ck_assert_uint_eq(t.f.core.n_waits, 0);
        fixture_receive_text(t.a);
        two_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("counter");
        TCase *c = tcase_create("counter");

        tcase_add_loop_test(c, test_call, 0, ELEMENTSOF(calls));
        tcase_add_test(c, test_waiters_wake_when_their_value_comes_whatever_their_order);
        tcase_add_test(c, test_batch_is_one_step_for_those_who_wait);
        tcase_add_test(c, test_timeouts_end_in_the_order_of_their_time);
        tcase_add_test(c, test_notification_of_a_wait_does_not_wait);
        suite_add_tcase(suite, c);
        return suite;
}
