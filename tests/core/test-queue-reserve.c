/* The queue: reservations, the death of sessions that hold them, and items that must not be lost. */
#include <string.h>

#include "base/macros.h"
#include "core/queue-fixture.h"
#include "core/reload.h"
#include "tap-main.h"

START_TEST(test_ack_and_nack) {
        Three t;

        three_init(&t, ",'maxsize':2");
        fixture_expect(t.a, "queue.put_many", "['q',['x','y']]", "null");
        fixture_start(t.c, 9, "queue.join", "['q']");
        fixture_expect(t.b, "queue.reserve", "['q']", "{'id':1,'value':'x'}");
        fixture_expect(t.a, "queue.size", "['q']", "1");
        /* The reserved item keeps its room. */
        fixture_expect(t.a, "queue.full", "['q']", "true");
        fixture_expect(t.a, "queue.put", "['q','z',0]", "!EAGAIN");
        /* Only the session that reserved the item may ack or nack it. */
        fixture_expect(t.a, "queue.ack", "['q',1]", "!EPERM");
        fixture_expect(t.a, "queue.nack", "['q',1]", "!EPERM");
        fixture_start(t.a, 3, "queue.put", "['q','z']");
        fixture_expect(t.b, "queue.nack", "['q',1]", "null");
        fixture_expect(t.b, "queue.nack", "['q',1]", "!EPERM");
        fixture_expect_reply(t.a, 3, "?");
        fixture_expect(t.b, "queue.reserve", "['q']", "{'id':2,'value':'x'}");
        fixture_expect(t.b, "queue.ack", "['q',2]", "null");
        fixture_expect(t.b, "queue.ack", "['q',2]", "!EPERM");
        fixture_expect_reply(t.a, 3, "null");
        fixture_expect(t.b, "queue.get_many", "['q',2]", "['y','z']");
        fixture_expect(t.b, "queue.task_done", "['q']", "null");
        fixture_expect_reply(t.c, 9, "?");
        fixture_expect(t.b, "queue.task_done", "['q']", "null");
        fixture_expect_reply(t.c, 9, "null");
        three_deinit(&t);
}
END_TEST

