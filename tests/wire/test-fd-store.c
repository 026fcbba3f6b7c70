/* The restart by the service manager, which the test plays: the daemon stores its state, and a new process continues from
 * it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "expect.h"
#include "handover/pack.h"
#include "handover/placing.h"
#include "patience.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/manager.h"
#include "wire/wire.h"

static const char *const *options;
static char passed_path[128]; /* the path of the manager's socket; "" if the daemon opens its own */

static int start(void) {
        int status = daemon_process_start(&trial_daemon, options);

        while (status == 0 && strncmp(manager_hear(patience_ms(MANAGER_PATIENCE_MS)), "READY=1", 7))
                ;
        return status;
}

static Wire connect_wire(void) {
        return wire_open_at(*passed_path ? passed_path : trial_daemon.socket);
}

static void begin(const char *fd_store, bool is_passed, const char *const *with) {
        manager_begin();
        manager_listen(NULL);
        manager.fd_store = fd_store;
        options = with;
        trial_daemon = manager_daemon();
        passed_path[0] = '\0';
        if (is_passed) {
                snprintf(passed_path, sizeof(passed_path), "%s/passed", trial_daemon.directory);
                manager_pass_socket(passed_path);
        }
        unsetenv("STATE_DIRECTORY");
        setenv("RUNTIME_DIRECTORY", trial_daemon.directory, 1);
        ck_assert_int_eq(start(), 0);
        trial_witness = connect_wire();
        trial_ping();
}

static void end(void) {
        wire_close(&trial_witness);
        if (trial_daemon.pid)
                ck_assert_int_eq(manager_end_storing(&trial_daemon, SIGTERM), 0);
        manager_drop_store();
        daemon_process_free(&trial_daemon);
        close(manager.fd);
}

static void end_storing(void) {
        ck_assert_int_eq(manager_end_storing(&trial_daemon, SIGTERM), 0);
        ck_assert_int_ge(manager.store.n, 1);
        /* The image is stored last: without it the stored state is incomplete. */
        ck_assert_str_eq(manager.store.names[manager.store.n - 1], "shmgrd-state");
}

static void restart(void) {
        end_storing();
        ck_assert_int_eq(start(), 0);
        /* The daemon takes the state from the store once. */
        ck_assert_int_eq(manager.store.n, 0);
}

static void expect_words(Wire *wire, const char *words) {
        const char *line = wire_line(wire);

        ck_assert_msg(line && strstr(line, words), "'%s' is not in %s", words,
                      line ? line : "the end");
}

static void make(const char *type, const char *params) {
        char method[32];

        snprintf(method, sizeof(method), "%s.open", type);
        wire_request(&trial_witness, 1, method, params);
        expect_words(&trial_witness, "\"created\":");
}

static void take(Wire *wire, const char *method, const char *name) {
        char params[32];

        snprintf(params, sizeof(params), "[\"%s\"]", name);
        wire_request(wire, 1, method, params);
        expect_words(wire, "\"token\"");
}

/* ---- Continuing */

static void expect_everything_goes_on(bool is_passed) {
        begin("64", is_passed, NULL);
        Wire holder = connect_wire(), waiter = connect_wire(), late = connect_wire();
        Wire sleeper = connect_wire(), first = connect_wire(), worker = connect_wire();
        make("lock", "[\"l\",true]");
        take(&holder, "lock.acquire", "l");
        wire_request(&waiter, 2, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 1);
        wire_request(&late, 3, "lock.acquire", "[\"l\",1500]");
        make("condition", "[\"c\",true]");
        take(&sleeper, "condition.acquire", "c");
        wire_request(&sleeper, 4, "condition.wait", "[\"c\"]");
        make("barrier", "{\"name\":\"b\",\"create\":true,\"parties\":2}");
        wire_request(&first, 5, "barrier.wait", "[\"b\"]");
        make("queue", "[\"q\",true]");
        wire_call(&trial_witness, "queue.put", "[\"q\",\"done\"]", "null");
        wire_request(&worker, 6, "queue.reserve", "[\"q\"]");
        expect_words(&worker, "done");
        wire_request(&worker, 7, "queue.get", "[\"q\"]");
        trial_wait_stat("waits", 5);
        wire_send(&trial_witness, "{\"jsonrpc\":\"2.0\",\"id\":8,\"meth");
        restart();
        wire_send(&trial_witness, "od\":\"server.ping\"}\n");
        wire_expect_result(&trial_witness, 8, "\"pong\"");
        end_storing();
        /* This client connects while no daemon runs. */
        Wire early = connect_wire();
        wire_request(&early, 9, "server.ping", "[]");
        ck_assert_int_eq(start(), 0);
        wire_expect_result(&early, 9, "\"pong\"");
        wire_expect_error(&late, "3", -32000, "ETIMEDOUT");
        ck_assert(!wire_wait(&waiter, 0));
        wire_call(&holder, "lock.release", "[\"l\"]", "null");
        expect_words(&waiter, "\"id\":2");
        take(&early, "condition.acquire", "c");
        wire_call(&early, "condition.notify", "[\"c\"]", "null");
        wire_call(&early, "condition.release", "[\"c\"]", "null");
        expect_words(&sleeper, "\"id\":4");
        wire_request(&early, 10, "barrier.wait", "[\"b\"]");
        expect_words(&early, "\"result\":1");
        wire_expect_result(&first, 5, "0");
        wire_call(&early, "queue.put", "[\"q\",\"next\"]", "null");
        wire_expect_result(&worker, 7, "\"next\"");
        wire_close(&worker);
        wire_call(&early, "queue.get", "[\"q\"]", "\"done\"");
        Wire *wires[] = {&holder, &waiter, &late, &sleeper, &first, &early};
        for (size_t i = 0; i < ELEMENTSOF(wires); i++)
                wire_close(wires[i]);
        end();
}

