/* The library against a real daemon: processes that are forked and killed, threads, signals, and
 * a daemon that ends. */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
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

/* Asserts that a call succeeded, and otherwise prints the library's error text. */
static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

static shmgr_counter *make_counter(const char *name) {
        shmgr_counter *counter;

        ok(shmgr_counter_open(m, name, SHMGR_CREATE, NULL, &counter));
        return counter;
}

static shmgr_lock *make_lock(const char *name) {
        shmgr_lock *lock;

        ok(shmgr_lock_open(m, name, SHMGR_CREATE, NULL, &lock));
        return lock;
}

static int64_t group_of(const char *name) {
        struct json_object *stat, *gid;

        ok(shmgr_stat(m, name, &stat));
        ck_assert(json_object_object_get_ex(stat, "gid", &gid));
        int64_t result = json_object_get_int64(gid);
        json_object_put(stat);
        return result;
}

/* Opens an object for a group, which is given by name, digits or number. */
static int open_for(const char *name, struct json_object *group) {
        struct json_object *options = json_object_new_object();
        shmgr_dict *dict;

        json_object_object_add(options, "group", group);
        int r = shmgr_dict_open(m, name, SHMGR_CREATE, options, &dict);
        if (r >= 0)
                shmgr_dict_unref(dict);
        json_object_put(options);
        return r;
}

START_TEST(test_group_by_name) {
        const struct group *own = getgrgid(getgid());
        char digits[16];

        ck_assert_int_eq(open_for("o", json_object_new_string("no such group")), -EINVAL);
        ck_assert_str_eq(shmgr_manager_error(m), "group: unknown group 'no such group'");
        ck_assert_int_eq(open_for("o", json_object_new_string("")), -EINVAL);
        ck_assert_int_eq(open_for("o", json_object_new_string("99999999999")), -EINVAL);
        snprintf(digits, sizeof(digits), "%u", getgid());
        ck_assert_int_eq(open_for("digits", json_object_new_string(digits)), 1);
        ck_assert_int_eq(group_of("digits"), getgid());
        ck_assert_int_eq(open_for("number", json_object_new_int64(getgid())), 1);
        ck_assert_int_eq(group_of("number"), getgid());
        if (!own)
                return;
        ck_assert_int_eq(open_for("name", json_object_new_string(own->gr_name)), 1);
        ck_assert_int_eq(group_of("name"), getgid());
}
END_TEST

/* An object that is made again after a restart has its old group. */
START_TEST(test_group_by_name_after_a_restart) {
        const struct group *own = getgrgid(getgid());
        struct json_object *options = json_object_new_object();
        shmgr_dict *dict;

        json_object_object_add(options, "group",
                               own ? json_object_new_string(own->gr_name)
                                   : json_object_new_int64(getgid()));
        ok(shmgr_dict_open(m, "o", SHMGR_CREATE, options, &dict));
        json_object_put(options);
        daemon_kill(&fixture);
        daemon_restart(&fixture);
        ok(shmgr_dict_set_int64(dict, "k", 1));
        ck_assert_int_eq(group_of("o"), getgid());
        shmgr_dict_unref(dict);
}
END_TEST

/* Waits until the daemon reports that n calls wait, which is a state, not a time. */
static void wait_for_waiters(int64_t n) {
        int64_t n_waits = -1;

        for (int i = 0; i < 20000 && n_waits != n; i++) {
                struct json_object *stats, *waits;
                ok(shmgr_call(m, "server.stats", NULL, &stats));
                ck_assert(json_object_object_get_ex(stats, "waits", &waits));
                n_waits = json_object_get_int64(waits);
                json_object_put(stats);
        }
        ck_assert_int_eq(n_waits, n);
}

static void expect_exit(pid_t pid, int wanted) {
        int status;

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == wanted,
                      "the child ended with 0x%x", (unsigned)status);
}

