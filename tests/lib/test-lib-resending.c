/* The end of a session: which messages are sent again, which are not, and what the caller is told. The
 * daemon is a scripted one, or a real one. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/daemon-fixture.h"
#include "patience.h"
#include "tap-main.h"

enum { LINE_MAX = 1 << 16 };

static char directory[64], path[96];
static int listener;
static shmgr_manager *m;

static void setup_false(void) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        strcpy(directory, "/tmp/shmgr-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(directory));
        snprintf(path, sizeof(path), "%s/s", directory);
        strcpy(address.sun_path, path);
        listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
        ck_assert_int_eq(listen(listener, 16), 0);
        ck_assert_int_eq(shmgr_manager_open(path, &m), 0);
}

static void teardown_false(void) {
        shmgr_manager_unref(m);
        close(listener);
        unlink(path);
        rmdir(directory);
}

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

/* Runs a scripted daemon in a child; its exit status says whether it found what it expected. */
static pid_t serve(int (*serve_all)(void)) {
        pid_t pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid > 0)
                return pid;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(serve_all());
}

static void expect_served(pid_t pid) {
        int status;

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(status == 0, "the daemon was not content: 0x%x", (unsigned)status);
}

/* Reads a line and keeps only its beginning; returns its length, or -1 at the end. */
static int read_line(int fd, char line[LINE_MAX]) {
        int n = 0;
        char c;

        while (read(fd, &c, 1) == 1) {
                if (c == '\n')
                        return n;
                if (n < LINE_MAX - 1)
                        line[n] = c;
                line[++n < LINE_MAX ? n : LINE_MAX - 1] = '\0';
        }
        return -1;
}

/* Accepts a connection and reads its greeting. */
static int accept_one(void) {
        char line[LINE_MAX];
        int fd = accept(listener, NULL, NULL);

        return fd >= 0 && read_line(fd, line) > 0 && strstr(line, "session.hello") ? fd : -1;
}

static int answer(int fd, const char *line, const char *result) {
        const char *id = strstr(line, "\"id\":");

        return id ? dprintf(fd, "{\"jsonrpc\":\"2.0\",\"result\":%s,\"id\":%d}\n", result,
                            atoi(id + 5))
                  : -1;
}

/* Sends the reply to one call and ends the session. */
static int serve_once(const char *result) {
        char line[LINE_MAX];
        int fd = accept_one();

        if (read_line(fd, line) < 0 || answer(fd, line, result) < 0)
                return 1;
        close(fd);
        return 0;
}

static int serve_two_sessions(void) {
        int r = serve_once("1");

        return r ? r : serve_once("2");
}

static int call_int(const char *method, int64_t *ret) {
        struct json_object *result;

        int r = shmgr_call(m, method, NULL, &result);
        if (r < 0)
                return r;
        *ret = json_object_get_int64(result);
        json_object_put(result);
        return 0;
}

static int expect_greeting(void) {
        static const char greeting[] =
                "{\"jsonrpc\":\"2.0\",\"method\":\"session.hello\",\"params\":{"
                "\"client\":\"caf\xc3\xa9 \\\"?\\\" ?x?\"}}";
        char line[LINE_MAX];
        int fd = accept(listener, NULL, NULL);

        if (read_line(fd, line) < 0 || strcmp(line, greeting) != 0)
                return 1;
        return read_line(fd, line) > 0 && strstr(line, "\"id\":1") &&
                               dprintf(fd, "{\"jsonrpc\":\"2.0\",\"result\":5,\"id\":1}\n") > 0
                       ? 0
                       : 2;
}

/* The greeting is a valid line whatever the program's name is; and no call waits for its reply. */
START_TEST(test_greeting_names_the_program) {
        char *name = program_invocation_short_name, odd[] = "caf\xc3\xa9 \"\n\" \xffx\xe2";
        int64_t value;

        program_invocation_short_name = odd;
        pid_t pid = serve(expect_greeting);
        ok(call_int("a.b", &value));
        ck_assert_int_eq(value, 5);
        expect_served(pid);
        program_invocation_short_name = name;
}
END_TEST

/* Waits until the peer has closed its end of the connection. */
static void wait_for_end_of(int fd) {
        struct pollfd p = {.fd = fd, .events = POLLRDHUP};

        ck_assert_int_eq(poll(&p, 1, patience_ms(20000)), 1);
        ck_assert(p.revents & POLLRDHUP);
}

/* Waits for the end of the only connection: the library's descriptor follows the listener's. */
static void wait_for_end(void) {
        wait_for_end_of(listener + 1);
}

