/* Threads that are cancelled within the library: no lock of the library stays locked, no call stays parked in
 * the daemon, and what the thread held is released. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/daemon-fixture.h"
#include "sanitized.h"
#include "tap-main.h"

static Daemon fixture;
static shmgr_manager *m;
static shmgr_event *event;
static shmgr_lock *lock;
static shmgr_connection *reader, *writer;
static _Atomic pid_t tid;
static int n_released, release_result;

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

static void setup(void) {
        int ends[2];

        daemon_start(&fixture);
        m = fixture.manager;
        n_released = release_result = 0;
        ok(shmgr_event_open(m, "e", SHMGR_CREATE, NULL, &event));
        ok(shmgr_lock_open(m, "l", SHMGR_CREATE, NULL, &lock));
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        ck_assert_int_eq(shmgr_connection_from_fd(ends[0], 0, &reader), 0);
        ck_assert_int_eq(shmgr_connection_from_fd(ends[1], 0, &writer), 0);
}

static void teardown(void) {
        shmgr_connection_unref(reader);
        shmgr_connection_unref(writer);
        shmgr_lock_unref(lock);
        shmgr_event_unref(event);
        daemon_stop(&fixture);
}

/* Waits until the thread sleeps in the kernel. In /proc the state stands behind the name, which is in brackets. */
static void await_sleep(pid_t thread) {
        char path[64], line[256] = "";
        const char *state;

        snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)thread);
        do {
                FILE *file = fopen(path, "re");
                ck_assert_ptr_nonnull(file);
                ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
                fclose(file);
                state = strrchr(line, ')');
        } while (!state || state[2] != 'S');
}

typedef struct Thread {
        pthread_t id;
        void (*block)(void);
        bool marks; /* block() calls mark() itself */
} Thread;

/* Records the thread; its next system call blocks. */
static void mark(void) {
        tid = (pid_t)syscall(SYS_gettid);
}

static void *run(void *arg) {
        const Thread *thread = arg;

        if (!thread->marks)
                mark();
        thread->block();
        return NULL;
}

static void begin_at(Thread *thread, void (*block)(void), bool marks) {
        *thread = (Thread){.block = block, .marks = marks};
        tid = 0;
        ck_assert_int_eq(pthread_create(&thread->id, NULL, run, thread), 0);
        while (tid == 0)
                sched_yield();
        await_sleep(tid);
}

static void begin(Thread *thread, void (*block)(void)) {
        begin_at(thread, block, false);
}

static void cancel(const Thread *thread) {
        void *result;

        ck_assert_int_eq(pthread_cancel(thread->id), 0);
        ck_assert_int_eq(pthread_join(thread->id, &result), 0);
        ck_assert_ptr_eq(result, PTHREAD_CANCELED);
}

static void wait_for_event(void) {
        ok(shmgr_event_wait(event, SHMGR_FOREVER));
}

static void acquire(void) {
        release_result = shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL);
}

static int never(void *userdata) {
        return 0;
}

static void wait_with_interrupt(void) {
        shmgr_manager *other;

        ok(shmgr_manager_open(NULL, &other));
        shmgr_manager_set_interrupt(other, never, NULL);
        struct json_object *params = json_of("[\"e\"]");
        shmgr_call(other, "event.wait", params, NULL);
}

static void run_batch(int mode) {
        struct json_object *params = json_of("[\"e\"]");
        shmgr_batch *batch;

        ok(shmgr_batch_new(m, mode, &batch));
        ok(shmgr_batch_add(batch, "event.wait", params));
        shmgr_batch_run(batch);
}

static void run_pipeline(void) {
        run_batch(SHMGR_BATCH_PIPELINE);
}

static void receive(void) {
        void *data;

        shmgr_connection_recv_bytes(reader, -1, &data, NULL);
}

static void receive_into(void) {
        char data[64];

        shmgr_connection_recv_bytes_into(reader, data, sizeof(data), 0, NULL);
}

static void skip(void) {
        shmgr_connection_skip(reader);
}

static void poll_connection(void) {
        shmgr_connection_poll(reader, SHMGR_FOREVER);
}

static void wait_for_connections(void) {
        int ready[1];

        shmgr_connection_wait(&reader, 1, SHMGR_FOREVER, ready);
}

