/* Results that list the openers, holders and waiters of an object: their work is bounded, counted and predicted, however
 * many sessions there are. */
#include <stdio.h>

#include "core/core-fixture.h"
#include "object.h"
#include "registry.h"
#include "tap-main.h"
#include "wait/hold.h"

enum {
        MANY = 100000,
        WAITERS = 10000,
        USUAL = 100,
        MOST = 1000,
        STEPS_EACH = 20,
        STEPS_CALL = 400
};

typedef struct Crowd {
        Fixture f;
        Session *one;
        Session *sessions[MANY];
} Crowd;

static Crowd crowd;

static void crowd_init(int n) {
        Limits limits = limits_default;

        limits.sessions = limits.waits_per_session = 1 << 20;
        crowd = (Crowd){0};
        fixture_init(&crowd.f, &limits);
        crowd.one = fixture_session(&crowd.f, 1, 0, "one");
        for (int i = 0; i < n; i++)
                crowd.sessions[i] = fixture_session(&crowd.f, 100 + i, 0, "many");
}

static size_t length(struct json_object *stat, const char *name) {
        return json_object_array_length(json_object_object_get(stat, name));
}

static int64_t number(struct json_object *stat, const char *name) {
        return json_object_get_int64(json_object_object_get(stat, name));
}

/* Calls a method that lists n_told sessions; asserts that no more steps were counted than predicted, and that the
 * prediction is bounded. */
static struct json_object *call(const char *method, const char *params, uint64_t n_told) {
        uint64_t before = crowd.f.core.n_steps;
        struct json_object *result = fixture_call(crowd.one, method, "%s", params);

        ck_assert_uint_le(crowd.f.core.n_predicted, 1 + n_told * STEPS_EACH);
        /* The bytes of the reply are counted in addition. */
        ck_assert_uint_le(crowd.f.core.n_steps - before,
                          STEPS_CALL + n_told * (STEPS_EACH + STEPS_EACH / 2));
        return result;
}

static void open_and_read(int n) {
        json_object_put(fixture_call(crowd.one, "rwlock.open", "{'name':'w','create':true}"));
        for (int i = 0; i < n; i++)
                json_object_put(fixture_call(crowd.sessions[i], "rwlock.acquire_read", "['w']"));
}

START_TEST(test_holders) {
        crowd_init(MANY);
        open_and_read(MANY);
        struct json_object *stat = call("object.stat", "['w']", USUAL + 1);
        ck_assert_int_eq(number(stat, "n_holders"), MANY);
        ck_assert_uint_eq(length(stat, "holders"), USUAL);
        json_object_put(stat);
        stat = call("object.stat", "['w',1000]", MOST + 1);
        ck_assert_uint_eq(length(stat, "holders"), MOST);
        /* Listed are the sessions that have held the object for longest. */
        struct json_object *last =
                json_object_array_get_idx(json_object_object_get(stat, "holders"), MOST - 1);
        ck_assert_int_eq(number(last, "pid"), 100 + MOST - 1);
        json_object_put(stat);
        stat = call("object.stat", "['w',0]", 0);
        ck_assert_uint_eq(length(stat, "holders"), 0);
        ck_assert_int_eq(number(stat, "n_holders"), MANY);
        json_object_put(stat);
        ck_assert_str_eq(fixture_call_error(crowd.one, "object.stat", "['w',1001]"), "EINVAL");
        fixture_deinit(&crowd.f);
}
END_TEST

START_TEST(test_owners) {
        crowd_init(WAITERS);
        open_and_read(WAITERS);
        struct json_object *owners = call("rwlock.owners", "['w']", USUAL);
        ck_assert_uint_eq(json_object_array_length(owners), USUAL);
        json_object_put(owners);
        owners = call("rwlock.owners", "['w',1000]", MOST);
        ck_assert_uint_eq(json_object_array_length(owners), MOST);
        json_object_put(owners);
        ck_assert_str_eq(fixture_call_error(crowd.one, "rwlock.owners", "['w',0]"), "EINVAL");
        fixture_deinit(&crowd.f);
}
END_TEST

