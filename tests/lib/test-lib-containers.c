/* Proxies of lists and dicts beyond test-library.c, and functions that the proxies of all types have. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macros.h"
#include "json/json-util.h"
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

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

static void expect_list(shmgr_list *list, const char *text) {
        struct json_object *array;

        ok(shmgr_list_copy(list, &array));
        expect_json(array, text);
}

START_TEST(test_list_of_scalars) {
        shmgr_list *list;
        double x;
        int64_t i;
        int b;

        OPEN(list, &fixture, "{\"value\":[1,2]}", &list);
        ok(shmgr_list_append_double(list, 0.5));
        ok(shmgr_list_append_bool(list, 1));
        ok(shmgr_list_set_double(list, 0, 1.5));
        ok(shmgr_list_set_bool(list, 1, 0));
        expect_list(list, "[1.5,false,0.5,true]");
        ok(shmgr_list_get_double(list, 2, &x));
        ck_assert(x == 0.5);
        ok(shmgr_list_get_bool(list, -1, &b));
        ck_assert_int_eq(b, 1);
        ck_assert_int_eq(shmgr_list_get_int64(list, 0, &i), -EINVAL);
        ck_assert_int_eq(shmgr_list_get_bool(list, 0, &b), -EINVAL);
        ok(shmgr_list_add_double(list, 0, 0.25, &x));
        ck_assert(x == 1.75);
        ok(shmgr_list_set_string(list, 0, "s"));
        ck_assert_int_eq(shmgr_list_add_double(list, 0, 1, &x), -EINVAL);
        ok(shmgr_list_set_int64(list, 0, 7));
        ok(shmgr_list_get_int64(list, 0, &i));
        ck_assert_int_eq(i, 7);
        shmgr_list_unref(list);
}
END_TEST

START_TEST(test_list_as_a_whole) {
        CLEANUP(json_putp) struct json_object *two = json_of("2"), *nine = json_of("9");
        shmgr_list *list;
        int64_t i;
        int is;

        OPEN(list, &fixture, "{\"value\":[1,2,3,2]}", &list);
        ok(shmgr_list_index(list, two, &i));
        ck_assert_int_eq(i, 1);
        ok(shmgr_list_index_within(list, two, 2, SHMGR_NONE, &i));
        ck_assert_int_eq(i, 3);
        ck_assert_int_eq(shmgr_list_index_within(list, two, 2, -1, &i), -ENODATA);
        ok(shmgr_list_index_within(list, two, SHMGR_NONE, SHMGR_NONE, &i));
        ck_assert_int_eq(i, 1);
        ok(shmgr_list_count(list, two, &i));
        ck_assert_int_eq(i, 2);
        ok(shmgr_list_contains(list, nine, &is));
        ck_assert_int_eq(is, 0);
        ok(shmgr_list_insert(list, 1, nine));
        ok(shmgr_list_remove(list, two));
        expect_list(list, "[1,9,3,2]");
        ck_assert_int_eq(shmgr_list_cas(list, 1, nine, two), 1);
        ck_assert_int_eq(shmgr_list_cas(list, 1, nine, two), 0);
        ok(shmgr_list_reverse(list));
        ok(shmgr_list_repeat(list, 2));
        expect_list(list, "[2,3,2,1,2,3,2,1]");
        shmgr_list_unref(list);
}
END_TEST

START_TEST(test_dict_as_a_whole) {
        CLEANUP(json_putp) struct json_object *one = json_of("1");
        struct json_object *value;
        shmgr_dict *dict;
        double x;
        int is;

        OPEN(dict, &fixture, "{\"value\":{\"a\":1,\"b\":2.5}}", &dict);
        ok(shmgr_dict_contains(dict, "a", &is));
        ck_assert_int_eq(is, 1);
        ok(shmgr_dict_keys(dict, &value));
        expect_json(value, "[\"a\",\"b\"]");
        ok(shmgr_dict_values(dict, &value));
        expect_json(value, "[1,2.5]");
        ok(shmgr_dict_items(dict, &value));
        expect_json(value, "[[\"a\",1],[\"b\",2.5]]");
        ok(shmgr_dict_copy(dict, &value));
        expect_json(value, "{\"a\":1,\"b\":2.5}");
        ok(shmgr_dict_add_double(dict, "b", 0.5, &x));
        ck_assert(x == 3);
        ck_assert_int_eq(shmgr_dict_cas(dict, "a", one, NULL), 1);
        ck_assert_int_eq(shmgr_dict_cas(dict, "a", one, NULL), 0);
        ok(shmgr_dict_setdefault(dict, "c", one, &value));
        expect_json(value, "1");
        ok(shmgr_dict_popitem(dict, &value));
        expect_json(value, "[\"c\",1]");
        ok(shmgr_dict_pop(dict, "a", &value));
        ck_assert_ptr_null(value);
        ck_assert_int_eq(shmgr_dict_pop(dict, "a", &value), -ENODATA);
        ok(shmgr_dict_clear(dict));
        ck_assert_int_eq(shmgr_dict_popitem(dict, &value), -ENODATA);
        shmgr_dict_unref(dict);
}
END_TEST

static int add_under(shmgr_lock *lock, shmgr_value *value) {
        CLEANUP(shmgr_lock_guardp) shmgr_lock *guard = shmgr_lock_guard(lock);
        int64_t n;

        int r = guard ? shmgr_value_get_int64(value, &n) : -1;
        return r < 0 ? r : shmgr_value_set_int64(value, n + 1);
}

START_TEST(test_counter_cas) {
        shmgr_counter *counter;

        OPEN(counter, &fixture, "{\"value\":5}", &counter);
        ck_assert_int_eq(shmgr_counter_cas(counter, 5, 6), 1);
        ck_assert_int_eq(shmgr_counter_cas(counter, 5, 7), 0);
        shmgr_counter_unref(counter);
}
END_TEST

enum { N_ADDERS = 4, N_ADDS = 2000 };

/* Four processes add to a value two thousand times each, either in one call, or by get and set under a lock. */
START_TEST(test_no_update_is_lost) {
        shmgr_value *value;
        shmgr_lock *lock;
        pid_t pids[N_ADDERS];
        int64_t n;

        OPEN(value, &fixture, "{\"type\":\"int64\"}", &value);
        ok(shmgr_lock_open(m, "l", SHMGR_CREATE, NULL, &lock));
        for (int i = 0; i < N_ADDERS; i++) {
                pids[i] = fork();
                ck_assert_int_ge(pids[i], 0);
                if (pids[i] > 0)
                        continue;
                for (int k = 0; k < N_ADDS; k++)
                        if ((_i == 0 ? shmgr_value_add(value, 1, NULL) : add_under(lock, value)) <
                            0)
                                _exit(1);
                _exit(0);
        }
        for (int i = 0; i < N_ADDERS; i++) {
                int status;
                ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
                ck_assert_int_eq(status, 0);
        }
        ok(shmgr_value_get_int64(value, &n));
        ck_assert_int_eq(n, N_ADDERS * N_ADDS);
        shmgr_lock_unref(lock);
        shmgr_value_unref(value);
}
END_TEST

