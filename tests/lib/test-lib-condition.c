/* The proxy of conditions: waiting, notifying, waiting for a predicate; over its own lock and over a named one. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "json/json-util.h"
#include "lib/daemon-fixture.h"
#include "tap-main.h"

static Daemon fixture;
static shmgr_manager *m;
static shmgr_condition *condition;
static shmgr_counter *counter;

/* Each test runs with both kinds of lock. */
static const char *const options[] = {"{}", "{\"lock\":\"l\"}"};

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

static void setup(void) {
        shmgr_lock *lock;

        daemon_start(&fixture);
        m = fixture.manager;
        ok(shmgr_lock_open(m, "l", SHMGR_CREATE, NULL, &lock));
        shmgr_lock_unref(lock);
        ok(shmgr_counter_open(m, "n", SHMGR_CREATE, NULL, &counter));
}

static void teardown(void) {
        shmgr_condition_unref(condition);
        shmgr_counter_unref(counter);
        daemon_stop(&fixture);
}

/* Forks a child that runs the function with the lock held, and exits with its outcome. */
static pid_t start_child(int (*run)(void)) {
        pid_t pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                int r = shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL);
                if (r == 0)
                        r = run();
                if (r >= 0)
                        r = shmgr_condition_release(condition);
                _exit(r < 0 ? -r : 0);
        }
        return pid;
}

static void expect_exit(pid_t pid, int wanted) {
        int status;

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == wanted,
                      "the child ended with 0x%x", (unsigned)status);
}

static void await_waits(int64_t n) {
        int64_t is = -1;

        for (int i = 0; i < 100000 && is != n; i++) {
                CLEANUP(json_putp) struct json_object *stats = NULL;
                ok(shmgr_call(m, "server.stats", NULL, &stats));
                is = json_object_get_int64(json_object_object_get(stats, "waits"));
        }
        ck_assert_int_eq(is, n);
}

static int wait_once(void) {
        return shmgr_condition_wait(condition, SHMGR_FOREVER);
}

START_TEST(test_wait_and_notify) {
        CLEANUP(json_putp) struct json_object *owner = NULL;
        pid_t pids[3];
        int locked;

        OPEN(condition, &fixture, options[_i], &condition);
        ck_assert_int_eq(shmgr_condition_notify(condition, 1), -EPERM);
        ck_assert_int_eq(shmgr_condition_wait(condition, 0), -EPERM);
        for (size_t i = 0; i < ELEMENTSOF(pids); i++)
                pids[i] = start_child(wait_once);
        await_waits(3);
        ok(shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL));
        ok(shmgr_condition_locked(condition, &locked));
        ck_assert_int_eq(locked, 1);
        ok(shmgr_condition_owner(condition, &owner));
        ck_assert_int_eq(json_object_get_int(json_object_object_get(owner, "pid")), getpid());
        ok(shmgr_condition_notify(condition, 2));
        ck_assert_int_eq(shmgr_condition_wait(condition, 0), -EAGAIN);
        ok(shmgr_condition_release(condition));
        await_waits(1);
        ok(shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL));
        ok(shmgr_condition_notify_all(condition));
        ok(shmgr_condition_notify_all(condition));
        ok(shmgr_condition_release(condition));
        for (size_t i = 0; i < ELEMENTSOF(pids); i++)
                expect_exit(pids[i], 0);
        ck_assert_int_eq(shmgr_condition_release(condition), -EPERM);
        ck_assert_int_eq(shmgr_condition_recover(condition), -EINVAL);
}
END_TEST

static int n_asked;

static int is_three(void *userdata) {
        int64_t n;

        n_asked++;
        int r = shmgr_counter_get(userdata, &n);
        return r < 0 ? r : n >= 3;
}

static int wait_for_three(void) {
        return shmgr_condition_wait_for(condition, is_three, counter, SHMGR_FOREVER);
}

static void count_and_notify(void) {
        ok(shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL));
        ok(shmgr_counter_add(counter, 1, NULL));
        ok(shmgr_condition_notify_all(condition));
        ok(shmgr_condition_release(condition));
}

START_TEST(test_wait_for_a_predicate) {
        OPEN(condition, &fixture, options[_i], &condition);
        pid_t pid = start_child(wait_for_three);
        for (int i = 0; i < 3; i++) {
                await_waits(1);
                count_and_notify();
        }
        expect_exit(pid, 0);
}
END_TEST

static int64_t now_ms(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

START_TEST(test_predicate_that_is_true_already) {
        OPEN(condition, &fixture, options[_i], &condition);
        ok(shmgr_counter_set(counter, 3));
        ok(shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL));
        n_asked = 0;
        ok(shmgr_condition_wait_for(condition, is_three, counter, 0));
        ck_assert_int_eq(n_asked, 1);
        ok(shmgr_condition_release(condition));
}
END_TEST

START_TEST(test_predicate_that_stays_false) {
        OPEN(condition, &fixture, options[_i], &condition);
        ok(shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL));
        ck_assert_int_eq(shmgr_condition_wait_for(condition, is_three, counter, 0), -EAGAIN);
        int64_t start_ms = now_ms();
        ck_assert_int_eq(shmgr_condition_wait_for(condition, is_three, counter, 50), -ETIMEDOUT);
        ck_assert_int_ge(now_ms() - start_ms, 50);
        ck_assert_int_eq(shmgr_condition_wait_for(condition, is_three, counter, -5), -EINVAL);
        /* The session has the lock again. */
        ok(shmgr_condition_release(condition));
}
END_TEST