START_TEST(test_handles_and_waiters) {
        crowd_init(WAITERS);
        json_object_put(fixture_call(crowd.one, "semaphore.open",
                                     "{'name':'s','create':true,'value':0,'owned':false}"));
        for (int i = 0; i < WAITERS; i++) {
                json_object_put(fixture_call(crowd.sessions[i], "semaphore.open", "{'name':'s'}"));
                fixture_start(crowd.sessions[i], 1, "semaphore.acquire", "[\"s\"]");
        }
        struct json_object *stat = call("object.stat", "['s']", 2 * USUAL);
        ck_assert_int_eq(number(stat, "n_handles"), WAITERS + 1);
        ck_assert_uint_eq(length(stat, "handles"), USUAL);
        ck_assert_int_eq(number(stat, "n_waiters"), WAITERS);
        ck_assert_uint_eq(length(stat, "waiters"), USUAL);
        ck_assert_int_eq(number(stat, "n_holders"), 0);
        json_object_put(stat);
        /* The counts follow ends of sessions and closed handles. */
        for (int i = 0; i < WAITERS / 2; i++)
                session_end(crowd.sessions[i]);
        fixture_work_off(&crowd.f);
        json_object_put(fixture_call(crowd.one, "object.close", "['s']"));
        stat = call("object.stat", "['s']", 2 * USUAL);
        ck_assert_int_eq(number(stat, "n_handles"), WAITERS / 2);
        ck_assert_int_eq(number(stat, "n_waiters"), WAITERS / 2);
        json_object_put(stat);
        fixture_deinit(&crowd.f);
}
END_TEST

/* A hold that is released and taken again counts once. */
START_TEST(test_count_of_holds) {
        crowd_init(2);
        Session *a = crowd.sessions[0], *b = crowd.sessions[1];
        json_object_put(fixture_call(a, "condition.open", "{'name':'c','create':true}"));
        json_object_put(fixture_call(a, "condition.acquire", "['c']"));
        json_object_put(fixture_call(a, "condition.acquire", "['c']"));
        fixture_start(a, 5, "condition.wait", "[\"c\"]");
        struct json_object *stat = call("object.stat", "['c']", 2);
        ck_assert_int_eq(number(stat, "n_holders"), 0);
        ck_assert_int_eq(number(stat, "n_waiters"), 1);
        json_object_put(stat);
        json_object_put(fixture_call(b, "condition.acquire", "['c']"));
        json_object_put(fixture_call(b, "condition.notify", "['c']"));
        json_object_put(fixture_call(b, "condition.release", "['c']"));
        fixture_expect_reply(a, 5, "true");
        stat = call("object.stat", "['c']", 2);
        ck_assert_int_eq(number(stat, "n_holders"), 1);
        json_object_put(stat);
        session_end(a);
        stat = call("object.stat", "['c']", 2);
        ck_assert_int_eq(number(stat, "n_holders"), 0);
        json_object_put(stat);
        fixture_deinit(&crowd.f);
}
END_TEST

/* A session with many holds, on objects with many holders: its holds are found, and not those of others. */
START_TEST(test_holds_are_found) {
        enum { N = 60 };

        crowd_init(N);
        for (int i = 0; i < N; i++) {
                json_object_put(
                        fixture_call(crowd.one, "rwlock.open", "{'name':'%d','create':true}", i));
                for (int k = 0; k < N; k++)
                        if (k != i)
                                json_object_put(fixture_call(crowd.sessions[(k + i) % N],
                                                             "rwlock.acquire_read", "['%d']", i));
        }
        for (int i = 0; i < N; i++) {
                char name[8];
                size_t n = (size_t)snprintf(name, sizeof(name), "%d", i);
                const Object *object = object_find(&crowd.f.core, name, n);
                for (int k = 0; k < N; k++) {
                        const Hold *hold = hold_find(crowd.sessions[(k + i) % N], object);
                        ck_assert_int_eq(hold != NULL, k != i);
                        ck_assert(!hold || (hold->object == object &&
                                            hold->session == crowd.sessions[(k + i) % N]));
                }
        }
        fixture_deinit(&crowd.f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("stat-work");
        TCase *c = tcase_create("stat-work");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_holders);
        tcase_add_test(c, test_owners);
        tcase_add_test(c, test_handles_and_waiters);
        tcase_add_test(c, test_count_of_holds);
        tcase_add_test(c, test_holds_are_found);
        suite_add_tcase(suite, c);
        return suite;
}
