/* Callbacks may call the library, drop references, cancel, and fork. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/daemon-fixture.h"
#include "sanitized.h"
#include "tap-main.h"

static Daemon fixture;
static shmgr_manager *m;
static shmgr_event *event;
static shmgr_batch *batch;
static volatile sig_atomic_t n_signals, n_masks;
static volatile int nested;
static int n_calls, n_dropped;

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

static void setup(void) {
        daemon_start(&fixture);
        m = fixture.manager;
        n_signals = n_masks = 0;
        nested = 1;
        n_calls = n_dropped = 0;
        ok(shmgr_event_open(m, "e", SHMGR_CREATE, NULL, &event));
}

static void teardown(void) {
        shmgr_event_unref(event);
        daemon_stop(&fixture);
}

/* ---- The function of shmgr_manager_set_interrupt() */

static int call_the_same(void *userdata) {
        if (nested != 1)
                return 0;
        nested = shmgr_event_set(event);
        return 1;
}

START_TEST(test_call_from_the_interrupt_function) {
        shmgr_manager_set_interrupt(m, call_the_same, NULL);
        ck_assert_int_eq(shmgr_event_wait(event, SHMGR_FOREVER), -EINTR);
        ck_assert_int_eq(nested, -EBUSY);
        ok(shmgr_event_set(event));
        ok(shmgr_event_wait(event, SHMGR_FOREVER));
}
END_TEST

static int open_the_same(void *userdata) {
        shmgr_connection *first, *second;
        shmgr_batch *inner;
        shmgr_dict *dict;

        if (nested != 1)
                return 0;
        ok(shmgr_batch_new(m, SHMGR_BATCH_ATOMIC, &inner));
        ok(shmgr_batch_add(inner, "server.ping", NULL));
        ck_assert_int_eq(shmgr_batch_run(inner), -EBUSY);
        shmgr_batch_unref(inner);
        ck_assert_int_eq(shmgr_dict_open(m, "d", SHMGR_CREATE, NULL, &dict), -EBUSY);
        ck_assert_int_eq(shmgr_pipe_pair(m, 0, &first, &second), -EBUSY);
        nested = shmgr_ping(m);
        return 1;
}

/* The interrupt function makes each kind of call, from within a call and from within a pipeline. */
START_TEST(test_calls_of_all_kinds_from_the_interrupt_function) {
        struct json_object *params = json_of("[\"e\"]");

        shmgr_manager_set_interrupt(m, open_the_same, NULL);
        if (_i == 0) {
                ck_assert_int_eq(shmgr_event_wait(event, SHMGR_FOREVER), -EINTR);
        } else {
                ok(shmgr_batch_new(m, SHMGR_BATCH_PIPELINE, &batch));
                ok(shmgr_batch_add(batch, "event.wait", params));
                ok(shmgr_batch_run(batch));
                ck_assert_int_eq(shmgr_batch_result(batch, 0, NULL), -ECANCELED);
                shmgr_batch_unref(batch);
        }
        ck_assert_int_eq(nested, -EBUSY);
        json_object_put(params);
        ok(shmgr_ping(m));
}
END_TEST

/* The calls of another manager have a session of their own. */
static int call_another(void *other) {
        struct json_object *params = json_of("[\"e\"]");

        if (nested == 1)
                nested = shmgr_call(other, "event.set", params, NULL);
        json_object_put(params);
        return 0;
}

START_TEST(test_call_of_another_manager_from_the_interrupt_function) {
        shmgr_manager *other;

        ok(shmgr_manager_open(NULL, &other));
        shmgr_manager_set_interrupt(m, call_another, other);
        ok(shmgr_event_wait(event, SHMGR_FOREVER));
        ck_assert_int_eq(nested, 0);
        shmgr_manager_set_interrupt(m, NULL, NULL);
        shmgr_manager_unref(other);
}
END_TEST

static int unref_dict(void *dict) {
        if (nested == 1)
                shmgr_dict_unref(dict);
        nested = 0;
        return 1;
}

/* The interrupt function drops a proxy; the next call closes its object. */
START_TEST(test_proxy_that_goes_in_the_interrupt_function) {
        shmgr_dict *dict;

        ok(shmgr_dict_open(m, NULL, SHMGR_CREATE, NULL, &dict));
        char *name = strdup(shmgr_dict_name(dict));
        shmgr_manager_set_interrupt(m, unref_dict, dict);
        ck_assert_int_eq(shmgr_event_wait(event, SHMGR_FOREVER), -EINTR);
        ok(shmgr_ping(m));
        ck_assert_int_eq(shmgr_dict_open(m, name, 0, NULL, &dict), -ENOENT);
        free(name);
}
END_TEST

