/* Starting shmgrd: where it may listen and where not, and the sockets that it finds there. */
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/wire.h"

enum { SUN_PATH_MAX = sizeof(((struct sockaddr_un *)NULL)->sun_path) };

static void expect_pong(const DaemonProcess *d) {
        Wire wire = wire_open_at(d->socket);

        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
}

static bool is_there(const char *path) {
        struct stat st;

        return lstat(path, &st) == 0;
}

START_TEST(second_daemon) {
        DaemonProcess first = daemon_process_new(), second;

        ck_assert_int_eq(daemon_process_start(&first, NULL), 0);
        second = first;
        for (int i = 0; i < 3; i++)
                ck_assert_int_eq(daemon_process_start(&second, NULL), EX_TEMPFAIL);
        expect_pong(&first);
        ck_assert_int_eq(daemon_process_end(&first, SIGTERM), 0);
        EXPECT(!is_there(first.socket));
        ck_assert_int_eq(daemon_process_start(&second, NULL), 0);
        expect_pong(&second);
        daemon_process_free(&second);
}
END_TEST

/* Another program listens on the socket, without the lock that a shmgrd would have. */
START_TEST(socket_of_another_program) {
        DaemonProcess d = daemon_process_new();
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        memcpy(address.sun_path, d.socket, strlen(d.socket));
        EXPECT(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 1) == 0);
        ck_assert_int_eq(daemon_process_start(&d, NULL), EX_TEMPFAIL);
        EXPECT(is_there(d.socket));
        /* After the other program's end its socket file is replaced. */
        close(fd);
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        expect_pong(&d);
        daemon_process_free(&d);
}
END_TEST

/* Runs in the child, before the daemon: drops the capability by which root may connect without
 * permission. */
static void lose_permission(void) {
        if (geteuid() == 0 && prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) < 0)
                _exit(EX_NOPERM);
}

/* A socket on which a program listens, and to which the daemon may not connect, is not replaced. */
static void expect_kept(int kind, mode_t mode, const char *words) {
        DaemonProcess d = daemon_process_new();
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, kind, 0);

        memcpy(address.sun_path, d.socket, strlen(d.socket));
        EXPECT(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
        EXPECT(kind == SOCK_DGRAM || listen(fd, 1) == 0);
        EXPECT(chmod(d.socket, mode) == 0);
        d.in_child = lose_permission;
        ck_assert_int_eq(daemon_process_start(&d, NULL), EX_TEMPFAIL);
        EXPECT(is_there(d.socket));
        daemon_log_expect(&d, words);
        close(fd);
        daemon_process_free(&d);
}

START_TEST(socket_that_cannot_be_asked) {
        expect_kept(SOCK_STREAM, 0, "Permission denied; if none does, remove the file");
        expect_kept(SOCK_DGRAM, 0600, "if none does, remove the file");
}
END_TEST