START_TEST(test_dict_in_all_forms) {
        shmgr_dict *d;
        int64_t i;
        double x;
        int b;
        char *s;

        ck_assert_int_eq(shmgr_dict_open(m, "d", 0, NULL, &d), -ENOENT);
        ck_assert_int_eq(shmgr_dict_open(m, "d", SHMGR_CREATE, NULL, &d), 1);
        d = shmgr_dict_unref(d);
        ck_assert_int_eq(shmgr_dict_open(m, "d", SHMGR_CREATE | SHMGR_EXCLUSIVE, NULL, &d),
                         -EEXIST);
        ck_assert_int_eq(shmgr_dict_open(m, "d", 1 << 20, NULL, &d), -EINVAL);
        ck_assert_int_eq(shmgr_dict_open(m, "d", SHMGR_CREATE, NULL, &d), 0);
        ck_assert_str_eq(shmgr_dict_name(d), "d");
        ok(shmgr_dict_set_int64(d, "i", INT64_MIN));
        ok(shmgr_dict_set_double(d, "x", 5e-324));
        ok(shmgr_dict_set_bool(d, "b", 1));
        ok(shmgr_dict_set_string(d, "s", "\xc3\xa4\"\\\n"));
        ok(shmgr_dict_get_int64(d, "i", &i));
        ok(shmgr_dict_get_double(d, "x", &x));
        ok(shmgr_dict_get_bool(d, "b", &b));
        ok(shmgr_dict_get_string(d, "s", &s));
        ck_assert(i == INT64_MIN && x == 5e-324 && b == 1);
        ck_assert_str_eq(s, "\xc3\xa4\"\\\n");
        free(s);
        ck_assert_int_eq(shmgr_dict_get_int64(d, "s", &i), -EINVAL);
        ck_assert_str_eq(shmgr_manager_error(m), "the value is string, not an integer");
        ck_assert_int_eq(shmgr_dict_get_int64(d, "absent", &i), -ENODATA);
        ck_assert_int_eq(shmgr_dict_set_double(d, "x", 1.0 / 0.0), -EINVAL);
        ck_assert_int_eq(shmgr_dict_set_string(d, "s", "\xff"), -EINVAL);
        ck_assert_int_eq(shmgr_dict_set_string(d, NULL, "x"), -EINVAL);
        ok(shmgr_dict_set_int64(d, "n", 40));
        ok(shmgr_dict_add(d, "n", 2, &i));
        ck_assert_int_eq(i, 42);
        ck_assert_int_eq(shmgr_dict_add(d, "hits", 1, &i), -ENODATA);
        ok(shmgr_dict_add_default(d, "hits", 1, 0, &i));
        ok(shmgr_dict_add_default(d, "hits", 1, 0, &i));
        ck_assert_int_eq(i, 2);
        ok(shmgr_dict_add_default_double(d, "mean", 0.5, 1, &x));
        ck_assert(x == 1.5);
        ok(shmgr_dict_delete(d, "hits"));
        ok(shmgr_dict_delete(d, "mean"));
        ck_assert_int_eq(shmgr_dict_cas_int64(d, "n", 42, 1), 1);
        ck_assert_int_eq(shmgr_dict_cas_int64(d, "n", 42, 2), 0);
        int64_t cursor = 0, n = 0;
        do {
                struct json_object *items;
                ok(shmgr_dict_scan(d, &cursor, 2, &items));
                n += (int64_t)json_object_array_length(items);
                json_object_put(items);
        } while (cursor);
        ck_assert_int_eq(n, 5);
        shmgr_dict_unref(d);
}
END_TEST

START_TEST(test_list_in_all_forms) {
        struct json_object *value, *values = json_object_new_array();
        shmgr_list *l;
        int64_t i;

        for (int k = 0; k < 6; k++)
                json_object_array_add(values, json_object_new_int(k));
        ok(shmgr_list_open(m, NULL, 0, NULL, &l));
        ok(shmgr_list_extend(l, values));
        ok(shmgr_list_slice(l, SHMGR_NONE, SHMGR_NONE, -2, &value));
        ck_assert_str_eq(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN), "[5,3,1]");
        json_object_put(value);
        ok(shmgr_list_delete_slice(l, 0, SHMGR_NONE, 2));
        ok(shmgr_list_add(l, -1, 10, &i));
        ck_assert_int_eq(i, 15);
        ok(shmgr_list_set_slice(l, 0, 1, SHMGR_NONE, values));
        ok(shmgr_list_length(l, &i));
        ck_assert_int_eq(i, 8);
        ck_assert_int_eq(shmgr_list_get(l, 99, &value), -ERANGE);
        ok(shmgr_list_append_string(l, "text"));
        ck_assert_int_eq(shmgr_list_sort(l, 0), -EINVAL);
        ok(shmgr_list_pop(l, -1, &value));
        ck_assert_str_eq(json_object_get_string(value), "text");
        json_object_put(value);
        ok(shmgr_list_sort(l, 1));
        ok(shmgr_list_copy(l, &value));
        ck_assert_str_eq(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN),
                         "[15,5,4,3,3,2,1,0]");
        json_object_put(value);
        json_object_put(values);
        shmgr_list_unref(l);
}
END_TEST

