/* Interrupted calls: no signal is missed, and nothing of the call is left for the next one. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/daemon-fixture.h"
#include "tap-main.h"

static Daemon fixture;
static shmgr_manager *m;
static volatile sig_atomic_t n_signals;
static shmgr_counter *counter;

static void on_signal(int number) {
        n_signals++;
}

static int has_signal(void *userdata) {
        return n_signals > 0;
}

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

static void setup(void) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

        daemon_start(&fixture);
        m = fixture.manager;
        n_signals = 0;
        sigaction(SIGUSR1, &action, NULL);
        ok(shmgr_counter_open(m, "c", SHMGR_CREATE, NULL, &counter));
        shmgr_manager_set_interrupt(m, has_signal, NULL);
}

static void teardown(void) {
        counter = shmgr_counter_unref(counter);
        daemon_stop(&fixture);
}

static int wait_for_ever(void) {
        return shmgr_counter_wait(counter, "==", 1, SHMGR_FOREVER, NULL);
}

START_TEST(test_signal_before_the_wait) {
        raise(SIGUSR1);
        ck_assert_int_eq(wait_for_ever(), -EINTR);
}
END_TEST

/* A flag that stays set does not interrupt calls that need not wait. */
START_TEST(test_calls_that_need_not_wait) {
        int64_t value;
        shmgr_lock *lock;

        ok(shmgr_lock_open(m, "l", SHMGR_CREATE, NULL, &lock));
        raise(SIGUSR1);
        ok(shmgr_counter_set(counter, 5));
        ok(shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL));
        ok(shmgr_counter_get(counter, &value));
        ck_assert_int_eq(value, 5);
        ok(shmgr_lock_release(lock));
        ck_assert_int_eq(wait_for_ever(), -EINTR);
        ok(shmgr_counter_get(counter, &value));
        ck_assert_int_eq(value, 5);
        shmgr_lock_unref(lock);
}
END_TEST

/* A signal for each wait, at any moment of it: if one were lost the wait would never end. */
START_TEST(test_no_signal_is_lost) {
        enum { N = 300 };
        int to_child[2], status;
        pid_t parent = getpid();
        char byte = 0;

        ck_assert_int_eq(pipe(to_child), 0);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                close(to_child[1]);
                while (read(to_child[0], &byte, 1) == 1) {
                        for (volatile int spin = 0; spin < 400 * (unsigned char)byte; spin++)
                                ;
                        kill(parent, SIGUSR1);
                }
                _exit(0);
        }
        close(to_child[0]);
        for (int i = 0; i < N; i++) {
                n_signals = 0;
                byte = (char)i;
                ck_assert_int_eq(write(to_child[1], &byte, 1), 1);
                ck_assert_int_eq(wait_for_ever(), -EINTR);
                ck_assert_int_eq(n_signals, 1);
        }
        close(to_child[1]);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
}
END_TEST

/* When the cancellation is to be sent, another daemon runs, which does not know the call. */
static int restart_daemon(void *userdata) {
        if (n_signals != 1)
                return n_signals > 0;
        n_signals++;
        daemon_kill(&fixture);
        /* The daemon would inherit the mask, and SIGTERM would not end it. */
        sigset_t none, before;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, &before);
        daemon_restart(&fixture);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return 1;
}

START_TEST(test_daemon_that_is_restarted_before_the_cancellation) {
        shmgr_manager_set_interrupt(m, restart_daemon, NULL);
        raise(SIGUSR1);
        ck_assert_int_eq(wait_for_ever(), -ECONNRESET);
        shmgr_manager_set_interrupt(m, NULL, NULL);
        ok(shmgr_ping(m));
}
END_TEST

static pid_t signal_often(pid_t target) {
        pid_t pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid > 0)
                return pid;
        while (getppid() == target && kill(target, SIGUSR1) == 0)
                usleep(1000);
        _exit(0);
}

