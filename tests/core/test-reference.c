/* References between objects: which object keeps which one alive, and until when. */
#include "core/core-fixture.h"
#include "tap-main.h"

typedef struct Two {
        Fixture f;
        Session *a, *b;
} Two;

static void two_init(Two *t) {
        fixture_init(&t->f, NULL);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
        t->b = fixture_session(&t->f, 200, 1000, "beta");
        json_object_put(fixture_call(t->a, "list.open", "{\"name\":\"l\",\"create\":true}"));
        json_object_put(fixture_call(t->a, "dict.open", "{\"name\":\"d\",\"create\":true}"));
}

static size_t n_objects(const Two *t) {
        return table_size(&t->f.core.objects);
}

static void two_deinit(Two *t) {
        fixture_expect(t->a, "object.delete", "['l']", "null");
        fixture_expect(t->a, "object.delete", "['d']", "null");
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

static void open_ephemeral(Session *session, const char *name) {
        json_object_put(fixture_call(session, "list.open",
                                     "{\"name\":\"%s\",\"create\":true,\"lifetime\":\"ephemeral\"}",
                                     name));
}

START_TEST(test_reference_keeps_an_ephemeral_object) {
        Two t;

        two_init(&t);
        open_ephemeral(t.b, "e");
        fixture_expect(t.b, "list.append", "['l',{'$object':'e'}]", "null");
        session_end(t.b);
        fixture_expect(t.a, "list.length", "['e']", "0");
        fixture_expect(t.a, "list.get", "['l',0]", "{'$object':'e'}");
        fixture_expect(t.a, "list.clear", "['l']", "null");
        fixture_expect(t.a, "list.length", "['e']", "!ENOENT");
        two_deinit(&t);
}
END_TEST

START_TEST(test_reference_deep_in_a_value_and_more_than_once) {
        Two t;

        two_init(&t);
        open_ephemeral(t.b, "e");
        fixture_expect(t.b, "list.append", "['l',{'a':[1,{'$object':'e'},{'b':{'$object':'e'}}]}]",
                       "null");
        fixture_expect(t.b, "dict.set", "['d','k',[{'$object':'e'}]]", "null");
        session_end(t.b);
        fixture_expect(t.a, "list.delete", "['l',0]", "null");
        fixture_expect(t.a, "list.length", "['e']", "0");
        fixture_expect(t.a, "dict.set", "['d','k',2]", "null");
        fixture_expect(t.a, "list.length", "['e']", "!ENOENT");
        two_deinit(&t);
}
END_TEST

/* Clients close handles by notifications, which may come between the call that returns a
 * reference and the open. */
START_TEST(test_notification_does_not_end_a_lease) {
        Two t;

        two_init(&t);
        open_ephemeral(t.b, "e");
        open_ephemeral(t.b, "f");
        fixture_expect(t.b, "list.extend", "['l',[{'$object':'e'},{'$object':'f'}]]", "null");
        session_end(t.b);
        fixture_expect(t.a, "list.pop", "['l']", "{'$object':'f'}");
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'list.length','params':['l']}");
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'nothing.such'}");
        fixture_expect(t.a, "list.length", "['f']", "0");
        fixture_expect(t.a, "list.length", "['f']", "!ENOENT");
        /* No reply shows the value that a notification takes out, so nothing is leased. */
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'list.pop','params':['l']}");
        fixture_expect(t.a, "list.length", "['e']", "!ENOENT");
        two_deinit(&t);
}
END_TEST

START_TEST(test_what_is_no_reference_is_plain_data) {
        Two t;

        two_init(&t);
        fixture_expect(t.a, "list.append", "['l',{'$object':'x','y':1}]", "null");
        fixture_expect(t.a, "list.append", "['l',{'$object':1}]", "null");
        fixture_expect(t.a, "list.append", "['l',{'$object':'nobody'}]", "!ENOENT");
        fixture_expect(t.a, "list.extend", "['l',[1,{'$object':'d'},{'$object':'nobody'}]]",
                       "!ENOENT");
        fixture_expect(t.a, "list.length", "['l']", "2");
        two_deinit(&t);
}
END_TEST

START_TEST(test_stranger_may_not_refer_to_what_he_may_not_use) {
        Two t;
        Session *stranger;

        two_init(&t);
        stranger = fixture_session(&t.f, 900, 2000, "stranger");
        json_object_put(fixture_call(stranger, "list.open", "{\"name\":\"s\",\"create\":true}"));
        fixture_expect(stranger, "list.append", "['s',{'$object':'l'}]", "!EACCES");
        fixture_expect(stranger, "object.delete", "['s']", "null");
        two_deinit(&t);
}
END_TEST

START_TEST(test_cycle_does_not_live_for_ever) {
        Two t;

        two_init(&t);
        open_ephemeral(t.b, "x");
        open_ephemeral(t.b, "y");
        fixture_expect(t.b, "list.append", "['x',{'$object':'y'}]", "null");
        fixture_expect(t.b, "list.append", "['y',{'$object':'x'}]", "null");
        fixture_expect(t.b, "list.append", "['x',{'$object':'x'}]", "null");
        fixture_expect(t.b, "object.close", "['x']", "null");
        ck_assert_uint_eq(n_objects(&t), 4);
        session_end(t.b);
        ck_assert_uint_eq(n_objects(&t), 2);
        two_deinit(&t);
}
END_TEST

