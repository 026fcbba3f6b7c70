/* The planned restart: everything goes on, and the dead are found dead. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/manager.h"
#include "wire/restarting.h"

/* ---- Continuing */

START_TEST(holders_and_waiters) {
        trial_begin(NULL);
        Wire a = wire_open(), b = wire_open(), c = wire_open(), d = wire_open();
        restarting_make(&a, "lock", "[\"l\",true]");
        restarting_acquire(&a, "[\"l\"]");
        wire_request(&b, 2, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 1);
        wire_request(&c, 3, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 2);
        wire_request(&d, 4, "lock.acquire", "[\"l\",1500]");
        trial_wait_stat("waits", 3);
        for (int i = 0; i < 2; i++)
                restarting_restart();
        wire_expect_error(&d, "4", -32000, "ETIMEDOUT");
        ck_assert(!wire_wait(&b, 0) && !wire_wait(&c, 0));
        wire_call(&a, "lock.release", "[\"l\"]", "null");
        restarting_expect(&b, "\"id\":2");
        ck_assert(!wire_wait(&c, 0));
        wire_call(&b, "lock.release", "[\"l\"]", "null");
        restarting_expect(&c, "\"id\":3");
        wire_call(&c, "object.delete", "[\"l\"]", "null");
        wire_close(&a);
        wire_close(&b);
        wire_close(&c);
        wire_close(&d);
        trial_end();
}
END_TEST

START_TEST(everything_that_waits) {
        trial_begin(NULL);
        Wire a = wire_open(), b = wire_open(), c = wire_open();
        restarting_make(&a, "condition", "[\"c\",true]");
        wire_request(&a, 1, "condition.acquire", "[\"c\"]");
        restarting_expect(&a, "\"token\"");
        wire_request(&a, 2, "condition.wait", "[\"c\"]");
        restarting_make(&b, "barrier", "{\"name\":\"b\",\"create\":true,\"parties\":2}");
        wire_request(&b, 3, "barrier.wait", "[\"b\"]");
        restarting_make(&c, "queue", "[\"q\",true]");
        wire_call(&c, "queue.put", "[\"q\",\"first\"]", "null");
        wire_request(&c, 4, "queue.reserve", "[\"q\"]");
        restarting_expect(&c, "first");
        wire_request(&c, 5, "queue.get", "[\"q\"]");
        trial_wait_stat("waits", 3);
        restarting_restart();
        wire_request(&trial_witness, 1, "condition.acquire", "[\"c\"]");
        restarting_expect(&trial_witness, "\"token\"");
        wire_call(&trial_witness, "condition.notify", "[\"c\"]", "null");
        wire_call(&trial_witness, "condition.release", "[\"c\"]", "null");
        restarting_expect(&a, "\"id\":2");
        wire_request(&trial_witness, 1, "barrier.wait", "[\"b\"]");
        restarting_expect(&trial_witness, "\"result\":1");
        restarting_expect(&b, "\"result\":0");
        wire_call(&trial_witness, "queue.put", "[\"q\",\"second\"]", "null");
        wire_expect_result(&c, 5, "\"second\"");
        /* The item goes back to the queue when the session with the reservation ends. */
        wire_close(&c);
        wire_call(&trial_witness, "queue.get", "[\"q\"]", "\"first\"");
        wire_close(&a);
        wire_close(&b);
        wire_call(&trial_witness, "object.delete", "[\"c\"]", "null");
        wire_call(&trial_witness, "object.delete", "[\"b\"]", "null");
        wire_call(&trial_witness, "object.delete", "[\"q\"]", "null");
        trial_end();
}
END_TEST

START_TEST(half_a_line) {
        static const char line[] =
                "{\"jsonrpc\":\"2.0\",\"id\":\"h\",\"method\":\"server.ping\"}\n";

        trial_begin(NULL);
        Wire wires[sizeof(line) - 1];
        for (size_t i = 0; i < ELEMENTSOF(wires); i++) {
                wires[i] = wire_open();
                wire_send_bytes(&wires[i], line, i);
        }
        trial_ping();
        restarting_restart();
        for (size_t i = 0; i < ELEMENTSOF(wires); i++) {
                wire_send(&wires[i], line + i);
                ck_assert_str_eq(wire_line(&wires[i]),
                                 "{\"jsonrpc\":\"2.0\",\"result\":\"pong\",\"id\":\"h\"}");
                wire_close(&wires[i]);
        }
        trial_end();
}
END_TEST

/* A long reply fills the socket; behind it stand the line with a descriptor, in the output, and input lines that have not
 * been processed. */
