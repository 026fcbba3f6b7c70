/* The queue: joining and closing, like CPython's Queue.join() and Queue.shutdown(). */
#include <string.h>

#include "base/macros.h"
#include "core/queue-fixture.h"
#include "tap-main.h"

START_TEST(test_join_counts_every_task) {
        Three t;

        three_init(&t, "");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2,3]]", "null");
        fixture_start(t.b, 1, "queue.join", "['q']");
        fixture_start(t.c, 2, "queue.join", "['q']");
        fixture_expect(t.a, "queue.get_many", "['q',3]", "[1,2,3]");
        fixture_expect_reply(t.b, 1, "?");
        fixture_expect(t.a, "queue.task_done", "['q',2]", "null");
        fixture_expect_reply(t.b, 1, "?");
        ck_assert_str_eq(queue_stat_member(t.a, "unfinished"), "1");
        fixture_expect(t.a, "queue.task_done", "['q']", "null");
        fixture_expect_reply(t.b, 1, "null");
        fixture_expect_reply(t.c, 2, "null");
        fixture_expect(t.a, "queue.task_done", "['q']", "!EOVERFLOW");
        three_deinit(&t);
}
END_TEST

/* Like Queue.shutdown() of Python 3.13. */
START_TEST(test_close_lets_getters_have_what_is_left) {
        Three t;

        three_init(&t, ",'maxsize':2");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2]]", "null");
        fixture_start(t.b, 1, "queue.put", "['q',3]");
        fixture_start(t.b, 2, "queue.put_many", "['q',[4,5]]");
        fixture_start(t.c, 3, "queue.join", "['q']");
        fixture_expect(t.a, "queue.close", "['q']", "null");
        fixture_expect_reply(t.b, 1, "!ESHUTDOWN");
        fixture_expect_reply(t.b, 2, "!ESHUTDOWN");
        fixture_expect_reply(t.c, 3, "?");
        fixture_expect(t.a, "queue.put", "['q',6]", "!ESHUTDOWN");
        fixture_expect(t.a, "queue.put_many", "['q',[]]", "!ESHUTDOWN");
        ck_assert_str_eq(queue_stat_member(t.a, "closed"), "true");
        fixture_expect(t.a, "queue.get", "['q']", "1");
        fixture_expect(t.a, "queue.reserve", "['q']", "{'id':1,'value':2}");
        fixture_expect(t.a, "queue.get", "['q']", "!ESHUTDOWN");
        fixture_expect(t.a, "queue.get_many", "['q',1,0]", "!ESHUTDOWN");
        fixture_expect(t.a, "queue.reserve", "['q']", "!ESHUTDOWN");
        fixture_expect(t.a, "queue.ack", "['q',1]", "null");
        fixture_expect(t.a, "queue.task_done", "['q']", "null");
        fixture_expect_reply(t.c, 3, "null");
        three_deinit(&t);
}
END_TEST

START_TEST(test_close_wakes_getters_of_an_empty_queue) {
        Three t;

        three_init(&t, "");
        fixture_start(t.b, 1, "queue.get", "['q']");
        fixture_start(t.b, 2, "queue.get_many", "['q',5]");
        fixture_start(t.c, 3, "queue.reserve", "['q',50000]");
        fixture_expect(t.a, "queue.close", "['q']", "null");
        fixture_expect_reply(t.b, 1, "!ESHUTDOWN");
        fixture_expect_reply(t.b, 2, "!ESHUTDOWN");
        fixture_expect_reply(t.c, 3, "!ESHUTDOWN");
        fixture_expect(t.a, "queue.close", "['q']", "null");
        three_deinit(&t);
}
END_TEST

START_TEST(test_close_at_once_drops_the_items_and_wakes_joiners) {
        Three t;

        three_init(&t, ",'maxsize':3");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2,3]]", "null");
        fixture_expect(t.a, "queue.reserve", "['q']", "{'id':1,'value':1}");
        fixture_expect(t.a, "queue.get", "['q']", "2");
        fixture_start(t.b, 1, "queue.join", "['q']");
        fixture_start(t.c, 2, "queue.put_many", "['q',[4,5]]");
        fixture_expect(t.a, "queue.close", "['q',true]", "null");
        fixture_expect_reply(t.c, 2, "!ESHUTDOWN");
        /* Two items are not done with: one was got, one is reserved. */
        fixture_expect_reply(t.b, 1, "?");
        fixture_expect(t.a, "queue.task_done", "['q']", "null");
        fixture_expect_reply(t.b, 1, "?");
        /* A closed queue takes no item back, so the nacked item counts as done. */
        fixture_expect(t.a, "queue.nack", "['q',1]", "null");
        fixture_expect_reply(t.b, 1, "null");
        fixture_expect(t.a, "queue.size", "['q']", "0");
        fixture_expect(t.a, "queue.get", "['q']", "!ESHUTDOWN");
        three_deinit(&t);
}
END_TEST

START_TEST(test_close_at_once_finishes_join) {
        Three t;

        three_init(&t, "");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2,3]]", "null");
        fixture_start(t.b, 1, "queue.join", "['q']");
        fixture_expect(t.a, "queue.close", "['q']", "null");
        fixture_expect_reply(t.b, 1, "?");
        fixture_expect(t.a, "queue.close", "['q',true]", "null");
        fixture_expect_reply(t.b, 1, "null");
        three_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("queue close");
        TCase *c = tcase_create("queue close");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_join_counts_every_task);
        tcase_add_test(c, test_close_lets_getters_have_what_is_left);
        tcase_add_test(c, test_close_wakes_getters_of_an_empty_queue);
        tcase_add_test(c, test_close_at_once_drops_the_items_and_wakes_joiners);
        tcase_add_test(c, test_close_at_once_finishes_join);
        suite_add_tcase(suite, c);
        return suite;
}