START_TEST(test_fifty_children_use_one_inherited_proxy) {
        enum { N = 50, TIMES = 20 };
        shmgr_counter *counter = make_counter("c");
        pid_t children[N];
        int64_t value;

        ok(shmgr_counter_set(counter, 0));
        for (int i = 0; i < N; i++) {
                children[i] = fork();
                ck_assert_int_ge(children[i], 0);
                if (children[i] == 0) {
                        int r = 0;
                        for (int k = 0; k < TIMES && r == 0; k++)
                                r = shmgr_counter_add(counter, 1, NULL);
                        _exit(r == 0 ? 0 : 1);
                }
        }
        /* The parent goes on using its own session meanwhile. */
        for (int k = 0; k < TIMES; k++)
                ok(shmgr_counter_add(counter, 1, NULL));
        for (int i = 0; i < N; i++)
                expect_exit(children[i], 0);
        ok(shmgr_counter_get(counter, &value));
        ck_assert_int_eq(value, (N + 1) * TIMES);
        shmgr_counter_unref(counter);
}
END_TEST

static void *add_many(void *userdata) {
        intptr_t r = 0;

        for (int i = 0; i < 200 && r == 0; i++)
                r = shmgr_counter_add(userdata, 1, NULL);
        return (void *)r;
}

START_TEST(test_threads_share_a_proxy) {
        enum { N = 8 };
        shmgr_counter *counter = make_counter("c");
        pthread_t threads[N];
        int64_t value;
        void *r;

        for (int i = 0; i < N; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, counter), 0);
        for (int i = 0; i < N; i++) {
                pthread_join(threads[i], &r);
                ck_assert_ptr_null(r);
        }
        ok(shmgr_counter_get(counter, &value));
        ck_assert_int_eq(value, N * 200);
        shmgr_counter_unref(counter);
}
END_TEST

/* One thread forks while the others make calls. */
START_TEST(test_fork_beside_busy_threads) {
        enum { N = 3, FORKS = 20 };
        shmgr_counter *counter = make_counter("c");
        pthread_t threads[N];
        int64_t value;
        void *r;

        for (int i = 0; i < N; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, counter), 0);
        for (int i = 0; i < FORKS; i++) {
                pid_t pid = fork();
                ck_assert_int_ge(pid, 0);
                if (pid == 0)
                        _exit(shmgr_counter_add(counter, 1, NULL) == 0 ? 0 : 1);
                expect_exit(pid, 0);
        }
        for (int i = 0; i < N; i++) {
                pthread_join(threads[i], &r);
                ck_assert_ptr_null(r);
        }
        ok(shmgr_counter_get(counter, &value));
        ck_assert_int_eq(value, N * 200 + FORKS);
        shmgr_counter_unref(counter);
}
END_TEST

/* Forks a child that acquires a lock, reports that through a pipe, and waits to be killed. */
static pid_t start_holder(shmgr_lock *lock, int *ret_fd) {
        int fds[2];
        char byte;

        ck_assert_int_eq(pipe(fds), 0);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                close(fds[0]);
                if (shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL) < 0 || write(fds[1], "", 1) != 1)
                        _exit(1);
                pause();
                _exit(2);
        }
        close(fds[1]);
        ck_assert_int_eq(read(fds[0], &byte, 1), 1);
        *ret_fd = fds[0];
        return pid;
}

START_TEST(test_killed_holder_frees_the_lock_and_the_next_is_told) {
        shmgr_lock *lock = make_lock("l");
        shmgr_grant first, grant;
        int fd;

        ok(shmgr_lock_acquire(lock, 0, &first));
        ok(shmgr_lock_release(lock));
        pid_t pid = start_holder(lock, &fd);
        ck_assert_int_eq(shmgr_lock_acquire(lock, 0, NULL), -EAGAIN);
        kill(pid, SIGKILL);
        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, &grant));
        ck_assert(grant.owner_died);
        ck_assert_int_eq(grant.pid, pid);
        ck_assert_uint_eq(grant.token, first.token + 2);
        waitpid(pid, NULL, 0);
        ok(shmgr_lock_release(lock));
        ck_assert_int_eq(shmgr_lock_release(lock), -EPERM);
        close(fd);
        shmgr_lock_unref(lock);
}
END_TEST

