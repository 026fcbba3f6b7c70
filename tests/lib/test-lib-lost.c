/* The daemon is restarted: a thread that held something is told of the loss, and objects that proxies had made are made
 * again. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/daemon-fixture.h"
#include "tap-main.h"

static Daemon fixture;
static shmgr_manager *m;
static shmgr_lock *lock;
static shmgr_dict *dict;
static char told[256];
static int n_told, nested, end_signal;

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

static void setup(void) {
        daemon_start(&fixture);
        m = fixture.manager;
        n_told = nested = 0;
        told[0] = '\0';
        ok(shmgr_lock_open(m, "l", SHMGR_CREATE, NULL, &lock));
        ok(shmgr_dict_open(m, "d", SHMGR_CREATE, NULL, &dict));
}

static void teardown(void) {
        shmgr_lock_unref(lock);
        shmgr_dict_unref(dict);
        daemon_stop(&fixture);
}

static void restart(void) {
        daemon_kill(&fixture);
        daemon_restart(&fixture);
}

static void on_lost(struct json_object *names, void *userdata) {
        n_told++;
        snprintf(told, sizeof(told), "%s",
                 json_object_to_json_string_ext(names, JSON_C_TO_STRING_PLAIN));
        nested = shmgr_ping(userdata);
}

/* ---- Each way to hold something; the name of the object is "o" */

static void hold_lock(void) {
        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL));
}

