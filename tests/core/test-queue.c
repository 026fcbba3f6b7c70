/* The queue: every method, every way in which a wait ends, and the order in which waiters are
 * served. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/queue-fixture.h"
#include "tap-main.h"

/* One call on a queue into which `items` were put, and the items left afterwards. */
static const struct {
        const char *options, *items, *method, *params, *expected, *left;
} calls[] = {
        {"", "[]", "queue.put", "['q',1]", "null", "[1]"},
        {"", "[]", "queue.put", "{'timeout_ms':5,'value':null,'name':'q'}", "null", "[null]"},
        {"", "[1]", "queue.put", "['q',{'a':[2]},0]", "null", "[1,{'a':[2]}]"},
        {"", "[]", "queue.put", "['q']", "!EINVAL", "[]"},
        {"", "[]", "queue.put", "['q',1,-1]", "!EINVAL", "[]"},
        {"", "[]", "queue.put", "['q',1,'soon']", "!EINVAL", "[]"},
        {"", "[]", "queue.put", "['q',1,0,9]", "!EINVAL", "[]"},
        {"", "[]", "queue.put", "['none',1]", "!ENOENT", "[]"},
        {",'maxsize':1", "[7]", "queue.put", "['q',1,0]", "!EAGAIN", "[7]"},
        {",'maxsize':2", "[7]", "queue.put", "['q',1,0]", "null", "[7,1]"},
        {",'order':'lifo'", "[1,2]", "queue.put", "['q',3]", "null", "[3,2,1]"},
        {",'order':'priority'", "[5,3]", "queue.put", "['q',4]", "null", "[3,4,5]"},
        {",'order':'priority'", "[5,3]", "queue.put", "['q','4']", "!EINVAL", "[3,5]"},
        {",'order':'priority'", "[5,3]", "queue.put", "['q',null]", "!EINVAL", "[3,5]"},
        {",'order':'priority'", "[]", "queue.put", "['q',null]", "null", "[null]"},
        {",'order':'priority'", "[[1,{}],[2,{}]]", "queue.put", "['q',[1.5,null]]", "null",
         "[[1,{}],[1.5,null],[2,{}]]"},
        {",'order':'priority'", "[[1,0],[2,'x'],[3,0]]", "queue.put", "['q',[2,5]]", "!EINVAL",
         "[[1,0],[2,'x'],[3,0]]"},
        {",'order':'priority'", "[1.0,1,1.0]", "queue.put", "['q',1]", "null", "[1.0,1,1.0,1]"},
        {"", "[]", "queue.put_many", "['q',[1,2]]", "null", "[1,2]"},
        {"", "[]", "queue.put_many", "{'name':'q','values':[],'timeout_ms':0}", "null", "[]"},
        {"", "[]", "queue.put_many", "['q',1]", "!EINVAL", "[]"},
        {"", "[]", "queue.put_many", "['q']", "!EINVAL", "[]"},
        {",'maxsize':2", "[]", "queue.put_many", "['q',[1,2,3]]", "!EINVAL", "[]"},
        {",'maxsize':2", "[7]", "queue.put_many", "['q',[1,2],0]", "!EAGAIN", "[7]"},
        {",'maxsize':3", "[7]", "queue.put_many", "['q',[1,2],0]", "null", "[7,1,2]"},
        {",'order':'lifo'", "[7]", "queue.put_many", "['q',[1,2],0]", "null", "[2,1,7]"},
        {",'order':'priority'", "[2]", "queue.put_many", "['q',[3,1]]", "null", "[1,2,3]"},
        {",'order':'priority'", "[2]", "queue.put_many", "['q',[3,1,'x']]", "!EINVAL", "[2]"},
        {",'order':'priority'", "[]", "queue.put_many", "['q',[{},{}]]", "!EINVAL", "[]"},
        {"", "[]", "queue.put_many", "['q',[1,{'$object':'nobody'}]]", "!ENOENT", "[]"},
        {"", "[1,2]", "queue.get", "['q']", "1", "[2]"},
        {"", "[null]", "queue.get", "{'name':'q','timeout_ms':null}", "null", "[]"},
        {"", "[]", "queue.get", "['q',0]", "!EAGAIN", "[]"},
        {"", "[]", "queue.get", "['q',-0.5]", "!EINVAL", "[]"},
        {"", "[1]", "queue.get", "['q',true]", "!EINVAL", "[1]"},
        {",'order':'lifo'", "[1,2]", "queue.get", "['q']", "2", "[1]"},
        {",'order':'priority'", "['b','a','c']", "queue.get", "['q']", "'a'", "['b','c']"},
        {"", "[1,2,3]", "queue.get_many", "['q',2]", "[1,2]", "[3]"},
        {"", "[1,2,3]", "queue.get_many", "{'max':9,'name':'q'}", "[1,2,3]", "[]"},
        {"", "[1]", "queue.get_many", "['q',9223372036854775807]", "[1]", "[]"},
        {",'order':'lifo'", "[1,2,3]", "queue.get_many", "['q',2]", "[3,2]", "[1]"},
        {"", "[]", "queue.get_many", "['q',2,0]", "!EAGAIN", "[]"},
        {"", "[1]", "queue.get_many", "['q',0]", "!EINVAL", "[1]"},
        {"", "[1]", "queue.get_many", "['q',-1]", "!EINVAL", "[1]"},
        {"", "[1]", "queue.get_many", "['q']", "!EINVAL", "[1]"},
        {"", "[1,2]", "queue.peek", "['q']", "1", "[1,2]"},
        {",'order':'lifo'", "[1,2]", "queue.peek", "{'name':'q'}", "2", "[2,1]"},
        {"", "[]", "queue.peek", "['q']", "!ENODATA", "[]"},
        {"", "[1,2]", "queue.size", "['q']", "2", "[1,2]"},
        {"", "[1]", "queue.size", "['q',1]", "!EINVAL", "[1]"},
        {"", "[]", "queue.empty", "['q']", "true", "[]"},
        {"", "[1]", "queue.empty", "['q']", "false", "[1]"},
        {"", "[1]", "queue.full", "['q']", "false", "[1]"},
        {",'maxsize':2", "[1]", "queue.full", "['q']", "false", "[1]"},
        {",'maxsize':1", "[1]", "queue.full", "['q']", "true", "[1]"},
        {"", "[1,2]", "queue.task_done", "['q']", "null", "[1,2]"},
        {"", "[1,2]", "queue.task_done", "{'n':2,'name':'q'}", "null", "[1,2]"},
        {"", "[1,2]", "queue.task_done", "['q',3]", "!EOVERFLOW", "[1,2]"},
        {"", "[]", "queue.task_done", "['q']", "!EOVERFLOW", "[]"},
        {"", "[1]", "queue.task_done", "['q',0]", "!EINVAL", "[1]"},
        {"", "[1]", "queue.task_done", "['q',-1]", "!EINVAL", "[1]"},
        {"", "[]", "queue.join", "['q']", "null", "[]"},
        {"", "[1]", "queue.join", "['q',0]", "!EAGAIN", "[1]"},
        {"", "[1]", "queue.join", "['q',-1]", "!EINVAL", "[1]"},
        {"", "[1]", "queue.close", "['q']", "null", "[1]"},
        {"", "[1]", "queue.close", "{'name':'q','immediate':false}", "null", "[1]"},
        {"", "[1]", "queue.close", "['q',true]", "null", "!ESHUTDOWN"},
        {"", "[1]", "queue.close", "['q',1]", "!EINVAL", "[1]"},
        {"", "[]", "queue.close", "['q']", "null", "!ESHUTDOWN"},
        {"", "['x',2]", "queue.reserve", "['q',0]", "{'id':1,'value':'x'}", "[2]"},
        {"", "[null]", "queue.reserve", "{'name':'q'}", "{'id':1,'value':null}", "[]"},
        {"", "[]", "queue.reserve", "['q',0]", "!EAGAIN", "[]"},
        {"", "[]", "queue.reserve", "['q',-1]", "!EINVAL", "[]"},
        {"", "[1]", "queue.ack", "['q',1]", "!EPERM", "[1]"},
        {"", "[1]", "queue.ack", "['q']", "!EINVAL", "[1]"},
        {"", "[1]", "queue.nack", "['q',-1]", "!EPERM", "[1]"},
        {"", "[1]", "queue.nack", "['q','1']", "!EINVAL", "[1]"},
        {"", "[]", "queue.open", "{'name':'p','create':true,'maxsize':-1}", "!EINVAL", "[]"},
        {"", "[]", "queue.open", "{'name':'p','create':true,'order':'random'}", "!EINVAL", "[]"},
        {"", "[]", "queue.open", "{'name':'q','create':true,'exclusive':true}", "!EEXIST", "[]"},
        {"", "[]", "lock.acquire", "['q']", "!EPROTOTYPE", "[]"},
};