/* Forks a child in which no handler of the library runs. */
static pid_t fork_bypassing_the_library(void) {
        return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
}

/* The child of the holder lives on with copies of all descriptors; nevertheless the lock is free
 * when the holder is dead. */
START_TEST(test_forked_child_does_not_keep_a_dead_holders_lock) {
        shmgr_lock *lock = make_lock("l");
        int to_child[2], from_child[2];
        shmgr_grant grant;
        char byte;

        ck_assert_int_eq(pipe(to_child), 0);
        ck_assert_int_eq(pipe(from_child), 0);
        pid_t holder = fork();
        ck_assert_int_ge(holder, 0);
        if (holder == 0) {
                close(to_child[1]);
                if (shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL) < 0)
                        _exit(1);
                if (fork_bypassing_the_library() == 0) {
                        (void)!write(from_child[1], "", 1);
                        (void)!read(to_child[0], &byte, 1);
                        _exit(0);
                }
                pause();
        }
        close(to_child[0]);
        ck_assert_int_eq(read(from_child[0], &byte, 1), 1);
        kill(holder, SIGKILL);
        waitpid(holder, NULL, 0);
        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, &grant));
        ck_assert(grant.owner_died);
        close(to_child[1]);
        shmgr_lock_unref(lock);
}
END_TEST

START_TEST(test_killed_waiter_never_gets_the_lock) {
        shmgr_lock *lock = make_lock("l");

        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL));
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                _exit(shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL) == 0 ? 0 : 1);
        wait_for_waiters(1);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        wait_for_waiters(0);
        ok(shmgr_lock_release(lock));
        ok(shmgr_lock_acquire(lock, 0, NULL));
        shmgr_lock_unref(lock);
}
END_TEST

START_TEST(test_child_of_a_holder_is_not_the_owner) {
        shmgr_lock *lock = make_lock("l");

        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL));
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                _exit(shmgr_lock_release(lock) == -EPERM &&
                                      shmgr_lock_acquire(lock, 0, NULL) == -EAGAIN
                              ? 0
                              : 1);
        expect_exit(pid, 0);
        ok(shmgr_lock_release(lock));
        shmgr_lock_unref(lock);
}
END_TEST

static void *acquire_and_end(void *userdata) {
        return (void *)(intptr_t)shmgr_lock_acquire(userdata, SHMGR_FOREVER, NULL);
}

START_TEST(test_thread_that_ends_gives_its_lock_back) {
        shmgr_lock *lock = make_lock("l");
        shmgr_grant grant;
        pthread_t thread;
        void *r;

        ck_assert_int_eq(pthread_create(&thread, NULL, acquire_and_end, lock), 0);
        pthread_join(thread, &r);
        ck_assert_ptr_null(r);
        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, &grant));
        ck_assert(grant.owner_died);
        ck_assert_int_eq(grant.pid, getpid());
        shmgr_lock_unref(lock);
}
END_TEST

START_TEST(test_guard_releases_at_the_end_of_the_scope) {
        shmgr_lock *lock = make_lock("l");
        int locked;

        {
                __attribute__((cleanup(shmgr_lock_guardp))) shmgr_lock *guard =
                        shmgr_lock_guard(lock);
                ck_assert_ptr_nonnull(guard);
                ok(shmgr_lock_locked(lock, &locked));
                ck_assert_int_eq(locked, 1);
        }
        ok(shmgr_lock_locked(lock, &locked));
        ck_assert_int_eq(locked, 0);
        shmgr_lock_unref(lock);
}
END_TEST

START_TEST(test_deadlock_of_two_processes_is_an_error_with_the_cycle) {
        shmgr_lock *a = make_lock("a"), *b = make_lock("b");
        struct json_object *cycle;
        int fd;

        ok(shmgr_lock_acquire(a, SHMGR_FOREVER, NULL));
        int fds[2];
        ck_assert_int_eq(pipe(fds), 0);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                int r = shmgr_lock_acquire(b, SHMGR_FOREVER, NULL);
                if (r == 0 && write(fds[1], "", 1) == 1)
                        r = shmgr_lock_acquire(a, SHMGR_FOREVER, NULL);
                _exit(r == 0 ? 0 : 1);
        }
        fd = fds[0];
        char byte;
        ck_assert_int_eq(read(fd, &byte, 1), 1);
        wait_for_waiters(1);
        ck_assert_int_eq(shmgr_lock_acquire(b, SHMGR_FOREVER, NULL), -EDEADLK);
        ck_assert(json_object_object_get_ex(shmgr_manager_error_data(m), "cycle", &cycle));
        ck_assert_uint_eq(json_object_array_length(cycle), 2);
        ok(shmgr_lock_release(a));
        expect_exit(pid, 0);
        close(fds[0]);
        close(fds[1]);
        shmgr_lock_unref(a);
        shmgr_lock_unref(b);
}
END_TEST

