/* The program that a planned restart executes: one that fails changes nothing, a new one is found by a call or a reload, and the
 * state of the old one is not lost. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/restarting.h"

/* ---- Programs that fail */

static void expect_refusal(const char *script, const char *reason) {
        int n = daemon_log_count(&trial_daemon, "was not restarted: ");

        restarting_replace_program(script);
        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        restarting_await("was not restarted: ", n + 1);
        daemon_log_expect(&trial_daemon, reason);
}

START_TEST(programs_that_cannot_take_over) {
        restarting_begin_at_link((const char *[]){"--restart-time=500ms", NULL});
        restarting_make(&trial_witness, "lock", "[\"l\",true]");
        restarting_acquire(&trial_witness, "[\"l\"]");
        expect_refusal("#!/bin/sh\nexit 0\n", "exited with status 0 and did not report");
        expect_refusal("#!/bin/sh\necho some text; exit 0\n", "did not report that it can load");
        expect_refusal("#!/bin/sh\necho 'shmgrd: no good' >&2; exit 64\n", ": no good\n");
        expect_refusal("#!/bin/sh\nkill -SEGV $$\n", "signal 11");
        expect_refusal("#!/bin/sh\nexec sleep 1000\n", "it took longer than 500 ms");
        expect_refusal("#!/bin/sh\nexec >&- 2>&-; exec sleep 1000\n", "signal 9");
        expect_refusal("#!/nowhere\n", "No such file");
        expect_refusal("#!/bin/sh\nexec \"$REAL\" --max-batch=none \"$@\"\n", "max-batch");
        EXPECT(unlink(restarting_program) == 0);
        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        restarting_await("was not restarted: ", 9);
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "notice: restarted: "), 0);
        restarting_replace_program("#!/bin/sh\nexec \"$REAL\" \"$@\"\n");
        restarting_restart();
        wire_call(&trial_witness, "lock.release", "[\"l\"]", "null");
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        restarting_end_at_link();
}
END_TEST

static void set_limit(int resource, rlim_t n) {
        struct rlimit limit;

        EXPECT(prlimit(trial_daemon.pid, resource, NULL, &limit) == 0);
        limit.rlim_cur = n < limit.rlim_max ? n : limit.rlim_max;
        EXPECT(prlimit(trial_daemon.pid, resource, &limit, NULL) == 0);
}

/* Stores values of 64 KiB by short messages. */
static void fill(void) {
        char params[3100];

        snprintf(params, sizeof(params), "[\"v\",\"%03000d\"]", 0);
        restarting_make(&trial_witness, "list", "[\"v\",true]");
        for (int i = 0; i < 22; i++)
                wire_call(&trial_witness, "list.append", params, "null");
}

/* No descriptor for a trial, no room for its snapshot, or none for the daemon's snapshot after
 * the trial passed: each time the daemon continues, and restarts when it can. */
START_TEST(resources_that_run_out) {
        static const char as_before[] = "#!/bin/sh\nexec \"$REAL\" \"$@\"\n";
        static const char no_room[] = "the snapshot cannot be written: File too large";

        restarting_begin_at_link(NULL);
        restarting_make(&trial_witness, "lock", "[\"l\",true]");
        restarting_acquire(&trial_witness, "[\"l\"]");
        fill();
        int n_fds = trial_count_fds();
        set_limit(RLIMIT_NOFILE, 3);
        expect_refusal(as_before, "cannot start a process: Too many open files");
        set_limit(RLIMIT_NOFILE, RLIM_INFINITY);
        set_limit(RLIMIT_FSIZE, 32 << 10);
        expect_refusal(as_before, no_room);
        set_limit(RLIMIT_FSIZE, RLIM_INFINITY);
        expect_refusal("#!/bin/sh\nprlimit --pid $PPID --fsize=32768:\nexec \"$REAL\" \"$@\"\n",
                       no_room);
        ck_assert_int_eq(daemon_log_count(&trial_daemon, no_room), 2);
        ck_assert_int_eq(trial_count_fds(), n_fds);
        set_limit(RLIMIT_FSIZE, RLIM_INFINITY);
        restarting_replace_program(as_before);
        restarting_restart();
        wire_call(&trial_witness, "lock.release", "[\"l\"]", "null");
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        wire_call(&trial_witness, "object.delete", "[\"v\"]", "null");
        restarting_end_at_link();
}
END_TEST

static int check_file(const char *path) {
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                int fd = open(path, O_RDONLY | O_CLOEXEC);
                EXPECT(fd >= 0 && dup2(fd, 0) == 0);
                EXPECT(dup2(open("/dev/null", O_RDWR | O_CLOEXEC), 1) == 1 && dup2(1, 2) == 2);
                execl(getenv("SHMGRD"), "shmgrd", "--config=/dev/null", "--check-snapshot=0",
                      (char *)NULL);
                _exit(127);
        }
        EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        return WEXITSTATUS(status);
}

/* Installs a script that passes the trial, and then executes a program that rejects every
 * snapshot as that of a stranger. */