START_TEST(test_call) {
        bool nothing_left = strcmp(calls[_i].left, "[]") == 0;
        Three t;

        three_init(&t, calls[_i].options);
        json_object_put(fixture_call(t.a, "queue.put_many", "['q',%s,0]", calls[_i].items));
        fixture_expect(t.a, calls[_i].method, calls[_i].params, calls[_i].expected);
        fixture_expect(t.b, "queue.get_many", "['q',100,0]",
                       nothing_left ? "!EAGAIN" : calls[_i].left);
        ck_assert_uint_eq(table_size(&t.f.core.objects), 1);
        three_deinit(&t);
}
END_TEST

/* Every way in which a wait ends, for each method that waits. */
typedef enum End { SERVED, TIMED_OUT, CANCELLED, CLIENT_DIED, DELETED, SHUT_DOWN, N_ENDS } End;

static const char *const end_replies[] = {
        [TIMED_OUT] = "!ETIMEDOUT", [CANCELLED] = "!ECANCELED",  [CLIENT_DIED] = NULL,
        [DELETED] = "!EIDRM",       [SHUT_DOWN] = "!ECONNRESET",
};

static const struct {
        const char *options, *items, *method, *params;
        const char *serve, *serve_params, *served_reply;
        const char *left_when_served, *left_when_not;
} waits[] = {
        {",'maxsize':1", "[1]", "queue.put", "['q',2,1000]", "queue.get", "['q']", "null", "[2]",
         "[1]"},
        {",'maxsize':3", "[1,2]", "queue.put_many", "['q',[3,4],1000]", "queue.get", "['q']",
         "null", "[2,3,4]", "[1,2]"},
        {"", "[]", "queue.get", "['q',1000]", "queue.put_many", "['q',[8,9]]", "8", "[9]",
         "!EAGAIN"},
        {"", "[]", "queue.get_many", "['q',2,1000]", "queue.put_many", "['q',[7,8,9]]", "[7,8]",
         "[9]", "!EAGAIN"},
        {"", "[]", "queue.reserve", "['q',1000]", "queue.put_many", "['q',[8,9]]",
         "{'id':1,'value':8}", "[9]", "!EAGAIN"},
        {"", "[5]", "queue.join", "['q',1000]", "queue.task_done", "['q']", "null", "[5]", "[5]"},
};