/* Asserts after each cancellation that nothing of the thread is left, in the library and in the daemon. */
static void expect_nothing_left(void) {
        struct json_object *stats, *waits;
        int64_t n;

        do {
                ok(shmgr_call(m, "server.stats", NULL, &stats));
                ck_assert_int_eq(json_object_object_get_ex(stats, "waits", &waits), 1);
                n = json_object_get_int64(waits);
                json_object_put(stats);
        } while (n > 0);
        ck_assert_int_eq(shmgr_connection_send_bytes(writer, "whole", 5, 0, -1), 0);
        char data[8] = "";
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(reader, data, 8, 0, NULL), 0);
        ck_assert_str_eq(data, "whole");
}

static const struct {
        const char *name;
        void (*block)(void);
} places[] = {
        {"call", wait_for_event},
        {"call with an interrupt function", wait_with_interrupt},
        {"lock", acquire},
        {"pipeline", run_pipeline},
        {"recv_bytes", receive},
        {"recv_bytes_into", receive_into},
        {"skip", skip},
        {"poll", poll_connection},
        {"wait", wait_for_connections},
};

START_TEST(test_every_place_that_blocks) {
        Thread thread;

        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL));
        begin(&thread, places[_i].block);
        cancel(&thread);
        expect_nothing_left();
        ok(shmgr_lock_release(lock));
        ok(shmgr_lock_acquire(lock, 0, NULL));
}
END_TEST

/* One thread receives, and the others wait for their turn. */
START_TEST(test_turn_of_a_connection) {
        Thread first, second, third;

        begin(&first, receive);
        begin(&second, receive);
        begin(&third, receive_into);
        cancel(&second);
        cancel(&first);
        cancel(&third);
        expect_nothing_left();
}
END_TEST

/* A pending cancellation takes no effect in calls that must complete. */
static void unref_while_pending(void) {
        shmgr_manager *other;
        shmgr_connection *first, *second;

        ok(shmgr_manager_open(NULL, &other));
        ok(shmgr_ping(other));
        ok(shmgr_pipe_pair(other, 0, &first, &second));
        pthread_cancel(pthread_self());
        shmgr_connection_unref(first);
        shmgr_connection_unref(second);
        shmgr_manager_unref(other);
        n_released++;
        pthread_testcancel();
}

START_TEST(test_pending_while_references_are_given_back) {
        Thread thread = {.block = unref_while_pending};
        void *result;

        ck_assert_int_eq(pthread_create(&thread.id, NULL, run, &thread), 0);
        ck_assert_int_eq(pthread_join(thread.id, &result), 0);
        ck_assert_ptr_eq(result, PTHREAD_CANCELED);
        ck_assert_int_eq(n_released, 1);
        expect_nothing_left();
}
END_TEST

static void release(void *arg) {
        release_result = shmgr_lock_release(lock);
        n_released++;
}

/* The thread's own cleanup handlers can still release what it holds. */
static void hold_and_wait(void) {
        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL));
        pthread_cleanup_push(release, NULL);
        mark();
        wait_for_event();
        pthread_cleanup_pop(0);
}

START_TEST(test_cleanup_handler_that_calls) {
        shmgr_grant grant;
        Thread thread;

        begin_at(&thread, hold_and_wait, true);
        cancel(&thread);
        ck_assert_int_eq(n_released, 1);
        ck_assert_int_eq(release_result, 0);
        ok(shmgr_lock_acquire(lock, 0, &grant));
        ck_assert_int_eq(grant.owner_died, 0);
}
END_TEST

static void hold_and_forget(void) {
        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL));
        mark();
        wait_for_event();
}

START_TEST(test_what_was_held_is_released) {
        shmgr_grant grant;
        Thread thread;

        begin_at(&thread, hold_and_forget, true);
        cancel(&thread);
        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, &grant));
        ck_assert_int_eq(grant.owner_died, 1);
}
END_TEST

enum { LARGE = 4 << 20 };

static void send_large(void) {
        char *data = malloc(LARGE);

        memset(data, 'x', LARGE);
        pthread_cleanup_push(free, data);
        shmgr_connection_send_bytes(writer, data, LARGE, 0, -1);
        pthread_cleanup_pop(1);
}

static void *flush_writer(void *arg) {
        ck_assert_int_eq(shmgr_connection_flush(writer), 0);
        return NULL;
}

/* A message that was begun stays whole: the next call sends the rest. */
START_TEST(test_in_the_middle_of_sending) {
        Thread thread;
        pthread_t flusher;
        char *data;
        size_t n;

        begin(&thread, send_large);
        cancel(&thread);
        ck_assert_int_eq(pthread_create(&flusher, NULL, flush_writer, NULL), 0);
        ck_assert_int_eq(shmgr_connection_recv_bytes(reader, -1, (void **)&data, &n), 0);
        ck_assert_int_eq(pthread_join(flusher, NULL), 0);
        ck_assert_uint_eq(n, LARGE);
        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(data[i], 'x');
        free(data);
        expect_nothing_left();
}
END_TEST