START_TEST(everything_goes_on) {
        expect_everything_goes_on(false);
}
END_TEST

START_TEST(everything_goes_on_behind_a_passed_socket) {
        expect_everything_goes_on(true);
}
END_TEST

/* More descriptors than one message holds, opened and closed so that their numbers have holes; each keeps its number. */
START_TEST(many_descriptors) {
        enum { MANY = 3 * PACK_PER_MESSAGE };
        static Wire wires[MANY];
        char params[64];

        begin("64", false, NULL);
        make("dict", "[\"d\",true]");
        for (int i = 0; i < MANY; i++)
                wires[i] = connect_wire();
        for (int i = 0; i < MANY; i += 7)
                wire_close(&wires[i]);
        for (int k = 0; k < 2; k++) {
                for (int i = 0; i < MANY; i++)
                        if (i % 7)
                                wire_request(&wires[i], i, "event.wait", "[\"nothing\"]");
                restart();
                for (int i = 0; i < MANY; i++)
                        if (i % 7)
                                wire_expect_error(
                                        &wires[i],
                                        (snprintf(params, sizeof(params), "%d", i), params), -32000,
                                        "ENOENT");
        }
        for (int i = 0; i < MANY; i++)
                if (i % 7)
                        wire_close(&wires[i]);
        end();
}
END_TEST

/* Open ends of pipes, and descriptors that are not yet sent. */
START_TEST(ends_of_pipes) {
        begin("64", false, NULL);
        Wire reader = connect_wire();
        reader.wants_fds = true;
        trial_witness.wants_fds = true;
        wire_request(&trial_witness, 1, "pipe.open",
                     "{\"name\":\"p\",\"create\":true,\"end\":\"writer\"}");
        expect_words(&trial_witness, "\"result\"");
        int out = wire_take_fd(&trial_witness);
        EXPECT(write(out, "before", 6) == 6);
        restart();
        wire_request(&reader, 2, "pipe.open", "{\"name\":\"p\",\"end\":\"reader\"}");
        expect_words(&reader, "\"result\"");
        int in = wire_take_fd(&reader);
        char bytes[16] = "";
        EXPECT(read(in, bytes, 6) == 6);
        ck_assert_str_eq(bytes, "before");
        close(in);
        close(out);
        wire_close(&reader);
        end();
}
END_TEST

START_TEST(who_died_meanwhile) {
        begin("64", false, NULL);
        int fds[2];
        char byte;

        make("lock", "[\"l\",true]");
        EXPECT(pipe(fds) == 0);
        pid_t pid = fork();
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                Wire wire = connect_wire();
                take(&wire, "lock.acquire", "l");
                EXPECT(write(fds[1], "!", 1) == 1);
                pause();
                _exit(0);
        }
        EXPECT(pid > 0 && read(fds[0], &byte, 1) == 1);
        wire_request(&trial_witness, 1, "lock.acquire", "[\"l\"]");
        end_storing();
        EXPECT(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
        ck_assert_int_eq(start(), 0);
        expect_words(&trial_witness, "owner_died");
        close(fds[0]);
        close(fds[1]);
        end();
}
END_TEST

/* ---- Ends */

static void expect_fresh(void) {
        trial_witness = connect_wire();
        wire_request(&trial_witness, 1, "counter.get", "[\"n\"]");
        wire_expect_error(&trial_witness, "1", -32000, "ENOENT");
}