static void end_wait(Three *t, End end, size_t wait) {
        switch (end) {
        case SERVED:
                json_object_put(
                        fixture_call(t->a, waits[wait].serve, "%s", waits[wait].serve_params));
                break;
        case TIMED_OUT:
                fixture_advance_ms(&t->f, 1);
                break;
        case CANCELLED:
                fixture_start(t->b, 6, "session.cancel", "[5]");
                break;
        case CLIENT_DIED:
                session_end(t->b);
                break;
        case DELETED:
                fixture_expect(t->a, "object.delete", "['q']", "null");
                break;
        default:
                core_shutdown(&t->f.core);
        }
}

START_TEST(test_every_end_of_every_wait) {
        size_t wait = (size_t)_i / N_ENDS;
        End end = _i % N_ENDS;
        Three t;

        three_init(&t, waits[wait].options);
        json_object_put(fixture_call(t.a, "queue.put_many", "['q',%s,0]", waits[wait].items));
        fixture_start(t.b, 5, waits[wait].method, waits[wait].params);
        fixture_advance_ms(&t.f, 999);
        fixture_expect_reply(t.b, 5, "?");
        end_wait(&t, end, wait);
        const char *reply = end == SERVED ? waits[wait].served_reply : end_replies[end];
        if (reply)
                fixture_expect_reply(t.b, 5, reply);
        if (end == CANCELLED) {
                fixture_expect_reply(t.b, 6, "true");
                fixture_expect(t.b, "session.cancel", "[5]", "!ENOENT");
        }
        ck_assert_uint_eq(t.f.core.n_waits, 0);
        if (end != DELETED)
                fixture_expect(t.c, "queue.get_many", "['q',100,0]",
                               end == SERVED ? waits[wait].left_when_served
                                             : waits[wait].left_when_not);
        fixture_deinit(&t.f);
}
END_TEST