/* A daemon that replies to nothing, not even to the cancellation. */
START_TEST(test_daemon_that_is_stopped) {
        int64_t value;

        ok(shmgr_ping(m));
        kill(fixture.pid, SIGSTOP);
        pid_t pid = signal_often(getpid());
        ck_assert_int_eq(shmgr_counter_add(counter, 1, NULL), -EINTR);
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
        kill(fixture.pid, SIGCONT);
        n_signals = 0;
        ok(shmgr_counter_set(counter, 3));
        ok(shmgr_counter_get(counter, &value));
        ck_assert_int_eq(value, 3);
}
END_TEST

/* A message larger than the socket takes, to a daemon that does not read. */
START_TEST(test_message_that_a_stopped_daemon_does_not_read) {
        enum { N = 4 << 20 };
        char *text = malloc(N + 1);
        shmgr_dict *dict;

        memset(text, 'x', N);
        text[N] = '\0';
        ok(shmgr_dict_open(m, "d", SHMGR_CREATE, NULL, &dict));
        kill(fixture.pid, SIGSTOP);
        pid_t pid = signal_often(getpid());
        ck_assert_int_eq(shmgr_dict_set_string(dict, "k", text), -EINTR);
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
        kill(fixture.pid, SIGCONT);
        n_signals = 0;
        int64_t length = -1;
        ok(shmgr_dict_length(dict, &length));
        ck_assert_int_eq(length, 0);
        ok(shmgr_dict_set_string(dict, "k", text));
        shmgr_dict_unref(dict);
        free(text);
}
END_TEST

static int listen_without_accepting(const char *path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        strcpy(address.sun_path, path);
        ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
        ck_assert_int_eq(listen(fd, 0), 0);
        int first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(connect(first, (const struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

START_TEST(test_connection_that_is_not_accepted) {
        char path[128];
        shmgr_manager *other;

        snprintf(path, sizeof(path), "%s/full", fixture.directory);
        int fd = listen_without_accepting(path);
        ok(shmgr_manager_open(path, &other));
        shmgr_manager_set_interrupt(other, has_signal, NULL);
        pid_t pid = signal_often(getpid());
        ck_assert_int_eq(shmgr_ping(other), -EINTR);
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
        shmgr_manager_unref(other);
        close(fd);
        unlink(path);
}
END_TEST

START_TEST(test_pipeline_that_waits) {
        struct json_object *never = json_of("[\"c\",\"==\",1]"), *add = json_of("[\"c\",-1]");
        struct json_object *result;
        shmgr_batch *batch;

        ok(shmgr_batch_new(m, SHMGR_BATCH_PIPELINE, &batch));
        ok(shmgr_batch_add(batch, "counter.add", add));
        ok(shmgr_batch_add(batch, "counter.wait", never));
        ok(shmgr_batch_add(batch, "counter.add", add));
        raise(SIGUSR1);
        ok(shmgr_batch_run(batch));
        ok(shmgr_batch_result(batch, 0, NULL));
        ck_assert_int_eq(shmgr_batch_result(batch, 1, NULL), -ECANCELED);
        ok(shmgr_batch_result(batch, 2, &result));
        ck_assert_int_eq(json_object_get_int64(result), -2);
        json_object_put(result);
        shmgr_batch_unref(batch);
        json_object_put(never);
        json_object_put(add);
        ok(shmgr_ping(m));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-giving-up");
        TCase *c = tcase_create("lib-giving-up");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_test(c, test_signal_before_the_wait);
        tcase_add_test(c, test_calls_that_need_not_wait);
        tcase_add_test(c, test_no_signal_is_lost);
        tcase_add_test(c, test_daemon_that_is_restarted_before_the_cancellation);
        tcase_add_test(c, test_daemon_that_is_stopped);
        tcase_add_test(c, test_message_that_a_stopped_daemon_does_not_read);
        tcase_add_test(c, test_connection_that_is_not_accepted);
        tcase_add_test(c, test_pipeline_that_waits);
        suite_add_tcase(suite, c);
        return suite;
}