START_TEST(a_stop_ends_everything) {
        begin("64", false, NULL);
        make("counter", "[\"n\",true]");
        wire_request(&trial_witness, 1, "counter.wait", "[\"n\",\"==\",1]");
        end_storing();
        ck_assert(!wire_wait(&trial_witness, 0));
        manager_drop_store();
        wire_expect_end(&trial_witness);
        wire_close(&trial_witness);
        ck_assert_int_eq(start(), 0);
        expect_fresh();
        end();
}
END_TEST

/* The next daemon has only the durable objects, and its log says so. The status line does not call a stop a crash. */
START_TEST(a_state_that_is_not_passed) {
        char state[160];
        const char *const with[] = {state, NULL}, *text;

        begin("64", false, NULL);
        snprintf(state, sizeof(state), "--state=%s/state", trial_daemon.directory);
        end_storing();
        manager_drop_store();
        wire_close(&trial_witness);
        options = with;
        int status = start();
        if (status == EX_CANTCREAT) {
                say_skipped("this build has no SQLite");
                end();
                return;
        }
        ck_assert_int_eq(status, 0);
        end_storing();
        manager_drop_store();
        ck_assert_int_eq(daemon_process_start(&trial_daemon, options), 0);
        do
                text = manager_hear(patience_ms(MANAGER_PATIENCE_MS));
        while (*text && strncmp(text, "READY=1", strlen("READY=1")) != 0);
        ck_assert_msg(strstr(text, " UTC after a stop"), "%s", text);
        daemon_log_expect(&trial_daemon, "which passed none: its sessions have ended");
        expect_fresh();
        end();
}
END_TEST

/* Starts the daemon with a state directory. Returns false, and says that the test is skipped, if this build has no store. */
static bool begin_durable(const char *const *with) {
        wire_close(&trial_witness);
        end_storing();
        manager_drop_store();
        options = with;
        int status = start();
        if (status == EX_CANTCREAT) {
                say_skipped("this build has no SQLite");
                end();
                return false;
        }
        ck_assert_int_eq(status, 0);
        trial_witness = connect_wire();
        return true;
}

/* Another daemon, with a socket of its own, and without a service manager. */
static int try_another(void) {
        DaemonProcess another = daemon_process_new();
        int status = daemon_process_start(&another, options);

        if (status == 0)
                ck_assert_int_eq(daemon_process_end(&another, SIGTERM), 0);
        daemon_process_free(&another);
        return status;
}

/* Returns false, and says that the test is skipped, without SQLite. */
static bool begin_with_counter(void) {
        static char state[160];
        static const char *const with[] = {state, NULL};

        begin("64", false, NULL);
        snprintf(state, sizeof(state), "--state=%s/state", trial_daemon.directory);
        if (!begin_durable(with))
                return false;
        make("counter", "{\"name\":\"n\",\"create\":true,\"durable\":\"sync\"}");
        return true;
}

/* The descriptors in the store keep the lock, until the next process has it, or until a stop. */
START_TEST(no_other_daemon_takes_the_directory) {
        if (!begin_with_counter())
                return;
        for (int i = 0; i < 2; i++) {
                end_storing();
                ck_assert_int_eq(try_another(), EX_CANTCREAT);
                ck_assert_int_eq(start(), 0);
                wire_call(&trial_witness, "counter.add", "[\"n\",1]", i ? "2" : "1");
                ck_assert_int_eq(try_another(), EX_CANTCREAT);
        }
        end_storing();
        manager_drop_store();
        wire_expect_end(&trial_witness);
        wire_close(&trial_witness);
        ck_assert_int_eq(try_another(), 0);
        ck_assert_int_eq(start(), 0);
        trial_witness = connect_wire();
        wire_call(&trial_witness, "counter.get", "[\"n\"]", "2");
        end();
}
END_TEST

/* The daemon was killed while it stored its state. The service manager has not closed the descriptors yet when the next process
 * takes the lock. */
START_TEST(a_lock_that_is_left_in_the_store) {
        if (!begin_with_counter())
                return;
        end_storing();
        close(manager.store.fds[--manager.store.n]);
        ck_assert_int_eq(start(), 0);
        daemon_log_expect(&trial_daemon, "was killed while it stored its state");
        wire_expect_end(&trial_witness);
        wire_close(&trial_witness);
        trial_witness = connect_wire();
        wire_call(&trial_witness, "counter.get", "[\"n\"]", "0");
        end();
}
END_TEST

