/* The sessions of the library's threads: which objects they have open, and when they end. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

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

/* A thread that runs one step at a time; the caller waits for each. */
typedef struct Worker {
        pthread_t thread;
        pthread_barrier_t begin, end;
        int (*step)(struct Worker *worker); /* NULL: the thread ends */
        shmgr_manager *manager;
        shmgr_list *list;
        shmgr_lock *lock;
} Worker;

static void *work(void *userdata) {
        Worker *worker = userdata;
        intptr_t r = 0;

        for (;;) {
                pthread_barrier_wait(&worker->begin);
                if (!worker->step)
                        return (void *)r;
                int step = worker->step(worker);
                if (step < 0)
                        r = step;
                pthread_barrier_wait(&worker->end);
        }
}

static void worker_start(Worker *worker) {
        pthread_barrier_init(&worker->begin, NULL, 2);
        pthread_barrier_init(&worker->end, NULL, 2);
        ck_assert_int_eq(pthread_create(&worker->thread, NULL, work, worker), 0);
}

static void worker_run(Worker *worker, int (*step)(Worker *worker)) {
        worker->step = step;
        pthread_barrier_wait(&worker->begin);
        pthread_barrier_wait(&worker->end);
}

static void worker_stop(Worker *worker) {
        void *r;

        worker->step = NULL;
        pthread_barrier_wait(&worker->begin);
        ck_assert_int_eq(pthread_join(worker->thread, &r), 0);
        ck_assert_ptr_null(r);
        pthread_barrier_destroy(&worker->begin);
        pthread_barrier_destroy(&worker->end);
}

static int open_list(Worker *worker) {
        return shmgr_list_open(m, NULL, 0, NULL, &worker->list);
}

static int append(Worker *worker) {
        return shmgr_list_append_int64(worker->list, 1);
}

static int unref_list(Worker *worker) {
        worker->list = shmgr_list_unref(worker->list);
        return 0;
}

static int ping(Worker *worker) {
        return shmgr_ping(worker->manager);
}

static int acquire(Worker *worker) {
        return shmgr_lock_acquire(worker->lock, SHMGR_FOREVER, NULL);
}

/* Returns whether the object exists. Earlier calls of other sessions, once they have returned, are
 * done. */
static int exists(const char *name) {
        int r = shmgr_stat(m, name, NULL);

        ck_assert(r == 0 || r == -ENOENT);
        return r == 0;
}

/* Closing an object waits for no reply, so the object is deleted soon afterwards. */
static void expect_gone(const char *name) {
        int is_there = 1;

        for (int i = 0; i < 20000 && is_there; i++)
                is_there = exists(name);
        ck_assert_msg(!is_there, "%s is still there", name);
}

START_TEST(test_each_proxy_has_a_handle_of_its_own) {
        shmgr_list *a, *b;

        ok(shmgr_list_open(m, "l", SHMGR_CREATE | SHMGR_EPHEMERAL, NULL, &a));
        ok(shmgr_list_open(m, "l", 0, NULL, &b));
        shmgr_list_unref(a);
        ok(shmgr_list_append_int64(b, 1));
        ck_assert(exists("l"));
        shmgr_list_unref(b);
        expect_gone("l");
}
END_TEST

START_TEST(test_handle_of_another_thread_is_given_back_with_its_next_call) {
        Worker worker = {.manager = m};
        char *name;

        ok(shmgr_list_open(m, NULL, 0, NULL, &worker.list));
        name = strdup(shmgr_list_name(worker.list));
        worker_start(&worker);
        worker_run(&worker, append);
        shmgr_list_unref(worker.list);
        ok(shmgr_ping(m));
        ck_assert(exists(name));
        worker_run(&worker, ping);
        expect_gone(name);
        worker_stop(&worker);
        free(name);
}
END_TEST

START_TEST(test_proxy_of_another_thread_that_opened_it) {
        Worker worker = {.manager = m};
        char *name;

        worker_start(&worker);
        worker_run(&worker, open_list);
        name = strdup(shmgr_list_name(worker.list));
        unref_list(&worker);
        ck_assert(exists(name));
        worker_run(&worker, ping);
        expect_gone(name);
        worker_stop(&worker);
        free(name);
}
END_TEST

START_TEST(test_object_outlives_the_thread_that_made_it) {
        Worker worker = {.manager = m};
        char *name;

        worker_start(&worker);
        worker_run(&worker, open_list);
        name = strdup(shmgr_list_name(worker.list));
        ok(append(&worker));
        worker_stop(&worker);
        ok(append(&worker));
        unref_list(&worker);
        expect_gone(name);
        free(name);
}
END_TEST