/* The timeout limits the whole call, however often it is notified in vain. */
static int notify_in_vain(void) {
        for (int i = 0; i < 1000000; i++) {
                int r = shmgr_condition_notify_all(condition);
                if (r == 0)
                        r = shmgr_condition_release(condition);
                if (r == 0)
                        r = shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL);
                int64_t n;
                if (r == 0)
                        r = shmgr_counter_get(counter, &n);
                if (r < 0 || n < 0)
                        return r;
        }
        return -ETIME;
}

START_TEST(test_timeout_is_for_all_waits_together) {
        OPEN(condition, &fixture, options[_i], &condition);
        pid_t pid = start_child(notify_in_vain);
        ok(shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL));
        n_asked = 0;
        int64_t start_ms = now_ms();
        ck_assert_int_eq(shmgr_condition_wait_for(condition, is_three, counter, 300), -ETIMEDOUT);
        ck_assert_int_ge(now_ms() - start_ms, 300);
        ck_assert_int_gt(n_asked, 2);
        ok(shmgr_counter_set(counter, -1));
        ok(shmgr_condition_release(condition));
        expect_exit(pid, 0);
}
END_TEST

static int refuse(void *userdata) {
        return -ENOTTY;
}

START_TEST(test_predicate_that_fails_ends_the_waiting) {
        OPEN(condition, &fixture, options[_i], &condition);
        ok(shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL));
        ck_assert_int_eq(shmgr_condition_wait_for(condition, refuse, NULL, SHMGR_FOREVER), -ENOTTY);
        ok(shmgr_condition_release(condition));
}
END_TEST

/* Set in one thread, and read by the interrupt functions of both. */
static atomic_int has_signal;

static void on_signal(int signal) {
        has_signal = 1;
}

static int is_interrupted(void *userdata) {
        return has_signal;
}

static void *interrupt(void *thread) {
        await_waits(1);
        pthread_kill(*(pthread_t *)thread, SIGUSR1);
        return NULL;
}

/* The interrupted wait ends with the lock held, as every wait does. */
START_TEST(test_wait_for_that_is_interrupted) {
        struct sigaction action = {.sa_handler = on_signal};
        pthread_t self = pthread_self(), thread;
        int locked;

        OPEN(condition, &fixture, options[_i], &condition);
        sigaction(SIGUSR1, &action, NULL);
        shmgr_manager_set_interrupt(m, is_interrupted, NULL);
        ok(shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL));
        ck_assert_int_eq(pthread_create(&thread, NULL, interrupt, &self), 0);
        ck_assert_int_eq(shmgr_condition_wait_for(condition, is_three, counter, SHMGR_FOREVER),
                         -EINTR);
        pthread_join(thread, NULL);
        ok(shmgr_condition_locked(condition, &locked));
        ck_assert_int_eq(locked, 1);
        ok(shmgr_condition_release(condition));
}
END_TEST

static int guarded_wait(void) {
        __attribute__((cleanup(shmgr_condition_guardp))) shmgr_condition *guard =
                shmgr_condition_guard(condition);

        return guard ? shmgr_condition_wait(guard, 10) : -1;
}

START_TEST(test_guard) {
        int locked;

        OPEN(condition, &fixture, options[_i], &condition);
        ck_assert_int_eq(guarded_wait(), -ETIMEDOUT);
        ok(shmgr_condition_locked(condition, &locked));
        ck_assert_int_eq(locked, 0);
}
END_TEST

static int acquire_and_notify(void) {
        return shmgr_condition_notify(condition, 1);
}

/* The wait releases three levels, so that another session can acquire, and takes all three back. */
START_TEST(test_full_depth) {
        CLEANUP(json_putp) struct json_object *owner = NULL;

        OPEN(condition, &fixture, "{}", &condition);
        for (int i = 0; i < 3; i++)
                ok(shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL));
        pid_t pid = start_child(acquire_and_notify);
        ok(shmgr_condition_wait(condition, SHMGR_FOREVER));
        expect_exit(pid, 0);
        ok(shmgr_condition_owner(condition, &owner));
        ck_assert_int_eq(json_object_get_int(json_object_object_get(owner, "n")), 3);
        for (int i = 0; i < 3; i++)
                ok(shmgr_condition_release(condition));
        ck_assert_int_eq(shmgr_condition_release(condition), -EPERM);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-condition");
        TCase *c = tcase_create("lib-condition");

        tcase_set_timeout(c, 120);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_loop_test(c, test_wait_and_notify, 0, ELEMENTSOF(options));
        tcase_add_loop_test(c, test_wait_for_a_predicate, 0, ELEMENTSOF(options));
        tcase_add_loop_test(c, test_predicate_that_is_true_already, 0, ELEMENTSOF(options));
        tcase_add_loop_test(c, test_predicate_that_stays_false, 0, ELEMENTSOF(options));
        tcase_add_loop_test(c, test_timeout_is_for_all_waits_together, 0, ELEMENTSOF(options));
        tcase_add_loop_test(c, test_predicate_that_fails_ends_the_waiting, 0, ELEMENTSOF(options));
        tcase_add_loop_test(c, test_wait_for_that_is_interrupted, 0, ELEMENTSOF(options));
        tcase_add_loop_test(c, test_guard, 0, ELEMENTSOF(options));
        tcase_add_test(c, test_full_depth);
        suite_add_tcase(suite, c);
        return suite;
}