/* Nobody listens on the socket, and root could remove it. */
START_TEST(dead_socket_of_another_user) {
        DaemonProcess d = daemon_process_new();
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        memcpy(address.sun_path, d.socket, strlen(d.socket));
        EXPECT(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
        close(fd);
        if (chown(d.socket, 12345, -1) < 0) {
                say_skipped("only root can give files away");
                daemon_process_free(&d);
                return;
        }
        ck_assert_int_eq(daemon_process_start(&d, NULL), EX_CANTCREAT);
        EXPECT(is_there(d.socket));
        daemon_log_expect(&d, "is a socket of uid 12345, and this daemon runs as uid 0");
        EXPECT(chown(d.socket, geteuid(), -1) == 0);
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        expect_pong(&d);
        daemon_process_free(&d);
}
END_TEST

START_TEST(directory_for_all) {
        DaemonProcess d = daemon_process_new();
        char directory[100];

        snprintf(directory, sizeof(directory), "%s/all", d.directory);
        snprintf(d.socket, sizeof(d.socket), "%s/s", directory);
        EXPECT(mkdir(directory, 0700) == 0 && chmod(directory, 0777) == 0);
        ck_assert_int_eq(daemon_process_start(&d, NULL), EX_CANTCREAT);
        EXPECT(chmod(directory, 01777) == 0);
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        expect_pong(&d);
        daemon_process_free(&d);
}
END_TEST

START_TEST(after_a_crash) {
        DaemonProcess d = daemon_process_new();

        for (int i = 0; i < 5; i++) {
                ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
                expect_pong(&d);
                ck_assert_int_eq(daemon_process_end(&d, SIGKILL), -SIGKILL);
                EXPECT(is_there(d.socket));
        }
        daemon_process_free(&d);
}
END_TEST

/* Asserts that the daemon refuses to start, and leaves the directory unchanged. */
static void expect_refusal(DaemonProcess *d) {
        struct stat before, after;
        char lock[160];

        EXPECT(lstat(d->socket, &before) == 0);
        ck_assert_int_eq(daemon_process_start(d, NULL), EX_CANTCREAT);
        EXPECT(lstat(d->socket, &after) == 0);
        EXPECT(before.st_ino == after.st_ino && before.st_mode == after.st_mode &&
               before.st_size == after.st_size);
        snprintf(lock, sizeof(lock), "%s.lock", d->socket);
        EXPECT(!is_there(lock));
}

START_TEST(what_is_no_socket) {
        DaemonProcess d = daemon_process_new();
        char target[160];

        snprintf(target, sizeof(target), "%s/target", d.directory);
        int fd = open(d.socket, O_WRONLY | O_CREAT, 0644);
        EXPECT(fd >= 0 && write(fd, "precious\n", 9) == 9);
        close(fd);
        expect_refusal(&d);
        EXPECT(rename(d.socket, target) == 0);

        EXPECT(symlink("target", d.socket) == 0);
        expect_refusal(&d);
        EXPECT(unlink(target) == 0);
        expect_refusal(&d);
        EXPECT(!is_there(target) && unlink(d.socket) == 0);

        EXPECT(mkdir(d.socket, 0700) == 0);
        expect_refusal(&d);
        EXPECT(rmdir(d.socket) == 0);

        EXPECT(mkfifo(d.socket, 0600) == 0);
        expect_refusal(&d);
        daemon_process_free(&d);
}
END_TEST

START_TEST(nowhere_to_listen) {
        DaemonProcess d = daemon_process_new();

        snprintf(d.socket, sizeof(d.socket), "%s/missing/s", d.directory);
        ck_assert_int_eq(daemon_process_start(&d, NULL), EX_CANTCREAT);
        daemon_log_expect(&d, "/missing: No such file or directory; create the directory, or use "
                              "another path (--socket)");
        daemon_process_free(&d);
}
END_TEST

START_TEST(twenty_at_once) {
        enum { N = 20, ROUNDS = 5 };
        DaemonProcess base = daemon_process_new(), daemons[N];

        for (int round = 0; round < ROUNDS; round++) {
                int winner = -1;
                for (int i = 0; i < N; i++) {
                        daemons[i] = base;
                        daemon_process_launch(&daemons[i], NULL);
                }
                for (int i = 0; i < N; i++) {
                        int status = daemon_process_await(&daemons[i]);
                        ck_assert_msg(status == 0 || status == EX_TEMPFAIL, "status %d", status);
                        ck_assert_msg(status != 0 || winner < 0, "both %d and %d", winner, i);
                        winner = status == 0 ? i : winner;
                }
                ck_assert_int_ge(winner, 0);
                expect_pong(&daemons[winner]);
                /* A killed daemon leaves its socket file; a terminated one removes it. */
                daemon_process_end(&daemons[winner], round % 2 ? SIGTERM : SIGKILL);
        }
        daemon_process_free(&base);
}
END_TEST

/* The longest path that an address holds, and one byte more. */
START_TEST(longest_path) {
        DaemonProcess d = daemon_process_new();
        size_t n = strlen(d.directory);

        d.socket[n] = '/';
        memset(d.socket + n + 1, 'x', SUN_PATH_MAX - n);
        d.socket[SUN_PATH_MAX] = '\0';
        ck_assert_int_eq(daemon_process_start(&d, NULL), EX_CANTCREAT);
        d.socket[SUN_PATH_MAX - 1] = '\0';
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        expect_pong(&d);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        EXPECT(!is_there(d.socket));
        daemon_process_free(&d);
}
END_TEST

static void close_standard_descriptors(void) {
        for (int fd = 0; fd <= STDERR_FILENO; fd++)
                close(fd);
}

/* A client's socket must not get the number of a standard descriptor: the log's lines would go to it. */
START_TEST(closed_standard_descriptors) {
        DaemonProcess d = daemon_process_new();
        char path[64], target[64];

        d.in_child = close_standard_descriptors;
        ck_assert_int_eq(daemon_process_start(&d, (const char *[]){"--log-level=debug", NULL}), 0);
        for (int fd = 0; fd <= STDERR_FILENO; fd++) {
                snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)d.pid, fd);
                ssize_t n = readlink(path, target, sizeof(target) - 1);
                EXPECT(n > 0);
                target[n] = '\0';
                ck_assert_str_eq(target, "/dev/null");
        }
        expect_pong(&d);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}
