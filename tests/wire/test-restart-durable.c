/* The planned restart of a daemon with a state directory: the process keeps the directory. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "count-files.h"
#include "expect.h"
#include "sanitized.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/wire.h"

enum { CALLERS = 8, WINDOW = 20, ROUNDS = 6 };

static const char restarted[] = "notice: restarted: ";

typedef struct Trial {
        DaemonProcess daemon;
        char config[160], program[160];
        const char *real;
        Wire wire;
} Trial;

static void write_file(const char *path, mode_t mode, const char *text) {
        EXPECT(unlink(path) == 0 || errno == ENOENT);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        EXPECT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
        close(fd);
}

/* Writes a configuration, read anew by a restart, that names this directory within the daemon's own. */
static void configure(const Trial *t, const char *name) {
        char text[200];

        snprintf(text, sizeof(text), "state = %s/%s\nsync-interval = 1h\n", t->daemon.directory,
                 name);
        write_file(t->config + strlen("--config="), 0600, text);
}

static int start(Trial *t) {
        const char *const options[] = {t->config, NULL};
        int status = daemon_process_start(&t->daemon, options);

        if (status == 0)
                t->wire = wire_open_at(t->daemon.socket);
        return status;
}

/* Returns false if this build has no store. */
static bool begin(Trial *t) {
        *t = (Trial){.daemon = daemon_process_new(), .real = getenv("SHMGRD")};
        snprintf(t->config, sizeof(t->config), "--config=%s/conf", t->daemon.directory);
        snprintf(t->program, sizeof(t->program), "%s/shmgrd", t->daemon.directory);
        configure(t, "state");
        EXPECT(symlink(t->real, t->program) == 0);
        setenv("SHMGRD", t->program, 1);
        setenv("REAL", t->real, 1);
        int status = start(t);
        if (status == EX_CANTCREAT) {
                say_skipped("this build has no SQLite");
                setenv("SHMGRD", t->real, 1);
                daemon_process_free(&t->daemon);
                return false;
        }
        ck_assert_int_eq(status, 0);
        return true;
}

static void kill_and_start(Trial *t) {
        wire_close(&t->wire);
        ck_assert_int_eq(daemon_process_end(&t->daemon, SIGKILL), -SIGKILL);
        ck_assert_int_eq(start(t), 0);
}

static void end(Trial *t) {
        wire_close(&t->wire);
        ck_assert_int_eq(daemon_process_end(&t->daemon, SIGTERM), 0);
        setenv("SHMGRD", t->real, 1);
        daemon_process_free(&t->daemon);
}

static void expect_words(Wire *wire, const char *words) {
        const char *line = wire_line(wire);

        ck_assert_msg(line && strstr(line, words), "'%s' is not in %s", words,
                      line ? line : "the end");
}

static void call(Wire *wire, const char *method, const char *params) {
        wire_request(wire, 1, method, params);
        expect_words(wire, "\"result\"");
}

static int count_descriptors(const Trial *t) {
        char path[64];

        snprintf(path, sizeof(path), "/proc/%d/fd", (int)t->daemon.pid);
        return count_files(path);
}

/* ---- Changes in progress */

/* Each call in flight makes a change that must be on the disk before its reply is sent. */
static void send_window(Wire *wire, int number) {
        char counter[40], put[40];

        snprintf(counter, sizeof(counter), "[\"c%d\"]", number);
        snprintf(put, sizeof(put), "[\"q\",%d]", number);
        for (int i = 0; i < WINDOW; i++) {
                wire_request(wire, i, "counter.add", counter);
                wire_request(wire, i, "queue.put", put);
        }
}

static void expect_window(Wire *wire, int round) {
        for (int i = 0; i < WINDOW; i++) {
                char value[16];
                snprintf(value, sizeof(value), "%d", round * WINDOW + i + 1);
                wire_expect_result(wire, i, value);
                wire_expect_result(wire, i, "null");
        }
}

static void expect_all(Trial *t, int n_rounds) {
        char params[16], value[16];

        for (int i = 0; i < CALLERS; i++) {
                snprintf(params, sizeof(params), "[\"c%d\"]", i);
                snprintf(value, sizeof(value), "%d", n_rounds * WINDOW);
                wire_call(&t->wire, "counter.get", params, value);
        }
        snprintf(value, sizeof(value), "%d", n_rounds * WINDOW * CALLERS);
        wire_call(&t->wire, "queue.size", "[\"q\"]", value);
        snprintf(value, sizeof(value), "%d", n_rounds);
        wire_call(&t->wire, "counter.get", "[\"async\"]", value);
}