START_TEST(test_session_that_ended_while_idle_is_replaced) {
        pid_t pid = serve(serve_two_sessions);
        int64_t value;

        ok(call_int("a.b", &value));
        ck_assert_int_eq(value, 1);
        wait_for_end();
        ok(call_int("a.b", &value));
        ck_assert_int_eq(value, 2);
        expect_served(pid);
}
END_TEST

/* Reads the beginning of a message and ends the session; then reads the whole message in the next
 * session. */
static int serve_after_half(void) {
        static char half[LINE_MAX];
        char line[LINE_MAX];
        int fd = accept_one();

        if (read(fd, half, sizeof(half)) <= 0)
                return 1;
        close(fd);
        fd = accept_one();
        char c = 0, last = 0;
        size_t n = 0;
        for (; read(fd, &c, 1) == 1 && c != '\n'; n++)
                last = c;
        snprintf(line, sizeof(line), "\"id\":1");
        return c == '\n' && last == '}' && n > 4 << 20 && answer(fd, line, "null") > 0 ? 0 : 2;
}

START_TEST(test_half_a_message_is_sent_again_as_a_whole) {
        char *text = malloc((4 << 20) + 1);
        struct json_object *params = json_object_new_array();

        memset(text, 'x', 4 << 20);
        text[4 << 20] = '\0';
        json_object_array_add(params, json_object_new_string(text));
        pid_t pid = serve(serve_after_half);
        ok(shmgr_call(m, "a.b", params, NULL));
        expect_served(pid);
        json_object_put(params);
        free(text);
}
END_TEST

/* Reads a whole message and ends the session without a reply; the message must not come again. */
static int serve_silently(void) {
        char line[LINE_MAX];
        int fd = accept_one();

        if (read_line(fd, line) < 0)
                return 1;
        close(fd);
        fd = accept_one();
        return read_line(fd, line) > 0 && strstr(line, "server.ping") && answer(fd, line, "0") > 0
                       ? 0
                       : 2;
}

START_TEST(test_whole_message_is_never_sent_again) {
        pid_t pid = serve(serve_silently);
        int64_t value;

        ck_assert_int_eq(call_int("a.b", &value), -ECONNRESET);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(m), "may have taken effect"));
        ok(shmgr_ping(m));
        expect_served(pid);
}
END_TEST

enum { N_REFUSED = 50 };

static int refuse_all(void) {
        for (int fd; (fd = accept_one()) >= 0; close(fd))
                dprintf(fd, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":"
                            "\"no session: too many\",\"data\":{\"errno\":\"EDQUOT\"}},"
                            "\"id\":null}\n");
        return 1;
}

