/* Ends of clients, in each way, with what they held and sent last; and the end of the daemon, with
 * waiting calls. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/wire.h"

static void make_object(const char *type) {
        char method[32];

        snprintf(method, sizeof(method), "%s.open", type);
        wire_request(&trial_witness, 1, method, "[\"o\",true]");
        EXPECT(strstr(wire_line(&trial_witness), "\"created\":true"));
}

static void delete_object(void) {
        wire_call(&trial_witness, "object.delete", "[\"o\"]", "null");
}

static void acquire(Wire *wire) {
        wire_request(wire, 1, "lock.acquire", "[\"o\"]");
        EXPECT(strstr(wire_line(wire), "\"token\""));
}

/* Forks a child that runs this function; the test waits for it or kills it. */
static pid_t start_child(void (*run)(int fd), int fd) {
        pid_t pid = fork();

        EXPECT(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                run(fd);
                _exit(0);
        }
        return pid;
}

static void await_child(pid_t pid, int expected) {
        int status;

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status), expected);
}

static void write_byte(int fd) {
        EXPECT(write(fd, "!", 1) == 1);
}

static void read_byte(int fd) {
        char byte;

        EXPECT(read(fd, &byte, 1) == 1);
}

static void hold_and_pause(int fd) {
        Wire wire = wire_open();

        acquire(&wire);
        write_byte(fd);
        for (;;)
                pause();
}

/* Takes the lock, and forks a child that has the socket, too, and sends on it as long as it can. */
static void hold_and_leave_child(int fd) {
        Wire wire = wire_open();
        pid_t parent = getpid();

        acquire(&wire);
        if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, 0);
                write_byte(fd);
                for (int i = 0; i < 1000000; i++)
                        if (send(wire.fd, "\n", 1, MSG_NOSIGNAL) < 0)
                                _exit(0);
                _exit(1);
        }
        while (getpid() == parent)
                pause();
}

/* The witness waits for the lock, and gets it with a report of the owner's death. */
static void expect_inheritance(pid_t victim) {
        char pid[32];

        const char *line = wire_line(&trial_witness);
        ck_assert_ptr_nonnull(line);
        snprintf(pid, sizeof(pid), "\"owner_died\":{\"pid\":%d,", (int)victim);
        ck_assert_msg(strstr(line, pid) != NULL, "no word of %d: %s", (int)victim, line);
        trial_wait_stat("sessions", 1);
        delete_object();
}

static void kill_holder(void (*run)(int fd)) {
        int fds[2];

        trial_begin(NULL);
        make_object("lock");
        EXPECT(pipe(fds) == 0);
        pid_t victim = start_child(run, fds[1]);
        read_byte(fds[0]);
        wire_request(&trial_witness, 2, "lock.acquire", "[\"o\"]");
        kill(victim, SIGKILL);
        await_child(victim, -SIGKILL);
        expect_inheritance(victim);
        trial_end();
}

START_TEST(holder_is_killed) {
        kill_holder(hold_and_pause);
}
END_TEST

START_TEST(holder_is_killed_and_leaves_a_child) {
        int pidfd = syscall(SYS_pidfd_open, getpid(), 0);

        /* Without pidfd_open() the daemon sees only the end of the socket. */
        if (pidfd < 0) {
                say_skipped("the kernel has no pidfd_open");
                return;
        }
        close(pidfd);
        kill_holder(hold_and_leave_child);
}
END_TEST

static void hold_and_exit(int fd) {
        Wire wire = wire_open();

        acquire(&wire);
}

START_TEST(holder_exits) {
        trial_begin(NULL);
        make_object("lock");
        for (int i = 0; i < 20; i++) {
                await_child(start_child(hold_and_exit, -1), 0);
                wire_request(&trial_witness, 2, "lock.acquire", "[\"o\"]");
                EXPECT(strstr(wire_line(&trial_witness), "\"owner_died\""));
                wire_call(&trial_witness, "lock.release", "[\"o\"]", "null");
        }
        delete_object();
        trial_end();
}
END_TEST