static void open_objects(Trial *t) {
        for (int i = 0; i < CALLERS; i++) {
                char params[64];
                snprintf(params, sizeof(params),
                         "{\"name\":\"c%d\",\"create\":true,\"durable\":\"sync\"}", i);
                call(&t->wire, "counter.open", params);
        }
        call(&t->wire, "queue.open", "{\"name\":\"q\",\"create\":true,\"durable\":\"sync\"}");
        call(&t->wire, "counter.open", "[\"async\",true]");
}

/* In each round the restart hits another call. The forked child that tries the program writes a snapshot: glibc's malloc
 * works there, but the address sanitizer's allocator stays locked if the writing thread had its lock. */
START_TEST(changes_that_are_under_way) {
        Trial t;
        Wire wires[CALLERS];
        int n_descriptors = 0;

        if (IS_ADDRESS_SANITIZED || !begin(&t))
                return;
        open_objects(&t);
        for (int i = 0; i < CALLERS; i++)
                wires[i] = wire_open_at(t.daemon.socket);
        for (int round = 0; round < ROUNDS; round++) {
                call(&t.wire, "counter.add", "[\"async\"]");
                for (int i = 0; i < CALLERS; i++) {
                        if (i == round)
                                wire_request(&t.wire, 1, "server.restart", "[]");
                        send_window(&wires[i], i);
                }
                expect_words(&t.wire, "\"pause_ms\"");
                for (int i = 0; i < CALLERS; i++)
                        expect_window(&wires[i], round);
                if (round == 0)
                        n_descriptors = count_descriptors(&t);
        }
        ck_assert_int_eq(count_descriptors(&t), n_descriptors);
        ck_assert_int_eq(daemon_log_count(&t.daemon, restarted), ROUNDS);
        for (int i = 0; i < CALLERS; i++)
                wire_close(&wires[i]);
        expect_all(&t, ROUNDS);
        kill_and_start(&t);
        expect_all(&t, ROUNDS);
        end(&t);
}
END_TEST

/* ---- Programs that fail after the trial */

static void expect_stored(Trial *t, const char *value) {
        wire_call(&t->wire, "counter.add", "[\"c\"]", value);
        kill_and_start(t);
        wire_call(&t->wire, "counter.get", "[\"c\"]", value);
}

