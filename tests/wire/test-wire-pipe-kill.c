/* kill -9 of either side of a pipe, at any moment: the other side sees the end of file, or that nobody
 * reads any more; or it still waits, if the dead side had not opened its end yet. And nothing of the dead
 * process is left in the daemon. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "patience.h"
#include "random.h"
#include "tap-main.h"
#include "wire/wire.h"

enum { LONG_MS = 60000, BLOCK = 4096, CAPACITY = 65536 };

typedef struct Role {
        const char *end, *other_end;
        void (*use)(int fd, int progress);
} Role;

/* Writes a byte for each moment that the victim reaches. */
static void tell(int progress) {
        EXPECT(write(progress, "!", 1) == 1);
}

static void write_for_ever(int fd, int progress) {
        char block[BLOCK];

        memset(block, 'x', sizeof(block));
        while (write(fd, block, sizeof(block)) > 0)
                tell(progress);
}

static void read_for_ever(int fd, int progress) {
        char block[BLOCK];

        while (read(fd, block, sizeof(block)) > 0)
                tell(progress);
}

static const Role roles[] = {{"writer", "reader", write_for_ever},
                             {"reader", "writer", read_for_ever}};

static void ask_end(Wire *wire, const char *end) {
        char params[128];

        snprintf(params, sizeof(params), "{\"name\":\"p\",\"create\":true,\"end\":\"%s\"}", end);
        wire_request(wire, 1, "pipe.open", params);
}

static int open_end(Wire *wire, const char *end) {
        ask_end(wire, end);
        EXPECT(strstr(wire_line(wire), "\"serial\""));
        return wire_take_fd(wire);
}

static void be_victim(const Role *role, int progress) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        tell(progress);
        Wire wire = wire_open();
        wire.wants_fds = true;
        tell(progress);
        ask_end(&wire, role->end);
        tell(progress);
        EXPECT(wire_wait(&wire, patience_ms(LONG_MS)));
        tell(progress);
        EXPECT(strstr(wire_line(&wire), "\"serial\""));
        tell(progress);
        role->use(wire_take_fd(&wire), progress);
}

static pid_t start_victim(const Role *role, int *ret_progress) {
        int fds[2];

        EXPECT(pipe(fds) == 0);
        pid_t pid = fork();
        EXPECT(pid >= 0);
        if (pid == 0) {
                close(fds[0]);
                be_victim(role, fds[1]);
                _exit(0);
        }
        close(fds[1]);
        *ret_progress = fds[0];
        return pid;
}

static void await_moments(int progress, int n) {
        char byte;

        while (n-- > 0)
                EXPECT(read(progress, &byte, 1) == 1);
}

static void kill_victim(pid_t pid) {
        int status;

        kill(pid, SIGKILL);
        EXPECT(waitpid(pid, &status, 0) == pid);
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
                      "the victim ended by itself: 0x%x", (unsigned)status);
}

/* Returns whether the daemon reports this state of an end. */
static bool is_state(const char *end, const char *state) {
        char wanted[64];

        snprintf(wanted, sizeof(wanted), "\"%s\":\"%s\"", end, state);
        wire_request(&trial_witness, 2, "object.stat", "[\"p\"]");
        return strstr(wire_line(&trial_witness), wanted);
}

/* Reads all bytes that were written, and then the end of file; or, if the writer was never there, nothing
 * and no end. */
static void read_to_end(int fd, bool was_there) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char block[8192];
        ssize_t n;

        if (!was_there) {
                ck_assert_int_eq(poll(&p, 1, 0), 0);
                return;
        }
        do {
                ck_assert_int_eq(poll(&p, 1, patience_ms(LONG_MS)), 1);
                n = read(fd, block, sizeof(block));
                for (ssize_t i = 0; i < n; i++)
                        EXPECT(block[i] == 'x');
        } while (n > 0);
        ck_assert_int_eq(n, 0);
}

static void write_to_end(int fd, bool was_there) {
        ssize_t n = write(fd, "x", 1);

        if (was_there) {
                ck_assert_int_eq(n, -1);
                ck_assert_int_eq(errno, EPIPE);
        } else
                ck_assert_int_eq(n, 1);
}

/* The test has the other end. The victim opens its end, and is killed after n_moments. */
static void kill_at(const Role *role, int n_moments, int n_yields) {
        int progress;

        int fd = open_end(&trial_witness, role->other_end);
        if (role == &roles[1])
                for (int i = 0; i < 10; i++)
                        EXPECT(write(fd, "xxxxx", 5) == 5);
        pid_t pid = start_victim(role, &progress);
        await_moments(progress, n_moments);
        for (int i = 0; i < n_yields; i++)
                sched_yield();
        kill_victim(pid);
        close(progress);
        trial_wait_stat("sessions", 1);
        bool was_there = !is_state(role->end, "unopened");
        ck_assert(!was_there || is_state(role->end, "gone"));
        if (n_moments > 3)
                ck_assert(was_there);
        (role == &roles[0] ? read_to_end : write_to_end)(fd, was_there);
        close(fd);
        char params[32];
        snprintf(params, sizeof(params), "[\"p\",\"%s\"]", role->other_end);
        wire_call(&trial_witness, "pipe.close", params, "null");
        if (!was_there)
                wire_call(&trial_witness, "object.delete", "[\"p\"]", "null");
        trial_check();
}

