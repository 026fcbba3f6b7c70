/* The proxies of types that synchronise: rlock, rwlock, semaphore, event and barrier, with threads and
 * children. */
#include <errno.h>
#include <pthread.h>
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

/* Runs a function in a thread, which has a session of its own, and returns the function's result. */
typedef struct Job {
        int (*run)(void *object);
        void *object;
} Job;

static void *run_job(void *userdata) {
        const Job *job = userdata;

        return (void *)(intptr_t)job->run(job->object);
}

static int in_thread(int (*run)(void *object), void *object) {
        Job job = {.run = run, .object = object};
        pthread_t thread;
        void *r;

        ck_assert_int_eq(pthread_create(&thread, NULL, run_job, &job), 0);
        pthread_join(thread, &r);
        return (int)(intptr_t)r;
}

static void expect_exit(pid_t pid) {
        int status;

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with 0x%x",
                      (unsigned)status);
}

static int64_t member(struct json_object *object, const char *key) {
        return json_object_get_int64(json_object_object_get(object, key));
}

static int try_rlock(void *rlock) {
        return shmgr_rlock_acquire(rlock, 0, NULL);
}

static int release_rlock(void *rlock) {
        return shmgr_rlock_release(rlock);
}

START_TEST(test_rlock) {
        CLEANUP(json_putp) struct json_object *owner = NULL;
        shmgr_rlock *rlock;
        shmgr_grant grant, again;
        int locked;

        OPEN(rlock, &fixture, "{}", &rlock);
        ok(shmgr_rlock_owner(rlock, &owner));
        ck_assert_ptr_null(owner);
        ok(shmgr_rlock_acquire(rlock, SHMGR_FOREVER, &grant));
        ck_assert(!grant.owner_died);
        ok(shmgr_rlock_acquire(rlock, 0, &again));
        ck_assert_uint_eq(again.token, grant.token);
        ok(shmgr_rlock_owner(rlock, &owner));
        ck_assert_int_eq(member(owner, "n"), 2);
        ck_assert_int_eq(member(owner, "pid"), getpid());
        ck_assert_int_eq(in_thread(try_rlock, rlock), -EAGAIN);
        ck_assert_int_eq(in_thread(release_rlock, rlock), -EPERM);
        ok(shmgr_rlock_release(rlock));
        ok(shmgr_rlock_locked(rlock, &locked));
        ck_assert_int_eq(locked, 1);
        ok(shmgr_rlock_release(rlock));
        ck_assert_int_eq(shmgr_rlock_release(rlock), -EPERM);
        ck_assert_int_eq(shmgr_rlock_recover(rlock), -EINVAL);
        shmgr_rlock_unref(rlock);
}
END_TEST

START_TEST(test_rlock_that_is_poisoned) {
        shmgr_rlock *rlock;
        shmgr_grant grant;

        OPEN(rlock, &fixture, "{\"on_owner_death\":\"poison\"}", &rlock);
        ck_assert_int_eq(in_thread(try_rlock, rlock), 0); /* the thread ends with the lock held */
        ck_assert_int_eq(shmgr_rlock_acquire(rlock, 20000, &grant), -ENOTRECOVERABLE);
        ck_assert_ptr_nonnull(json_object_object_get(shmgr_manager_error_data(m), "owner_died"));
        ok(shmgr_rlock_recover(rlock));
        ok(shmgr_rlock_acquire(rlock, 0, &grant));
        ck_assert(!grant.owner_died);
        shmgr_rlock_unref(rlock);
}
END_TEST

/* Numbers of threads are used again; the session tells which thread owned the lock. */
START_TEST(test_thread_that_ended_is_never_mistaken_for_another) {
        shmgr_rlock *rlock;

        OPEN(rlock, &fixture, "{\"on_owner_death\":\"poison\"}", &rlock);
        for (int i = 0; i < 100; i++) {
                ck_assert_int_eq(in_thread(try_rlock, rlock), 0);
                ck_assert_int_eq(in_thread(release_rlock, rlock), -EPERM);
                ck_assert_int_eq(shmgr_rlock_acquire(rlock, 20000, NULL), -ENOTRECOVERABLE);
                ok(shmgr_rlock_recover(rlock));
        }
        shmgr_rlock_unref(rlock);
}
END_TEST