#define OPEN_O(type, options_text, ret)                                                            \
        do {                                                                                       \
                struct json_object *options_ = json_tokener_parse(options_text);                   \
                ok(shmgr_##type##_open(m, "o", SHMGR_CREATE, options_, ret));                      \
                json_object_put(options_);                                                         \
        } while (0)

static void hold_rlock(void) {
        static shmgr_rlock *o; /* lives until the process ends */

        OPEN_O(rlock, "{}", &o);
        ok(shmgr_rlock_acquire(o, 0, NULL));
        ok(shmgr_rlock_acquire(o, 0, NULL));
        ok(shmgr_rlock_release(o));
}

static void hold_to_read(void) {
        static shmgr_rwlock *o; /* lives until the process ends */

        OPEN_O(rwlock, "{}", &o);
        ok(shmgr_rwlock_acquire_read(o, 0, NULL));
}

static void hold_to_write(void) {
        static shmgr_rwlock *o; /* lives until the process ends */

        OPEN_O(rwlock, "{}", &o);
        ok(shmgr_rwlock_acquire_write(o, 0, NULL));
}

static void hold_condition(void) {
        static shmgr_condition *o; /* lives until the process ends */

        OPEN_O(condition, "{}", &o);
        ok(shmgr_condition_acquire(o, 0, NULL));
        ck_assert_int_eq(shmgr_condition_wait(o, 1), -ETIMEDOUT);
}

static void hold_permits(void) {
        static shmgr_semaphore *o; /* lives until the process ends */

        OPEN_O(semaphore, "{\"value\":4,\"owned\":true}", &o);
        ok(shmgr_semaphore_acquire(o, 3, 0));
        ok(shmgr_semaphore_release(o, 2));
}

static void reserve_items(void) {
        static shmgr_queue *o; /* lives until the process ends */
        int64_t id;

        OPEN_O(queue, "{}", &o);
        ok(shmgr_queue_put_int64(o, 1, 0));
        ok(shmgr_queue_put_int64(o, 2, 0));
        ok(shmgr_queue_reserve(o, 0, &id, NULL));
        ok(shmgr_queue_ack(o, id));
        ok(shmgr_queue_reserve(o, 0, &id, NULL));
}

static void hold_many(void) {
        struct json_object *objects = json_of("[\"l\",{\"name\":\"o\",\"n\":1}]");
        static shmgr_semaphore *o; /* lives until the process ends */

        OPEN_O(semaphore, "{\"value\":4}", &o);
        ok(shmgr_acquire_many(m, objects, 0, NULL));
        json_object_put(objects);
}

static void call_raw(const char *method, const char *params_text) {
        struct json_object *params = json_of(params_text);

        ok(shmgr_call(m, method, params, NULL));
        json_object_put(params);
}

static void hold_raw(void) {
        call_raw("lock.acquire", "{\"timeout_ms\":0,\"name\":\"l\"}");
}

static void hold_in_batch(void) {
        struct json_object *l = json_of("[\"l\"]"), *none = json_of("[\"none\"]");
        shmgr_batch *batch;

        ok(shmgr_batch_new(m, SHMGR_BATCH_PIPELINE, &batch));
        ok(shmgr_batch_add(batch, "lock.acquire", l));
        ok(shmgr_batch_add(batch, "lock.acquire", none));
        ok(shmgr_batch_run(batch));
        shmgr_batch_unref(batch);
        json_object_put(l);
        json_object_put(none);
}

/* ---- What is not held any more, or never was */

static void hold_nothing(void) {
        hold_lock();
        ok(shmgr_lock_release(lock));
        ck_assert_int_eq(shmgr_lock_release(lock), -EPERM);
}

static void fail_to_hold(void) {
        ok(shmgr_lock_acquire(lock, 0, NULL));
        ck_assert_int_eq(shmgr_lock_acquire(lock, 0, NULL), -EAGAIN);
        ok(shmgr_lock_release(lock));
}

static void take_signals(void) {
        static shmgr_semaphore *o; /* lives until the process ends */

        OPEN_O(semaphore, "{\"value\":4}", &o);
        ok(shmgr_semaphore_acquire(o, 3, 0));
}

/* An unowned lock belongs to no session: a new daemon does not know it as locked, but the session loses nothing by that. */
static void lock_for_anyone(void) {
        static shmgr_lock *o; /* lives until the process ends */

        OPEN_O(lock, "{\"owned\":false}", &o);
        ok(shmgr_lock_acquire(o, 0, NULL));
}

static void lock_many_for_anyone(void) {
        static shmgr_lock *o; /* lives until the process ends */
        struct json_object *objects = json_of("[\"o\",\"l\"]");

        OPEN_O(lock, "{\"owned\":false}", &o);
        ok(shmgr_acquire_many(m, objects, 0, NULL));
        json_object_put(objects);
}

static void lock_in_a_batch_for_anyone(void) {
        static shmgr_lock *o; /* lives until the process ends */
        struct json_object *params = json_of("[\"o\"]");
        shmgr_batch *batch;

        OPEN_O(lock, "{\"owned\":false}", &o);
        ok(shmgr_batch_new(m, SHMGR_BATCH_ATOMIC, &batch));
        ok(shmgr_batch_add(batch, "lock.acquire", params));
        ok(shmgr_batch_run(batch));
        ok(shmgr_batch_result(batch, 0, NULL));
        shmgr_batch_unref(batch);
        json_object_put(params);
}

/* Another thread has acquired the lock; this one, which has a lock of its own, releases it. */
static void *lock_it(void *arg) {
        ck_assert_int_eq(shmgr_lock_acquire(arg, 0, NULL), 0);
        return NULL;
}

static void release_for_another(void) {
        static shmgr_lock *o; /* lives until the process ends */
        pthread_t thread;

        OPEN_O(lock, "{\"owned\":false}", &o);
        hold_lock();
        ck_assert_int_eq(pthread_create(&thread, NULL, lock_it, o), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ok(shmgr_lock_release(o));
        ok(shmgr_lock_acquire(o, 0, NULL));
}

static const struct {
        const char *name;
        void (*hold)(void);
        const char *lost; /* NULL: nothing */
} ways[] = {
        {"lock", hold_lock, "[\"l\"]"},
        {"rlock", hold_rlock, "[\"o\"]"},
        {"rwlock, to read", hold_to_read, "[\"o\"]"},
        {"rwlock, to write", hold_to_write, "[\"o\"]"},
        {"condition", hold_condition, "[\"o\"]"},
        {"owned permits", hold_permits, "[\"o\"]"},
        {"reserved items", reserve_items, "[\"o\"]"},
        {"several", hold_many, "[\"l\"]"},
        {"by name", hold_raw, "[\"l\"]"},
        {"in a batch", hold_in_batch, "[\"l\"]"},
        {"released", hold_nothing, NULL},
        {"refused", fail_to_hold, NULL},
        {"permits as signals", take_signals, NULL},
        {"a lock for anyone", lock_for_anyone, NULL},
        {"several, one for anyone", lock_many_for_anyone, "[\"l\"]"},
        {"one for anyone, in a batch", lock_in_a_batch_for_anyone, NULL},
        {"one of another thread, released", release_for_another, "[\"l\"]"},
};

static void expect_lost(const char *names) {
        struct json_object *lost;

        ck_assert(json_object_object_get_ex(shmgr_manager_error_data(m), "lost", &lost));
        expect_json(json_object_get(lost), names);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(m), " lost"));
}

/* The next call fails once and reports the loss; later ones work. */
START_TEST(test_what_was_held) {
        shmgr_manager_on_lost(m, on_lost, m);
        ways[_i].hold();
        restart();
        int r = shmgr_dict_set_int64(dict, "x", 1);
        if (!ways[_i].lost) {
                ok(r);
                ck_assert_int_eq(n_told, 0);
                return;
        }
        ck_assert_int_eq(r, -ECONNRESET);
        expect_lost(ways[_i].lost);
        ck_assert_int_eq(n_told, 1);
        ck_assert_str_eq(told, ways[_i].lost);
        ck_assert_int_eq(nested, -EBUSY);
        ok(shmgr_dict_set_int64(dict, "x", 1));
        ck_assert_int_eq(shmgr_lock_release(lock), -EPERM);
        ck_assert_int_eq(n_told, 1);
}
END_TEST

