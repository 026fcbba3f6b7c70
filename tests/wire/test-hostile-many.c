/* Very many clients, which connect at once, wait at once, die at once, or flood the daemon. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/wire.h"

/* Raises the limit of descriptors; returns how many sockets each side may open. */
static int raise_limit(int n_wanted) {
        struct rlimit rl;

        EXPECT(getrlimit(RLIMIT_NOFILE, &rl) == 0);
        rl.rlim_cur = rl.rlim_max;
        EXPECT(setrlimit(RLIMIT_NOFILE, &rl) == 0);
        rlim_t most = (rl.rlim_cur - 64) / 4;
        return most < (rlim_t)n_wanted ? (int)most : n_wanted;
}

static Wire *open_many(int n) {
        Wire *wires = calloc(n, sizeof(*wires));

        EXPECT(wires);
        for (int i = 0; i < n; i++)
                wires[i] = wire_open();
        return wires;
}

static void close_many(Wire *wires, int n) {
        for (int i = 0; i < n; i++)
                wire_close(&wires[i]);
        free(wires);
}

static void make_object(const char *type) {
        char method[32];

        snprintf(method, sizeof(method), "%s.open", type);
        wire_request(&trial_witness, 1, method, "[\"o\",true]");
        EXPECT(strstr(wire_line(&trial_witness), "\"created\":true"));
}

static void delete_object(void) {
        wire_call(&trial_witness, "object.delete", "[\"o\"]", "null");
}

/* SIGTERM while a thousand calls wait: all get an error, earlier replies are sent, and the daemon exits
 * with 0. */
START_TEST(end_with_many_waits) {
        int n = raise_limit(1000);

        trial_begin(NULL);
        make_object("event");
        Wire *wires = open_many(n);
        for (int i = 0; i < n; i++) {
                wire_request(&wires[i], 1, "event.wait", "[\"o\"]");
                wire_request(&wires[i], 2, "event.wait", "[\"o\",1000000]");
                wire_request(&wires[i], 3, "server.ping", "[]");
        }
        trial_wait_stat("waits", 2 * n);
        int64_t before_ms = clock_ms();
        ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGTERM), 0);
        ck_assert_int_lt(clock_ms() - before_ms, 10000);
        for (int i = 0; i < n; i++) {
                wire_expect_result(&wires[i], 3, "\"pong\"");
                wire_expect_error(&wires[i], "1", -32000, "ECONNRESET");
                wire_expect_error(&wires[i], "2", -32000, "ECONNRESET");
                wire_expect_end(&wires[i]);
        }
        close_many(wires, n);
        wire_expect_end(&trial_witness);
        daemon_process_free(&trial_daemon);
}
END_TEST

/* The daemon is stopped until a timeout has expired. Input that arrived before counts as in time, however
 * much other clients sent first. */
START_TEST(input_before_timeouts) {
        int n = raise_limit(300);

        trial_begin(NULL);
        make_object("counter");
        Wire waiter = wire_open(), *wires = open_many(n);
        for (int i = 0; i < n; i++)
                wire_call(&wires[i], "server.ping", "[]", "\"pong\"");
        char awaited[32], sum[32];
        snprintf(awaited, sizeof(awaited), "[\"o\",\">=\",%d,1000]", n);
        snprintf(sum, sizeof(sum), "%d", n);
        wire_request(&waiter, 1, "counter.wait", awaited);
        trial_wait_stat("waits", 1);
        kill(trial_daemon.pid, SIGSTOP);
        int64_t end_ms = clock_ms() + 1500;
        for (int i = 0; i < n; i++)
                wire_request(&wires[i], 1, "counter.add", "[\"o\"]");
        EXPECT(!wire_wait(&waiter, (int)(end_ms - clock_ms())));
        kill(trial_daemon.pid, SIGCONT);
        wire_expect_result(&waiter, 1, sum);
        wire_close(&waiter);
        close_many(wires, n);
        delete_object();
        trial_end();
}
END_TEST

/* All connect at once, more than the backlog of the socket holds; an idle session takes little memory. */
START_TEST(many_come_at_once) {
        enum { CHILDREN = 8 };
        int n = raise_limit(4000), fds[2];
        pid_t pids[CHILDREN];

        trial_begin(NULL);
        int64_t before = trial_memory();
        EXPECT(pipe(fds) == 0);
        for (int k = 0; k < CHILDREN; k++) {
                EXPECT((pids[k] = fork()) >= 0);
                if (pids[k] > 0)
                        continue;
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                Wire *wires = open_many(n / CHILDREN);
                for (int i = 0; i < n / CHILDREN; i++)
                        wire_call(&wires[i], "server.ping", "[]", "\"pong\"");
                EXPECT(write(fds[1], "!", 1) == 1);
                for (;;)
                        pause();
        }
        for (int k = 0; k < CHILDREN; k++) {
                char byte;
                EXPECT(read(fds[0], &byte, 1) == 1);
                trial_ping();
        }
        ck_assert_int_eq(trial_stat("sessions"), n / CHILDREN * CHILDREN + 1);
        trial_expect_memory(before, n * INT64_C(8192));
        for (int k = 0; k < CHILDREN; k++) {
                kill(pids[k], SIGKILL);
                waitpid(pids[k], NULL, 0);
        }
        trial_end();
}
END_TEST

