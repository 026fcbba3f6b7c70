/* Pipes of the library, between threads and processes: which process has which end, and when an end is closed;
 * and that no descriptor stays open in a process that did not ask for it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count-files.h"
#include "lib/connection-fixture.h"
#include "lib/daemon-fixture.h"
#include "tap-main.h"

static Daemon daemon_;
#define m (daemon_.manager)

static void setup(void) {
        daemon_start(&daemon_);
}

static void teardown(void) {
        daemon_stop(&daemon_);
}

static shmgr_connection *open_end(const char *end) {
        shmgr_connection *connection;

        int r = shmgr_pipe_open(m, "p", SHMGR_CREATE, end, NULL, &connection);
        ck_assert_msg(r >= 0, "%s: %s", end, shmgr_manager_error(m));
        return connection;
}

/* Returns whether an end is in this state; "none" if the pipe does not exist. */
static bool is_state(const char *name, const char *end, const char *state) {
        struct json_object *stat, *value;

        int r = shmgr_stat(m, name, &stat);
        if (r == -ENOENT)
                return strcmp(state, "none") == 0;
        ck_assert_int_eq(r, 0);
        ck_assert(json_object_object_get_ex(stat, end, &value));
        bool is = strcmp(json_object_get_string(value), state) == 0;
        json_object_put(stat);
        return is;
}

/* The daemon notices that another thread or process closed its end a little later. */
static void await_state(const char *end, const char *state) {
        for (int i = 0; !is_state("p", end, state); i++)
                ck_assert_msg(i < 200000, "the %s did not become %s", end, state);
}

static int count_fds(void) {
        return count_files("/proc/self/fd");
}

static void expect_end(shmgr_connection *connection) {
        void *data;

        ck_assert_int_eq(shmgr_connection_recv_bytes(connection, -1, &data, NULL), -ENODATA);
}

START_TEST(test_open_and_close) {
        shmgr_connection *reader, *writer;

        ck_assert_int_eq(shmgr_pipe_open(m, "p", 0, "reader", NULL, &reader), -ENOENT);
        ck_assert_int_eq(shmgr_pipe_open(m, "p", SHMGR_CREATE, "reader", NULL, &reader), 1);
        ck_assert_int_eq(shmgr_pipe_open(m, "p", SHMGR_CREATE, "writer", NULL, &writer), 0);
        ck_assert(!shmgr_connection_writable(reader) && shmgr_connection_readable(reader));
        ck_assert(shmgr_connection_writable(writer) && !shmgr_connection_readable(writer));
        ck_assert(fcntl(shmgr_connection_fileno(reader), F_GETFD) & FD_CLOEXEC);
        send_text(writer, "hello");
        expect_message(reader, "hello");
        ck_assert(is_state("p", "writer", "open"));
        shmgr_connection_close(writer);
        ck_assert(is_state("p", "writer", "gone"));
        shmgr_connection_unref(writer);
        expect_end(reader);
        shmgr_connection_unref(reader);
        ck_assert(is_state("p", "reader", "none"));
}
END_TEST

START_TEST(test_errors) {
        struct json_object *options = json_of("[]");
        shmgr_connection *connection = NULL;
        shmgr_pipe_end end = {"p", "reader", 1};

        ck_assert_int_eq(shmgr_pipe_open(m, "p", SHMGR_CREATE, "middle", NULL, &connection),
                         -EINVAL);
        ck_assert_int_eq(shmgr_pipe_open(m, "p", SHMGR_CREATE, "a", NULL, &connection), -EINVAL);
        ck_assert_int_eq(shmgr_pipe_open(m, "p", SHMGR_CREATE, NULL, NULL, &connection), -EINVAL);
        ck_assert_int_eq(shmgr_pipe_open(m, "p", 1 << 10, "reader", NULL, &connection), -EINVAL);
        ck_assert_int_eq(shmgr_pipe_open(m, "p", SHMGR_CREATE, "reader", options, &connection),
                         -EINVAL);
        ck_assert_int_eq(shmgr_pipe_close(m, &end), -ENOENT);
        shmgr_connection *reader = open_end("reader");
        ck_assert_int_eq(shmgr_pipe_open(m, "p", SHMGR_CREATE | SHMGR_EXCLUSIVE, "reader", NULL,
                                         &connection),
                         -EEXIST);
        shmgr_connection_unref(open_end("writer"));
        ck_assert_int_eq(shmgr_pipe_open(m, "p", 0, "writer", NULL, &connection), -EPIPE);
        ck_assert_int_eq(shmgr_pipe_open(m, "p", SHMGR_CREATE, "writer", NULL, &connection), 1);
        ck_assert_int_eq(shmgr_pipe_close(m, &end), -ENOENT);
        shmgr_connection_unref(connection);
        shmgr_connection_unref(reader);
        json_object_put(options);
}
END_TEST

