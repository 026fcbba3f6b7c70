/* The bound of work over the socket: other users are refused calls that cost too much; the daemon's own user is
 * not. */
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/wire.h"

enum { OTHER = 61234 };

/* Makes a list of a million elements that every user may write. */
static void make_list(void) {
        wire_request(&trial_witness, 1, "list.open",
                     "{\"name\":\"l\",\"create\":true,\"mode\":\"0666\",\"value\":[3,1,2,5,4]}");
        EXPECT(strstr(wire_line(&trial_witness), "\"created\":true"));
        wire_call(&trial_witness, "list.repeat", "[\"l\",200000]", "null");
        wire_call(&trial_witness, "list.length", "[\"l\"]", "1000000");
}

static void as_other(void (*run)(Wire *wire)) {
        pid_t pid = fork();
        int status;

        EXPECT(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (setgroups(0, NULL) < 0 || setgid(OTHER) < 0 || setuid(OTHER) < 0)
                        _exit(1);
                Wire wire = wire_open();
                run(&wire);
                _exit(0);
        }
        EXPECT(waitpid(pid, &status, 0) == pid);
        ck_assert_int_eq(status, 0);
}

/* Asserts that the error has the bound, the work and an alternative, and that nothing was done. */
static void expect_refused(Wire *wire, const char *method, const char *params) {
        char name[64];

        snprintf(name, sizeof(name), "%s would take up to ", method);
        wire_request(wire, 1, method, params);
        const char *line = wire_line(wire);
        ck_assert_msg(strstr(line, name) && strstr(line, "100000 (max-call-work): ") &&
                              strstr(line, "\"errno\":\"EDQUOT\"") &&
                              strstr(line, "\"max_work\":100000"),
                      "%s", line);
}

static void ask_too_much(Wire *wire) {
        expect_refused(wire, "list.sort", "[\"l\"]");
        expect_refused(wire, "list.count", "[\"l\",7]");
        expect_refused(wire, "list.repeat", "[\"l\",2]");
        wire_call(wire, "list.slice", "[\"l\",0,5]", "[3,1,2,5,4]");
        wire_call(wire, "list.length", "[\"l\"]", "1000000");
}

START_TEST(other_users_are_refused_what_costs_too_much) {
        if (geteuid() != 0) {
                say_skipped("only root can become others");
                return;
        }
        trial_begin((const char *[]){"--mode=0666", NULL});
        EXPECT(chmod(trial_daemon.directory, 0711) == 0);
        make_list();
        as_other(ask_too_much);
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        trial_end();
}
END_TEST

START_TEST(the_daemons_own_user_sorts_a_million) {
        trial_begin(NULL);
        make_list();
        wire_call(&trial_witness, "list.sort", "[\"l\"]", "null");
        wire_call(&trial_witness, "list.slice", "[\"l\",199999,200001]", "[1,2]");
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        trial_end();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wire-work");
        TCase *tcase = tcase_create("wire-work");

        tcase_set_timeout(tcase, 30);
        tcase_add_test(tcase, other_users_are_refused_what_costs_too_much);
        tcase_add_test(tcase, the_daemons_own_user_sorts_a_million);
        suite_add_tcase(suite, tcase);
        return suite;
}