/* A thread sends calls for two locks at once. Another session has the second, and waits for the
 * first. */
typedef struct Pipeline {
        shmgr_lock *first, *second;
        pthread_barrier_t has_second, goes_on;
        int results[2];
} Pipeline;

static void add_acquire(shmgr_batch *batch, const char *params_text) {
        struct json_object *params = json_tokener_parse(params_text);

        ok(shmgr_batch_add(batch, "lock.acquire", params));
        json_object_put(params);
}

static void *acquire_both(void *userdata) {
        Pipeline *p = userdata;
        shmgr_batch *batch;

        ok(shmgr_batch_new(m, SHMGR_BATCH_PIPELINE, &batch));
        add_acquire(batch, "[\"first\"]");
        add_acquire(batch, "[\"second\",600000]");
        ok(shmgr_batch_run(batch));
        for (int i = 0; i < 2; i++)
                p->results[i] = shmgr_batch_result(batch, i, NULL);
        shmgr_batch_unref(batch);
        return NULL;
}

static void *acquire_second_and_first(void *userdata) {
        Pipeline *p = userdata;

        ok(shmgr_lock_acquire(p->second, 0, NULL));
        pthread_barrier_wait(&p->has_second);
        pthread_barrier_wait(&p->goes_on);
        int r = shmgr_lock_acquire(p->first, SHMGR_FOREVER, NULL);
        ok(shmgr_lock_release(p->second));
        return (void *)(intptr_t)r;
}

START_TEST(test_grant_to_a_pipeline_closes_a_cycle) {
        Pipeline p = {.first = make_lock("first"), .second = make_lock("second")};
        pthread_t both, other;
        void *r;

        pthread_barrier_init(&p.has_second, NULL, 2);
        pthread_barrier_init(&p.goes_on, NULL, 2);
        ok(shmgr_lock_acquire(p.first, 0, NULL));
        ck_assert_int_eq(pthread_create(&other, NULL, acquire_second_and_first, &p), 0);
        pthread_barrier_wait(&p.has_second);
        ck_assert_int_eq(pthread_create(&both, NULL, acquire_both, &p), 0);
        wait_for_waiters(2);
        pthread_barrier_wait(&p.goes_on);
        wait_for_waiters(3);
        ok(shmgr_lock_release(p.first));
        pthread_join(other, &r);
        pthread_join(both, NULL);
        /* The newest wait of the cycle is that of the other session. */
        ck_assert_int_eq((int)(intptr_t)r, -EDEADLK);
        ck_assert_int_eq(p.results[0], 0);
        ck_assert_int_eq(p.results[1], 0);
        pthread_barrier_destroy(&p.has_second);
        pthread_barrier_destroy(&p.goes_on);
        shmgr_lock_unref(p.first);
        shmgr_lock_unref(p.second);
}
END_TEST

static volatile sig_atomic_t n_signals;

static void on_signal(int number) {
        n_signals++;
}

static void catch_signal(int flags) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};

        n_signals = 0;
        sigaction(SIGUSR1, &action, NULL);
}

/* Forks a child that sends a signal to the test n times, whenever the test waits, and then ends
 * its wait. */
static pid_t start_disturber(shmgr_counter *counter, int n) {
        pid_t parent = getpid(), pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid > 0)
                return pid;
        wait_for_waiters(1);
        for (int i = 0; i < n; i++)
                kill(parent, SIGUSR1);
        if (counter)
                shmgr_counter_set(counter, 1);
        _exit(0);
}

START_TEST(test_wait_goes_on_after_signals) {
        shmgr_counter *counter = make_counter("c");
        int64_t value;

        catch_signal(_i ? SA_RESTART : 0);
        pid_t pid = start_disturber(counter, 5);
        ok(shmgr_counter_wait(counter, "==", 1, SHMGR_FOREVER, &value));
        ck_assert_int_eq(value, 1);
        expect_exit(pid, 0);
        shmgr_counter_unref(counter);
}
END_TEST