START_TEST(a_crash_stores_nothing) {
        begin("64", false, NULL);
        make("counter", "[\"n\",true]");
        restart();
        ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGKILL), -SIGKILL);
        while (*manager_hear(0))
                ;
        ck_assert_int_eq(manager.store.n, 0);
        wire_expect_end(&trial_witness);
        wire_close(&trial_witness);
        ck_assert_int_eq(start(), 0);
        expect_fresh();
        end();
}
END_TEST

/* Without a store, or with one that is too small, the daemon ends as usual: waiting calls get an error. */
START_TEST(no_store) {
        static const char *const stores[] = {NULL, "0", "1", "some", "-1"};

        for (size_t i = 0; i < ELEMENTSOF(stores); i++) {
                begin(stores[i], false, NULL);
                make("counter", "[\"n\",true]");
                wire_request(&trial_witness, 1, "counter.wait", "[\"n\",\"==\",1]");
                EXPECT(kill(trial_daemon.pid, SIGTERM) == 0);
                wire_expect_error(&trial_witness, "1", -32000, "ECONNRESET");
                wire_expect_end(&trial_witness);
                ck_assert_int_eq(daemon_process_wait(&trial_daemon), 0);
                ck_assert_int_eq(
                        daemon_log_count(&trial_daemon, "FileDescriptorStoreMax= is too small"),
                        i == 2);
                end();
        }
}
END_TEST

/* ---- States that cannot be taken over */

/* Asserts that the process exits, keeps the snapshot if it has one, and that the next one begins with no state. */
static void expect_refused(const char *reason) {
        ck_assert_int_eq(daemon_process_start(&trial_daemon, options), EX_SOFTWARE);
        while (*manager_hear(0))
                ;
        ck_assert_int_eq(manager.store.n, 0);
        daemon_log_expect(&trial_daemon, "cannot be taken over: ");
        daemon_log_expect(&trial_daemon, reason);
        daemon_log_expect(&trial_daemon, "all connections are closed");
        daemon_log_expect(&trial_daemon, "the snapshot was saved in ");
        wire_expect_end(&trial_witness);
        wire_close(&trial_witness);
        ck_assert_int_eq(start(), 0);
        expect_fresh();
        end();
}

static void begin_broken(bool is_passed) {
        begin("64", is_passed, NULL);
        make("counter", "[\"n\",true]");
        end_storing();
        ck_assert_int_eq(manager.store.n, 2);
}

static void store_close(size_t i) {
        close(manager.store.fds[i]);
        manager.store.fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
}

START_TEST(a_state_without_its_descriptors) {
        begin_broken(false);
        close(manager.store.fds[0]);
        manager.store.fds[0] = manager.store.fds[1];
        memcpy(manager.store.names[0], manager.store.names[1], sizeof(manager.store.names[0]));
        manager.store.n = 1;
        expect_refused("they are not complete");
}
END_TEST

START_TEST(descriptors_that_are_no_pack) {
        begin_broken(false);
        store_close(0);
        expect_refused("the descriptors cannot be taken over");
}
END_TEST

START_TEST(an_image_that_is_none) {
        begin_broken(false);
        store_close(1);
        expect_refused("they are not complete");
}
END_TEST

START_TEST(two_states) {
        begin_broken(false);
        manager.store.fds[2] = fcntl(manager.store.fds[1], F_DUPFD_CLOEXEC, 20);
        memcpy(manager.store.names[2], manager.store.names[1], sizeof(manager.store.names[0]));
        manager.store.n = 3;
        expect_refused("more than one state");
}
END_TEST

/* A daemon that was killed while it stored leaves such descriptors. */
START_TEST(descriptors_without_a_state) {
        begin_broken(true);
        close(manager.store.fds[--manager.store.n]);
        ck_assert_int_eq(start(), 0);
        ck_assert_int_eq(manager.store.n, 0);
        daemon_log_expect(&trial_daemon, "was killed while it stored its state");
        wire_expect_end(&trial_witness);
        wire_close(&trial_witness);
        expect_fresh();
        end();
}
END_TEST

/* ---- Packing and placing */

static void pack_and_read(size_t n, size_t per_message, size_t n_pairs_min) {
        int *fds = calloc(n, sizeof(int));
        UnpackedList list;
        Pack pack;

        EXPECT(fds);
        for (size_t i = 0; i < n; i++)
                EXPECT((fds[i] = fcntl(0, F_DUPFD_CLOEXEC, 3)) >= 0);
        ck_assert_int_eq(pack_make(&pack, 7, fds, n, per_message), 0);
        ck_assert_int_ge(pack.n_pairs, n_pairs_min);
        for (size_t i = 0; i < n; i++)
                close(fds[i]);
        ck_assert_int_eq(pack_read(&pack, &list), 0);
        pack_close(&pack);
        ck_assert_int_eq(list.n, n);
        ck_assert_int_eq(list.id, 7);
        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(list.items[i].number, fds[i]);
        unpacked_deinit(&list);
        free(fds);
}