/* Items that were given back keep their order and their charge. */
START_TEST(test_items_that_came_back_survive_a_reload) {
        static const struct {
                const char *options, *items;
        } cases[] = {
                {"", "[1,3,4,5,6]"},
                {",'order':'lifo'", "[6,4,3,2,1]"},
                {",'order':'priority'", "[1,3,4,5,6]"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Three t;
                three_init(&t, cases[i].options);
                fixture_expect(t.a, "queue.put_many", "['q',[1,2,3,4,5,6]]", "null");
                for (int k = 0; k < 3; k++)
                        json_object_put(fixture_call(t.b, "queue.reserve", "['q']"));
                fixture_expect(t.b, "queue.nack", "['q',3]", "null");
                fixture_expect(t.b, "queue.nack", "['q',1]", "null");
                uint64_t n_bytes = t.f.core.n_bytes;
                Session *sessions[] = {t.a, t.b, t.c};
                core_reload(&t.f.core, sessions, 3);
                t.a = sessions[0];
                t.b = sessions[1];
                t.c = sessions[2];
                ck_assert_uint_eq(t.f.core.n_bytes, n_bytes);
                fixture_expect(t.a, "queue.scan", "['q',4,1]",
                               i == 1 ? "{'cursor':5,'items':[1]}" : "{'cursor':5,'items':[6]}");
                fixture_expect(t.a, "queue.get_many", "['q',9]", cases[i].items);
                fixture_expect(t.b, "queue.ack", "['q',2]", "null");
                three_deinit(&t);
        }
}
END_TEST

/* A scan returns the items in the order in which they would come out, whatever was put and taken
 * before; reserved items come last. */
START_TEST(test_scan_takes_nothing) {
        static const struct {
                const char *options, *first, *rest;
        } scans[] = {
                {"", "{'cursor':2,'items':[4,1]}", "{'cursor':0,'items':[3,2,5]}"},
                {",'order':'lifo'", "{'cursor':2,'items':[3,1]}", "{'cursor':0,'items':[4,5,2]}"},
                {",'order':'priority'", "{'cursor':2,'items':[2,3]}",
                 "{'cursor':0,'items':[4,5,1]}"},
        };

        for (size_t i = 0; i < ELEMENTSOF(scans); i++) {
                Three t;
                three_init(&t, scans[i].options);
                fixture_expect(t.a, "queue.scan", "['q']", "{'cursor':0,'items':[]}");
                fixture_expect(t.a, "queue.put_many", "['q',[5,4,1,3,2]]", "null");
                json_object_put(fixture_call(t.b, "queue.reserve", "['q']"));
                fixture_expect(t.a, "queue.scan", "['q',0,2]", scans[i].first);
                fixture_expect(t.a, "queue.scan", "['q',2]", scans[i].rest);
                fixture_expect(t.a, "queue.scan", "['q',5]", "{'cursor':0,'items':[]}");
                fixture_expect(t.a, "queue.size", "['q']", "4");
                three_deinit(&t);
        }
}
END_TEST

START_TEST(test_id_of_another_queue_is_none_of_this) {
        Three t;

        three_init(&t, "");
        json_object_put(fixture_call(t.a, "queue.open", "{'name':'p','create':true}"));
        fixture_expect(t.a, "queue.put", "['p',1]", "null");
        fixture_expect(t.a, "queue.reserve", "['p']", "{'id':1,'value':1}");
        fixture_expect(t.a, "queue.ack", "['q',1]", "!EPERM");
        fixture_expect(t.a, "queue.ack", "['p',1]", "null");
        fixture_expect(t.a, "object.delete", "['p']", "null");
        three_deinit(&t);
}
END_TEST

/* When a session ends, the items that it reserved return to the front in their old order, whatever the
 * order in which other sessions gave theirs back. */
static const struct {
        const char *options, *left;
} orders[] = {
        {"", "[1,2,3,4,5,0]"},
        /* Another session reserved 3 after 5 and 4 were reserved; 0 was put later. */
        {",'order':'lifo'", "[5,4,3,0,2,1]"},
        {",'order':'priority'", "[0,1,2,3,4,5]"},
};

START_TEST(test_dead_session_gives_back_what_it_reserved) {
        Three t;

        three_init(&t, orders[_i].options);
        fixture_expect(t.a, "queue.put_many", "['q',[1,2,3,4,5]]", "null");
        json_object_put(fixture_call(t.b, "queue.reserve", "['q']"));
        json_object_put(fixture_call(t.b, "queue.reserve", "['q']"));
        json_object_put(fixture_call(t.c, "queue.reserve", "['q']"));
        fixture_expect(t.a, "queue.put", "['q',0]", "null");
        session_end(t.c);
        session_end(t.b);
        fixture_expect(t.a, "queue.get_many", "['q',10]", orders[_i].left);
        three_deinit(&t);
}
END_TEST

START_TEST(test_dead_session_gives_back_to_who_waits) {
        Three t;

        three_init(&t, "");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2]]", "null");
        fixture_expect(t.b, "queue.reserve", "['q']", "{'id':1,'value':1}");
        fixture_expect(t.b, "queue.reserve", "['q']", "{'id':2,'value':2}");
        fixture_start(t.a, 1, "queue.get", "['q']");
        fixture_start(t.c, 2, "queue.reserve", "['q']");
        session_end(t.b);
        fixture_expect_reply(t.a, 1, "1");
        fixture_expect_reply(t.c, 2, "{'id':3,'value':2}");
        session_end(t.c);
        fixture_expect(t.a, "queue.get", "['q',0]", "2");
        three_deinit(&t);
}
END_TEST

/* An item that comes back goes before items of equal priority, and it is taken back whatever was put
 * meanwhile. */
