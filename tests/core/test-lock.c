/* The lock: fairness, ownership, death of owners, and every way in which a wait ends. */
#include <string.h>

#include "core/core-fixture.h"
#include "tap-main.h"

typedef struct Three {
        Fixture f;
        Session *a, *b, *c;
} Three;

static void three_init(Three *t, const char *open_params) {
        fixture_init(&t->f, NULL);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
        t->b = fixture_session(&t->f, 200, 1000, "beta");
        t->c = fixture_session(&t->f, 300, 1000, "gamma");
        json_object_put(fixture_call(t->a, "lock.open", "%s", open_params));
}

static void three_deinit(Three *t) {
        fixture_expect(t->a, "object.delete", "['l']", "null");
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

START_TEST(test_acquire_and_release) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.a, "lock.locked", "['l']", "false");
        fixture_expect(t.a, "lock.owner", "['l']", "null");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_expect(t.b, "lock.locked", "['l']", "true");
        fixture_advance_ms(&t.f, 250);
        fixture_expect(
                t.b, "lock.owner", "['l']",
                "{'pid':100,'uid':1000,'comm':'alpha','session':1,'held_ms':250,'n':1,'token':1}");
        fixture_expect(t.b, "lock.release", "['l']", "!EPERM");
        fixture_expect(t.a, "lock.release", "['l']", "null");
        fixture_expect(t.a, "lock.release", "['l']", "!EPERM");
        fixture_expect(t.b, "lock.locked", "['l']", "false");
        three_deinit(&t);
}
END_TEST

/* A daemon that began later gives greater tokens, and each token is an integer that every JSON reader
 * holds exactly. */
START_TEST(test_tokens_begin_at_the_clock) {
        static const struct {
                int64_t wall_us;
                const char *grant;
        } rows[] = {
                {-1, "{'token':1}"},
                {0, "{'token':1}"},
                {1795780800000000, "{'token':1795780800000001}"},
                {1795780800000001, "{'token':1795780800000002}"},
                {INT64_MAX, "{'token':7881299347898369}"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Three t;
                three_init(&t, "{\"name\":\"l\",\"create\":true}");
                core_begin_tokens(&t.f.core, rows[i].wall_us);
                fixture_expect(t.a, "lock.acquire", "['l']", rows[i].grant);
                struct json_object *stat = fixture_call(t.a, "object.stat", "['l']");
                ck_assert_str_eq(
                        json_object_get_string(json_object_object_get(stat, "token_source")),
                        "clock");
                json_object_put(stat);
                three_deinit(&t);
        }
}
END_TEST

START_TEST(test_first_come_first_served) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_start(t.b, 7, "lock.acquire", "['l']");
        fixture_start(t.c, 8, "lock.acquire", "['l']");
        fixture_expect_reply(t.b, 7, "?");
        fixture_expect_reply(t.c, 8, "?");
        fixture_expect(t.a, "lock.release", "['l']", "null");
        fixture_expect_reply(t.b, 7, "{'token':2}");
        fixture_expect_reply(t.c, 8, "?");
        /* A later caller does not overtake a waiting one. */
        fixture_expect(t.a, "lock.acquire", "['l',0]", "!EAGAIN");
        fixture_start(t.a, 9, "lock.acquire", "['l']");
        fixture_expect(t.b, "lock.release", "['l']", "null");
        fixture_expect_reply(t.c, 8, "{'token':3}");
        fixture_expect_reply(t.a, 9, "?");
        fixture_expect(t.c, "lock.release", "['l']", "null");
        fixture_expect_reply(t.a, 9, "{'token':4}");
        three_deinit(&t);
}
END_TEST

START_TEST(test_release_and_acquire_in_a_batch_does_not_overtake) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_start(t.b, 7, "lock.acquire", "['l']");
        fixture_send(t.a, "[{'jsonrpc':'2.0','id':1,'method':'lock.release','params':['l']},"
                          "{'jsonrpc':'2.0','id':2,'method':'lock.acquire','params':['l']}]");
        const char *line = fixture_receive_text(t.a);
        ck_assert_ptr_nonnull(strstr(line, "EAGAIN"));
        ck_assert_ptr_nonnull(strstr(line, "would have to wait, and a call in a batch or a "
                                           "notification never waits"));
        fixture_expect_reply(t.b, 7, "{'token':2}");
        three_deinit(&t);
}
END_TEST