static int has_signal(void *userdata) {
        return n_signals > 0;
}

/* An interrupted call is cancelled; the next call receives its own reply. */
START_TEST(test_interrupted_call_leaves_no_answer_behind) {
        shmgr_counter *counter = make_counter("c");
        int64_t value = -1;

        shmgr_manager_set_interrupt(m, has_signal, NULL);
        catch_signal(_i ? SA_RESTART : 0);
        pid_t pid = start_disturber(NULL, 1);
        ck_assert_int_eq(shmgr_counter_wait(counter, "==", 1, SHMGR_FOREVER, &value), -EINTR);
        expect_exit(pid, 0);
        ok(shmgr_counter_set(counter, 7));
        ok(shmgr_counter_get(counter, &value));
        ck_assert_int_eq(value, 7);
        wait_for_waiters(0);
        shmgr_counter_unref(counter);
}
END_TEST

START_TEST(test_timeouts) {
        shmgr_counter *counter = make_counter("c");

        ck_assert_int_eq(shmgr_counter_wait(counter, ">=", 1, 0, NULL), -EAGAIN);
        ck_assert_int_eq(shmgr_counter_wait(counter, ">=", 1, 10, NULL), -ETIMEDOUT);
        ck_assert_int_eq(shmgr_counter_wait(counter, ">=", 1, -5, NULL), -EINVAL);
        ck_assert_int_eq(shmgr_counter_wait(counter, "?", 1, 0, NULL), -EINVAL);
        shmgr_counter_unref(counter);
}
END_TEST

START_TEST(test_daemon_that_was_restarted) {
        shmgr_counter *counter = make_counter("c");
        int64_t value;

        daemon_kill(&fixture);
        ck_assert_int_eq(shmgr_counter_get(counter, &value), -ECONNREFUSED);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(m), fixture.socket));
        daemon_restart(&fixture);
        /* The proxy was opened with create, so it makes the object again. */
        ok(shmgr_counter_get(counter, &value));
        ck_assert_int_eq(value, 0);
        shmgr_counter_unref(counter);
}
END_TEST

/* A call that was in progress when the daemon died is never sent again. */
START_TEST(test_call_in_flight_when_the_daemon_dies) {
        shmgr_counter *counter = make_counter("c");
        pid_t daemon = fixture.pid, pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                wait_for_waiters(1);
                kill(daemon, SIGKILL);
                _exit(0);
        }
        ck_assert_int_eq(shmgr_counter_wait(counter, "==", 1, SHMGR_FOREVER, NULL), -ECONNRESET);
        expect_exit(pid, 0);
        daemon_kill(&fixture);
        daemon_restart(&fixture);
        shmgr_counter_unref(counter);
}
END_TEST

START_TEST(test_no_daemon) {
        shmgr_manager *other;

        ok(shmgr_manager_open("/nonexistent/socket", &other));
        ck_assert_int_eq(shmgr_ping(other), -ENOENT);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(other), "/nonexistent/socket"));
        shmgr_manager_unref(other);
        char path[200];
        memset(path, 'x', sizeof(path));
        path[sizeof(path) - 1] = '\0';
        ck_assert_int_eq(shmgr_manager_open(path, &other), -ENAMETOOLONG);
}
END_TEST

START_TEST(test_batch) {
        struct json_object *result, *add = json_of("[\"c\",1]"), *absent = json_of("[\"absent\"]");
        shmgr_counter *counter = make_counter("c");
        shmgr_batch *batch;

        ok(shmgr_batch_new(m, _i, &batch));
        for (int i = 0; i < 900; i++)
                ck_assert_int_eq(shmgr_batch_add(batch, "counter.add", add), i);
        ok(shmgr_batch_add(batch, "counter.get", absent));
        ok(shmgr_batch_run(batch));
        for (int i = 0; i < 900; i++) {
                ok(shmgr_batch_result(batch, i, &result));
                ck_assert_int_eq(json_object_get_int64(result), i + 1);
                json_object_put(result);
        }
        ck_assert_int_eq(shmgr_batch_result(batch, 900, NULL), -ENOENT);
        ck_assert_int_eq(shmgr_batch_result(batch, 901, NULL), -EINVAL);
        ck_assert_int_eq(shmgr_batch_run(batch), -EALREADY);
        shmgr_batch_unref(batch);
        json_object_put(add);
        json_object_put(absent);
        shmgr_counter_unref(counter);
}
END_TEST