/* Each of many sessions of one process has ten locks, and a waiter waits for the last one: when the
 * process dies all are free, and each waiter is told of the death. */
static void hold_many(int fd, int n) {
        Wire *wires = open_many(n);
        char params[64];

        for (int i = 0; i < 10 * n; i++) {
                snprintf(params, sizeof(params), "[\"l%d\",true]", i);
                wire_request(&wires[i % n], 1, "lock.open", params);
                EXPECT(strstr(wire_line(&wires[i % n]), "created"));
                snprintf(params, sizeof(params), "[\"l%d\"]", i);
                wire_request(&wires[i % n], 1, "lock.acquire", params);
                EXPECT(strstr(wire_line(&wires[i % n]), "token"));
        }
        EXPECT(write(fd, "!", 1) == 1);
        for (;;)
                pause();
}

START_TEST(many_holders_die_at_once) {
        int n = raise_limit(500), fds[2];
        char byte, params[64];

        trial_begin(NULL);
        EXPECT(pipe(fds) == 0);
        pid_t pid = fork();
        EXPECT(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                hold_many(fds[1], n);
        }
        EXPECT(read(fds[0], &byte, 1) == 1);
        wire_request(&trial_witness, 1, "lock.acquire", "[\"l0\"]");
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        EXPECT(strstr(wire_line(&trial_witness), "\"owner_died\""));
        trial_wait_stat("sessions", 1);
        for (int i = 0; i < 10 * n; i++) {
                snprintf(params, sizeof(params), "[\"l%d\",0]", i);
                if (i > 0) {
                        wire_request(&trial_witness, 1, "lock.acquire", params);
                        EXPECT(strstr(wire_line(&trial_witness), "\"owner_died\""));
                }
                snprintf(params, sizeof(params), "[\"l%d\"]", i);
                wire_call(&trial_witness, "object.delete", params, "null");
        }
        trial_end();
}
END_TEST

/* Sends pipelines without end, and drops the replies. */
static void flood(void) {
        enum { N = 200, LINE = 80 };
        char *text = malloc(N * LINE), *at = text, answers[65536];
        Wire wire = wire_open();

        for (int i = 0; i < N; i++)
                at += sprintf(at, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.ping\"}\n");
        for (size_t n = strlen(text), sent = 0;; sent %= n) {
                sent += wire_try_send(&wire, text + sent, n - sent);
                if (wire_wait(&wire, 0) && read(wire.fd, answers, sizeof(answers)) <= 0)
                        _exit(1);
        }
}

/* A client that floods the daemon keeps it busy, but others are still served in their turn. */
START_TEST(flood_of_calls) {
        enum { N = 4 };
        pid_t pids[N];

        trial_begin(NULL);
        for (int i = 0; i < N; i++) {
                EXPECT((pids[i] = fork()) >= 0);
                if (pids[i] == 0) {
                        prctl(PR_SET_PDEATHSIG, SIGKILL);
                        flood();
                }
        }
        trial_wait_stat("sessions", N + 1);
        int64_t before_ms = clock_ms();
        for (int i = 0; i < 100; i++)
                trial_ping();
        ck_assert_int_lt(clock_ms() - before_ms, 10000);
        for (int i = 0; i < N; i++) {
                kill(pids[i], SIGKILL);
                waitpid(pids[i], NULL, 0);
        }
        trial_end();
}
END_TEST

/* One of many waiters for an event is stopped: the others are still told. */
START_TEST(one_of_many_stands_still) {
        int n = raise_limit(500), fds[2];
        char byte;

        trial_begin(NULL);
        make_object("event");
        EXPECT(pipe(fds) == 0);
        pid_t pid = fork();
        EXPECT(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                Wire wire = wire_open();
                wire_request(&wire, 1, "event.wait", "[\"o\"]");
                EXPECT(write(fds[1], "!", 1) == 1);
                wire_expect_result(&wire, 1, "true");
                _exit(0);
        }
        EXPECT(read(fds[0], &byte, 1) == 1);
        trial_wait_stat("waits", 1);
        kill(pid, SIGSTOP);
        Wire *wires = open_many(n);
        for (int i = 0; i < n; i++)
                wire_request(&wires[i], 1, "event.wait", "[\"o\"]");
        trial_wait_stat("waits", n + 1);
        wire_call(&trial_witness, "event.set", "[\"o\"]", "null");
        for (int i = 0; i < n; i++)
                wire_expect_result(&wires[i], 1, "true");
        close_many(wires, n);
        kill(pid, SIGCONT);
        EXPECT(waitpid(pid, NULL, 0) == pid);
        delete_object();
        trial_end();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("hostile-many");
        TCase *tcase = tcase_create("many");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, end_with_many_waits);
        tcase_add_test(tcase, input_before_timeouts);
        tcase_add_test(tcase, many_come_at_once);
        tcase_add_test(tcase, many_holders_die_at_once);
        tcase_add_test(tcase, flood_of_calls);
        tcase_add_test(tcase, one_of_many_stands_still);
        suite_add_tcase(suite, tcase);
        return suite;
}