START_TEST(packs) {
        pack_and_read(0, 250, 1);
        pack_and_read(1, 250, 1);
        pack_and_read(250, 250, 1);
        pack_and_read(251, 250, 1);
        /* A socket pair has room for some hundred messages. */
        pack_and_read(900, 1, 2);
}
END_TEST

/* Moves four descriptors among their four numbers, in each order, beside a descriptor that must move and one that need not. */
START_TEST(placing) {
        for (int order = 0; order < 24; order++) {
                int left[] = {0, 1, 2, 3}, k = order, bystander, *movable[] = {&bystander};
                UnpackedList list = {.items = calloc(5, sizeof(Unpacked)), .n = 5};
                int first = fcntl(0, F_DUPFD_CLOEXEC, 100), pipes[5][2];
                struct stat before[5], after;
                int numbers[5];

                close(first);
                for (size_t i = 0; i < 5; i++) {
                        EXPECT(pipe2(pipes[i], O_CLOEXEC) == 0);
                        list.items[i].fd = fcntl(pipes[i][0], F_DUPFD_CLOEXEC, first);
                        EXPECT(fstat(list.items[i].fd, &before[i]) == 0);
                }
                for (int i = 0; i < 4; i++) {
                        int at = k % (4 - i);
                        k /= 4 - i;
                        list.items[i].number = first + left[at];
                        memmove(&left[at], &left[at + 1], sizeof(int) * (size_t)(3 - at));
                }
                bystander = fcntl(0, F_DUPFD_CLOEXEC, first + 10);
                list.items[4].number = bystander;
                for (size_t i = 0; i < 5; i++)
                        numbers[i] = list.items[i].number;
                ck_assert_int_eq(placing_run(&list, movable, 1), 0);
                ck_assert_int_ne(bystander, numbers[4]);
                EXPECT(fcntl(bystander, F_GETFD) == FD_CLOEXEC);
                for (size_t i = 0; i < 5; i++) {
                        EXPECT(fstat(numbers[i], &after) == 0 && after.st_ino == before[i].st_ino);
                        EXPECT(fcntl(numbers[i], F_GETFD) == FD_CLOEXEC);
                        close(numbers[i]);
                        close(pipes[i][0]);
                        close(pipes[i][1]);
                }
                close(bystander);
        }
}
END_TEST

START_TEST(placing_that_fails) {
        int a = fcntl(0, F_DUPFD_CLOEXEC, 50), b = fcntl(0, F_DUPFD_CLOEXEC, 50);
        int other = fcntl(0, F_DUPFD_CLOEXEC, 60);
        UnpackedList list = {.items = calloc(2, sizeof(Unpacked)), .n = 2};

        list.items[0] = (Unpacked){.fd = a, .number = other};
        list.items[1] = (Unpacked){.fd = b, .number = 70};
        ck_assert_int_eq(placing_run(&list, NULL, 0), -EBADMSG);
        EXPECT(fcntl(other, F_GETFD) >= 0);
        list.items[0].number = list.items[1].number = 70;
        ck_assert_int_eq(placing_run(&list, NULL, 0), -EBADMSG);
        unpacked_deinit(&list);
        close(other);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("fd-store");
        TCase *c = tcase_create("fd-store");

        tcase_set_timeout(c, 120);
        tcase_add_test(c, everything_goes_on);
        tcase_add_test(c, everything_goes_on_behind_a_passed_socket);
        tcase_add_test(c, many_descriptors);
        tcase_add_test(c, ends_of_pipes);
        tcase_add_test(c, who_died_meanwhile);
        tcase_add_test(c, a_stop_ends_everything);
        tcase_add_test(c, a_state_that_is_not_passed);
        tcase_add_test(c, no_other_daemon_takes_the_directory);
        tcase_add_test(c, a_lock_that_is_left_in_the_store);
        tcase_add_test(c, a_crash_stores_nothing);
        tcase_add_test(c, no_store);
        tcase_add_test(c, a_state_without_its_descriptors);
        tcase_add_test(c, descriptors_that_are_no_pack);
        tcase_add_test(c, an_image_that_is_none);
        tcase_add_test(c, two_states);
        tcase_add_test(c, descriptors_without_a_state);
        tcase_add_test(c, packs);
        tcase_add_test(c, placing);
        tcase_add_test(c, placing_that_fails);
        suite_add_tcase(suite, c);
        return suite;
}