/* More calls than the sockets hold in both directions: neither side may wait for the other to
 * read. */
START_TEST(test_large_pipeline) {
        enum { N = 20000 };
        struct json_object *params = json_object_new_array(), *result;
        char *text = malloc(1001);
        shmgr_batch *batch;

        memset(text, 'x', 1000);
        text[1000] = '\0';
        shmgr_dict *dict;
        ok(shmgr_dict_open(m, "d", SHMGR_CREATE, NULL, &dict));
        ok(shmgr_dict_set_string(dict, "k", text));
        json_object_array_add(params, json_object_new_string("d"));
        json_object_array_add(params, json_object_new_string("k"));
        ok(shmgr_batch_new(m, SHMGR_BATCH_PIPELINE, &batch));
        for (int i = 0; i < N; i++)
                ok(shmgr_batch_add(batch, "dict.get", params));
        ok(shmgr_batch_run(batch));
        ok(shmgr_batch_result(batch, N - 1, &result));
        ck_assert_str_eq(json_object_get_string(result), text);
        json_object_put(result);
        json_object_put(params);
        shmgr_batch_unref(batch);
        shmgr_dict_unref(dict);
        free(text);
}
END_TEST

typedef struct Seen {
        int n, error;
        int64_t value;
} Seen;

static void on_answer(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                      void *userdata) {
        Seen *seen = userdata;

        seen->n++;
        seen->error = error;
        seen->value = error ? 0 : json_object_get_int64(result);
}

/* Runs the loop until n events were seen. */
static void run_loop(shmgr_loop *loop, const Seen *seen, int n) {
        while (seen->n < n) {
                struct pollfd p = {.fd = shmgr_loop_get_fd(loop),
                                   .events = (short)shmgr_loop_get_events(loop)};
                ck_assert_int_ge(poll(&p, 1, shmgr_loop_get_timeout(loop)), 0);
                ck_assert_int_ge(shmgr_loop_process(loop), 0);
        }
}

START_TEST(test_loop) {
        struct json_object *wait = json_of("[\"c\",\">=\",1]"), *add = json_of("[\"c\"]");
        shmgr_counter *counter = make_counter("c");
        Seen waited = {0}, added = {0}, cancelled = {0}, lost = {0};
        shmgr_loop *loop;
        uint64_t id;

        ok(shmgr_loop_new(m, &loop));
        ck_assert_int_eq(shmgr_loop_get_fd(loop), -ENOTCONN);
        ok(shmgr_loop_submit(loop, "counter.wait", wait, on_answer, &waited, NULL));
        json_object_put(wait);
        wait = json_of("[\"c\",\">=\",100]");
        ok(shmgr_loop_submit(loop, "counter.wait", wait, on_answer, &cancelled, &id));
        ok(shmgr_loop_submit(loop, "counter.add", add, on_answer, &added, NULL));
        run_loop(loop, &waited, 1);
        ck_assert(added.n == 1 && added.value == 1 && waited.value == 1 && cancelled.n == 0);
        ok(shmgr_loop_cancel(loop, id));
        run_loop(loop, &cancelled, 1);
        ck_assert_int_eq(cancelled.error, -ECANCELED);
        ck_assert_int_eq(shmgr_loop_cancel(loop, id), -ENOENT);

        ok(shmgr_loop_submit(loop, "counter.wait", wait, on_answer, &lost, NULL));
        ok(shmgr_loop_process(loop));
        daemon_kill(&fixture);
        run_loop(loop, &lost, 1);
        ck_assert_int_eq(lost.error, -ECONNRESET);
        ck_assert_int_eq(shmgr_loop_submit(loop, "counter.get", add, on_answer, &lost, NULL),
                         -ECONNREFUSED);
        run_loop(loop, &lost, 2);
        ck_assert_int_eq(lost.error, -ECONNREFUSED);
        daemon_restart(&fixture);
        ok(shmgr_loop_submit(loop, "server.ping", NULL, on_answer, &lost, NULL));
        run_loop(loop, &lost, 3);
        ck_assert_int_eq(lost.error, 0);

        pid_t pid = fork();
        if (pid == 0)
                _exit(shmgr_loop_submit(loop, "server.ping", NULL, NULL, NULL, NULL) == -ECHILD
                              ? 0
                              : 1);
        expect_exit(pid, 0);
        ok(shmgr_loop_submit(loop, "server.ping", NULL, on_answer, &lost, NULL));
        run_loop(loop, &lost, 4);
        json_object_put(wait);
        json_object_put(add);
        shmgr_loop_unref(loop);
        shmgr_counter_unref(counter);
}
END_TEST