START_TEST(test_cycle_that_something_leads_to_lives) {
        Two t;

        two_init(&t);
        open_ephemeral(t.b, "x");
        open_ephemeral(t.b, "y");
        fixture_expect(t.b, "list.append", "['x',{'$object':'y'}]", "null");
        fixture_expect(t.b, "list.append", "['y',{'$object':'x'}]", "null");
        fixture_expect(t.b, "dict.set", "['d','k',{'$object':'x'}]", "null");
        session_end(t.b);
        ck_assert_uint_eq(n_objects(&t), 4);
        fixture_expect(t.a, "dict.delete", "['d','k']", "null");
        ck_assert_uint_eq(n_objects(&t), 2);
        two_deinit(&t);
}
END_TEST

START_TEST(test_what_is_taken_out_can_be_opened_by_the_next_call) {
        Two t;

        two_init(&t);
        open_ephemeral(t.b, "e");
        fixture_expect(t.b, "list.append", "['l',{'$object':'e'}]", "null");
        session_end(t.b);
        fixture_expect(t.a, "list.pop", "['l']", "{'$object':'e'}");
        ck_assert_uint_eq(n_objects(&t), 3);
        json_object_put(fixture_call(t.a, "list.open", "[\"e\"]"));
        fixture_expect(t.a, "server.ping", "[]", "'pong'");
        ck_assert_uint_eq(n_objects(&t), 3);
        fixture_expect(t.a, "object.close", "['e']", "null");
        ck_assert_uint_eq(n_objects(&t), 2);
        two_deinit(&t);
}
END_TEST

START_TEST(test_lease_ends_with_the_next_call) {
        Two t;

        two_init(&t);
        open_ephemeral(t.b, "e");
        fixture_expect(t.b, "dict.set", "['d','k',{'$object':'e'}]", "null");
        session_end(t.b);
        fixture_expect(t.a, "dict.pop", "['d','k']", "{'$object':'e'}");
        fixture_expect(t.a, "server.ping", "[]", "'pong'");
        ck_assert_uint_eq(n_objects(&t), 2);
        two_deinit(&t);
}
END_TEST

START_TEST(test_deleted_target_leaves_a_name_that_leads_nowhere) {
        Two t;

        two_init(&t);
        open_ephemeral(t.b, "e");
        fixture_expect(t.b, "list.append", "['l',{'$object':'e'}]", "null");
        fixture_expect(t.b, "object.delete", "['e']", "null");
        fixture_expect(t.b, "list.get", "['l',0]", "{'$object':'e'}");
        /* A new object of the old name is another object, which the old value does not keep
         * alive. */
        open_ephemeral(t.b, "e");
        fixture_expect(t.b, "object.close", "['e']", "null");
        ck_assert_uint_eq(n_objects(&t), 2);
        two_deinit(&t);
}
END_TEST

/* A list is put into a list and taken out, sixty times. CPython's Manager never frees such lists. */
START_TEST(test_nothing_leaks) {
        Two t;
        uint64_t n_bytes;

        two_init(&t);
        n_bytes = t.f.core.n_bytes;
        for (int i = 0; i < 60; i++) {
                struct json_object *made, *name;
                made = fixture_call(t.a, "list.open", "{\"value\":[\"%01000d\"]}", i);
                ck_assert(json_object_object_get_ex(made, "name", &name));
                json_object_put(fixture_call(t.a, "list.append", "[\"l\",{\"$object\":\"%s\"}]",
                                             json_object_get_string(name)));
                json_object_put(fixture_call(t.a, "object.close", "[\"%s\"]",
                                             json_object_get_string(name)));
                json_object_put(made);
                json_object_put(fixture_call(t.a, "list.pop", "[\"l\"]"));
                fixture_expect(t.a, "server.ping", "[]", "'pong'");
                ck_assert_uint_eq(n_objects(&t), 2);
        }
        fixture_expect(t.a, "list.clear", "['l']", "null");
        ck_assert_uint_eq(t.f.core.n_bytes, n_bytes);
        two_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("reference");
        TCase *c = tcase_create("reference");

        tcase_add_test(c, test_reference_keeps_an_ephemeral_object);
        tcase_add_test(c, test_reference_deep_in_a_value_and_more_than_once);
        tcase_add_test(c, test_notification_does_not_end_a_lease);
        tcase_add_test(c, test_what_is_no_reference_is_plain_data);
        tcase_add_test(c, test_stranger_may_not_refer_to_what_he_may_not_use);
        tcase_add_test(c, test_cycle_does_not_live_for_ever);
        tcase_add_test(c, test_cycle_that_something_leads_to_lives);
        tcase_add_test(c, test_what_is_taken_out_can_be_opened_by_the_next_call);
        tcase_add_test(c, test_lease_ends_with_the_next_call);
        tcase_add_test(c, test_deleted_target_leaves_a_name_that_leads_nowhere);
        tcase_add_test(c, test_nothing_leaks);
        suite_add_tcase(suite, c);
        return suite;
}