START_TEST(killed_at_each_moment) {
        const Role *role = &roles[_i];

        trial_begin(NULL);
        trial_witness.wants_fds = true;
        /* Up to the moments in which the victim waits for room or for data. */
        for (int n_moments = 0; n_moments <= 5 + (role == &roles[0] ? CAPACITY / BLOCK : 1);
             n_moments++)
                kill_at(role, n_moments, 0);
        trial_end();
}
END_TEST

START_TEST(killed_at_any_moment) {
        enum { N = 300 };
        Random random = {_i + 1};

        trial_begin(NULL);
        trial_witness.wants_fds = true;
        for (int i = 0; i < N; i++)
                kill_at(&roles[_i], random_below(&random, 6), random_below(&random, 300));
        trial_end();
}
END_TEST

/* Both sides die, in either order, while data flows; the next two find nothing of them. */
START_TEST(both_are_killed) {
        enum { N = 100 };
        Random random = {99};
        int progress[2];
        pid_t pids[2];

        trial_begin(NULL);
        for (int i = 0; i < N; i++) {
                for (int k = 0; k < 2; k++)
                        pids[k] = start_victim(&roles[k], &progress[k]);
                for (int k = 0; k < 2; k++)
                        await_moments(progress[k], 5 + random_below(&random, 20));
                int first = random_below(&random, 2);
                /* The other one may have exited before the kill. */
                kill_victim(pids[first]);
                kill(pids[!first], SIGKILL);
                EXPECT(waitpid(pids[!first], NULL, 0) == pids[!first]);
                for (int k = 0; k < 2; k++)
                        close(progress[k]);
                trial_check();
        }
        trial_end();
}
END_TEST

/* A child of the dead process has the descriptor: no end of file comes, and object.stat reports the end as
 * kept. */
START_TEST(child_keeps_the_end) {
        int to_child[2], from_child[2];
        char byte;

        trial_begin(NULL);
        trial_witness.wants_fds = true;
        int reader = open_end(&trial_witness, "reader");
        EXPECT(pipe(to_child) == 0 && pipe(from_child) == 0);
        pid_t pid = fork();
        EXPECT(pid >= 0);
        if (pid == 0) {
                close(to_child[1]);
                Wire wire = wire_open();
                wire.wants_fds = true;
                int writer = open_end(&wire, "writer");
                if (fork() == 0) {
                        tell(from_child[1]);
                        EXPECT(read(to_child[0], &byte, 1) == 0);
                        EXPECT(write(writer, "x", 1) == 1);
                        _exit(0);
                }
                for (;;)
                        pause();
        }
        close(to_child[0]);
        await_moments(from_child[0], 1);
        kill_victim(pid);
        trial_wait_stat("sessions", 1);
        ck_assert(is_state("writer", "kept"));
        struct pollfd p = {.fd = reader, .events = POLLIN};
        ck_assert_int_eq(poll(&p, 1, 50), 0);
        /* Nobody can join through an end that the daemon has closed. */
        wire_request(&trial_witness, 3, "pipe.open", "{\"name\":\"p\",\"end\":\"writer\"}");
        wire_expect_error(&trial_witness, "3", -32000, "EPIPE");
        close(to_child[1]);
        read_to_end(reader, true);
        ck_assert(is_state("writer", "gone"));
        close(reader);
        wire_call(&trial_witness, "pipe.close", "[\"p\",\"reader\"]", "null");
        close(from_child[0]);
        close(from_child[1]);
        trial_end();
}
END_TEST

/* The daemon dies: data still flows, and the kernel decides about ends of file. The next daemon knows
 * nothing of the pipe. */
START_TEST(daemon_is_killed) {
        int progress;

        trial_begin(NULL);
        trial_witness.wants_fds = true;
        int reader = open_end(&trial_witness, "reader");
        pid_t pid = start_victim(&roles[0], &progress);
        await_moments(progress, 6);
        ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGKILL), -SIGKILL);
        wire_expect_end(&trial_witness);
        char block[4096];
        for (int i = 0; i < 100; i++)
                EXPECT(read(reader, block, sizeof(block)) > 0);
        kill_victim(pid);
        read_to_end(reader, true);
        close(reader);
        close(progress);
        wire_close(&trial_witness);
        ck_assert_int_eq(daemon_process_start(&trial_daemon, NULL), 0);
        trial_witness = wire_open();
        wire_call(&trial_witness, "object.list", "[]", "[]");
        wire_close(&trial_witness);
        daemon_process_free(&trial_daemon);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wire-pipe-kill");
        TCase *tcase = tcase_create("kill");

        signal(SIGPIPE, SIG_IGN);
        tcase_set_timeout(tcase, 240);
        tcase_add_loop_test(tcase, killed_at_each_moment, 0, 2);
        tcase_add_loop_test(tcase, killed_at_any_moment, 0, 2);
        tcase_add_test(tcase, both_are_killed);
        tcase_add_test(tcase, child_keeps_the_end);
        tcase_add_test(tcase, daemon_is_killed);
        suite_add_tcase(suite, tcase);
        return suite;
}