/* The call that meets the daemon's end is the batch, or a call that waits. */
START_TEST(test_batch_that_meets_the_end) {
        shmgr_batch *batch;

        hold_lock();
        restart();
        ok(shmgr_batch_new(m, _i, &batch));
        ok(shmgr_batch_add(batch, "server.ping", NULL));
        ck_assert_int_eq(shmgr_batch_run(batch), -ECONNRESET);
        expect_lost("[\"l\"]");
        shmgr_batch_unref(batch);
        ok(shmgr_ping(m));
}
END_TEST

static int signals[] = {SIGTERM, SIGKILL};

/* A thread that waits in poll(2) learns of the daemon's end without a call. */
START_TEST(test_descriptor_tells_the_end) {
        shmgr_manager *other;

        ok(shmgr_manager_open(fixture.socket, &other));
        ck_assert_int_eq(shmgr_manager_get_fd(other), -ENOTCONN);
        shmgr_manager_unref(other);
        shmgr_manager_on_lost(m, on_lost, m);
        hold_lock();
        struct pollfd p = {.fd = shmgr_manager_get_fd(m), .events = POLLIN};
        ck_assert_int_ge(p.fd, 0);
        ck_assert_int_eq(poll(&p, 1, 0), 0);
        kill(fixture.pid, signals[_i]);
        ck_assert_int_eq(poll(&p, 1, -1), 1);
        ck_assert_int_eq(n_told, 0);
        ck_assert_int_eq(shmgr_ping(m), -ECONNRESET);
        expect_lost("[\"l\"]");
        ck_assert_int_eq(n_told, 1);
        ck_assert_int_eq(shmgr_manager_get_fd(m), -ENOTCONN);
        restart();
        ok(shmgr_ping(m));
        ck_assert_int_ge(shmgr_manager_get_fd(m), 0);
}
END_TEST

static void *end_daemon(void *arg) {
        struct json_object *stats, *waits;
        shmgr_manager *other = arg;
        int64_t n;

        do {
                ck_assert_int_eq(shmgr_call(other, "server.stats", NULL, &stats), 0);
                json_object_object_get_ex(stats, "waits", &waits);
                n = json_object_get_int64(waits);
                json_object_put(stats);
        } while (n == 0);
        kill(fixture.pid, end_signal);
        return NULL;
}

/* A call that waits when the daemon ends gets an error, or its connection breaks: -ECONNRESET in both cases, never the
 * errno of a closed queue. */
START_TEST(test_call_that_waits_for_the_end) {
        struct json_object *value;
        shmgr_queue *queue;
        pthread_t thread;

        end_signal = signals[_i];
        OPEN_O(queue, "{}", &queue);
        ck_assert_int_eq(pthread_create(&thread, NULL, end_daemon, m), 0);
        ck_assert_int_eq(shmgr_queue_get(queue, SHMGR_FOREVER, &value), -ECONNRESET);
        pthread_join(thread, NULL);
        ck_assert_int_eq(waitpid(fixture.pid, NULL, 0), fixture.pid);
        fixture.pid = 0;
        daemon_restart(&fixture);
        /* The proxy makes the queue again. */
        ok(shmgr_queue_put_int64(queue, 1, 0));
        ok(shmgr_queue_get(queue, 0, &value));
        expect_json(value, "1");
        shmgr_queue_unref(queue);
}
END_TEST

/* A child held nothing in the daemon, so it loses nothing. */
START_TEST(test_child) {
        int status;

        shmgr_manager_on_lost(m, on_lost, m);
        hold_lock();
        pid_t pid = fork();
        if (pid == 0)
                _exit(shmgr_dict_set_int64(dict, "x", 1) == 0 && n_told == 0 ? 0 : 1);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        ok(shmgr_lock_release(lock));
}
END_TEST

static void note(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                 void *userdata) {
        *(int *)userdata = error < 0 ? error : 1;
}

static void process_until(shmgr_loop *loop, const int *done) {
        while (*done == 0) {
                struct pollfd p = {.fd = shmgr_loop_get_fd(loop),
                                   .events = (short)shmgr_loop_get_events(loop)};
                poll(&p, 1, shmgr_loop_get_timeout(loop));
                ok(shmgr_loop_process(loop));
        }
}

