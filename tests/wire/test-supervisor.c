/* The daemon under a service manager, which the test plays: its notifications, the sockets that it
 * is passed, and its watchdog. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "expect.h"
#include "patience.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/manager.h"
#include "wire/wire.h"

/* the watchdog's interval; the daemon notifies twice in each */
enum { WATCHDOG_MS = 100 };

static void expect_pong(const char *path) {
        Wire wire = wire_open_at(path);

        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
}

static void expect_life(const char *name) {
        DaemonProcess d = manager_daemon();

        manager_listen(name);
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        manager_expect("READY=1\nSTATUS=0 sessions, 0 objects, 0 waiting calls");
        expect_pong(d.socket);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        manager_expect("STOPPING=1\n");
        ck_assert_str_eq(manager_hear(0), "");
        daemon_process_free(&d);
}

START_TEST(ready_and_stopping) {
        DaemonProcess place = daemon_process_new();
        char name[96];

        manager_begin();
        snprintf(name, sizeof(name), "%s/notify", place.directory);
        expect_life(name);
        daemon_process_free(&place);
}
END_TEST

START_TEST(abstract_socket) {
        char name[64];

        manager_begin();
        snprintf(name, sizeof(name), "@shmgr-test-%d", (int)getpid());
        expect_life(name);
}
END_TEST

/* A socket of notifications that does not work does not keep the daemon from running. */
START_TEST(wrong_notify_sockets) {
        char long_name[128];
        const char *const names[] = {"nonsense", "/", "@", "/nowhere/there/is/no/such", long_name};

        memset(long_name, 'x', sizeof(long_name) - 1);
        long_name[0] = '/';
        long_name[sizeof(long_name) - 1] = '\0';
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                DaemonProcess d = manager_daemon();
                manager_begin();
                snprintf(manager.name, sizeof(manager.name), "%s", names[i]);
                ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
                expect_pong(d.socket);
                ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
                daemon_process_free(&d);
        }
}
END_TEST

START_TEST(watchdog) {
        DaemonProcess d = manager_daemon();
        char usec[32];

        manager_begin();
        manager_listen(NULL);
        snprintf(usec, sizeof(usec), "%d", WATCHDOG_MS * 1000);
        manager.watchdog_usec = usec;
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        manager_expect("READY=1\n");
        for (int i = 0; i < 5; i++)
                manager_expect("WATCHDOG=1\nSTATUS=");
        /* A daemon whose event loop hangs sends no notification. */
        EXPECT(kill(d.pid, SIGSTOP) == 0);
        while (manager_hear(10 * WATCHDOG_MS)[0])
                ;
        EXPECT(kill(d.pid, SIGCONT) == 0);
        manager_expect("WATCHDOG=1\nSTATUS=");
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}
END_TEST

/* Waits for the next READY=1, and asserts its status line. */
static void expect_ready_with(const char *words) {
        const char *text;

        do
                text = manager_hear(patience_ms(MANAGER_PATIENCE_MS));
        while (*text && strncmp(text, "READY=1", strlen("READY=1")) != 0);
        ck_assert_msg(strstr(text, words), "'%s' has no '%s'", text, words);
}

static void write_mark(const DaemonProcess *d, const char *mark) {
        char path[160];

        snprintf(path, sizeof(path), "%s/state/lock", d->directory);
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fputs(mark, file);
        ck_assert_int_eq(fclose(file), 0);
}

START_TEST(status_says_how_the_last_one_ended) {
        DaemonProcess d = manager_daemon();
        char state[160];

        snprintf(state, sizeof(state), "--state=%s/state", d.directory);
        const char *const options[] = {state, NULL};
        manager_begin();
        manager_listen(NULL);
        int status = daemon_process_start(&d, options);
        if (status == EX_CANTCREAT) {
                say_skipped("this build has no SQLite");
                daemon_process_free(&d);
                return;
        }
        ck_assert_int_eq(status, 0);
        expect_ready_with(" UTC");
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        ck_assert_int_eq(daemon_process_start(&d, options), 0);
        expect_ready_with(" UTC after a stop");
        ck_assert_int_eq(daemon_process_end(&d, SIGKILL), -SIGKILL);
        ck_assert_int_eq(daemon_process_start(&d, options), 0);
        expect_ready_with("; started at 20");
        ck_assert_int_eq(kill(d.pid, SIGUSR2), 0);
        expect_ready_with(" UTC as planned, pause ");
        ck_assert_int_eq(daemon_process_end(&d, SIGKILL), -SIGKILL);
        ck_assert_int_eq(daemon_process_start(&d, options), 0);
        expect_ready_with(" UTC after a crash or a kill of the daemon");
        ck_assert_int_eq(daemon_process_end(&d, SIGKILL), -SIGKILL);
        write_mark(&d, "running 1000\n");
        ck_assert_int_eq(daemon_process_start(&d, options), 0);
        expect_ready_with(" UTC after the machine ended without a stop of the daemon");
        ck_assert_int_eq(daemon_process_end(&d, SIGKILL), -SIGKILL);
        write_mark(&d, "nothing that a daemon has written, and longer than a mark is, by far: no "
                       "one knows");
        ck_assert_int_eq(daemon_process_start(&d, options), 0);
        expect_ready_with(" UTC");
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}
END_TEST

/* The status line follows the counts, also without a watchdog, whose notifications would carry it. */
START_TEST(status_of_now) {
        DaemonProcess d = manager_daemon();

        manager_begin();
        manager_listen(NULL);
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        manager_expect("READY=1\nSTATUS=0 sessions, 0 objects, 0 waiting calls");
        Wire wire = wire_open_at(d.socket);
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        manager_expect("STATUS=1 sessions, 0 objects, 0 waiting calls");
        wire_close(&wire);
        manager_expect("STATUS=0 sessions, 0 objects, 0 waiting calls");
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}
END_TEST