static int try_read(void *rwlock) {
        return shmgr_rwlock_acquire_read(rwlock, 0, NULL);
}

static int try_write(void *rwlock) {
        return shmgr_rwlock_acquire_write(rwlock, 0, NULL);
}

START_TEST(test_rwlock) {
        CLEANUP(json_putp) struct json_object *owners = NULL;
        shmgr_rwlock *rwlock;
        shmgr_grant first, grant;
        int locked;

        OPEN(rwlock, &fixture, "{}", &rwlock);
        ok(shmgr_rwlock_acquire_read(rwlock, SHMGR_FOREVER, &first));
        ck_assert_int_eq(in_thread(try_read, rwlock), 0);
        ck_assert_int_eq(in_thread(try_write, rwlock), -EAGAIN);
        ok(shmgr_rwlock_acquire_write(rwlock, 20000,
                                      &grant)); /* acquires once the thread's session has ended */
        ck_assert_uint_eq(grant.token, first.token + 2);
        ck_assert_int_eq(in_thread(try_read, rwlock), -EAGAIN);
        ok(shmgr_rwlock_owners(rwlock, &owners));
        ck_assert_uint_eq(json_object_array_length(owners), 1);
        ck_assert_str_eq(json_object_get_string(json_object_object_get(
                                 json_object_array_get_idx(owners, 0), "mode")),
                         "write");
        ok(shmgr_rwlock_downgrade(rwlock));
        ck_assert_int_eq(in_thread(try_read, rwlock), 0);
        ck_assert_int_eq(shmgr_rwlock_downgrade(rwlock), -EPERM);
        ok(shmgr_rwlock_release(rwlock));
        ok(shmgr_rwlock_release(rwlock));
        ck_assert_int_eq(shmgr_rwlock_release(rwlock), -EPERM);
        ck_assert_int_eq(shmgr_rwlock_recover(rwlock), -EINVAL);
        ok(shmgr_rwlock_acquire_write(rwlock, 20000, NULL));
        ok(shmgr_rwlock_locked(rwlock, &locked));
        ck_assert_int_eq(locked, 1);
        shmgr_rwlock_unref(rwlock);
}
END_TEST

static int take_two(void *semaphore) {
        return shmgr_semaphore_acquire(semaphore, 2, 0);
}

START_TEST(test_semaphore) {
        shmgr_semaphore *semaphore;
        int64_t value;

        OPEN(semaphore, &fixture, "{\"value\":3,\"bounded\":true}", &semaphore);
        ok(shmgr_semaphore_acquire(semaphore, 2, SHMGR_FOREVER));
        ok(shmgr_semaphore_value(semaphore, &value));
        ck_assert_int_eq(value, 1);
        ck_assert_int_eq(in_thread(take_two, semaphore), -EAGAIN);
        ok(shmgr_semaphore_release(semaphore, 1));
        ck_assert_int_eq(in_thread(take_two, semaphore), 0);
        ck_assert_int_eq(shmgr_semaphore_acquire(semaphore, 1, 20), -ETIMEDOUT);
        ok(shmgr_semaphore_release(semaphore, 3));
        ck_assert_int_eq(shmgr_semaphore_release(semaphore, 1), -EOVERFLOW);
        ck_assert_int_eq(shmgr_semaphore_acquire(semaphore, 4, 0), -EINVAL);
        ck_assert_int_eq(shmgr_semaphore_acquire(semaphore, 0, 0), -EINVAL);
        shmgr_semaphore_unref(semaphore);
}
END_TEST