START_TEST(test_bare_descriptors) {
        shmgr_pipe_end ends[2];
        int fds[2];
        char byte;

        ck_assert_int_eq(shmgr_pipe_open_fd(m, NULL, SHMGR_DUPLEX, "a", NULL, &fds[0], &ends[0]),
                         1);
        ck_assert_int_eq(shmgr_pipe_open_fd(m, ends[0].name, 0, "b", NULL, &fds[1], &ends[1]), 0);
        ck_assert_int_eq(ends[0].serial, ends[1].serial);
        ck_assert_str_eq(ends[1].end, "b");
        ck_assert_int_eq(write(fds[0], "x", 1), 1);
        ck_assert_int_eq(read(fds[1], &byte, 1), 1);
        ck_assert_int_eq(write(fds[1], "y", 1), 1);
        ck_assert_int_eq(read(fds[0], &byte, 1), 1);
        for (int i = 0; i < 2; i++)
                ck_assert_int_eq(close(fds[i]), 0);
        ck_assert_int_eq(shmgr_pipe_close(m, &ends[0]), 0);
        ck_assert_int_eq(shmgr_pipe_close(m, &ends[0]), -EINVAL);
        ck_assert_int_eq(shmgr_pipe_close(m, &ends[1]), 0);
        ck_assert_int_eq(shmgr_pipe_close(m, &ends[1]), -ENOENT);
}
END_TEST

START_TEST(test_pair) {
        shmgr_connection *first, *second;
        struct json_object *all;

        ck_assert_int_eq(shmgr_pipe_pair(m, 0, &first, &second), 1);
        send_text(second, "one way");
        expect_message(first, "one way");
        shmgr_connection_unref(second);
        expect_end(first);
        shmgr_connection_unref(first);
        ck_assert_int_eq(shmgr_pipe_pair(m, SHMGR_DUPLEX, &first, &second), 1);
        send_text(second, "one way");
        send_text(first, "and the other");
        expect_message(first, "one way");
        expect_message(second, "and the other");
        shmgr_connection_unref(first);
        expect_end(second);
        shmgr_connection_unref(second);
        ck_assert_int_eq(shmgr_list_objects(m, NULL, &all), 0);
        expect_json(all, "[]");
        ck_assert_int_eq(shmgr_pipe_pair(m, 1 << 10, &first, &second), -EINVAL);
}
END_TEST

/* Two unrelated processes meet by the name alone. */
START_TEST(test_strangers) {
        pid_t pid = fork_child();

        if (pid == 0) {
                shmgr_connection *writer = open_end("writer");
                for (int i = 0; i < 100; i++)
                        send_text(writer, "hello world!");
                _exit(0);
        }
        shmgr_connection *reader = open_end("reader");
        for (int i = 0; i < 100; i++)
                expect_message(reader, "hello world!");
        expect_end(reader);
        join_child(pid);
        shmgr_connection_unref(reader);
}
END_TEST

/* The child closes the end that it inherited; the parent's end stays open until the parent closes it. */
START_TEST(test_child_closes_what_it_inherited) {
        shmgr_connection *reader = open_end("reader"), *writer = open_end("writer");

        pid_t pid = fork_child();
        if (pid == 0) {
                shmgr_connection_unref(reader);
                send_text(writer, "from the child");
                shmgr_connection_unref(writer);
                _exit(0);
        }
        expect_message(reader, "from the child");
        join_child(pid);
        ck_assert(is_state("p", "writer", "open"));
        ck_assert(is_state("p", "reader", "open"));
        send_text(writer, "from the parent");
        expect_message(reader, "from the parent");
        shmgr_connection_unref(writer);
        expect_end(reader);
        shmgr_connection_unref(reader);
}
END_TEST

/* The classic mistake: a child still has the writer's end. */
START_TEST(test_child_that_forgets_to_close) {
        shmgr_connection *reader = open_end("reader"), *writer = open_end("writer");
        int go[2];
        char byte;

        ck_assert_int_eq(pipe(go), 0);
        pid_t pid = fork_child();
        if (pid == 0) {
                close(go[1]);
                _exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
        }
        shmgr_connection_unref(writer);
        ck_assert(is_state("p", "writer", "kept"));
        ck_assert_int_eq(shmgr_connection_poll(reader, 30), 0);
        close(go[1]);
        join_child(pid);
        expect_end(reader);
        ck_assert(is_state("p", "writer", "gone"));
        close(go[0]);
        shmgr_connection_unref(reader);
}
END_TEST

static void *close_connection(void *connection) {
        shmgr_connection_unref(connection);
        return NULL;
}

