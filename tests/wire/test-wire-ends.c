/* The ends of a session: of its process, of its socket, or of both (session.hello, ends_with). A child connects, so the
 * session belongs to the child; the test has the socket as well, and calls on it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/wire.h"

typedef struct Child {
        pid_t pid;
        int life; /* the child lives until this is closed */
} Child;

static void connect_to_trial(int fd) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        size_t n = strlen(trial_daemon.socket);

        if (n >= sizeof(address.sun_path))
                _exit(1);
        memcpy(address.sun_path, trial_daemon.socket, n);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
                _exit(1);
}

static void await_end_of(int fd) {
        char byte;

        while (read(fd, &byte, 1) > 0)
                continue;
}

/* Forks a child that connects the socket, and keeps it open or not. */
static Child child_start(Wire *wire, bool keeps_socket) {
        int life[2], connected[2];
        char byte;

        EXPECT(pipe(life) == 0 && pipe(connected) == 0);
        *wire = (Wire){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        pid_t pid = fork();
        EXPECT(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                close(life[1]);
                connect_to_trial(wire->fd);
                if (!keeps_socket)
                        close(wire->fd);
                EXPECT(write(connected[1], "!", 1) == 1);
                await_end_of(life[0]);
                _exit(0);
        }
        close(life[0]);
        EXPECT(read(connected[0], &byte, 1) == 1);
        close(connected[0]);
        close(connected[1]);
        return (Child){.pid = pid, .life = life[1]};
}

static void child_end(Child *child) {
        close(child->life);
        ck_assert_int_eq(waitpid(child->pid, NULL, 0), child->pid);
}

static void hello(Wire *wire, const char *params) {
        wire_request(wire, 1, "session.hello", params);
        EXPECT(strstr(wire_line(wire), "\"server\""));
}

static void acquire(Wire *wire) {
        wire_request(wire, 2, "lock.acquire", "[\"l\"]");
        EXPECT(strstr(wire_line(wire), "\"token\""));
}

/* Waits until the daemon has processed all earlier events: it has then processed a later one. */
static void let_daemon_see(void) {
        int64_t n = trial_stat("sessions");
        Wire later = wire_open();

        wire_call(&later, "server.ping", "[]", "\"pong\"");
        trial_wait_stat("sessions", n + 1);
        wire_close(&later);
        trial_wait_stat("sessions", n);
}

static void expect_held(void) {
        wire_request(&trial_witness, 9, "lock.acquire", "[\"l\",0]");
        wire_expect_error(&trial_witness, "9", -32000, "EAGAIN");
}

/* The witness acquires the lock, with a report of a death or without. */
static void expect_free(bool has_died) {
        wire_request(&trial_witness, 9, "lock.acquire", "[\"l\"]");
        const char *line = wire_line(&trial_witness);
        ck_assert_ptr_nonnull(line);
        ck_assert_msg(!!strstr(line, "owner_died") == has_died, "%s", line);
        wire_call(&trial_witness, "lock.release", "[\"l\"]", "null");
}

static void begin(Wire *wire, Child *child, bool keeps_socket, const char *params) {
        trial_begin(NULL);
        wire_request(&trial_witness, 1, "lock.open", "[\"l\",true]");
        EXPECT(strstr(wire_line(&trial_witness), "\"created\":true"));
        *child = child_start(wire, keeps_socket);
        hello(wire, params);
        acquire(wire);
        expect_held();
}

static void finish(void) {
        trial_wait_stat("sessions", 1);
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        trial_end();
}

START_TEST(the_socket_is_closed_first) {
        Wire wire;
        Child child;

        begin(&wire, &child, false, "{\"ends_with\":\"last\"}");
        wire_close(&wire);
        let_daemon_see();
        expect_held();
        child_end(&child);
        expect_free(true);
        finish();
}
END_TEST

/* If the process leaves unread input, the socket ends with an error. */
START_TEST(the_socket_is_closed_unread) {
        Wire wire;
        Child child;

        begin(&wire, &child, false, "{\"ends_with\":\"last\"}");
        wire_request(&wire, 3, "server.ping", "[]");
        EXPECT(wire_wait(&wire, 60000));
        wire_close(&wire);
        let_daemon_see();
        expect_held();
        child_end(&child);
        expect_free(true);
        finish();
}
END_TEST

START_TEST(the_process_exits_first_and_the_other_releases) {
        Wire wire;
        Child child;

        begin(&wire, &child, true, "{\"ends_with\":\"last\"}");
        child_end(&child);
        let_daemon_see();
        expect_held();
        wire_call(&wire, "lock.release", "[\"l\"]", "null");
        expect_free(false);
        wire_close(&wire);
        finish();
}
END_TEST

START_TEST(the_process_exits_first_and_nobody_releases) {
        Wire wire;
        Child child;

        begin(&wire, &child, false, "{\"ends_with\":\"last\"}");
        child_end(&child);
        let_daemon_see();
        expect_held();
        wire_close(&wire);
        expect_free(true);
        finish();
}
END_TEST

START_TEST(a_waiter_without_a_process_leaves) {
        Wire wire;
        Child child;

        trial_begin(NULL);
        wire_request(&trial_witness, 1, "lock.open", "[\"l\",true]");
        EXPECT(strstr(wire_line(&trial_witness), "\"created\":true"));
        acquire(&trial_witness);
        child = child_start(&wire, false);
        hello(&wire, "{\"ends_with\":\"last\"}");
        wire_request(&wire, 2, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 1);
        child_end(&child);
        trial_wait_stat("waits", 0);
        wire_close(&wire);
        wire_call(&trial_witness, "lock.release", "[\"l\"]", "null");
        finish();
}
END_TEST

START_TEST(a_waiter_without_a_socket_leaves) {
        Wire wire, waiter;
        Child child, other;

        begin(&wire, &child, false, "{\"ends_with\":\"last\"}");
        other = child_start(&waiter, false);
        hello(&waiter, "{\"ends_with\":\"last\"}");
        wire_request(&waiter, 2, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 1);
        wire_close(&waiter);
        trial_wait_stat("waits", 0);
        child_end(&other);
        wire_close(&wire);
        child_end(&child);
        expect_free(true);
        finish();
}
END_TEST

START_TEST(the_socket_alone_counts) {
        Wire wire;
        Child child;

        begin(&wire, &child, false, "{\"ends_with\":\"socket\",\"end_releases\":true}");
        child_end(&child);
        let_daemon_see();
        expect_held();
        wire_close(&wire);
        expect_free(false);
        finish();
}
END_TEST

/* The default, and the value that restores it. */
START_TEST(the_first_of_both_counts) {
        Wire wire;
        Child child;

        begin(&wire, &child, false, "{\"ends_with\":\"last\"}");
        hello(&wire, "{\"ends_with\":\"first\"}");
        child_end(&child);
        expect_free(true);
        wire_close(&wire);
        finish();
}
END_TEST

/* A session without a socket counts among those of its user, and ends with the daemon. */
START_TEST(the_daemon_ends) {
        Wire wire;
        Child child;

        begin(&wire, &child, false, "{\"ends_with\":\"last\"}");
        wire_close(&wire);
        let_daemon_see();
        ck_assert_int_eq(trial_stat("sessions"), 2);
        ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGTERM), 0);
        child_end(&child);
        daemon_process_free(&trial_daemon);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wire-ends");
        TCase *tcase = tcase_create("ends");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, the_socket_is_closed_first);
        tcase_add_test(tcase, the_socket_is_closed_unread);
        tcase_add_test(tcase, the_process_exits_first_and_the_other_releases);
        tcase_add_test(tcase, the_process_exits_first_and_nobody_releases);
        tcase_add_test(tcase, a_waiter_without_a_process_leaves);
        tcase_add_test(tcase, a_waiter_without_a_socket_leaves);
        tcase_add_test(tcase, the_socket_alone_counts);
        tcase_add_test(tcase, the_first_of_both_counts);
        tcase_add_test(tcase, the_daemon_ends);
        suite_add_tcase(suite, tcase);
        return suite;
}