START_TEST(test_priority_item_comes_back_before_its_equals) {
        Three t;

        three_init(&t, ",'order':'priority'");
        fixture_expect(t.a, "queue.put", "['q',1.0]", "null");
        fixture_expect(t.b, "queue.reserve", "['q']", "{'id':1,'value':1.0}");
        fixture_expect(t.a, "queue.put", "['q','no number']", "!EINVAL");
        fixture_expect(t.a, "queue.put_many", "['q',[1,0]]", "null");
        fixture_expect(t.b, "queue.nack", "['q',1]", "null");
        fixture_expect(t.a, "queue.get_many", "['q',9]", "[0,1.0,1]");
        fixture_expect(t.a, "queue.put", "['q','no number']", "null");
        three_deinit(&t);
}
END_TEST

START_TEST(test_deleted_queue_forgets_reservations) {
        Three t;

        three_init(&t, "");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2]]", "null");
        json_object_put(fixture_call(t.b, "queue.reserve", "['q']"));
        fixture_expect(t.a, "object.delete", "['q']", "null");
        fixture_expect_clean(&t.f);
        fixture_expect(t.b, "queue.ack", "['q',1]", "!ENOENT");
        json_object_put(fixture_call(t.a, "queue.open", "{'name':'q','create':true}"));
        fixture_expect(t.b, "queue.ack", "['q',1]", "!EPERM");
        session_end(t.b);
        three_deinit(&t);
}
END_TEST

START_TEST(test_stat_tells_who_has_reserved) {
        Three t;

        three_init(&t, ",'maxsize':9,'order':'lifo'");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2]]", "null");
        json_object_put(fixture_call(t.b, "queue.reserve", "['q']"));
        fixture_advance_ms(&t.f, 42);
        ck_assert_str_eq(queue_stat_member(t.a, "reserved_by"),
                         "[{\"pid\":200,\"uid\":1000,\"comm\":\"beta\",\"session\":2,\"id\":1,"
                         "\"held_ms\":42}]");
        ck_assert_str_eq(queue_stat_member(t.a, "reserved"), "1");
        ck_assert_str_eq(queue_stat_member(t.a, "size"), "1");
        ck_assert_str_eq(queue_stat_member(t.a, "length"), "1");
        ck_assert_str_eq(queue_stat_member(t.a, "maxsize"), "9");
        ck_assert_str_eq(queue_stat_member(t.a, "order"), "\"lifo\"");
        ck_assert_str_eq(queue_stat_member(t.a, "unfinished"), "2");
        ck_assert_str_eq(queue_stat_member(t.a, "closed"), "false");
        three_deinit(&t);
}
END_TEST

START_TEST(test_bound_of_reservations) {
        Limits limits = limits_default;
        Three t;

        limits.holds_per_session = 2;
        three_init_with(&t, "", &limits);
        fixture_expect(t.a, "queue.put_many", "['q',[1,2,3]]", "null");
        json_object_put(fixture_call(t.b, "queue.reserve", "['q']"));
        json_object_put(fixture_call(t.b, "queue.reserve", "['q']"));
        fixture_expect(t.b, "queue.reserve", "['q']", "!EDQUOT");
        fixture_expect(t.b, "queue.get", "['q']", "3");
        three_deinit(&t);
}
END_TEST

/* If a reply could not hold the items, they are not taken out, or they would be lost. */
START_TEST(test_nothing_is_taken_out_that_no_answer_has_room_for) {
        Limits limits = limits_default;
        Three t;

        limits.frame_bytes = 4096;
        three_init_with(&t, "", &limits);
        ck_assert_str_eq(fixture_call_error(t.a, "queue.put", "['q','%03100d']", 0), "EMSGSIZE");
        ck_assert_str_eq(fixture_call_error(t.a, "queue.put_many", "['q',[1,'%03100d']]", 0),
                         "EMSGSIZE");
        for (int i = 0; i < 3; i++)
                json_object_put(fixture_call(t.a, "queue.put", "['q','%02000d']", i));
        struct json_object *got = fixture_call(t.a, "queue.get_many", "['q',3]");
        ck_assert_uint_eq(json_object_array_length(got), 1);
        json_object_put(got);
        /* The calls of a batch share one message. */
        fixture_send(t.a, "[{'jsonrpc':'2.0','id':1,'method':'queue.get','params':['q']},"
                          "{'jsonrpc':'2.0','id':2,'method':'queue.get','params':['q']}]");
        const char *text = fixture_receive_text(t.a);
        ck_assert_ptr_nonnull(strstr(text, "00001\",\"id\":1}"));
        ck_assert_ptr_nonnull(strstr(text, "EMSGSIZE"));
        fixture_expect(t.a, "queue.size", "['q']", "1");
        three_deinit(&t);
}
END_TEST