static int unref_manager(void *manager) {
        if (nested == 1)
                shmgr_manager_unref(manager);
        nested = 0;
        return 1;
}

START_TEST(test_manager_that_goes_in_its_interrupt_function) {
        struct json_object *params = json_of("[\"e\"]");
        shmgr_manager *other;

        ok(shmgr_manager_open(NULL, &other));
        shmgr_manager_set_interrupt(other, unref_manager, other);
        ck_assert_int_eq(shmgr_call(other, "event.wait", params, NULL), -EINTR);
        json_object_put(params);
        ok(shmgr_ping(m));
}
END_TEST

static int unref_batch(void *userdata) {
        batch = shmgr_batch_unref(batch);
        return 1;
}

START_TEST(test_batch_that_goes_while_it_runs) {
        struct json_object *params = json_of("[\"e\"]");

        ok(shmgr_batch_new(m, SHMGR_BATCH_PIPELINE, &batch));
        ok(shmgr_batch_add(batch, "event.wait", params));
        shmgr_manager_set_interrupt(m, unref_batch, NULL);
        ok(shmgr_batch_run(batch));
        json_object_put(params);
        ok(shmgr_ping(m));
}
END_TEST

/* ---- Signals */

/* Returns whether this thread's mask is the program's, plus, within a handler, the handled signal. */
static bool is_own_mask(int own) {
        sigset_t mask;

        sigprocmask(SIG_BLOCK, NULL, &mask);
        for (int i = 1; i < 32; i++)
                if (sigismember(&mask, i) != (i == own || i == SIGUSR2))
                        return false;
        return true;
}

/* Returns whether a child that is forked here dies of SIGTERM. */
static bool has_child_that_ends(void) {
        int status;
        pid_t pid = fork();

        if (pid == 0) {
                execl("/bin/sh", "sh", "-c", "kill -TERM $$; exit 0", (char *)NULL);
                _exit(127);
        }
        return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
               WTERMSIG(status) == SIGTERM;
}

static void on_alarm(int number) {
        n_masks += is_own_mask(number) && has_child_that_ends();
        n_signals++;
}

static int is_rung(void *userdata) {
        if (n_signals > 0)
                n_masks += is_own_mask(0) && has_child_that_ends();
        return n_signals > 0;
}

/* Arms the timer, and blocks SIGUSR2, which must stay blocked. */
static void ring_soon(void) {
        const struct sigaction action = {.sa_handler = on_alarm};
        const struct itimerval soon = {.it_value.tv_usec = 20000};
        sigset_t blocked;

        sigaction(SIGALRM, &action, NULL);
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGUSR2);
        sigprocmask(SIG_SETMASK, &blocked, NULL);
        ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
}

START_TEST(test_mask_in_handlers_and_in_the_interrupt_function) {
        shmgr_manager_set_interrupt(m, is_rung, NULL);
        ring_soon();
        ck_assert_int_eq(shmgr_event_wait(event, SHMGR_FOREVER), -EINTR);
        ck_assert_int_eq(n_signals, 1);
        ck_assert_int_eq(n_masks, 2);
}
END_TEST

static void *drain(void *fd) {
        char data[4096];

        while (n_signals == 0)
                sched_yield();
        while (read(*(int *)fd, data, sizeof(data)) > 0)
                ;
        return NULL;
}

/* The handler runs while a sender waits for room in a pipe. */
START_TEST(test_mask_in_a_handler_while_a_connection_sends) {
        enum { SIZE = 1 << 20 };
        shmgr_connection *writer;
        pthread_t thread;
        int ends[2];
        char *data = calloc(1, SIZE);

        ck_assert_int_eq(pipe(ends), 0);
        ck_assert_int_eq(shmgr_connection_from_fd(ends[1], 0, &writer), 0);
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        ck_assert_int_eq(pthread_create(&thread, NULL, drain, &ends[0]), 0);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        ring_soon();
        for (int i = 0; i < 4; i++)
                ck_assert_int_eq(shmgr_connection_send_bytes(writer, data, SIZE, 0, -1), 0);
        shmgr_connection_unref(writer);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_int_eq(n_masks, 1);
        close(ends[0]);
        free(data);
}
END_TEST

/* ---- Loops */

static void count_dropped(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                          void *userdata) {
        n_dropped++;
}

static void unref_loop(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                       void *userdata) {
        n_calls++;
        shmgr_loop_unref(loop);
}