/* A stopped process is not dead: it keeps its holds, however long others wait. */
START_TEST(holder_is_stopped) {
        int fds[2];

        trial_begin(NULL);
        make_object("lock");
        EXPECT(pipe(fds) == 0);
        pid_t holder = start_child(hold_and_pause, fds[1]);
        read_byte(fds[0]);
        kill(holder, SIGSTOP);
        EXPECT(waitpid(holder, NULL, WUNTRACED) == holder);
        wire_request(&trial_witness, 2, "lock.acquire", "[\"o\",1500]");
        wire_expect_error(&trial_witness, "2", -32000, "ETIMEDOUT");
        wire_call(&trial_witness, "lock.locked", "[\"o\"]", "true");
        kill(holder, SIGKILL);
        await_child(holder, -SIGKILL);
        wire_request(&trial_witness, 3, "lock.acquire", "[\"o\"]");
        EXPECT(strstr(wire_line(&trial_witness), "\"owner_died\""));
        wire_call(&trial_witness, "lock.release", "[\"o\"]", "null");
        delete_object();
        trial_end();
}
END_TEST

static void wait_for_lock(int fd) {
        Wire wire = wire_open();

        wire_request(&wire, 1, "lock.acquire", "[\"o\"]");
        write_byte(fd);
        wire_line(&wire);
}

/* When a waiter dies the next one in the queue gets the lock. */
START_TEST(waiter_is_killed) {
        int fds[2];

        trial_begin(NULL);
        make_object("lock");
        acquire(&trial_witness);
        EXPECT(pipe(fds) == 0);
        pid_t victim = start_child(wait_for_lock, fds[1]);
        read_byte(fds[0]);
        trial_wait_stat("waits", 1);
        Wire next = wire_open();
        wire_request(&next, 2, "lock.acquire", "[\"o\"]");
        trial_wait_stat("waits", 2);
        kill(victim, SIGKILL);
        await_child(victim, -SIGKILL);
        trial_wait_stat("waits", 1);
        wire_call(&trial_witness, "lock.release", "[\"o\"]", "null");
        EXPECT(strstr(wire_line(&next), "\"token\""));
        wire_close(&next);
        delete_object();
        trial_end();
}
END_TEST