static void replace_by_stranger(const char *before) {
        char script[1600];

        snprintf(script, sizeof(script),
                 "#!/bin/sh\ncase $* in *check-snapshot*) exec \"$REAL\" \"$@\" ;; esac\n"
                 "sed s/shmgrd_handover/shmgrd_handoveX/g \"$REAL\" >%s.other\n"
                 "chmod +x %s.other\n%s\nexec %s.other \"$@\"\n",
                 restarting_program, restarting_program, before, restarting_program);
        restarting_replace_program(script);
}

static void remove_stranger(void) {
        char path[200];

        snprintf(path, sizeof(path), "%s.other", restarting_program);
        unlink(path);
}

/* The program that ran before takes over again. */
START_TEST(a_program_that_fails_at_last) {
        restarting_begin_at_link(NULL);
        restarting_make(&trial_witness, "lock", "[\"l\",true]");
        restarting_acquire(&trial_witness, "[\"l\"]");
        replace_by_stranger("");
        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        restarting_await("going on: version", 1);
        daemon_log_expect(&trial_daemon, "the new program failed: ");
        daemon_log_expect(&trial_daemon, "this is not the state of a shmgrd");
        wire_call(&trial_witness, "lock.release", "[\"l\"]", "null");
        restarting_replace_program("#!/bin/sh\nexec \"$REAL\" \"$@\"\n");
        restarting_restart();
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        remove_stranger();
        restarting_end_at_link();
}
END_TEST

/* The program that ran before is gone, too: the snapshot is kept, the sockets are closed, and
 * the log reports both. */
START_TEST(a_snapshot_that_is_kept) {
        static const char words[] = "the snapshot was saved in ";
        char path[256];

        restarting_begin_at_link(NULL);
        restarting_make(&trial_witness, "lock", "[\"l\",true]");
        snprintf(path, sizeof(path),
                 "SHMGRD_TAKEOVER=${SHMGRD_TAKEOVER%%:*}:-1\n"
                 "STATE_DIRECTORY= RUNTIME_DIRECTORY=/nowhere XDG_RUNTIME_DIR=%s\n"
                 "export STATE_DIRECTORY RUNTIME_DIRECTORY XDG_RUNTIME_DIR",
                 trial_daemon.directory);
        replace_by_stranger(path);
        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        wire_expect_end(&trial_witness);
        ck_assert_int_eq(daemon_process_wait(&trial_daemon), 70);
        daemon_log_expect(&trial_daemon, "cannot be taken over: ");
        daemon_log_expect(&trial_daemon, "all connections are closed");
        daemon_log_expect(&trial_daemon, words);
        const char *at = strstr(daemon_log_read(&trial_daemon), words) + strlen(words);
        snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, "\n"), at);
        ck_assert_int_eq(check_file(path), 0);
        remove_stranger();
        restarting_end_after_daemon();
}
END_TEST

/* A part of the snapshot is of no use, and takes room on a disk that has none: no part stays. */
START_TEST(a_snapshot_that_cannot_be_kept) {
        char text[400];
        glob_t found;

        restarting_begin_at_link(NULL);
        fill();
        snprintf(text, sizeof(text),
                 "SHMGRD_TAKEOVER=${SHMGRD_TAKEOVER%%:*}:-1\n"
                 "STATE_DIRECTORY=%s RUNTIME_DIRECTORY=/nowhere XDG_RUNTIME_DIR=%s\n"
                 "export STATE_DIRECTORY RUNTIME_DIRECTORY XDG_RUNTIME_DIR\n"
                 "prlimit --pid $$ --fsize=32768:",
                 trial_daemon.directory, trial_daemon.directory);
        replace_by_stranger(text);
        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        wire_expect_end(&trial_witness);
        ck_assert_int_eq(daemon_process_wait(&trial_daemon), 70);
        daemon_log_expect(&trial_daemon, "the snapshot is lost");
        snprintf(text, sizeof(text), "%s/*.snapshot", trial_daemon.directory);
        ck_assert_int_eq(glob(text, 0, NULL, &found), GLOB_NOMATCH);
        remove_stranger();
        restarting_end_after_daemon();
}
END_TEST

/* ---- Requests to restart */

/* The program that takes over sends the reply. */
START_TEST(a_call_that_is_answered) {
        restarting_begin_at_link((const char *[]){"--restart-time=500ms", NULL});
        Wire other = wire_open();
        wire_request(&trial_witness, 1, "server.restart", "[]");
        wire_request(&other, 2, "server.restart", "[]");
        restarting_expect(&trial_witness, "{\"version\":\"" PACKAGE_VERSION "\",\"pause_ms\":");
        restarting_expect(&other, "\"pause_ms\":");
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "notice: restarted: "), 1);
        restarting_replace_program("#!/bin/sh\necho no good; exit 3\n");
        wire_request(&other, 3, "server.restart", "[]");
        restarting_expect(&other, "\"message\":\"the daemon was not restarted: no good\"");
        restarting_replace_program("#!/bin/sh\nexec sleep 1000\n");
        wire_request(&other, 4, "server.restart", "[]");
        wire_expect_error(&other, "4", -32000, "ETIMEDOUT");
        wire_request(&other, 5, "server.restart", "[]");
        wire_shutdown(&other);
        wire_expect_error(&other, "5", -32000, "ECANCELED");
        wire_expect_end(&other);
        wire_close(&other);
        restarting_await("was not restarted: ", 3);
        replace_by_stranger("");
        wire_request(&trial_witness, 6, "server.restart", "[]");
        wire_expect_error(&trial_witness, "6", -32000, "ENOEXEC");
        remove_stranger();
        restarting_end_at_link();
}
END_TEST