static void expect_no_watchdog(const char *usec, const char *pid) {
        DaemonProcess d = manager_daemon();
        manager_begin();
        manager_listen(NULL);
        manager.watchdog_usec = usec;
        manager.watchdog_pid = pid;
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        manager_expect("READY=1\n");
        ck_assert_str_eq(manager_hear(3 * WATCHDOG_MS), "");
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        close(manager.fd);
        daemon_process_free(&d);
}

START_TEST(no_watchdog) {
        expect_no_watchdog(NULL, NULL);
        expect_no_watchdog("100000", "1");
        expect_no_watchdog("0", NULL);
        expect_no_watchdog("-5", NULL);
        expect_no_watchdog("soon", NULL);
}
END_TEST

static int listening_socket(const char *path, int type) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

        memcpy(address.sun_path, path, strlen(path));
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        if (type != SOCK_DGRAM)
                ck_assert_int_eq(listen(fd, 16), 0);
        return fd;
}

START_TEST(passed_sockets) {
        DaemonProcess d = manager_daemon();
        char first[96], second[96];
        struct stat st;

        manager_begin();
        snprintf(first, sizeof(first), "%s/first", d.directory);
        snprintf(second, sizeof(second), "%s/second", d.directory);
        manager.passed[manager.n_passed++] = listening_socket(first, SOCK_STREAM);
        manager.passed[manager.n_passed++] = listening_socket(second, SOCK_STREAM);
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
                expect_pong(first);
                expect_pong(second);
                /* The passed sockets belong to the manager, and stay; the path of the option is
                 * not used. */
                ck_assert_int_eq(daemon_process_end(&d, i % 2 ? SIGKILL : SIGTERM),
                                 i % 2 ? -SIGKILL : 0);
                EXPECT(stat(first, &st) == 0 && stat(second, &st) == 0);
                EXPECT(stat(d.socket, &st) < 0);
        }
        daemon_process_free(&d);
}
END_TEST

/* A client that connected before any daemon ran is served by the first one. */
START_TEST(waiting_connection) {
        DaemonProcess d = manager_daemon();
        char path[96];

        manager_begin();
        snprintf(path, sizeof(path), "%s/first", d.directory);
        manager.passed[manager.n_passed++] = listening_socket(path, SOCK_STREAM);
        Wire early = wire_open_at(path);
        wire_request(&early, 7, "server.ping", "[]");
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        wire_expect_result(&early, 7, "\"pong\"");
        wire_close(&early);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}
END_TEST

/* The daemon ignores LISTEN_FDS if LISTEN_PID is another process. */
START_TEST(sockets_of_another_process) {
        DaemonProcess d = manager_daemon();
        char path[96];

        manager_begin();
        snprintf(path, sizeof(path), "%s/first", d.directory);
        manager.passed[manager.n_passed++] = listening_socket(path, SOCK_STREAM);
        manager.listen_pid = "1";
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        expect_pong(d.socket);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}
END_TEST

static void expect_refused(DaemonProcess *d, const char *words) {
        ck_assert_int_eq(daemon_process_start(d, NULL), EX_CONFIG);
        daemon_log_expect(d, words);
        daemon_process_free(d);
}

static void expect_refused_fd(int fd, const char *words) {
        DaemonProcess d = manager_daemon();

        manager.n_passed = 1;
        manager.passed[0] = fd;
        expect_refused(&d, words);
        if (fd >= 0)
                close(fd);
}

static int connected_socket(void) {
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        return fds[0];
}

START_TEST(wrong_sockets) {
        DaemonProcess place = daemon_process_new();
        char path[96];

        manager_begin();
        expect_refused_fd(-1, "descriptor 3 (first), passed by the service manager, is not open");
        expect_refused_fd(open("/dev/null", O_RDWR | O_CLOEXEC), "is not a socket");
        expect_refused_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                          "is not a Unix domain socket");
        snprintf(path, sizeof(path), "%s/dgram", place.directory);
        expect_refused_fd(listening_socket(path, SOCK_DGRAM), "is not a stream socket");
        snprintf(path, sizeof(path), "%s/seqpacket", place.directory);
        expect_refused_fd(listening_socket(path, SOCK_SEQPACKET), "is not a stream socket");
        expect_refused_fd(connected_socket(), "does not listen");
        daemon_process_free(&place);
}
END_TEST

START_TEST(wrong_numbers_of_sockets) {
        static const char *const wrong[] = {"many", "-1", "9", "99999999999999999999", ""};

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                DaemonProcess d = manager_daemon();
                manager_begin();
                manager.listen_fds = wrong[i];
                expect_refused(&d, "LISTEN_FDS is");
        }
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("supervisor");
        TCase *tcase = tcase_create("supervisor");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, ready_and_stopping);
        tcase_add_test(tcase, abstract_socket);
        tcase_add_test(tcase, wrong_notify_sockets);
        tcase_add_test(tcase, watchdog);
        tcase_add_test(tcase, status_of_now);
        tcase_add_test(tcase, status_says_how_the_last_one_ended);
        tcase_add_test(tcase, no_watchdog);
        tcase_add_test(tcase, passed_sockets);
        tcase_add_test(tcase, waiting_connection);
        tcase_add_test(tcase, sockets_of_another_process);
        tcase_add_test(tcase, wrong_sockets);
        tcase_add_test(tcase, wrong_numbers_of_sockets);
        suite_add_tcase(suite, tcase);
        return suite;
}