static const char add_line[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"counter.add\",\"params\":[\"o\"]}\n";

static void say_and_exit(int fd) {
        Wire wire = wire_open();

        for (int i = 0; i < 3; i++)
                wire_send(&wire, add_line);
}

/* The replies arrive at a socket that is closed while the daemon still has input of it. */
static void ask_say_and_exit(int fd) {
        Wire wire = wire_open();

        for (int i = 0; i < 50; i++) {
                wire_request(&wire, i, "server.ping", "[]");
                wire_send(&wire, add_line);
        }
}

/* Sends more than one turn processes. */
static void say_much_and_exit(int fd) {
        Wire wire = wire_open();

        for (int i = 0; i < 500; i++)
                wire_send(&wire, add_line);
}

static void hear_last_words(void (*run)(int fd), int n_children, int n_adds) {
        char sum[32];

        trial_begin(NULL);
        make_object("counter");
        for (int i = 0; i < n_children; i++)
                await_child(start_child(run, -1), 0);
        trial_wait_stat("sessions", 1);
        snprintf(sum, sizeof(sum), "%d", n_adds);
        wire_call(&trial_witness, "counter.get", "[\"o\"]", sum);
        delete_object();
        trial_end();
}

START_TEST(last_words) {
        hear_last_words(say_and_exit, 100, 300);
}
END_TEST

START_TEST(last_words_before_answers) {
        hear_last_words(ask_say_and_exit, 50, 2500);
}
END_TEST

START_TEST(many_last_words) {
        hear_last_words(say_much_and_exit, 10, 5000);
}
END_TEST

/* The socket is closed, by a process that lives on, before the daemon has read any of its input. */
START_TEST(last_words_of_a_socket) {
        enum { N = 2000 };
        char *text = calloc(N, sizeof(add_line)), *at = text;

        trial_begin(NULL);
        make_object("counter");
        Wire wire = wire_open();
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        kill(trial_daemon.pid, SIGSTOP);
        wire_send(&wire, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.ping\"}\n");
        for (int i = 0; i < N; i++)
                at = stpcpy(at, add_line);
        size_t sent = wire_try_send(&wire, text, strlen(text));
        EXPECT(sent > 64 << 10);
        wire_close(&wire);
        kill(trial_daemon.pid, SIGCONT);
        trial_wait_stat("sessions", 1);
        char sum[32];
        snprintf(sum, sizeof(sum), "%zu", sent / strlen(add_line));
        wire_call(&trial_witness, "counter.get", "[\"o\"]", sum);
        free(text);
        delete_object();
        trial_end();
}
END_TEST

/* All clients die at once, each with a lock for which another one waits. */
START_TEST(many_die_at_once) {
        enum { N = 50 };
        pid_t pids[N];
        int fds[2];

        trial_begin(NULL);
        make_object("lock");
        acquire(&trial_witness);
        EXPECT(pipe(fds) == 0);
        for (int i = 0; i < N; i++)
                pids[i] = start_child(wait_for_lock, fds[1]);
        for (int i = 0; i < N; i++)
                read_byte(fds[0]);
        trial_wait_stat("waits", N);
        for (int i = 0; i < N; i++)
                kill(pids[i], SIGKILL);
        for (int i = 0; i < N; i++)
                await_child(pids[i], -SIGKILL);
        trial_wait_stat("waits", 0);
        wire_call(&trial_witness, "lock.release", "[\"o\"]", "null");
        acquire(&trial_witness);
        delete_object();
        trial_end();
}
END_TEST

/* SIGTERM: waiting calls get an error, all replies are sent, and the file of the socket is removed. */
START_TEST(daemon_ends) {
        enum { N = 5 };
        Wire wires[N];
        struct stat st;

        trial_begin(NULL);
        make_object("lock");
        acquire(&trial_witness);
        for (int i = 0; i < N; i++) {
                wires[i] = wire_open();
                wire_request(&wires[i], 1, "server.ping", "[]");
                wire_request(&wires[i], 2, "lock.acquire", "[\"o\"]");
        }
        trial_wait_stat("waits", N);
        ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGTERM), 0);
        for (int i = 0; i < N; i++) {
                wire_expect_result(&wires[i], 1, "\"pong\"");
                wire_expect_error(&wires[i], "2", -32000, "ECONNRESET");
                wire_expect_end(&wires[i]);
                wire_close(&wires[i]);
        }
        wire_expect_end(&trial_witness);
        EXPECT(lstat(trial_daemon.socket, &st) < 0);
        daemon_process_free(&trial_daemon);
}
END_TEST

/* A client that does not read cannot keep the daemon from exiting. */
START_TEST(daemon_ends_with_output_unread) {
        static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.discover\"}\n";

        trial_begin(NULL);
        Wire wire = wire_open();
        for (int i = 0; i < 100; i++)
                wire_try_send(&wire, line, strlen(line));
        trial_ping();
        int64_t before_ms = clock_ms();
        ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGINT), 0);
        ck_assert_int_lt(clock_ms() - before_ms, 30000);
        wire_close(&wire);
        daemon_process_free(&trial_daemon);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wire-death");
        TCase *tcase = tcase_create("death");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, holder_is_killed);
        tcase_add_test(tcase, holder_is_killed_and_leaves_a_child);
        tcase_add_test(tcase, holder_exits);
        tcase_add_test(tcase, holder_is_stopped);
        tcase_add_test(tcase, waiter_is_killed);
        tcase_add_test(tcase, last_words);
        tcase_add_test(tcase, last_words_before_answers);
        tcase_add_test(tcase, many_last_words);
        tcase_add_test(tcase, last_words_of_a_socket);
        tcase_add_test(tcase, many_die_at_once);
        tcase_add_test(tcase, daemon_ends);
        tcase_add_test(tcase, daemon_ends_with_output_unread);
        suite_add_tcase(suite, tcase);
        return suite;
}