START_TEST(test_permits_of_a_thread_that_ended) {
        shmgr_semaphore *semaphore;

        OPEN(semaphore, &fixture, "{\"value\":2,\"owned\":true}", &semaphore);
        ck_assert_int_eq(in_thread(take_two, semaphore), 0);
        ok(shmgr_semaphore_acquire(semaphore, 2, 20000));
        ck_assert_int_eq(shmgr_semaphore_release(semaphore, 3), -EPERM);
        shmgr_semaphore_unref(semaphore);
}
END_TEST

START_TEST(test_event_between_processes) {
        shmgr_event *event, *answer;
        int is_set;

        ok(shmgr_event_open(m, "event", SHMGR_CREATE, NULL, &event));
        ok(shmgr_event_open(m, "answer", SHMGR_CREATE, NULL, &answer));
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
                _exit(shmgr_event_wait(event, SHMGR_FOREVER) == 0 && shmgr_event_set(answer) == 0
                              ? 0
                              : 1);
        ok(shmgr_event_is_set(event, &is_set));
        ck_assert_int_eq(is_set, 0);
        ck_assert_int_eq(shmgr_event_wait(answer, 0), -EAGAIN);
        ck_assert_int_eq(shmgr_event_wait(answer, 10), -ETIMEDOUT);
        ok(shmgr_event_set(event));
        ok(shmgr_event_wait(answer, 60000));
        expect_exit(pid);
        ok(shmgr_event_clear(event));
        ok(shmgr_event_is_set(event, &is_set));
        ck_assert_int_eq(is_set, 0);
        shmgr_event_unref(event);
        shmgr_event_unref(answer);
}
END_TEST

enum { N_PARTIES = 4, N_ROUNDS = 20 };

static int meet_often(void *barrier) {
        int64_t index, sum = 0;

        for (int i = 0; i < N_ROUNDS; i++) {
                int r = shmgr_barrier_wait(barrier, 60000, &index);
                if (r < 0)
                        return r;
                if (index < 0 || index >= N_PARTIES)
                        return -ERANGE;
                sum += INT64_C(1) << (8 * index);
        }
        return (int)sum;
}

/* Each index is returned once a round, to any of the callers. */
START_TEST(test_barrier) {
        Job job = {.run = meet_often};
        pthread_t threads[N_PARTIES];
        shmgr_barrier *barrier;
        int64_t sum = 0, n;
        int broken;
        void *r;

        OPEN(barrier, &fixture, "{\"parties\":4}", &barrier);
        job.object = barrier;
        for (int i = 0; i < N_PARTIES; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, run_job, &job), 0);
        for (int i = 0; i < N_PARTIES; i++) {
                pthread_join(threads[i], &r);
                sum += (int)(intptr_t)r;
        }
        ck_assert_int_eq(sum, N_ROUNDS * INT64_C(0x01010101));
        ok(shmgr_barrier_parties(barrier, &n));
        ck_assert_int_eq(n, N_PARTIES);
        ok(shmgr_barrier_waiting(barrier, &n));
        ck_assert_int_eq(n, 0);
        ck_assert_int_eq(shmgr_barrier_wait(barrier, 0, NULL), -EAGAIN);
        ck_assert_int_eq(shmgr_barrier_wait(barrier, 10, NULL), -ETIMEDOUT);
        ok(shmgr_barrier_broken(barrier, &broken));
        ck_assert_int_eq(broken, 1);
        ck_assert_int_eq(shmgr_barrier_wait(barrier, SHMGR_FOREVER, NULL), -EPIPE);
        ck_assert_str_eq(
                json_object_get_string(json_object_object_get(shmgr_manager_error_data(m), "why")),
                "timeout");
        ok(shmgr_barrier_reset(barrier));
        ok(shmgr_barrier_broken(barrier, &broken));
        ck_assert_int_eq(broken, 0);
        ok(shmgr_barrier_abort(barrier));
        ck_assert_int_eq(shmgr_barrier_wait(barrier, SHMGR_FOREVER, NULL), -EPIPE);
        shmgr_barrier_unref(barrier);
}
END_TEST