static void end_child(pid_t pid) {
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* The caller gets the daemon's reason, whether its call was sent before or after the daemon closed the
 * connection. */
START_TEST(test_session_that_is_refused) {
        pid_t pid = serve(refuse_all);

        for (int i = 0; i < N_REFUSED; i++) {
                ck_assert_int_eq(shmgr_ping(m), -EDQUOT);
                ck_assert_str_eq(shmgr_manager_error(m), "no session: too many");
        }
        end_child(pid);
}
END_TEST

START_TEST(test_session_of_a_batch_that_is_refused) {
        pid_t pid = serve(refuse_all);
        shmgr_batch *batch;

        for (int i = 0; i < N_REFUSED; i++) {
                ok(shmgr_batch_new(m, i % 2 ? SHMGR_BATCH_ATOMIC : SHMGR_BATCH_PIPELINE, &batch));
                ok(shmgr_batch_add(batch, "server.ping", NULL));
                ck_assert_int_eq(shmgr_batch_run(batch), -EDQUOT);
                ck_assert_str_eq(shmgr_manager_error(m), "no session: too many");
                shmgr_batch_unref(batch);
        }
        end_child(pid);
}
END_TEST

typedef struct Seen {
        int n, error;
        char text[64];
} Seen;

static void on_answer(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                      void *userdata) {
        Seen *seen = userdata;

        seen->n++;
        seen->error = error;
        snprintf(seen->text, sizeof(seen->text), "%s", text ? text : "");
}

static void run_loop(shmgr_loop *loop, const Seen *seen, int n) {
        while (seen->n < n) {
                struct pollfd p = {.fd = shmgr_loop_get_fd(loop),
                                   .events = (short)shmgr_loop_get_events(loop)};
                ck_assert_int_ge(poll(&p, 1, shmgr_loop_get_timeout(loop)), 0);
                ck_assert_int_ge(shmgr_loop_process(loop), 0);
        }
}

START_TEST(test_session_of_a_loop_that_is_refused) {
        pid_t pid = serve(refuse_all);
        Seen seen = {0};
        shmgr_loop *loop;

        ok(shmgr_loop_new(m, &loop));
        for (int i = 0; i < N_REFUSED; i++) {
                ok(shmgr_loop_submit(loop, "server.ping", NULL, on_answer, &seen, NULL));
                run_loop(loop, &seen, i + 1);
                ck_assert_int_eq(seen.error, -EDQUOT);
                ck_assert_str_eq(seen.text, "no session: too many");
        }
        shmgr_loop_unref(loop);
        end_child(pid);
}
END_TEST

START_TEST(test_idle_session_of_a_loop_is_replaced) {
        pid_t pid = serve(serve_two_sessions);
        Seen seen = {0};
        shmgr_loop *loop;

        ok(shmgr_loop_new(m, &loop));
        ok(shmgr_loop_submit(loop, "a.b", NULL, on_answer, &seen, NULL));
        run_loop(loop, &seen, 1);
        ck_assert_int_eq(seen.error, 0);
        /* The loop may have seen the end together with the reply. */
        if (shmgr_loop_get_fd(loop) >= 0)
                wait_for_end_of(shmgr_loop_get_fd(loop));
        ok(shmgr_loop_submit(loop, "a.b", NULL, on_answer, &seen, NULL));
        run_loop(loop, &seen, 2);
        ck_assert_int_eq(seen.error, 0);
        expect_served(pid);
        shmgr_loop_unref(loop);
}
END_TEST

/* Reads one whole message of two, and ends the session; the other one is sent again. */
static int serve_one_of_two(void) {
        char line[LINE_MAX];
        int fd = accept_one();

        if (read_line(fd, line) < 0 || !strstr(line, "first.call"))
                return 1;
        close(fd);
        fd = accept_one();
        int n = read_line(fd, line);
        return n > 1 << 20 && strstr(line, "second.call") &&
                               dprintf(fd, "{\"jsonrpc\":\"2.0\",\"result\":0,\"id\":2}\n") > 0
                       ? 0
                       : 2;
}

START_TEST(test_loop_sends_what_was_not_sent_as_a_whole) {
        struct json_object *params = json_object_new_array();
        char *text = malloc((2 << 20) + 1);
        Seen first = {0}, second = {0};
        shmgr_loop *loop;

        memset(text, 'x', 2 << 20);
        text[2 << 20] = '\0';
        json_object_array_add(params, json_object_new_string(text));
        pid_t pid = serve(serve_one_of_two);
        ok(shmgr_loop_new(m, &loop));
        ok(shmgr_loop_submit(loop, "first.call", NULL, on_answer, &first, NULL));
        ok(shmgr_loop_submit(loop, "second.call", params, on_answer, &second, NULL));
        run_loop(loop, &first, 1);
        run_loop(loop, &second, 1);
        ck_assert_int_eq(first.error, -ECONNRESET);
        ck_assert_int_eq(second.error, 0);
        expect_served(pid);
        shmgr_loop_unref(loop);
        json_object_put(params);
        free(text);
}
END_TEST

/* The listener's backlog is full at first. */
START_TEST(test_loop_does_not_wait_for_a_connection) {
        enum { MOST = 64 };
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fds[MOST], n = 0, r = 0;
        Seen seen = {0};
        shmgr_loop *loop;

        strcpy(address.sun_path, path);
        for (; r == 0 && n < MOST; n++) {
                fds[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                r = connect(fds[n], (const struct sockaddr *)&address, sizeof(address));
        }
        ck_assert(r < 0 && errno == EAGAIN);
        ok(shmgr_loop_new(m, &loop));
        ok(shmgr_loop_submit(loop, "a.b", NULL, on_answer, &seen, NULL));
        ck_assert_int_eq(shmgr_loop_get_fd(loop), -ENOTCONN);
        ck_assert_int_ge(shmgr_loop_get_timeout(loop), 0);
        ck_assert_int_eq(shmgr_loop_process(loop), 0);
        for (int i = 0; i < n; i++)
                close(fds[i]);
        for (int i = 0; i < n - 1; i++)
                close(accept_one());
        ck_assert_int_eq(shmgr_loop_process(loop), 0);
        ck_assert_int_ge(shmgr_loop_get_fd(loop), 0);
        pid_t pid = serve(refuse_all);
        run_loop(loop, &seen, 1);
        end_child(pid);
        shmgr_loop_unref(loop);
}
END_TEST

static Daemon fixture;

static void setup_real(void) {
        daemon_start(&fixture);
        m = fixture.manager;
}

static void teardown_real(void) {
        daemon_stop(&fixture);
}

START_TEST(test_batch_after_a_restart) {
        shmgr_batch *batch;

        ok(shmgr_ping(m));
        daemon_kill(&fixture);
        daemon_restart(&fixture);
        ok(shmgr_batch_new(m, _i, &batch));
        ok(shmgr_batch_add(batch, "server.ping", NULL));
        ok(shmgr_batch_run(batch));
        ok(shmgr_batch_result(batch, 0, NULL));
        shmgr_batch_unref(batch);
}
END_TEST

/* A message that is refused for its size does not end the session, nor release its holds. */
START_TEST(test_message_that_is_too_large) {
        struct json_object *params = json_object_new_array(), *values = json_object_new_array();
        shmgr_lock *lock;
        shmgr_batch *batch;
        int locked;

        ok(shmgr_lock_open(m, "l", SHMGR_CREATE, NULL, &lock));
        ok(shmgr_lock_acquire(lock, 0, NULL));
        for (int i = 0; i < 70000; i++)
                json_object_array_add(values, NULL);
        json_object_array_add(params, json_object_new_string("x"));
        json_object_array_add(params, values);
        ck_assert_int_eq(shmgr_call(m, "list.extend", params, NULL), -EMSGSIZE);
        ok(shmgr_batch_new(m, SHMGR_BATCH_ATOMIC, &batch));
        ok(shmgr_batch_add(batch, "list.extend", params));
        ck_assert_int_eq(shmgr_batch_run(batch), -EMSGSIZE);
        ck_assert_int_eq(shmgr_batch_result(batch, 0, NULL), -EINVAL);
        ok(shmgr_lock_locked(lock, &locked));
        ck_assert_int_eq(locked, 1);
        ok(shmgr_lock_release(lock));
        shmgr_batch_unref(batch);
        json_object_put(params);
        shmgr_lock_unref(lock);
}
END_TEST

/* The daemon replies to each call while very many are in progress. */
START_TEST(test_pipeline_of_very_many_calls) {
        enum { N = 100000 };
        struct json_object *params = json_of("[\"c\"]"), *result;
        shmgr_counter *counter;
        shmgr_batch *batch;

        ok(shmgr_counter_open(m, "c", SHMGR_CREATE, NULL, &counter));
        ok(shmgr_batch_new(m, SHMGR_BATCH_PIPELINE, &batch));
        for (int i = 0; i < N; i++)
                ok(shmgr_batch_add(batch, "counter.add", params));
        ok(shmgr_batch_run(batch));
        for (int i = 0; i < N; i += 999) {
                ok(shmgr_batch_result(batch, i, &result));
                ck_assert_int_eq(json_object_get_int64(result), i + 1);
                json_object_put(result);
        }
        shmgr_batch_unref(batch);
        json_object_put(params);
        shmgr_counter_unref(counter);
}
END_TEST

static void add_false(Suite *suite) {
        TCase *c = tcase_create("made-up daemon");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup_false, teardown_false);
        tcase_add_test(c, test_greeting_names_the_program);
        tcase_add_test(c, test_session_that_ended_while_idle_is_replaced);
        tcase_add_test(c, test_half_a_message_is_sent_again_as_a_whole);
        tcase_add_test(c, test_whole_message_is_never_sent_again);
        tcase_add_test(c, test_session_that_is_refused);
        tcase_add_test(c, test_session_of_a_batch_that_is_refused);
        tcase_add_test(c, test_session_of_a_loop_that_is_refused);
        tcase_add_test(c, test_idle_session_of_a_loop_is_replaced);
        tcase_add_test(c, test_loop_sends_what_was_not_sent_as_a_whole);
        tcase_add_test(c, test_loop_does_not_wait_for_a_connection);
        suite_add_tcase(suite, c);
}

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-resending");
        TCase *c = tcase_create("real daemon");

        add_false(suite);
        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup_real, teardown_real);
        tcase_add_loop_test(c, test_batch_after_a_restart, SHMGR_BATCH_ATOMIC,
                            SHMGR_BATCH_PIPELINE + 1);
        tcase_add_test(c, test_message_that_is_too_large);
        tcase_add_test(c, test_pipeline_of_very_many_calls);
        suite_add_tcase(suite, c);
        return suite;
}