static void *open_connection(void *end) {
        return open_end(end);
}

static void *in_thread(void *(*run)(void *), void *argument) {
        pthread_t thread;
        void *result;

        ck_assert_int_eq(pthread_create(&thread, NULL, run, argument), 0);
        ck_assert_int_eq(pthread_join(thread, &result), 0);
        return result;
}

/* A thread other than the opener closes the end, before it has a session; the daemon is told at once. */
START_TEST(test_another_thread_closes) {
        shmgr_connection *reader = open_end("reader"), *writer = open_end("writer");

        in_thread(close_connection, writer);
        await_state("writer", "gone");
        expect_end(reader);
        shmgr_connection_unref(reader);
}
END_TEST

/* The thread that opened the end exits: the connection still works, but no other process can join. */
START_TEST(test_thread_that_opened_ends) {
        static char end[] = "writer";
        shmgr_connection *reader = open_end("reader"), *writer = in_thread(open_connection, end);
        shmgr_connection *late;

        await_state("writer", "kept");
        ck_assert_int_eq(shmgr_pipe_open(m, "p", 0, "writer", NULL, &late), -EPIPE);
        send_text(writer, "still");
        expect_message(reader, "still");
        shmgr_connection_unref(writer);
        expect_end(reader);
        ck_assert(is_state("p", "writer", "gone"));
        shmgr_connection_unref(reader);
}
END_TEST

static void *open_and_close_much(void *unused) {
        for (int i = 0; i < 100; i++) {
                shmgr_connection *first, *second;
                ck_assert_int_eq(shmgr_pipe_pair(m, i % 2 ? SHMGR_DUPLEX : 0, &first, &second), 1);
                send_text(second, "x");
                expect_message(first, "x");
                shmgr_connection_unref(i % 3 ? first : second);
                shmgr_connection_unref(i % 3 ? second : first);
        }
        return NULL;
}

START_TEST(test_many_threads) {
        enum { N = 8 };
        pthread_t threads[N];
        struct json_object *all;
        int before = count_fds();

        for (int i = 0; i < N; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, open_and_close_much, NULL), 0);
        for (int i = 0; i < N; i++)
                ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(shmgr_list_objects(m, NULL, &all), 0);
        expect_json(all, "[]");
        /* One more descriptor: this thread's session. */
        ck_assert_int_eq(count_fds(), before + 1);
}
END_TEST

static void on_reply(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                     void *userdata) {
        ck_assert_int_eq(error, 0);
        ++*(int *)userdata;
}

static void run_loop(struct json_object *params) {
        shmgr_loop *loop;
        int n = 0;

        ck_assert_int_eq(shmgr_loop_new(m, &loop), 0);
        ck_assert_int_eq(shmgr_loop_submit(loop, "pipe.open", params, on_reply, &n, NULL), 0);
        while (n == 0) {
                struct pollfd p = {.fd = shmgr_loop_get_fd(loop),
                                   .events = shmgr_loop_get_events(loop)};
                poll(&p, 1, shmgr_loop_get_timeout(loop));
                ck_assert_int_ge(shmgr_loop_process(loop), 0);
        }
        shmgr_loop_unref(loop);
}

static void run_batch(int mode, struct json_object *params) {
        shmgr_batch *batch;

        ck_assert_int_eq(shmgr_batch_new(m, mode, &batch), 0);
        for (int i = 0; i < 10; i++)
                ck_assert_int_eq(shmgr_batch_add(batch, "pipe.open", params), i);
        ck_assert_int_eq(shmgr_batch_run(batch), 0);
        for (int i = 0; i < 10; i++)
                ck_assert_int_eq(shmgr_batch_result(batch, i, NULL), 0);
        shmgr_batch_unref(batch);
}

/* Calls by name ignore attached descriptors, and leave none open. */
START_TEST(test_descriptors_that_nobody_asked_for) {
        struct json_object *params = json_of("{\"name\":\"p\",\"create\":true,\"end\":\"reader\"}");

        ck_assert_int_eq(shmgr_ping(m), 0);
        int before = count_fds();
        for (int i = 0; i < 10; i++)
                ck_assert_int_eq(shmgr_call(m, "pipe.open", params, NULL), 0);
        run_batch(SHMGR_BATCH_ATOMIC, params);
        run_batch(SHMGR_BATCH_PIPELINE, params);
        run_loop(params);
        ck_assert_int_eq(count_fds(), before);
        /* Later opens get their own descriptors. */
        shmgr_connection *writer = open_end("writer"), *reader = open_end("reader");
        send_text(writer, "x");
        expect_message(reader, "x");
        shmgr_connection_unref(writer);
        shmgr_connection_unref(reader);
        ck_assert_int_eq(shmgr_delete(m, "p"), 0);
        json_object_put(params);
}
END_TEST