START_TEST(test_loop_that_held) {
        struct json_object *params = json_of("[\"l\"]");
        shmgr_loop *loop;
        int done = 0;

        shmgr_manager_on_lost(m, on_lost, m);
        ok(shmgr_loop_new(m, &loop));
        ok(shmgr_loop_submit(loop, "lock.acquire", params, note, &done, NULL));
        process_until(loop, &done);
        ck_assert_int_eq(done, 1);
        restart();
        process_until(loop, &n_told);
        ck_assert_int_eq(n_told, 1);
        ck_assert_str_eq(told, "[\"l\"]");
        ck_assert_int_eq(nested, 0);
        shmgr_loop_unref(loop);
        json_object_put(params);
}
END_TEST

/* ---- Objects that are made again */

START_TEST(test_proxies_make_their_objects_again) {
        struct json_object *options = json_of("{\"value\":{\"a\":1},\"mode\":\"0640\"}"), *stat;
        struct json_object *mode;
        shmgr_dict *made, *found, *anonymous;
        int64_t value;

        ok(shmgr_dict_open(m, "made", SHMGR_CREATE | SHMGR_EXCLUSIVE, options, &made));
        ok(shmgr_dict_open(m, "made", 0, NULL, &found));
        ok(shmgr_dict_open(m, NULL, SHMGR_CREATE, options, &anonymous));
        ok(shmgr_dict_set_int64(made, "a", 2));
        restart();
        ck_assert_int_eq(shmgr_dict_get_int64(found, "a", &value), -ENOENT);
        ok(shmgr_dict_get_int64(made, "a", &value));
        ck_assert_int_eq(value, 1);
        ck_assert_int_eq(shmgr_dict_get_int64(anonymous, "a", &value), -ENOENT);
        ok(shmgr_stat(m, "made", &stat));
        ck_assert(json_object_object_get_ex(stat, "mode", &mode));
        ck_assert_str_eq(json_object_get_string(mode), "0640");
        json_object_put(stat);
        ok(shmgr_dict_get_int64(found, "a", &value));
        shmgr_dict_unref(anonymous);
        shmgr_dict_unref(made);
        shmgr_dict_unref(found);
        json_object_put(options);
}
END_TEST

/* An object that somebody has deleted is not made again. */
START_TEST(test_object_that_was_deleted) {
        ok(shmgr_dict_set_int64(dict, "a", 1));
        ok(shmgr_delete(m, "d"));
        ck_assert_int_eq(shmgr_dict_set_int64(dict, "a", 1), -ENOENT);
        ck_assert_int_eq(shmgr_dict_set_int64(dict, "a", 1), -ENOENT);
}
END_TEST

static shmgr_queue *queue_of_thread;

static void *make_queue(void *arg) {
        shmgr_queue_open(m, "q", SHMGR_CREATE | SHMGR_EPHEMERAL, NULL, &queue_of_thread);
        return NULL;
}

/* The thread that made the object has ended, and its object with it. */
START_TEST(test_proxy_of_a_thread_that_ended) {
        struct json_object *value;
        pthread_t thread;

        ck_assert_int_eq(pthread_create(&thread, NULL, make_queue, NULL), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ok(shmgr_queue_put_int64(queue_of_thread, 1, 0));
        ok(shmgr_queue_get(queue_of_thread, 0, &value));
        expect_json(value, "1");
        /* The last reference closes the object. */
        shmgr_queue_unref(queue_of_thread);
        ck_assert_int_eq(shmgr_stat(m, "q", &value), -ENOENT);
}
END_TEST

/* The tokens of a daemon are greater than those of the daemon before. */
START_TEST(test_tokens_after_a_restart) {
        shmgr_grant before, after;

        ok(shmgr_lock_acquire(lock, 0, &before));
        ok(shmgr_lock_release(lock));
        restart();
        ok(shmgr_lock_acquire(lock, 0, &after));
        ck_assert_uint_gt(after.token, before.token);
        ok(shmgr_lock_release(lock));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-lost");
        TCase *c = tcase_create("lib-lost");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_loop_test(c, test_what_was_held, 0, (int)(sizeof(ways) / sizeof(ways[0])));
        tcase_add_loop_test(c, test_batch_that_meets_the_end, SHMGR_BATCH_ATOMIC,
                            SHMGR_BATCH_PIPELINE + 1);
        tcase_add_loop_test(c, test_call_that_waits_for_the_end, 0, 2);
        tcase_add_loop_test(c, test_descriptor_tells_the_end, 0, 2);
        tcase_add_test(c, test_child);
        tcase_add_test(c, test_loop_that_held);
        tcase_add_test(c, test_proxies_make_their_objects_again);
        tcase_add_test(c, test_object_that_was_deleted);
        tcase_add_test(c, test_proxy_of_a_thread_that_ended);
        tcase_add_test(c, test_tokens_after_a_restart);
        suite_add_tcase(suite, c);
        return suite;
}