START_TEST(output_and_lines_behind_it) {
        trial_begin(NULL);
        Wire wire = wire_open();
        wire.wants_fds = true;
        restarting_make(&wire, "list", "[\"l\",true]");
        wire_call(&wire, "list.append", "[\"l\",\"\\u00e4\"]", "null");
        wire_call(&wire, "list.repeat", "[\"l\",60000]", "null");
        wire_request(&wire, 2, "list.slice", "[\"l\"]");
        wire_request(&wire, 3, "pipe.open", "{\"name\":\"p\",\"create\":true,\"end\":\"writer\"}");
        wire_request(&wire, 4, "list.slice", "[\"l\"]");
        for (int i = 5; i < 105; i++)
                wire_request(&wire, i, "list.length", "[\"l\"]");
        trial_ping();
        trial_ping();
        restarting_restart();
        restarting_restart();
        restarting_expect(&wire, "\"id\":2");
        ck_assert_uint_gt(wire.n_line, 300000);
        restarting_expect(&wire, "\"id\":3");
        int writer = wire_take_fd(&wire);
        restarting_expect(&wire, "\"id\":4");
        ck_assert_uint_gt(wire.n_line, 300000);
        for (int i = 5; i < 105; i++)
                wire_expect_result(&wire, i, "60000");
        wire_request(&wire, 105, "pipe.open", "{\"name\":\"p\",\"end\":\"reader\"}");
        restarting_expect(&wire, "\"id\":105");
        int reader = wire_take_fd(&wire);
        char byte;
        EXPECT(write(writer, "x", 1) == 1 && read(reader, &byte, 1) == 1 && byte == 'x');
        close(writer);
        wire_call(&wire, "pipe.close", "[\"p\",\"writer\"]", "null");
        ck_assert_int_eq(read(reader, &byte, 1), 0);
        close(reader);
        wire_close(&wire);
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        wire_request(&trial_witness, 1, "object.delete", "[\"p\"]");
        wire_line(&trial_witness);
        trial_end();
}
END_TEST

/* Compares without a message, which would be too long for the Check library. */
static void expect_value(Wire *wire, int id, const char *value) {
        CLEANUP(buffer_deinit) Buffer line = {0};

        EXPECT(buffer_append_format(&line, "{\"jsonrpc\":\"2.0\",\"result\":\"%s\",\"id\":%d}",
                                    value, id) == 0 &&
               buffer_append_byte(&line, '\0') == 0);
        bool is_equal = strcmp(wire_line(wire), line.data) == 0;
        EXPECT(is_equal);
}

/* Long values that the output has not copied, with lines with a descriptor between them, more than fit into the socket. */
START_TEST(values_in_the_output) {
        enum { SIZE = 100000, N = 40 };
        CLEANUP(freep) char *value = calloc(SIZE + 1, 1);

        EXPECT(value);
        memset(value, 'v', SIZE);
        trial_begin(NULL);
        Wire wire = wire_open();
        wire.wants_fds = true;
        restarting_make(&wire, "dict", "[\"d\",true]");
        wire_send(&wire, "{\"jsonrpc\":\"2.0\",\"method\":\"dict.set\",\"id\":1,\"params\":[\"d\","
                         "\"k\",\"");
        wire_send(&wire, value);
        wire_send(&wire, "\"]}\n");
        wire_expect_result(&wire, 1, "null");
        for (int i = 0; i < N; i++) {
                wire_request(&wire, 2 * i, "dict.get", "[\"d\",\"k\"]");
                wire_request(&wire, 2 * i + 1, "pipe.open",
                             "{\"name\":\"p\",\"create\":true,\"end\":\"writer\"}");
        }
        trial_ping();
        trial_ping();
        restarting_restart();
        restarting_restart();
        for (int i = 0; i < N; i++) {
                expect_value(&wire, 2 * i, value);
                restarting_expect(&wire, "\"result\"");
                close(wire_take_fd(&wire));
        }
        wire_call(&trial_witness, "object.delete", "[\"d\"]", "null");
        wire_request(&trial_witness, 1, "object.delete", "[\"p\"]");
        wire_line(&trial_witness);
        wire_close(&wire);
        trial_end();
}
END_TEST

static Wire open_as(uid_t uid) {
        EXPECT(seteuid(uid) == 0);
        Wire wire = wire_open();
        EXPECT(seteuid(0) == 0);
        return wire;
}

/* Several users ask for more than a turn processes, so at any moment some of their lines are unprocessed, and no further
 * input arrives. */
START_TEST(lines_of_users_who_had_no_turn) {
        enum { USERS = 4, EACH = 4, CALLS = 60 };
        Wire wires[USERS * EACH];

        if (geteuid() != 0) {
                say_skipped("only root can become others");
                return;
        }
        trial_begin((const char *[]){"--mode=0666", NULL});
        EXPECT(chmod(trial_daemon.directory, 0711) == 0);
        restarting_make(&trial_witness, "list",
                        "{\"name\":\"l\",\"create\":true,\"mode\":\"0644\"}");
        wire_call(&trial_witness, "list.append", "[\"l\",7]", "null");
        wire_call(&trial_witness, "list.repeat", "[\"l\",60000]", "null");
        for (size_t i = 0; i < ELEMENTSOF(wires); i++)
                wires[i] = open_as(1000 + (uid_t)(i % USERS));
        for (size_t i = 0; i < ELEMENTSOF(wires); i++)
                for (int k = 0; k < CALLS; k++)
                        wire_request(&wires[i], k, "list.count", "[\"l\",7]");
        restarting_restart();
        for (size_t i = 0; i < ELEMENTSOF(wires); i++) {
                for (int k = 0; k < CALLS; k++)
                        wire_expect_result(&wires[i], k, "60000");
                wire_close(&wires[i]);
        }
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        trial_end();
}
END_TEST