START_TEST(test_dead_owner_frees_it_and_the_next_is_told) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.b, "lock.acquire", "['l']", "{'token':1}");
        fixture_start(t.a, 5, "lock.acquire", "['l']");
        session_end(t.b);
        fixture_expect_reply(
                t.a, 5,
                "{'token':2,'owner_died':{'pid':200,'uid':1000,'comm':'beta','session':2,"
                "'ms_ago':0}}");
        /* The next owner is not told of the death: the owner before has recovered the lock by releasing
         * it. */
        fixture_expect(t.a, "lock.release", "['l']", "null");
        fixture_expect(t.c, "lock.acquire", "['l']", "{'token':3}");
        three_deinit(&t);
}
END_TEST

START_TEST(test_death_is_told_however_late) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.b, "lock.acquire", "['l']", "{'token':1}");
        session_end(t.b);
        fixture_advance_ms(&t.f, 1500);
        fixture_expect(t.a, "lock.acquire", "['l']",
                       "{'token':2,'owner_died':{'pid':200,'uid':1000,'comm':'beta','session':2,"
                       "'ms_ago':1500}}");
        three_deinit(&t);
}
END_TEST

START_TEST(test_dead_waiter_never_gets_it) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_start(t.b, 5, "lock.acquire", "['l']");
        fixture_start(t.c, 6, "lock.acquire", "['l']");
        session_end(t.b);
        fixture_expect(t.a, "lock.release", "['l']", "null");
        fixture_expect_reply(t.c, 6, "{'token':2}");
        three_deinit(&t);
}
END_TEST

START_TEST(test_poison_until_recovered) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true,\"on_owner_death\":\"poison\"}");
        fixture_expect(t.a, "lock.recover", "['l']", "!EINVAL");
        fixture_expect(t.b, "lock.acquire", "['l']", "{'token':1}");
        fixture_start(t.a, 5, "lock.acquire", "['l']");
        fixture_start(t.c, 6, "lock.acquire", "['l']");
        session_end(t.b);
        fixture_expect_reply(t.a, 5, "!ENOTRECOVERABLE");
        fixture_expect_reply(t.c, 6, "!ENOTRECOVERABLE");
        fixture_expect(t.a, "lock.acquire", "['l']", "!ENOTRECOVERABLE");
        fixture_expect(t.a, "lock.locked", "['l']", "false");
        fixture_expect(t.a, "lock.recover", "['l']", "null");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':2}");
        three_deinit(&t);
}
END_TEST

/* Like Python's Lock. */
START_TEST(test_unowned_is_released_by_anyone) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true,\"owned\":false}");
        fixture_expect(t.b, "lock.release", "['l']", "!EPERM");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1,'owned':false}");
        fixture_expect(t.a, "lock.locked", "['l']", "true");
        fixture_expect(t.a, "lock.owner", "['l']", "null");
        fixture_expect(t.a, "lock.acquire", "['l',0]", "!EAGAIN");
        fixture_start(t.c, 1, "lock.acquire", "['l']");
        fixture_expect_reply(t.c, 1, "?");
        fixture_expect(t.b, "lock.release", "['l']", "null");
        fixture_expect_reply(t.c, 1, "{'token':2,'owned':false}");
        /* The end of the session releases nothing, and object.stat reports which session it was. */
        session_end(t.c);
        struct json_object *stat = fixture_call(t.a, "object.stat", "['l']");
        struct json_object *by = json_object_object_get(stat, "taken_by");
        ck_assert_int_eq(json_object_get_int(json_object_object_get(by, "pid")), 300);
        ck_assert(!json_object_get_boolean(json_object_object_get(stat, "owned")) &&
                  json_object_get_boolean(json_object_object_get(stat, "locked")));
        ck_assert_uint_eq(json_object_array_length(json_object_object_get(stat, "holders")), 0);
        json_object_put(stat);
        fixture_expect(t.b, "lock.acquire", "['l',0]", "!EAGAIN");
        fixture_expect(t.b, "lock.release", "['l']", "null");
        fixture_expect(t.b, "lock.acquire_many", "[['l'],0]",
                       "{'grants':[{'token':3,'owned':false,'name':'l'}]}");
        fixture_expect(t.a, "lock.release", "['l']", "null");
        fixture_expect(t.b, "lock.recover", "['l']", "!EINVAL");
        three_deinit(&t);
}
END_TEST