static int guarded_value(shmgr_semaphore *semaphore) {
        __attribute__((cleanup(shmgr_semaphore_guardp))) shmgr_semaphore *guard =
                shmgr_semaphore_guard(semaphore);
        int64_t value = -1;

        return guard && shmgr_semaphore_value(semaphore, &value) == 0 ? (int)value : -1;
}

static int guarded_rlock(shmgr_rlock *rlock) {
        __attribute__((cleanup(shmgr_rlock_guardp))) shmgr_rlock *guard = shmgr_rlock_guard(rlock);
        __attribute__((cleanup(shmgr_rlock_guardp))) shmgr_rlock *again = shmgr_rlock_guard(rlock);

        return guard && again ? in_thread(try_rlock, rlock) : -1;
}

static int guarded_reading(shmgr_rwlock *rwlock) {
        __attribute__((cleanup(shmgr_rwlock_guardp))) shmgr_rwlock *guard =
                shmgr_rwlock_guard_read(rwlock);

        return guard ? in_thread(try_write, rwlock) : -1;
}

static int guarded_writing(shmgr_rwlock *rwlock) {
        __attribute__((cleanup(shmgr_rwlock_guardp))) shmgr_rwlock *guard =
                shmgr_rwlock_guard_write(rwlock);

        return guard ? in_thread(try_read, rwlock) : -1;
}

/* A guard releases at the end of its scope, in whatever way that is left. */
START_TEST(test_guards) {
        shmgr_semaphore *semaphore;
        shmgr_rwlock *rwlock;
        shmgr_rlock *rlock;
        int64_t value;

        ok(shmgr_semaphore_open(m, "s", SHMGR_CREATE, NULL, &semaphore));
        ok(shmgr_rlock_open(m, "r", SHMGR_CREATE, NULL, &rlock));
        ok(shmgr_rwlock_open(m, "w", SHMGR_CREATE, NULL, &rwlock));
        ck_assert_int_eq(guarded_value(semaphore), 0);
        ok(shmgr_semaphore_value(semaphore, &value));
        ck_assert_int_eq(value, 1);
        ck_assert_int_eq(guarded_rlock(rlock), -EAGAIN);
        ck_assert_int_eq(in_thread(try_rlock, rlock), 0);
        ck_assert_int_eq(guarded_reading(rwlock), -EAGAIN);
        ck_assert_int_eq(guarded_writing(rwlock), -EAGAIN);
        ck_assert_int_eq(in_thread(try_write, rwlock), 0);
        shmgr_semaphore_unref(semaphore);
        shmgr_rlock_unref(rlock);
        shmgr_rwlock_unref(rwlock);
}
END_TEST

/* A guard that failed to acquire releases nothing, and stores the error. */
START_TEST(test_guard_of_what_is_gone) {
        __attribute__((cleanup(shmgr_rlock_guardp))) shmgr_rlock *guard = NULL;
        CLEANUP(shmgr_rlock_unrefp) shmgr_rlock *rlock = NULL;

        OPEN(rlock, &fixture, "{}", &rlock);
        ok(shmgr_delete(m, "o"));
        guard = shmgr_rlock_guard(rlock);
        ck_assert_ptr_null(guard);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(m), "no object"));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-sync");
        TCase *c = tcase_create("lib-sync");

        tcase_set_timeout(c, 120);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_test(c, test_rlock);
        tcase_add_test(c, test_rlock_that_is_poisoned);
        tcase_add_test(c, test_thread_that_ended_is_never_mistaken_for_another);
        tcase_add_test(c, test_rwlock);
        tcase_add_test(c, test_semaphore);
        tcase_add_test(c, test_permits_of_a_thread_that_ended);
        tcase_add_test(c, test_event_between_processes);
        tcase_add_test(c, test_barrier);
        tcase_add_test(c, test_guards);
        tcase_add_test(c, test_guard_of_what_is_gone);
        suite_add_tcase(suite, c);
        return suite;
}