static void open_counter(Trial *t) {
        call(&t->wire, "counter.open", "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        wire_call(&t->wire, "counter.add", "[\"c\"]", "1");
}

/* The program passes the trial and fails afterwards; the one that ran before goes on with the directory. */
static void fail_at_last(const char *script, const char *error) {
        Trial t;

        if (!begin(&t))
                return;
        open_counter(&t);
        write_file(t.program, 0755, script);
        wire_request(&t.wire, 2, "server.restart", "[]");
        wire_expect_error(&t.wire, "2", -32000, error);
        ck_assert_int_eq(daemon_log_count(&t.daemon, "going on: version"),
                         strcmp(error, "ENOEXEC") == 0);
        EXPECT(unlink(t.program) == 0 || errno == ENOENT);
        EXPECT(symlink(t.real, t.program) == 0);
        expect_stored(&t, "2");
        end(&t);
}

/* No program is there any more: the daemon opens the directory again. */
START_TEST(a_program_that_is_gone_at_last) {
        fail_at_last("#!/bin/sh\nrm -f \"$0\"\nexec \"$REAL\" \"$@\"\n", "ENOENT");
}
END_TEST

#define PASS_THE_TRIAL "#!/bin/sh\ncase $* in *check-snapshot*) exec \"$REAL\" \"$@\" ;; esac\n"
#define RUN_THE_OTHER  "chmod +x \"$0.other\"\nexec \"$0.other\" \"$@\"\n"

/* It takes every state for another program's. */
START_TEST(a_program_that_ran_before) {
        fail_at_last(
                PASS_THE_TRIAL
                "sed s/shmgrd_handover/shmgrd_handoveX/g \"$REAL\" >\"$0.other\"\n" RUN_THE_OTHER,
                "ENOEXEC");
}
END_TEST

/* It loads the state and cannot open the database. */
START_TEST(a_program_that_cannot_open_the_directory) {
        fail_at_last(PASS_THE_TRIAL "sed 's/PRAGMA synchronous = /PRAGMA synchronous ( /g' "
                                    "\"$REAL\" >\"$0.other\"\n" RUN_THE_OTHER,
                     "ENOEXEC");
}
END_TEST

/* ---- Another directory */

static bool is_there(const Trial *t, const char *name) {
        char path[160];

        snprintf(path, sizeof(path), "%s/%s", t->daemon.directory, name);
        return access(path, F_OK) == 0;
}

/* The directory cannot change in a restart, like sockets: another one would get the changes of objects that it does not
 * have. Neither the trial nor the program creates the other one. */
START_TEST(another_directory) {
        static const char words[] = "warning: state: the change needs a stop and a start";
        Trial t;

        if (!begin(&t))
                return;
        open_counter(&t);
        configure(&t, "other");
        call(&t.wire, "server.restart", "[]");
        ck_assert_int_eq(daemon_log_count(&t.daemon, words), 1);
        write_file(t.config + strlen("--config="), 0600, "");
        call(&t.wire, "server.restart", "[]");
        ck_assert_int_eq(daemon_log_count(&t.daemon, words), 2);
        configure(&t, "state");
        call(&t.wire, "server.restart", "[]");
        ck_assert_int_eq(daemon_log_count(&t.daemon, words), 2);
        ck_assert(!is_there(&t, "other"));
        expect_stored(&t, "2");
        end(&t);
}
END_TEST

/* The daemon started without a directory: one that is configured later stays unused, with its contents. */
START_TEST(a_directory_that_comes_later) {
        Trial t;

        if (!begin(&t))
                return;
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        write_file(t.config + strlen("--config="), 0600, "");
        ck_assert_int_eq(start(&t), 0);
        configure(&t, "other");
        call(&t.wire, "server.restart", "[]");
        daemon_log_expect(&t.daemon, "warning: state: the change needs a stop and a start; the "
                                     "daemon goes on with no state directory");
        wire_request(&t.wire, 2, "counter.open",
                     "{\"name\":\"c\",\"create\":true,\"durable\":\"sync\"}");
        wire_expect_error(&t.wire, "2", -32602, "EINVAL");
        ck_assert(!is_there(&t, "other"));
        end(&t);
}
END_TEST

/* ---- The lock of the directory */

/* Makes FIFOs by which the program reports that it runs, in the trial and as the next daemon, and waits for permission to
 * continue. */
static void make_fifos(const Trial *t) {
        char path[200];

        for (int i = 0; i < 2; i++) {
                snprintf(path, sizeof(path), "%s.%s", t->program, i ? "go" : "here");
                EXPECT(mkfifo(path, 0600) == 0);
        }
        write_file(t->program, 0755,
                   "#!/bin/sh\n: >\"$0.here\"\nread word <\"$0.go\"\nexec \"$REAL\" \"$@\"\n");
}

static void open_fifo(const Trial *t, const char *name, int flags) {
        char path[200];

        snprintf(path, sizeof(path), "%s.%s", t->program, name);
        int fd = open(path, flags | O_CLOEXEC);
        EXPECT(fd >= 0);
        close(fd);
}

static int open_lock(const Trial *t) {
        char path[160];

        snprintf(path, sizeof(path), "%s/state/lock", t->daemon.directory);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        EXPECT(fd >= 0);
        return fd;
}

static bool has_lock(pid_t pid, int lock_fd) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

        EXPECT(fcntl(lock_fd, F_GETLK, &lock) == 0);
        return lock.l_type == F_WRLCK && lock.l_pid == pid;
}

/* Starts a daemon with another socket and the same directory. */
static int try_second(const Trial *t) {
        DaemonProcess second = daemon_process_new();
        const char *const options[] = {t->config, NULL};

        setenv("SHMGRD", t->real, 1);
        int status = daemon_process_start(&second, options);
        setenv("SHMGRD", t->program, 1);
        daemon_process_free(&second);
        return status;
}

/* A second daemon is refused during the trial, during the start of the executed program, and at the daemon's end. */
START_TEST(a_second_daemon_during_a_restart) {
        Trial t;

        if (!begin(&t))
                return;
        open_counter(&t);
        make_fifos(&t);
        wire_request(&t.wire, 6, "server.restart", "[]");
        for (int i = 0; i < 2; i++) {
                open_fifo(&t, "here", O_RDONLY);
                ck_assert_int_eq(try_second(&t), EX_CANTCREAT);
                open_fifo(&t, "go", O_WRONLY);
        }
        expect_words(&t.wire, "\"pause_ms\"");
        ck_assert_int_eq(try_second(&t), EX_CANTCREAT);
        EXPECT(unlink(t.program) == 0 && symlink(t.real, t.program) == 0);
        expect_stored(&t, "2");
        end(&t);
}
END_TEST

/* Forks a child that exits with 1 if the daemon lacks the lock at any moment before the end of `until`. */
static pid_t watch_lock(const Trial *t, int until) {
        pid_t pid = fork();

        EXPECT(pid >= 0);
        if (pid > 0)
                return pid;
        struct pollfd end = {.fd = until, .events = POLLIN};
        int fd = open_lock(t);
        while (poll(&end, 1, 0) == 0)
                if (!has_lock(t->daemon.pid, fd))
                        _exit(1);
        _exit(0);
}