/* A wait for an unowned lock does not depend on one session: a cycle over it is no deadlock, since
 * anyone may release the lock. */
START_TEST(test_unowned_is_no_edge_of_a_deadlock) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true,\"owned\":false}");
        json_object_put(fixture_call(t.a, "lock.open", "{'name':'o','create':true}"));
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1,'owned':false}");
        fixture_expect(t.b, "lock.acquire", "['o']", "{'token':2}");
        fixture_start(t.b, 1, "lock.acquire", "['l']");
        fixture_start(t.a, 1, "lock.acquire", "['o']");
        fixture_expect_reply(t.a, 1, "?");
        fixture_expect_reply(t.b, 1, "?");
        fixture_expect(t.c, "lock.release", "['l']", "null");
        fixture_expect_reply(t.b, 1, "{'token':3,'owned':false}");
        fixture_expect(t.b, "lock.release", "['o']", "null");
        fixture_expect_reply(t.a, 1, "{'token':4}");
        fixture_expect(t.a, "object.delete", "['o']", "null");
        three_deinit(&t);
}
END_TEST

START_TEST(test_unowned_has_no_owner_to_die_or_to_wait_under) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true,\"owned\":false}");
        fixture_expect(t.a, "lock.open",
                       "{'name':'m','create':true,'owned':false,'on_owner_death':'keep'}",
                       "!EINVAL");
        fixture_expect(t.a, "lock.open", "{'name':'l','on_owner_death':'release'}", "!EINVAL");
        fixture_expect(t.a, "condition.open", "{'name':'c','create':true,'lock':'l'}", "!EINVAL");
        three_deinit(&t);
}
END_TEST

START_TEST(test_keep_stays_locked_and_anyone_may_release) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true,\"on_owner_death\":\"keep\"}");
        fixture_expect(t.b, "lock.acquire", "['l']", "{'token':1}");
        fixture_start(t.c, 6, "lock.acquire", "['l']");
        session_end(t.b);
        fixture_expect_reply(t.c, 6, "?");
        fixture_expect(t.a, "lock.locked", "['l']", "true");
        fixture_expect(t.a, "lock.owner", "['l']",
                       "{'pid':200,'uid':1000,'comm':'beta','session':2,'ms_ago':0,'dead':true}");
        fixture_expect(t.a, "lock.release", "['l']", "null");
        fixture_expect_reply(
                t.c, 6,
                "{'token':2,'owner_died':{'pid':200,'uid':1000,'comm':'beta','session':2,"
                "'ms_ago':0}}");
        three_deinit(&t);
}
END_TEST

START_TEST(test_token_grows_beyond_deletion) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_expect(t.a, "object.delete", "['l']", "null");
        json_object_put(fixture_call(t.a, "lock.open", "{\"name\":\"l\",\"create\":true}"));
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':2}");
        three_deinit(&t);
}
END_TEST

START_TEST(test_waiting_for_oneself_is_a_deadlock) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_expect(t.a, "lock.acquire", "['l']", "!EDEADLK");
        fixture_expect(t.a, "lock.acquire", "['l',5000]", "!EDEADLK");
        fixture_expect(t.a, "lock.acquire", "['l',0]", "!EAGAIN");
        three_deinit(&t);
}
END_TEST