/* The kernel drops a descriptor for which a process has no room. The library gives the end back, so that no peer
 * waits for an end that nobody has. */
START_TEST(test_no_room_for_a_descriptor) {
        shmgr_connection *reader = open_end("reader"), *writer;
        struct rlimit old, none;

        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
        none = old;
        none.rlim_cur = 3;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        ck_assert_int_eq(shmgr_pipe_open(m, "p", 0, "writer", NULL, &writer), -EMFILE);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(m), "descriptor"));
        ck_assert(is_state("p", "writer", "gone"));
        expect_end(reader);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
        ck_assert_int_eq(shmgr_pipe_open(m, "p", SHMGR_CREATE, "writer", NULL, &writer), 1);
        shmgr_connection_unref(writer);
        shmgr_connection_unref(reader);
}
END_TEST

/* Open ends work on without the daemon. Closing one does not affect the next daemon, even if it has a pipe of
 * that name. */
START_TEST(test_daemon_that_was_restarted) {
        shmgr_connection *reader = open_end("reader"), *writer = open_end("writer");

        daemon_kill(&daemon_);
        send_text(writer, "without the daemon");
        expect_message(reader, "without the daemon");
        daemon_restart(&daemon_);
        send_text(writer, "with another");
        expect_message(reader, "with another");
        shmgr_connection *new_reader = open_end("reader"), *new_writer = open_end("writer");
        shmgr_connection_unref(writer);
        expect_end(reader);
        shmgr_connection_unref(reader);
        ck_assert(is_state("p", "writer", "open"));
        ck_assert(is_state("p", "reader", "open"));
        send_text(new_writer, "new");
        expect_message(new_reader, "new");
        shmgr_connection_unref(new_writer);
        expect_end(new_reader);
        shmgr_connection_unref(new_reader);
        ck_assert(is_state("p", "reader", "none"));
}
END_TEST

/* Closing needs no daemon. */
START_TEST(test_close_without_a_daemon) {
        shmgr_connection *reader = open_end("reader"), *writer = open_end("writer");
        int before = count_fds();

        daemon_kill(&daemon_);
        shmgr_connection_unref(writer);
        expect_end(reader);
        in_thread(close_connection, reader);
        ck_assert_int_le(count_fds(), before - 2);
        daemon_restart(&daemon_);
        ck_assert_int_eq(shmgr_ping(m), 0);
}
END_TEST

START_TEST(test_thousand_times) {
        ck_assert_int_eq(shmgr_ping(m), 0);
        int before = count_fds();
        for (int i = 0; i < 1000; i++) {
                shmgr_connection *reader = open_end("reader"), *writer = open_end("writer");
                shmgr_connection_unref(i % 2 ? reader : writer);
                shmgr_connection_unref(i % 2 ? writer : reader);
        }
        ck_assert_int_eq(count_fds(), before);
        ck_assert(is_state("p", "reader", "none"));
}
END_TEST

/* The reader's process is killed: the writer gets an error, not a signal. */
START_TEST(test_reader_is_killed) {
        shmgr_connection *writer = open_end("writer");
        int status;

        pid_t pid = fork_child();
        if (pid == 0) {
                shmgr_connection *reader = open_end("reader");
                expect_message(reader, "ready?");
                for (;;)
                        pause();
        }
        send_text(writer, "ready?");
        await_state("reader", "open");
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        await_state("reader", "gone");
        ck_assert_int_eq(shmgr_connection_send_bytes(writer, "x", 1, 0, -1), -EPIPE);
        shmgr_connection_unref(writer);
        ck_assert(is_state("p", "writer", "none"));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-pipe");
        TCase *c = tcase_create("pipe");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_test(c, test_open_and_close);
        tcase_add_test(c, test_errors);
        tcase_add_test(c, test_bare_descriptors);
        tcase_add_test(c, test_pair);
        tcase_add_test(c, test_strangers);
        tcase_add_test(c, test_child_closes_what_it_inherited);
        tcase_add_test(c, test_child_that_forgets_to_close);
        tcase_add_test(c, test_another_thread_closes);
        tcase_add_test(c, test_thread_that_opened_ends);
        tcase_add_test(c, test_many_threads);
        tcase_add_test(c, test_descriptors_that_nobody_asked_for);
        tcase_add_test(c, test_no_room_for_a_descriptor);
        tcase_add_test(c, test_daemon_that_was_restarted);
        tcase_add_test(c, test_close_without_a_daemon);
        tcase_add_test(c, test_thousand_times);
        tcase_add_test(c, test_reader_is_killed);
        suite_add_tcase(suite, c);
        return suite;
}