static void (*const receivers[])(void) = {receive, receive_into};

/* The next call receives the whole message. */
START_TEST(test_in_the_middle_of_receiving) {
        Thread thread;
        char data[64] = "";
        size_t n;

        int fd = shmgr_connection_fileno(writer);
        ck_assert_int_eq(write(fd, "\0\0\0\10half", 8), 8);
        begin(&thread, receivers[_i]);
        cancel(&thread);
        ck_assert_int_eq(write(fd, "rest", 4), 4);
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(reader, data, 64, 0, &n), 0);
        ck_assert_uint_eq(n, 8);
        ck_assert_str_eq(data, "halfrest");
        expect_nothing_left();
}
END_TEST

static void cancel_here(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                        void *userdata) {
        pthread_cancel(pthread_self());
        pthread_testcancel();
}

static shmgr_loop *loop;

static void process_loop(void) {
        for (;;)
                ok(shmgr_loop_process(loop));
}

static void count_call(shmgr_loop *of, int error, struct json_object *result, const char *text,
                       void *userdata) {
        ++*(int *)userdata;
}

START_TEST(test_in_a_callback_of_a_loop) {
        Thread thread = {.block = process_loop};
        void *result;
        int n = 0;

        ok(shmgr_loop_new(m, &loop));
        ok(shmgr_loop_submit(loop, "server.ping", NULL, cancel_here, NULL, NULL));
        ck_assert_int_eq(pthread_create(&thread.id, NULL, run, &thread), 0);
        ck_assert_int_eq(pthread_join(thread.id, &result), 0);
        ck_assert_ptr_eq(result, PTHREAD_CANCELED);
        ok(shmgr_loop_submit(loop, "server.ping", NULL, count_call, &n, NULL));
        while (n == 0)
                ok(shmgr_loop_process(loop));
        shmgr_loop_unref(loop);
        expect_nothing_left();
}
END_TEST

static int cancel_in_question(void *userdata) {
        pthread_cancel(pthread_self());
        pthread_testcancel();
        return 0;
}

static void call_again(void *manager) {
        release_result = shmgr_ping(manager);
        n_released++;
}

static void be_cancelled_in_question(void) {
        struct json_object *params = json_of("[\"e\"]");
        shmgr_manager *other;

        ok(shmgr_manager_open(NULL, &other));
        pthread_cleanup_push(call_again, other);
        shmgr_manager_set_interrupt(other, cancel_in_question, NULL);
        shmgr_call(other, "event.wait", params, NULL);
        pthread_cleanup_pop(0);
}

START_TEST(test_in_the_interrupt_function) {
        Thread thread = {.block = be_cancelled_in_question};
        void *result;

        ck_assert_int_eq(pthread_create(&thread.id, NULL, run, &thread), 0);
        ck_assert_int_eq(pthread_join(thread.id, &result), 0);
        ck_assert_ptr_eq(result, PTHREAD_CANCELED);
        ck_assert_int_eq(n_released, 1);
        ck_assert_int_eq(release_result, 0);
        expect_nothing_left();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-cancel");
        TCase *c = tcase_create("lib-cancel");

        /* The stack checks of the address sanitizer report the unwinding of a cancelled thread as an error. */
        if (IS_ADDRESS_SANITIZED) {
                say_skipped("threads cannot be cancelled under the address sanitizer");
                suite_add_tcase(suite, c);
                return suite;
        }
        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_loop_test(c, test_every_place_that_blocks, 0,
                            (int)(sizeof(places) / sizeof(places[0])));
        /* The thread sanitizer takes a mutex for locked after its waiter was cancelled. */
        if (IS_THREAD_SANITIZED)
                say_skipped("a thread cannot be cancelled in a wait for a turn");
        else
                tcase_add_test(c, test_turn_of_a_connection);
        tcase_add_test(c, test_pending_while_references_are_given_back);
        tcase_add_test(c, test_cleanup_handler_that_calls);
        tcase_add_test(c, test_what_was_held_is_released);
        tcase_add_test(c, test_in_the_middle_of_sending);
        tcase_add_loop_test(c, test_in_the_middle_of_receiving, 0, 2);
        tcase_add_test(c, test_in_a_callback_of_a_loop);
        tcase_add_test(c, test_in_the_interrupt_function);
        suite_add_tcase(suite, c);
        return suite;
}