/* The loop drops the calls that are left without calling back. */
static void process_until_called(shmgr_loop *loop) {
        while (n_calls == 0) {
                struct pollfd p = {.fd = shmgr_loop_get_fd(loop),
                                   .events = (short)shmgr_loop_get_events(loop)};
                poll(&p, 1, shmgr_loop_get_timeout(loop));
                ok(shmgr_loop_process(loop));
        }
        ck_assert_int_eq(n_calls, 1);
        ck_assert_int_eq(n_dropped, 0);
        ok(shmgr_ping(m));
}

START_TEST(test_loop_that_goes_in_a_callback) {
        shmgr_loop *loop;

        ok(shmgr_loop_new(m, &loop));
        ok(shmgr_loop_submit(loop, "server.ping", NULL, unref_loop, NULL, NULL));
        for (int i = 0; i < 10; i++)
                ok(shmgr_loop_submit(loop, "server.ping", NULL, count_dropped, NULL, NULL));
        process_until_called(loop);
}
END_TEST

/* The last reference to the loop is dropped in a callback that reports the loss of the daemon. */
START_TEST(test_loop_that_goes_when_the_daemon_is_lost) {
        struct json_object *params = json_of("[\"e\"]");
        shmgr_loop *loop;

        ok(shmgr_loop_new(m, &loop));
        ok(shmgr_loop_submit(loop, "event.wait", params, unref_loop, NULL, NULL));
        for (int i = 0; i < 10; i++)
                ok(shmgr_loop_submit(loop, "event.wait", params, count_dropped, NULL, NULL));
        json_object_put(params);
        ok(shmgr_loop_process(loop));
        daemon_kill(&fixture);
        daemon_restart(&fixture);
        process_until_called(loop);
}
END_TEST

static void unref_on_notification(shmgr_loop *loop, const char *method, struct json_object *params,
                                  void *userdata) {
        n_calls++;
        shmgr_loop_unref(loop);
}

START_TEST(test_loop_that_goes_in_a_notification) {
        struct json_object *params = json_of("{}");
        shmgr_loop *loop;

        ok(shmgr_loop_new(m, &loop));
        shmgr_loop_set_notification(loop, unref_on_notification, NULL);
        ok(shmgr_loop_submit(loop, "server.monitor", params, NULL, NULL, NULL));
        while (n_calls == 0) {
                ok(shmgr_ping(m));
                ok(shmgr_loop_process(loop));
        }
        ok(shmgr_ping(m));
        json_object_put(params);
}
END_TEST

/* The loop has the last reference to its manager. */
START_TEST(test_manager_that_goes_with_the_loop) {
        shmgr_manager *other;
        shmgr_loop *loop;

        ok(shmgr_manager_open(NULL, &other));
        ok(shmgr_loop_new(other, &loop));
        shmgr_manager_unref(other);
        ok(shmgr_loop_submit(loop, "server.ping", NULL, unref_loop, NULL, NULL));
        process_until_called(loop);
}
END_TEST

static void use_all(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                    void *userdata) {
        uint64_t id = 0;

        n_calls++;
        ck_assert_int_eq(error, 0);
        ck_assert_int_eq(shmgr_loop_process(loop), -EBUSY);
        ok(shmgr_ping(m));
        ck_assert_int_eq(shmgr_loop_cancel(loop, *(const uint64_t *)userdata), -ENOENT);
        ok(shmgr_loop_submit(loop, "server.ping", NULL, count_dropped, NULL, &id));
        ok(shmgr_loop_cancel(loop, id));
        shmgr_loop_set_notification(loop, NULL, NULL);
}

START_TEST(test_calls_from_a_callback) {
        shmgr_loop *loop;
        uint64_t id;

        ok(shmgr_loop_new(m, &loop));
        ok(shmgr_loop_submit(loop, "server.ping", NULL, use_all, &id, &id));
        while (n_dropped == 0)
                ok(shmgr_loop_process(loop));
        ck_assert_int_eq(n_calls, 1);
        ck_assert_int_eq(n_dropped, 1);
        shmgr_loop_unref(loop);
}
END_TEST

typedef struct Told {
        int n, error;
        char text[128];
} Told;

static void tell(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                 void *userdata) {
        Told *told = userdata;

        told->n++;
        told->error = error;
        snprintf(told->text, sizeof(told->text), "%s", text ? text : "");
}