START_TEST(a_reload_with_a_new_program) {
        restarting_begin_at_link(NULL);
        EXPECT(kill(trial_daemon.pid, SIGHUP) == 0);
        restarting_await("configuration reloaded", 1);
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "notice: restarted: "), 0);
        restarting_replace_program("#!/bin/sh\nexit 3\n");
        EXPECT(kill(trial_daemon.pid, SIGHUP) == 0);
        restarting_await("configuration reloaded", 2);
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "was not restarted: "), 1);
        restarting_replace_program("#!/bin/sh\nexec \"$REAL\" \"$@\"\n");
        EXPECT(kill(trial_daemon.pid, SIGHUP) == 0);
        restarting_await("notice: restarted: ", 1);
        restarting_end_at_link();
}
END_TEST

/* Finds the path of the library that the daemon has mapped; false if it is linked statically. */
static bool find_library(const char *name, char path[PATH_MAX]) {
        char maps[64], line[PATH_MAX + 128];
        bool is_found = false;

        snprintf(maps, sizeof(maps), "/proc/%d/maps", (int)trial_daemon.pid);
        FILE *f = fopen(maps, "re");
        EXPECT(f);
        while (!is_found && fgets(line, sizeof(line), f)) {
                const char *at = strchr(line, '/');
                is_found = at && strstr(at, name) && strstr(at, ".so.");
                if (is_found)
                        snprintf(path, PATH_MAX, "%.*s", (int)strcspn(at, "\n"), at);
        }
        fclose(f);
        return is_found;
}

static void copy_file(const char *from, const char *to) {
        static char bytes[1 << 16];
        int in = open(from, O_RDONLY | O_CLOEXEC);
        int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
        ssize_t n;

        EXPECT(in >= 0 && out >= 0);
        while ((n = read(in, bytes, sizeof(bytes))) > 0)
                EXPECT(write(out, bytes, (size_t)n) == n);
        EXPECT(n == 0);
        close(in);
        close(out);
}

/* Replaces the library as a package manager does: the new file gets the name, while the daemon
 * still has the old one mapped. */
START_TEST(a_reload_with_a_new_library) {
        char directory[] = "/tmp/shmgr-XXXXXX", path[PATH_MAX], copy[128], fresh[128];

        trial_begin(NULL);
        bool is_shared = find_library("/libevent", path);
        trial_end();
        if (!is_shared) {
                say_skipped("the daemon shares no library");
                return;
        }
        EXPECT(mkdtemp(directory));
        /* The linker looks for libevent_core-2.1.so.7, a link to libevent_core-2.1.so.7.0.1. */
        const char *name = strrchr(path, '/') + 1, *number = strstr(name, ".so.") + strlen(".so.");
        snprintf(copy, sizeof(copy), "%s/%.*s", directory,
                 (int)(number + strcspn(number, ".") - name), name);
        snprintf(fresh, sizeof(fresh), "%s/fresh", directory);
        copy_file(path, copy);
        setenv("LD_LIBRARY_PATH", directory, 1);
        trial_begin(NULL);
        EXPECT(kill(trial_daemon.pid, SIGHUP) == 0);
        restarting_await("configuration reloaded", 1);
        copy_file(path, fresh);
        EXPECT(rename(fresh, copy) == 0);
        for (int i = 1; i <= 2; i++) {
                /* The second time the mapped library is the one on the disk. */
                EXPECT(kill(trial_daemon.pid, SIGHUP) == 0);
                restarting_await(i == 1 ? "notice: restarted: " : "configuration reloaded", i);
                ck_assert_int_eq(daemon_log_count(&trial_daemon, "notice: restarted: "), 1);
        }
        trial_end();
        unlink(copy);
        rmdir(directory);
}
END_TEST

START_TEST(files_that_are_no_snapshots) {
        ck_assert_int_eq(check_file("/dev/null"), 65);
        ck_assert_int_eq(check_file("/bin/sh"), 65);
        ck_assert_int_eq(check_file("/tmp"), 71);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("restart-program");
        TCase *c = tcase_create("restart-program");

        tcase_set_timeout(c, 120);
        tcase_add_test(c, programs_that_cannot_take_over);
        tcase_add_test(c, resources_that_run_out);
        tcase_add_test(c, a_program_that_fails_at_last);
        tcase_add_test(c, a_snapshot_that_is_kept);
        tcase_add_test(c, a_snapshot_that_cannot_be_kept);
        tcase_add_test(c, a_call_that_is_answered);
        tcase_add_test(c, a_reload_with_a_new_program);
        tcase_add_test(c, a_reload_with_a_new_library);
        tcase_add_test(c, files_that_are_no_snapshots);
        suite_add_tcase(suite, c);
        return suite;
}