START_TEST(test_get_many_keeps_to_the_members_of_a_message) {
        Limits limits = limits_default;
        Three t;

        limits.frame_members = 100;
        three_init_with(&t, "", &limits);
        for (int i = 0; i < 120; i++)
                json_object_put(fixture_call(t.a, "queue.put", "['q',%d]", i));
        struct json_object *got = fixture_call(t.a, "queue.get_many", "['q',1000]");
        ck_assert_uint_eq(json_object_array_length(got), 92);
        json_object_put(got);
        fixture_expect(t.a, "queue.get", "['q']", "92");
        three_deinit(&t);
}
END_TEST

START_TEST(test_item_that_refers_to_an_object_keeps_it) {
        Three t;

        three_init(&t, "");
        json_object_put(fixture_call(t.b, "counter.open",
                                     "{'name':'e','create':true,'value':5,"
                                     "'lifetime':'ephemeral'}"));
        fixture_expect(t.b, "queue.put", "['q',{'$object':'e'}]", "null");
        session_end(t.b);
        fixture_expect(t.a, "queue.get", "['q']", "{'$object':'e'}");
        json_object_put(fixture_call(t.a, "counter.open", "['e']"));
        fixture_expect(t.a, "counter.get", "['e']", "5");
        fixture_expect(t.a, "queue.put", "['q',{'$object':'e'}]", "null");
        fixture_expect(t.a, "object.close", "['e']", "null");
        json_object_put(fixture_call(t.a, "queue.reserve", "['q']"));
        fixture_expect(t.a, "counter.get", "['e']", "5");
        fixture_expect(t.a, "queue.ack", "['q',1]", "null");
        fixture_expect(t.a, "counter.get", "['e']", "!ENOENT");
        three_deinit(&t);
}
END_TEST

START_TEST(test_thousand_sessions_with_reservations_die) {
        enum { N = 1000 };
        static Session *sessions[N];
        Three t;

        three_init(&t, "");
        for (int i = 0; i < N; i++) {
                sessions[i] = fixture_session(&t.f, 1000 + i, 0, "worker");
                fixture_start(sessions[i], 1, "queue.reserve", "['q']");
        }
        for (int i = 0; i < N; i++)
                json_object_put(fixture_call(t.a, "queue.put", "['q',%d]", i));
        for (int i = 0; i < N; i++)
                session_end(sessions[(i * 7) % N]);
        for (int i = 0; i < N; i++) {
                struct json_object *got = fixture_call(t.a, "queue.get", "['q',0]");
                ck_assert_int_eq(json_object_get_int(got), i);
                json_object_put(got);
        }
        three_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("queue reservations");
        TCase *c = tcase_create("queue reservations");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_ack_and_nack);
        tcase_add_test(c, test_items_that_came_back_survive_a_reload);
        tcase_add_test(c, test_scan_takes_nothing);
        tcase_add_test(c, test_id_of_another_queue_is_none_of_this);
        tcase_add_loop_test(c, test_dead_session_gives_back_what_it_reserved, 0,
                            ELEMENTSOF(orders));
        tcase_add_test(c, test_dead_session_gives_back_to_who_waits);
        tcase_add_test(c, test_priority_item_comes_back_before_its_equals);
        tcase_add_test(c, test_deleted_queue_forgets_reservations);
        tcase_add_test(c, test_stat_tells_who_has_reserved);
        tcase_add_test(c, test_bound_of_reservations);
        tcase_add_test(c, test_nothing_is_taken_out_that_no_answer_has_room_for);
        tcase_add_test(c, test_get_many_keeps_to_the_members_of_a_message);
        tcase_add_test(c, test_item_that_refers_to_an_object_keeps_it);
        tcase_add_test(c, test_thousand_sessions_with_reservations_die);
        suite_add_tcase(suite, c);
        return suite;
}