/* An ephemeral object lives as long as a session of any process has it open. */
START_TEST(test_ephemeral_object_lives_in_the_child) {
        shmgr_list *list;
        int to_child[2];
        char byte, *name;

        ck_assert_int_eq(pipe(to_child), 0);
        ok(shmgr_list_open(m, NULL, 0, NULL, &list));
        name = strdup(shmgr_list_name(list));
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                close(to_child[1]);
                int r = shmgr_list_append_int64(list, 1);
                if (r == 0 && read(to_child[0], &byte, 1) == 0)
                        r = shmgr_list_append_int64(list, 2);
                _exit(r == 0 ? 0 : 1);
        }
        int64_t n = 0;
        for (int i = 0; i < 20000 && n == 0; i++)
                ok(shmgr_list_length(list, &n));
        shmgr_list_unref(list);
        close(to_child[1]);
        expect_exit(pid, 0);
        /* Then the object is deleted. */
        int r = 0;
        for (int i = 0; i < 20000 && r != -ENOENT; i++)
                r = shmgr_stat(m, name, NULL);
        ck_assert_int_eq(r, -ENOENT);
        free(name);
}
END_TEST

START_TEST(test_reference_brings_the_object) {
        struct json_object *reference, *value;
        shmgr_list *outer, *inner, *again;
        int64_t n;

        ok(shmgr_list_open(m, "outer", SHMGR_CREATE, NULL, &outer));
        ok(shmgr_list_open(m, NULL, 0, NULL, &inner));
        ok(shmgr_list_append_int64(inner, 5));
        reference = shmgr_reference_new(shmgr_list_name(inner));
        ok(shmgr_list_append(outer, reference));
        json_object_put(reference);
        shmgr_list_unref(inner);
        ok(shmgr_list_pop(outer, -1, &value));
        ok(shmgr_list_open(m, shmgr_reference_name(value), 0, NULL, &again));
        ok(shmgr_list_length(again, &n));
        ck_assert_int_eq(n, 1);
        json_object_put(value);
        shmgr_list_unref(again);
        shmgr_list_unref(outer);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("library");
        TCase *c = tcase_create("library");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_test(c, test_dict_in_all_forms);
        tcase_add_test(c, test_list_in_all_forms);
        tcase_add_test(c, test_group_by_name);
        tcase_add_test(c, test_group_by_name_after_a_restart);
        tcase_add_test(c, test_fifty_children_use_one_inherited_proxy);
        tcase_add_test(c, test_threads_share_a_proxy);
        tcase_add_test(c, test_fork_beside_busy_threads);
        tcase_add_test(c, test_killed_holder_frees_the_lock_and_the_next_is_told);
        tcase_add_test(c, test_forked_child_does_not_keep_a_dead_holders_lock);
        tcase_add_test(c, test_killed_waiter_never_gets_the_lock);
        tcase_add_test(c, test_child_of_a_holder_is_not_the_owner);
        tcase_add_test(c, test_thread_that_ends_gives_its_lock_back);
        tcase_add_test(c, test_guard_releases_at_the_end_of_the_scope);
        tcase_add_test(c, test_deadlock_of_two_processes_is_an_error_with_the_cycle);
        tcase_add_test(c, test_grant_to_a_pipeline_closes_a_cycle);
        tcase_add_loop_test(c, test_wait_goes_on_after_signals, 0, 2);
        tcase_add_loop_test(c, test_interrupted_call_leaves_no_answer_behind, 0, 2);
        tcase_add_test(c, test_timeouts);
        tcase_add_test(c, test_daemon_that_was_restarted);
        tcase_add_test(c, test_call_in_flight_when_the_daemon_dies);
        tcase_add_test(c, test_no_daemon);
        tcase_add_loop_test(c, test_batch, SHMGR_BATCH_ATOMIC, SHMGR_BATCH_PIPELINE + 1);
        tcase_add_test(c, test_large_pipeline);
        tcase_add_test(c, test_loop);
        tcase_add_test(c, test_ephemeral_object_lives_in_the_child);
        tcase_add_test(c, test_reference_brings_the_object);
        suite_add_tcase(suite, c);
        return suite;
}