END_TEST

static void allow_16_descriptors(void) {
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 16, .rlim_max = 16});
}

START_TEST(sixteen_descriptors) {
        DaemonProcess d = daemon_process_new();

        d.in_child = allow_16_descriptors;
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        expect_pong(&d);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}
END_TEST

static void expect_mode(const char *option, mode_t expected) {
        DaemonProcess d = daemon_process_new();
        struct stat st;

        umask(0);
        ck_assert_int_eq(daemon_process_start(&d, (const char *[]){option, NULL}), 0);
        EXPECT(stat(d.socket, &st) == 0 && S_ISSOCK(st.st_mode));
        ck_assert_int_eq(st.st_mode & 0777, expected);
        daemon_process_free(&d);
}

START_TEST(mode_of_the_socket) {
        expect_mode(NULL, 0600);
        expect_mode("--mode=0660", 0660);
        expect_mode("--mode=666", 0666);
}
END_TEST

/* A socket file that replaced the daemon's own while it ran is not removed at its end. */
START_TEST(replaced_while_it_runs) {
        DaemonProcess d = daemon_process_new();

        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        EXPECT(unlink(d.socket) == 0);
        int fd = open(d.socket, O_WRONLY | O_CREAT | O_EXCL, 0600);
        EXPECT(fd >= 0);
        close(fd);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        EXPECT(is_there(d.socket));
        daemon_process_free(&d);
}
END_TEST

static void expect_usage_error(const char *option) {
        DaemonProcess d = daemon_process_new();

        ck_assert_int_eq(daemon_process_start(&d, (const char *[]){option, NULL}), EX_USAGE);
        EXPECT(!is_there(d.socket));
        daemon_process_free(&d);
}

START_TEST(wrong_options) {
        static const char *const wrong[] = {"--nix",
                                            "--max-sessions=0",
                                            "--max-sessions=many",
                                            "--max-sessions=-1",
                                            "--max-sessions=18446744073709551616",
                                            "--max-sessions=",
                                            "--mode=888",
                                            "--mode=1777",
                                            "--log-level=loud",
                                            "--socket=",
                                            "--ready-fd=x",
                                            "--ready-fd=999",
                                            "more"};

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                expect_usage_error(wrong[i]);
}
END_TEST

START_TEST(unknown_group) {
        DaemonProcess d = daemon_process_new();

        ck_assert_int_eq(
                daemon_process_start(&d, (const char *[]){"--group=no-such-group-here", NULL}),
                EX_CANTCREAT);
        EXPECT(!is_there(d.socket));
        daemon_process_free(&d);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("daemon-start");
        TCase *tcase = tcase_create("start");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, second_daemon);
        tcase_add_test(tcase, socket_of_another_program);
        tcase_add_test(tcase, after_a_crash);
        tcase_add_test(tcase, socket_that_cannot_be_asked);
        tcase_add_test(tcase, dead_socket_of_another_user);
        tcase_add_test(tcase, directory_for_all);
        tcase_add_test(tcase, what_is_no_socket);
        tcase_add_test(tcase, nowhere_to_listen);
        tcase_add_test(tcase, twenty_at_once);
        tcase_add_test(tcase, longest_path);
        tcase_add_test(tcase, closed_standard_descriptors);
        tcase_add_test(tcase, sixteen_descriptors);
        tcase_add_test(tcase, mode_of_the_socket);
        tcase_add_test(tcase, replaced_while_it_runs);
        tcase_add_test(tcase, wrong_options);
        tcase_add_test(tcase, unknown_group);
        suite_add_tcase(suite, tcase);
        return suite;
}