START_TEST(monitors) {
        trial_begin(NULL);
        Wire monitor = wire_open();
        wire_request(&monitor, 1, "server.monitor", "{\"method\":\"event.set\"}");
        restarting_expect(&monitor, "\"all\"");
        restarting_make(&trial_witness, "event", "[\"e\",true]");
        restarting_restart();
        wire_call(&trial_witness, "event.set", "[\"e\"]", "null");
        restarting_expect(&monitor, "event.set");
        wire_close(&monitor);
        wire_call(&trial_witness, "object.delete", "[\"e\"]", "null");
        trial_end();
}
END_TEST

/* ---- Ends */

static pid_t start_holder(void) {
        int fds[2];
        char byte;

        EXPECT(pipe(fds) == 0);
        pid_t pid = fork();
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                Wire wire = wire_open();
                restarting_acquire(&wire, "[\"l\"]");
                EXPECT(write(fds[1], "!", 1) == 1);
                pause();
                _exit(0);
        }
        close(fds[1]);
        EXPECT(pid > 0 && read(fds[0], &byte, 1) == 1);
        close(fds[0]);
        return pid;
}

/* The daemon is stopped while the holder dies, and is told to restart before it can detect the death. */
START_TEST(the_dead_are_found_dead) {
        trial_begin(NULL);
        Wire waiter = wire_open(), leaver = wire_open();
        restarting_make(&waiter, "lock", "[\"l\",true]");
        pid_t pid = start_holder();
        wire_request(&leaver, 1, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 1);
        wire_request(&waiter, 2, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 2);
        EXPECT(kill(trial_daemon.pid, SIGSTOP) == 0 && kill(trial_daemon.pid, SIGUSR2) == 0);
        EXPECT(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
        wire_close(&leaver);
        EXPECT(kill(trial_daemon.pid, SIGCONT) == 0);
        restarting_expect(&waiter, "owner_died");
        restarting_await("notice: restarted: ", 1);
        /* And one that dies later. */
        wire_call(&waiter, "lock.release", "[\"l\"]", "null");
        pid = start_holder();
        restarting_restart();
        wire_request(&waiter, 3, "lock.acquire", "[\"l\"]");
        EXPECT(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
        restarting_expect(&waiter, "owner_died");
        wire_call(&waiter, "object.delete", "[\"l\"]", "null");
        wire_close(&waiter);
        trial_end();
}
END_TEST

START_TEST(no_signal_is_lost) {
        for (int i = 0; i < 3; i++) {
                trial_begin(NULL);
                EXPECT(kill(trial_daemon.pid, SIGSTOP) == 0);
                EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
                EXPECT(kill(trial_daemon.pid, SIGCONT) == 0);
                if (i > 0)
                        restarting_await("notice: restarted: ", 1);
                EXPECT(i != 1 || kill(trial_daemon.pid, SIGUSR2) == 0);
                wire_close(&trial_witness);
                ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGTERM), 0);
                daemon_process_free(&trial_daemon);
        }
}
END_TEST

START_TEST(the_service_manager_is_told) {
        manager_begin();
        manager_listen(NULL);
        manager.watchdog_usec = "60000000";
        DaemonProcess d = manager_daemon();
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        manager_expect("READY=1\n");
        for (int i = 0; i < 2; i++) {
                EXPECT(kill(d.pid, SIGUSR2) == 0);
                manager_expect("RELOADING=1\nMONOTONIC_USEC=");
                manager_expect("WATCHDOG=1\nSTATUS=restarting");
                manager_expect("READY=1\nSTATUS=0 sessions");
        }
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("restart");
        TCase *c = tcase_create("restart");

        tcase_set_timeout(c, 120);
        tcase_add_test(c, holders_and_waiters);
        tcase_add_test(c, everything_that_waits);
        tcase_add_test(c, half_a_line);
        tcase_add_test(c, output_and_lines_behind_it);
        tcase_add_test(c, values_in_the_output);
        tcase_add_test(c, lines_of_users_who_had_no_turn);
        tcase_add_test(c, monitors);
        tcase_add_test(c, the_dead_are_found_dead);
        tcase_add_test(c, no_signal_is_lost);
        tcase_add_test(c, the_service_manager_is_told);
        suite_add_tcase(suite, c);
        return suite;
}