/* A submit fails, and process() runs its callback once. */
START_TEST(test_submit_that_fails) {
        struct json_object *wrong = json_object_new_double(1), *params = json_object_new_array();
        Told told = {0}, lost = {0};
        shmgr_manager *nowhere;
        shmgr_loop *loop;

        json_object_array_add(params, json_object_new_double(0.0 / 0.0));
        ok(shmgr_loop_new(m, &loop));
        ck_assert_int_eq(shmgr_loop_submit(loop, "server.ping", wrong, tell, &told, NULL), -EINVAL);
        ck_assert_int_eq(shmgr_loop_submit(loop, "list.get", params, tell, &told, NULL), -EINVAL);
        ck_assert_int_eq(told.n, 0);
        ck_assert_int_eq(shmgr_loop_get_timeout(loop), 0);
        ck_assert_int_eq(shmgr_loop_process(loop), 2);
        ck_assert_int_eq(told.n, 2);
        ck_assert_int_eq(told.error, -EINVAL);
        ck_assert_str_ne(told.text, "");
        shmgr_loop_unref(loop);

        ok(shmgr_manager_open("/nonexistent/socket", &nowhere));
        ok(shmgr_loop_new(nowhere, &loop));
        ck_assert_int_eq(shmgr_loop_submit(loop, "server.ping", NULL, tell, &lost, NULL), -ENOENT);
        ck_assert_int_eq(shmgr_loop_process(loop), 1);
        ck_assert_int_eq(lost.n, 1);
        ck_assert_int_eq(lost.error, -ENOENT);
        ck_assert_ptr_nonnull(strstr(lost.text, "/nonexistent/socket"));
        shmgr_loop_unref(loop);
        shmgr_manager_unref(nowhere);
        json_object_put(wrong);
        json_object_put(params);
}
END_TEST

static void submit_again(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                         void *userdata) {
        n_calls++;
        nested = shmgr_loop_submit(loop, "server.ping", NULL, submit_again, NULL, NULL);
}

/* A callback that submits again runs once in each process(). */
START_TEST(test_submit_that_fails_again) {
        shmgr_manager *nowhere;
        shmgr_loop *loop;

        ok(shmgr_manager_open("/nonexistent/socket", &nowhere));
        ok(shmgr_loop_new(nowhere, &loop));
        nested = shmgr_loop_submit(loop, "server.ping", NULL, submit_again, NULL, NULL);
        for (int i = 1; i <= 3; i++) {
                ck_assert_int_eq(shmgr_loop_process(loop), 1);
                ck_assert_int_eq(n_calls, i);
                ck_assert_int_eq(nested, -ENOENT);
        }
        shmgr_loop_unref(loop);
        shmgr_manager_unref(nowhere);
}
END_TEST

START_TEST(test_submit_in_another_process) {
        shmgr_loop *loop;
        Told told = {0};
        int status;

        ok(shmgr_loop_new(m, &loop));
        pid_t pid = fork();
        if (pid == 0)
                _exit(shmgr_loop_submit(loop, "server.ping", NULL, tell, &told, NULL) == -ECHILD &&
                                      told.n == 1 && told.error == -ECHILD
                              ? 0
                              : 1);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        shmgr_loop_unref(loop);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-callbacks");
        TCase *c = tcase_create("lib-callbacks");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_test(c, test_call_from_the_interrupt_function);
        tcase_add_loop_test(c, test_calls_of_all_kinds_from_the_interrupt_function, 0, 2);
        tcase_add_test(c, test_call_of_another_manager_from_the_interrupt_function);
        tcase_add_test(c, test_proxy_that_goes_in_the_interrupt_function);
        tcase_add_test(c, test_manager_that_goes_in_its_interrupt_function);
        tcase_add_test(c, test_batch_that_goes_while_it_runs);
        tcase_add_test(c, test_loop_that_goes_in_a_callback);
        tcase_add_test(c, test_loop_that_goes_when_the_daemon_is_lost);
        tcase_add_test(c, test_loop_that_goes_in_a_notification);
        tcase_add_test(c, test_manager_that_goes_with_the_loop);
        tcase_add_test(c, test_calls_from_a_callback);
        tcase_add_test(c, test_submit_that_fails);
        tcase_add_test(c, test_submit_that_fails_again);
        tcase_add_test(c, test_submit_in_another_process);
        if (IS_THREAD_SANITIZED)
                say_skipped("the thread sanitizer changes the masks of signal handlers");
        else {
                tcase_add_test(c, test_mask_in_handlers_and_in_the_interrupt_function);
                tcase_add_test(c, test_mask_in_a_handler_while_a_connection_sends);
        }
        suite_add_tcase(suite, c);
        return suite;
}