START_TEST(the_lock_is_held_all_the_time) {
        enum { RESTARTS = 8 };
        Trial t;
        int fds[2], status;

        if (!begin(&t))
                return;
        open_counter(&t);
        EXPECT(pipe2(fds, O_CLOEXEC) == 0);
        pid_t pid = watch_lock(&t, fds[0]);
        for (int i = 0; i < RESTARTS; i++)
                call(&t.wire, "server.restart", "[]");
        EXPECT(write(fds[1], "", 1) == 1 && waitpid(pid, &status, 0) == pid);
        ck_assert_int_eq(status, 0);
        close(fds[0]);
        close(fds[1]);
        expect_stored(&t, "2");
        end(&t);
}
END_TEST

static bool trace_forks(pid_t pid) {
        return ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_TRACEFORK) == 0;
}

/* The child of a trial, stopped at its first instruction, outlives a killed daemon with copies of all its descriptors:
 * another daemon can use the directory at once, and the socket once the child runs. */
START_TEST(a_child_that_outlives_the_daemon) {
        unsigned long child = 0;
        int status;
        Trial t;

        if (!begin(&t))
                return;
        open_counter(&t);
        pid_t pid = t.daemon.pid;
        if (!trace_forks(pid)) {
                say_skipped("processes cannot be traced here");
                end(&t);
                return;
        }
        wire_request(&t.wire, 6, "server.restart", "[]");
        EXPECT(waitpid(pid, &status, __WALL) == pid);
        ck_assert_int_eq(status >> 8, SIGTRAP | PTRACE_EVENT_FORK << 8);
        EXPECT(ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0);
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGKILL), -SIGKILL);
        ck_assert_int_eq(try_second(&t), 0);
        const char *const options[] = {t.config, NULL};
        daemon_process_launch(&t.daemon, options);
        EXPECT(waitpid((pid_t)child, &status, __WALL) == (pid_t)child);
        EXPECT(ptrace(PTRACE_DETACH, (pid_t)child, NULL, NULL) == 0);
        ck_assert_int_eq(daemon_process_await(&t.daemon), 0);
        t.wire = wire_open_at(t.daemon.socket);
        wire_call(&t.wire, "counter.get", "[\"c\"]", "1");
        end(&t);
}
END_TEST

/* ---- A directory that cannot be written */

static void set_writable(const Trial *t, bool is_writable) {
        struct rlimit limit;

        EXPECT(prlimit(t->daemon.pid, RLIMIT_FSIZE, NULL, &limit) == 0);
        limit.rlim_cur = is_writable ? limit.rlim_max : 16;
        EXPECT(prlimit(t->daemon.pid, RLIMIT_FSIZE, &limit, NULL) == 0);
}

/* The limit also applies to the image and the log, so it is set while the trial runs, and the first refusal is not in the
 * log. A refused restart is not repeated later. */
START_TEST(a_directory_that_cannot_be_written) {
        Trial t;

        if (!begin(&t))
                return;
        Wire other = wire_open_at(t.daemon.socket);
        open_counter(&t);
        make_fifos(&t);
        wire_request(&other, 6, "server.restart", "[]");
        open_fifo(&t, "here", O_RDONLY);
        set_writable(&t, false);
        wire_request(&t.wire, 5, "counter.add", "[\"c\"]");
        open_fifo(&t, "go", O_WRONLY);
        expect_words(&other, "the state directory cannot be written");
        set_writable(&t, true);
        EXPECT(unlink(t.program) == 0 && symlink(t.real, t.program) == 0);
        for (int i = 0; i < 10; i++)
                call(&other, "server.ping", "[]");
        ck_assert_int_eq(daemon_log_count(&t.daemon, "was not restarted: "), 0);
        wire_call(&other, "server.resume", "[]", "true");
        wire_expect_result(&t.wire, 5, "2");
        for (int i = 0; i < 10; i++)
                call(&other, "server.ping", "[]");
        ck_assert_int_eq(daemon_log_count(&t.daemon, restarted), 0);
        call(&other, "server.restart", "[]");
        ck_assert_int_eq(daemon_log_count(&t.daemon, restarted), 1);
        wire_close(&other);
        expect_stored(&t, "3");
        end(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("restart-durable");
        TCase *c = tcase_create("restart-durable");

        tcase_set_timeout(c, 120);
        tcase_add_test(c, changes_that_are_under_way);
        tcase_add_test(c, a_program_that_is_gone_at_last);
        tcase_add_test(c, a_program_that_ran_before);
        tcase_add_test(c, a_program_that_cannot_open_the_directory);
        tcase_add_test(c, another_directory);
        tcase_add_test(c, a_directory_that_comes_later);
        tcase_add_test(c, a_second_daemon_during_a_restart);
        tcase_add_test(c, the_lock_is_held_all_the_time);
        tcase_add_test(c, a_child_that_outlives_the_daemon);
        tcase_add_test(c, a_directory_that_cannot_be_written);
        suite_add_tcase(suite, c);
        return suite;
}