START_TEST(test_cycle_of_two_is_refused_with_the_cycle) {
        Three t;
        struct json_object *reply, *error, *data, *cycle;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        json_object_put(fixture_call(t.a, "lock.open", "{\"name\":\"m\",\"create\":true}"));
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_expect(t.b, "lock.acquire", "['m']", "{'token':2}");
        fixture_start(t.a, 5, "lock.acquire", "['m']");
        fixture_start(t.b, 6, "lock.acquire", "['l']");
        reply = fixture_receive(t.b);
        ck_assert(json_object_object_get_ex(reply, "error", &error));
        ck_assert(json_object_object_get_ex(error, "data", &data));
        ck_assert(json_object_object_get_ex(data, "cycle", &cycle));
        ck_assert_str_eq(
                json_object_to_json_string_ext(cycle, JSON_C_TO_STRING_PLAIN),
                "[{\"pid\":200,\"uid\":1000,\"comm\":\"beta\",\"session\":2,\"holds\":[\"m\"],"
                "\"waits_for\":\"l\"},{\"pid\":100,\"uid\":1000,\"comm\":\"alpha\",\"session\":1,"
                "\"holds\":[\"l\"],\"waits_for\":\"m\"}]");
        json_object_put(reply);
        /* The other session still waits. */
        fixture_expect_reply(t.a, 5, "?");
        fixture_expect(t.b, "lock.release", "['m']", "null");
        fixture_expect_reply(t.a, 5, "{'token':3}");
        fixture_expect(t.a, "object.delete", "['m']", "null");
        three_deinit(&t);
}
END_TEST

/* Every way in which a wait ends, for each method that waits. */
typedef enum End { SERVED, TIMED_OUT, CANCELLED, CLIENT_DIED, DELETED, SHUT_DOWN } End;

static const struct {
        End end;
        const char *reply;
} ends[] = {
        {SERVED, "{'token':2}"}, {TIMED_OUT, "!ETIMEDOUT"}, {CANCELLED, "!ECANCELED"},
        {CLIENT_DIED, NULL},     {DELETED, "!EIDRM"},       {SHUT_DOWN, "!ECONNRESET"},
};

START_TEST(test_every_end_of_a_wait) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_start(t.b, 5, "lock.acquire", "{'name':'l','timeout_ms':1000}");
        fixture_advance_ms(&t.f, 999);
        fixture_expect_reply(t.b, 5, "?");
        switch (ends[_i].end) {
        case SERVED:
                fixture_expect(t.a, "lock.release", "['l']", "null");
                break;
        case TIMED_OUT:
                fixture_advance_ms(&t.f, 1);
                break;
        case CANCELLED:
                fixture_start(t.b, 6, "session.cancel", "[5]");
                break;
        case CLIENT_DIED:
                session_end(t.b);
                break;
        case DELETED:
                fixture_expect(t.a, "object.delete", "['l']", "null");
                break;
        case SHUT_DOWN:
                core_shutdown(&t.f.core);
                break;
        }
        if (ends[_i].reply)
                fixture_expect_reply(t.b, 5, ends[_i].reply);
        if (ends[_i].end == CANCELLED) {
                fixture_expect_reply(t.b, 6, "true");
                fixture_expect(t.b, "session.cancel", "[5]", "!ENOENT");
        }
        ck_assert_uint_eq(t.f.core.n_waits, 0);
        fixture_deinit(&t.f);
}
END_TEST

START_TEST(test_grant_and_timeout_in_one_turn_have_one_outcome) {
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_start(t.b, 5, "lock.acquire", "['l',1000]");
        fixture_expect(t.a, "lock.release", "['l']", "null");
        fixture_advance_ms(&t.f, 1000);
        fixture_expect_reply(t.b, 5, "{'token':2}");
        fixture_expect_reply(t.b, 5, "?");
        three_deinit(&t);
}
END_TEST

START_TEST(test_bits_are_looked_at_again_when_it_is_granted) {
        Three t;
        Session *stranger;

        three_init(&t, "{\"name\":\"l\",\"create\":true,\"mode\":\"0666\"}");
        stranger = fixture_session(&t.f, 900, 2000, "stranger");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_start(stranger, 5, "lock.acquire", "['l']");
        fixture_expect(t.a, "object.chmod", "['l','0600']", "null");
        fixture_expect(t.a, "lock.release", "['l']", "null");
        fixture_expect_reply(stranger, 5, "!EACCES");
        fixture_expect(t.b, "lock.acquire", "['l']", "{'token':2}");
        three_deinit(&t);
}
END_TEST

