/* A daemon inside a user namespace, which shows all unmapped users as one uid. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "user-namespace.h"
#include "wire/wire.h"

enum { FIRST = 61234, SECOND = 61235, NOBODY = 65534, NO_NAMESPACE = 99 };

static void write_file(const char *path, const char *text) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, text, strlen(text)) < 0)
                _exit(NO_NAMESPACE);
        close(fd);
}

/* Maps root, and no other user. */
static void enter_namespace(void) {
        if (unshare(CLONE_NEWUSER) < 0)
                _exit(NO_NAMESPACE);
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/uid_map", "0 0 1");
        write_file("/proc/self/gid_map", "0 0 1");
}

/* Starts the daemon. Returns false, and reports the test as skipped, if the system does not
 * allow that. */
static bool start(DaemonProcess *d, void (*in_child)(void), const char *option) {
        *d = daemon_process_new();
        if (geteuid() != 0) {
                say_skipped("only root can become others");
                return false;
        }
        d->in_child = in_child;
        int status = daemon_process_start(d, (const char *[]){"--mode=0666", option, NULL});
        if (in_child && status == NO_NAMESPACE) {
                say_skipped("there can be no user namespace");
                return false;
        }
        ck_assert_int_eq(status, 0);
        EXPECT(chmod(d->directory, 0711) == 0);
        return true;
}

static void as_user(uid_t uid, const char *socket, void (*run)(Wire *wire)) {
        pid_t pid = fork();
        int status;

        EXPECT(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
                        _exit(1);
                Wire wire = wire_open_at(socket);
                run(&wire);
                _exit(0);
        }
        EXPECT(waitpid(pid, &status, 0) == pid);
        ck_assert_int_eq(status, 0);
}

static void expect_refused(Wire *wire) {
        wire_expect_error(wire, "null", -32000, "EACCES");
        wire_expect_end(wire);
}

static void store(Wire *wire) {
        wire_request(wire, 1, "value.open",
                     "{\"name\":\"v\",\"create\":true,\"value\":\"secret\"}");
        EXPECT(strstr(wire_line(wire), "\"created\":true"));
}

static void read_secret(Wire *wire) {
        wire_call(wire, "value.get", "[\"v\"]", "\"secret\"");
}

static void read_nothing(Wire *wire) {
        wire_request(wire, 1, "value.get", "[\"v\"]");
        EXPECT(strstr(wire_line(wire), "EACCES"));
}

START_TEST(who_is_not_mapped_is_refused) {
        DaemonProcess d;

        if (start(&d, enter_namespace, NULL)) {
                as_user(0, d.socket, store);
                as_user(FIRST, d.socket, expect_refused);
                as_user(SECOND, d.socket, expect_refused);
                as_user(NOBODY, d.socket, expect_refused);
                as_user(0, d.socket, read_secret);
        }
        daemon_process_free(&d);
}
END_TEST

/* With the option they count as one user, as the manual says. */
START_TEST(an_option_lets_them_in_as_one_user) {
        DaemonProcess d;

        if (start(&d, enter_namespace, "--unmapped-users=yes")) {
                as_user(FIRST, d.socket, store);
                as_user(SECOND, d.socket, read_secret);
        }
        daemon_process_free(&d);
}
END_TEST

/* Outside of a user namespace every uid is a user, nobody (65534) too. */
START_TEST(nobody_is_a_user_where_all_are_mapped) {
        DaemonProcess d;

        if (user_namespace_read().unmapped_uid != (uid_t)-1)
                say_skipped("the test is in a user namespace");
        else if (start(&d, NULL, NULL)) {
                as_user(NOBODY, d.socket, store);
                as_user(NOBODY, d.socket, read_secret);
                as_user(FIRST, d.socket, read_nothing);
                daemon_process_free(&d);
        }
}
END_TEST

START_TEST(maps_that_are_complete) {
        static const struct {
                const char *text;
                bool is_complete;
        } cases[] = {
                {"         0          0 4294967295\n", true},
                {"0 0 1000\n1000 5000 4294966295\n", true},
                {"0 1000 1\n", false},
                {"0 100000 65536\n", false},
                {"0 1000 1\n1 100000 65536\n", false},
                {"", false},
                {"nonsense", false},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                ck_assert_int_eq(id_map_is_complete(cases[i].text), cases[i].is_complete);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("user namespace");
        TCase *c = tcase_create("user namespace");

        tcase_set_timeout(c, 30);
        tcase_add_test(c, who_is_not_mapped_is_refused);
        tcase_add_test(c, an_option_lets_them_in_as_one_user);
        tcase_add_test(c, nobody_is_a_user_where_all_are_mapped);
        tcase_add_test(c, maps_that_are_complete);
        suite_add_tcase(suite, c);
        return suite;
}