/* Waiters are served in the order of their calls, on either side, and later calls do not
 * overtake them. */
START_TEST(test_getters_are_served_in_order) {
        Three t;

        three_init(&t, "");
        fixture_start(t.b, 1, "queue.get", "['q']");
        fixture_start(t.c, 2, "queue.reserve", "['q']");
        fixture_start(t.b, 3, "queue.get_many", "['q',10]");
        fixture_expect(t.a, "queue.put", "['q','one']", "null");
        fixture_expect_reply(t.b, 1, "'one'");
        fixture_expect_reply(t.c, 2, "?");
        fixture_expect(t.a, "queue.get", "['q',0]", "!EAGAIN");
        fixture_expect(t.a, "queue.put_many", "['q',['two','three','four']]", "null");
        fixture_expect_reply(t.c, 2, "{'id':1,'value':'two'}");
        fixture_expect_reply(t.b, 3, "['three','four']");
        three_deinit(&t);
}
END_TEST

START_TEST(test_put_many_that_waits_for_much_room_is_not_overtaken) {
        Three t;

        three_init(&t, ",'maxsize':3");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2,3]]", "null");
        fixture_start(t.b, 1, "queue.put_many", "['q',[4,5,6]]");
        fixture_start(t.c, 2, "queue.put", "['q',7]");
        fixture_expect(t.a, "queue.get", "['q']", "1");
        fixture_expect(t.a, "queue.put", "['q',8,0]", "!EAGAIN");
        fixture_expect(t.a, "queue.get_many", "['q',9]", "[2,3]");
        fixture_expect_reply(t.b, 1, "null");
        fixture_expect_reply(t.c, 2, "?");
        fixture_expect(t.a, "queue.get_many", "['q',9]", "[4,5,6]");
        fixture_expect_reply(t.c, 2, "null");
        fixture_expect(t.a, "queue.get", "['q',0]", "7");
        three_deinit(&t);
}
END_TEST

/* When the waiter at the head gives up, those behind it may be able to continue. */
START_TEST(test_those_behind_a_waiter_that_gives_up_go_on) {
        Three t;

        three_init(&t, ",'maxsize':3");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2]]", "null");
        fixture_start(t.b, 1, "queue.put_many", "['q',[4,5],100]");
        fixture_start(t.c, 2, "queue.put", "['q',7]");
        fixture_expect_reply(t.c, 2, "?");
        fixture_advance_ms(&t.f, 100);
        fixture_expect_reply(t.b, 1, "!ETIMEDOUT");
        fixture_expect_reply(t.c, 2, "null");
        three_deinit(&t);
}
END_TEST