START_TEST(test_lock_in_all_forms) {
        struct json_object *owner;
        shmgr_lock *lock;
        shmgr_grant grant;

        OPEN(lock, &fixture, "{}", &lock);
        ok(shmgr_lock_owner(lock, &owner));
        ck_assert_ptr_null(owner);
        ok(shmgr_lock_try_acquire(lock, &grant));
        ck_assert_uint_gt(grant.token, 1);
        ck_assert_int_eq(shmgr_lock_try_acquire(lock, NULL), -EAGAIN);
        ok(shmgr_lock_owner(lock, &owner));
        ck_assert_ptr_nonnull(json_object_object_get(owner, "held_ms"));
        json_object_put(owner);
        ck_assert_int_eq(shmgr_lock_recover(lock), -EINVAL);
        shmgr_lock_unref(lock);
}
END_TEST

START_TEST(test_bits_and_owner) {
        CLEANUP(json_putp) struct json_object *stat = NULL;
        shmgr_list *list;

        OPEN(list, &fixture, "{}", &list);
        ok(shmgr_chmod(m, "o", 0640));
        ok(shmgr_chown(m, "o", -1, -1));
        ok(shmgr_limit(m, "o", 0));
        ok(shmgr_limit(m, "o", -1));
        ok(shmgr_stat(m, "o", &stat));
        ck_assert_str_eq(json_object_get_string(json_object_object_get(stat, "mode")), "0640");
        ck_assert_int_eq(shmgr_chmod(m, "o", 010000), -EINVAL);
        ck_assert_int_eq(shmgr_chmod(m, "none", 0600), -ENOENT);
        ck_assert_int_eq(shmgr_limit(m, "none", 1), -ENOENT);
        ck_assert_int_eq(shmgr_chown(m, "o", INT64_MAX, -1), -EINVAL);
        shmgr_list_unref(list);
}
END_TEST

/* The daemon under test has no state directory. */
START_TEST(test_durable) {
        CLEANUP(json_putp) struct json_object *sync = json_of("{'durable':'sync'}");
        CLEANUP(json_putp) struct json_object *no = json_of("{'durable':'no'}");
        CLEANUP(shmgr_list_unrefp) shmgr_list *list = NULL;

        ck_assert_int_eq(shmgr_list_open(m, "d", SHMGR_CREATE, sync, &list), -EINVAL);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(m), "--state"));
        ck_assert_int_eq(shmgr_list_open(m, "d", SHMGR_CREATE, no, &list), 1);
}
END_TEST