START_TEST(test_thousand_dying_holders_and_waiters) {
        enum { N = 1000 };
        static Session *sessions[N];
        Three t;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        for (int i = 0; i < N; i++) {
                sessions[i] = fixture_session(&t.f, 1000 + i, 0, "one");
                fixture_start(sessions[i], 1, "lock.acquire", "['l']");
        }
        fixture_start(t.a, 5, "lock.acquire", "['l']");
        for (int i = 0; i < N; i++)
                session_end(sessions[(i * 7) % N]);
        json_object_put(fixture_receive(t.a));
        fixture_expect(t.a, "lock.release", "['l']", "null");
        three_deinit(&t);
}
END_TEST

START_TEST(test_stat_tells_who_holds_and_who_waits) {
        Three t;
        struct json_object *stat, *waiters, *holders;

        three_init(&t, "{\"name\":\"l\",\"create\":true}");
        fixture_expect(t.a, "lock.acquire", "['l']", "{'token':1}");
        fixture_advance_ms(&t.f, 30);
        fixture_start(t.b, 5, "lock.acquire", "['l']");
        fixture_advance_ms(&t.f, 12);
        stat = fixture_call(t.c, "object.stat", "[\"l\"]");
        ck_assert(json_object_object_get_ex(stat, "holders", &holders));
        ck_assert(json_object_object_get_ex(stat, "waiters", &waiters));
        ck_assert_str_eq(json_object_to_json_string_ext(holders, JSON_C_TO_STRING_PLAIN),
                         "[{\"pid\":100,\"uid\":1000,\"comm\":\"alpha\",\"session\":1,\"held_ms\":"
                         "42,\"n\":1,"
                         "\"token\":1}]");
        ck_assert_str_eq(json_object_to_json_string_ext(waiters, JSON_C_TO_STRING_PLAIN),
                         "[{\"pid\":200,\"uid\":1000,\"comm\":\"beta\",\"session\":2,\"method\":"
                         "\"lock.acquire\","
                         "\"waiting_ms\":12}]");
        json_object_put(stat);
        three_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lock");
        TCase *c = tcase_create("lock");

        tcase_add_test(c, test_acquire_and_release);
        tcase_add_test(c, test_tokens_begin_at_the_clock);
        tcase_add_test(c, test_first_come_first_served);
        tcase_add_test(c, test_release_and_acquire_in_a_batch_does_not_overtake);
        tcase_add_test(c, test_dead_owner_frees_it_and_the_next_is_told);
        tcase_add_test(c, test_death_is_told_however_late);
        tcase_add_test(c, test_dead_waiter_never_gets_it);
        tcase_add_test(c, test_poison_until_recovered);
        tcase_add_test(c, test_unowned_is_released_by_anyone);
        tcase_add_test(c, test_unowned_is_no_edge_of_a_deadlock);
        tcase_add_test(c, test_unowned_has_no_owner_to_die_or_to_wait_under);
        tcase_add_test(c, test_keep_stays_locked_and_anyone_may_release);
        tcase_add_test(c, test_token_grows_beyond_deletion);
        tcase_add_test(c, test_waiting_for_oneself_is_a_deadlock);
        tcase_add_test(c, test_cycle_of_two_is_refused_with_the_cycle);
        tcase_add_loop_test(c, test_every_end_of_a_wait, 0, sizeof(ends) / sizeof(ends[0]));
        tcase_add_test(c, test_grant_and_timeout_in_one_turn_have_one_outcome);
        tcase_add_test(c, test_bits_are_looked_at_again_when_it_is_granted);
        tcase_add_test(c, test_thousand_dying_holders_and_waiters);
        tcase_add_test(c, test_stat_tells_who_holds_and_who_waits);
        suite_add_tcase(suite, c);
        return suite;
}