START_TEST(test_put_and_get_in_a_batch_does_not_overtake) {
        Three t;

        three_init(&t, "");
        fixture_start(t.b, 7, "queue.get", "['q']");
        fixture_send(t.a, "[{'jsonrpc':'2.0','id':1,'method':'queue.put','params':['q','x']},"
                          "{'jsonrpc':'2.0','id':2,'method':'queue.get','params':['q']}]");
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(t.a), "EAGAIN"));
        fixture_expect_reply(t.b, 7, "'x'");
        three_deinit(&t);
}
END_TEST

/* CPython's Manager fails here: a dead getter must take no item, and a dead putter must put
 * none. */
START_TEST(test_dead_getter_takes_nothing_and_dead_putter_puts_nothing) {
        Three t;

        three_init(&t, ",'maxsize':1");
        fixture_start(t.b, 1, "queue.get", "['q']");
        session_end(t.b);
        fixture_expect(t.a, "queue.put", "['q','kept']", "null");
        fixture_start(t.c, 1, "queue.put", "['q','ghost']");
        session_end(t.c);
        fixture_expect(t.a, "queue.get", "['q']", "'kept'");
        fixture_expect(t.a, "queue.get", "['q',0]", "!EAGAIN");
        three_deinit(&t);
}
END_TEST

/* Items that exceed the account are not put, not even in part. */
START_TEST(test_quota) {
        Limits limits = limits_default;
        Three t;

        three_init_with(&t, "", &limits);
        t.f.core.limits.bytes_per_uid = t.f.core.n_structure_bytes + 300;
        fixture_expect(t.a, "queue.put", "['q','first']", "null");
        ck_assert_str_eq(fixture_call_error(t.a, "queue.put", "['q','%01000d']", 0), "EDQUOT");
        fixture_expect(t.a, "queue.put_many", "['q',[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]]",
                       "!EDQUOT");
        ck_assert_str_eq(queue_stat_member(t.a, "unfinished"), "1");
        fixture_expect(t.a, "queue.get_many", "['q',9]", "['first']");
        ck_assert_uint_eq(t.f.core.n_bytes, 0);
        three_deinit(&t);
}
END_TEST

START_TEST(test_permission) {
        Three t;

        three_init(&t, ",'mode':'0644'");
        Session *other = fixture_session(&t.f, 900, 2000, "other");
        fixture_expect(t.a, "queue.put", "['q',1]", "null");
        fixture_expect(other, "queue.peek", "['q']", "1");
        fixture_expect(other, "queue.size", "['q']", "1");
        fixture_expect(other, "queue.join", "['q',0]", "!EAGAIN");
        fixture_expect(other, "queue.get", "['q']", "!EACCES");
        fixture_expect(other, "queue.put", "['q',1]", "!EACCES");
        fixture_expect(other, "queue.reserve", "['q']", "!EACCES");
        fixture_expect(other, "queue.task_done", "['q']", "!EACCES");
        fixture_expect(other, "queue.close", "['q']", "!EACCES");
        three_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("queue");
        TCase *c = tcase_create("queue");

        tcase_set_timeout(c, 60);
        tcase_add_loop_test(c, test_call, 0, ELEMENTSOF(calls));
        tcase_add_loop_test(c, test_every_end_of_every_wait, 0, ELEMENTSOF(waits) * N_ENDS);
        tcase_add_test(c, test_getters_are_served_in_order);
        tcase_add_test(c, test_put_many_that_waits_for_much_room_is_not_overtaken);
        tcase_add_test(c, test_those_behind_a_waiter_that_gives_up_go_on);
        tcase_add_test(c, test_put_and_get_in_a_batch_does_not_overtake);
        tcase_add_test(c, test_dead_getter_takes_nothing_and_dead_putter_puts_nothing);
        tcase_add_test(c, test_quota);
        tcase_add_test(c, test_permission);
        suite_add_tcase(suite, c);
        return suite;
}