/* For each type: its name, its reference count, and a value that refers to it. */
#define DEFINE_COMMON_TEST(type, options)                                                          \
        static void test_common_##type(shmgr_list *keeper) {                                       \
                CLEANUP(json_putp) struct json_object *json = json_of(options);                    \
                CLEANUP(json_putp) struct json_object *value = NULL;                               \
                CLEANUP(shmgr_##type##_unrefp) shmgr_##type *proxy = NULL, *again = NULL;          \
                ok(shmgr_##type##_open(m, NULL, 0, json, &proxy));                                 \
                ck_assert_ptr_eq(shmgr_##type##_ref(proxy), proxy);                                \
                ck_assert_ptr_null(shmgr_##type##_unref(proxy));                                   \
                value = shmgr_##type##_reference(proxy);                                           \
                ck_assert_str_eq(shmgr_reference_name(value), shmgr_##type##_name(proxy));         \
                ok(shmgr_list_append(keeper, value));                                              \
                proxy = shmgr_##type##_unref(proxy);                                               \
                ok(shmgr_list_pop(keeper, -1, NULL));                                              \
                ck_assert_int_eq(shmgr_##type##_open_reference(m, value, &again), 0);              \
                ck_assert_str_eq(shmgr_reference_name(value), shmgr_##type##_name(again));         \
        }

DEFINE_COMMON_TEST(list, "{}")
DEFINE_COMMON_TEST(dict, "{}")
DEFINE_COMMON_TEST(set, "{}")
DEFINE_COMMON_TEST(namespace, "{}")
DEFINE_COMMON_TEST(value, "{}")
DEFINE_COMMON_TEST(array, "{\"length\":3}")
DEFINE_COMMON_TEST(counter, "{}")
DEFINE_COMMON_TEST(lock, "{}")
DEFINE_COMMON_TEST(rlock, "{}")
DEFINE_COMMON_TEST(rwlock, "{}")
DEFINE_COMMON_TEST(semaphore, "{}")
DEFINE_COMMON_TEST(condition, "{}")
DEFINE_COMMON_TEST(event, "{}")
DEFINE_COMMON_TEST(barrier, "{\"parties\":2}")
DEFINE_COMMON_TEST(queue, "{}")

static void (*const commons[])(shmgr_list *keeper) = {
        test_common_list,  test_common_dict,    test_common_set,       test_common_namespace,
        test_common_value, test_common_array,   test_common_counter,   test_common_lock,
        test_common_rlock, test_common_rwlock,  test_common_semaphore, test_common_condition,
        test_common_event, test_common_barrier, test_common_queue,
};

START_TEST(test_what_all_proxies_have) {
        struct json_object *stats;
        shmgr_list *keeper;
        int64_t n = 0;

        OPEN(list, &fixture, "{}", &keeper);
        commons[_i](keeper);
        for (int i = 0; i < 100000 && n != 1; i++) {
                ok(shmgr_call(m, "server.stats", NULL, &stats));
                n = json_object_get_int64(json_object_object_get(stats, "objects"));
                json_object_put(stats);
        }
        ck_assert_int_eq(n, 1);
        shmgr_list_unref(keeper);
}
END_TEST

START_TEST(test_references_of_managers_batches_and_loops) {
        CLEANUP(shmgr_batch_unrefp) shmgr_batch *batch = NULL;
        CLEANUP(shmgr_loop_unrefp) shmgr_loop *loop = NULL;

        ck_assert_ptr_eq(shmgr_manager_ref(m), m);
        ck_assert_ptr_null(shmgr_manager_unref(m));
        ok(shmgr_batch_new(m, SHMGR_BATCH_ATOMIC, &batch));
        ok(shmgr_loop_new(m, &loop));
        ok(shmgr_ping(m));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-containers");
        TCase *c = tcase_create("lib-containers");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_test(c, test_list_of_scalars);
        tcase_add_test(c, test_list_as_a_whole);
        tcase_add_test(c, test_dict_as_a_whole);
        tcase_add_test(c, test_counter_cas);
        tcase_add_loop_test(c, test_no_update_is_lost, 0, 2);
        tcase_add_test(c, test_lock_in_all_forms);
        tcase_add_test(c, test_bits_and_owner);
        tcase_add_test(c, test_durable);
        tcase_add_loop_test(c, test_what_all_proxies_have, 0, ELEMENTSOF(commons));
        tcase_add_test(c, test_references_of_managers_batches_and_loops);
        suite_add_tcase(suite, c);
        return suite;
}