START_TEST(test_proxies_that_come_and_go_in_different_threads_leave_nothing) {
        enum { N = 500 };
        Worker worker = {.manager = m};
        struct json_object *array;
        size_t n = 1;

        worker_start(&worker);
        for (int i = 0; i < N; i++) {
                worker_run(&worker, open_list);
                ok(append(&worker));
                unref_list(&worker);
        }
        worker_run(&worker, ping);
        for (int i = 0; i < 20000 && n > 0; i++) {
                ok(shmgr_list_objects(m, NULL, &array));
                n = json_object_array_length(array);
                json_object_put(array);
        }
        ck_assert_uint_eq(n, 0);
        worker_stop(&worker);
}
END_TEST

/* A child past the library, as of a fork that it did not see, has a copy of the connection's
 * descriptor. */
START_TEST(test_thread_ends_its_session_whoever_has_the_descriptor) {
        Worker worker = {.manager = m};

        ok(shmgr_lock_open(m, "l", SHMGR_CREATE, NULL, &worker.lock));
        worker_start(&worker);
        worker_run(&worker, acquire);
        pid_t pid = (pid_t)syscall(SYS_fork);
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                for (;;)
                        pause();
        worker_stop(&worker);
        ck_assert_int_eq(shmgr_lock_acquire(worker.lock, 20000, NULL), 0);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        shmgr_lock_unref(worker.lock);
}
END_TEST

static int open_and_ping(Worker *worker) {
        shmgr_manager *other;

        int r = shmgr_manager_open(NULL, &other);
        if (r < 0)
                return r;
        r = shmgr_ping(other);
        shmgr_manager_unref(other);
        return r == 0 ? shmgr_ping(m) : r;
}

static void *open_and_ping_often(void *userdata) {
        intptr_t r = 0;

        for (int i = 0; i < 200 && r == 0; i++)
                r = open_and_ping(NULL);
        return (void *)r;
}

/* The end of a manager looks at the sessions of all threads while the others are busy. */
START_TEST(test_managers_come_and_go_beside_busy_threads) {
        enum { N = 4 };
        pthread_t threads[N];
        void *r;

        for (int i = 0; i < N; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, open_and_ping_often, NULL), 0);
        for (int i = 0; i < N; i++) {
                pthread_join(threads[i], &r);
                ck_assert_ptr_null(r);
        }
}
END_TEST

/* The last reference to a manager also ends the sessions of threads that live on. */
START_TEST(test_last_unref_of_a_manager_ends_the_sessions_of_all_threads) {
        Worker worker = {0};

        ok(shmgr_manager_open(NULL, &worker.manager));
        ok(shmgr_lock_open(worker.manager, "l", SHMGR_CREATE, NULL, &worker.lock));
        worker_start(&worker);
        worker_run(&worker, acquire);
        shmgr_lock_unref(worker.lock);
        worker.manager = shmgr_manager_unref(worker.manager);
        ok(shmgr_lock_open(m, "l", 0, NULL, &worker.lock));
        ok(shmgr_lock_acquire(worker.lock, 20000, NULL));
        worker.manager = m;
        worker_run(&worker, ping);
        worker_stop(&worker);
        shmgr_lock_unref(worker.lock);
}
END_TEST

static int unref_all(shmgr_list *list, shmgr_manager *manager) {
        shmgr_list_unref(list);
        shmgr_manager_unref(manager);
        return 0;
}

/* The child's references are its own: dropping them changes nothing for the parent. */
START_TEST(test_child_that_gives_everything_back) {
        shmgr_manager *other;
        shmgr_list *list;
        int status;

        ok(shmgr_manager_open(NULL, &other));
        ok(shmgr_list_open(other, NULL, 0, NULL, &list));
        for (int uses = 0; uses < 2; uses++) {
                pid_t pid = fork();
                ck_assert_int_ge(pid, 0);
                if (pid == 0) {
                        int r = uses ? shmgr_list_append_int64(list, 1) : 0;
                        _exit(r == 0 ? unref_all(list, other) : 1);
                }
                ck_assert_int_eq(waitpid(pid, &status, 0), pid);
                ck_assert_int_eq(status, 0);
        }
        ok(shmgr_list_append_int64(list, 2));
        struct json_object *value;
        ok(shmgr_list_copy(list, &value));
        expect_json(value, "[1,2]");
        unref_all(list, other);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-sessions");
        TCase *c = tcase_create("lib-sessions");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_test(c, test_each_proxy_has_a_handle_of_its_own);
        tcase_add_test(c, test_handle_of_another_thread_is_given_back_with_its_next_call);
        tcase_add_test(c, test_proxy_of_another_thread_that_opened_it);
        tcase_add_test(c, test_object_outlives_the_thread_that_made_it);
        tcase_add_test(c, test_proxies_that_come_and_go_in_different_threads_leave_nothing);
        tcase_add_test(c, test_thread_ends_its_session_whoever_has_the_descriptor);
        tcase_add_test(c, test_managers_come_and_go_beside_busy_threads);
        tcase_add_test(c, test_last_unref_of_a_manager_ends_the_sessions_of_all_threads);
        tcase_add_test(c, test_child_that_gives_everything_back);
        suite_add_tcase(suite, c);
        return suite;
}
