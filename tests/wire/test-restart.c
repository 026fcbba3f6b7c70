/* The planned restart: everything goes on, the dead are found dead, and a program that fails changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "patience.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/manager.h"
#include "wire/wire.h"

enum { LONG_MS = 60000 };

/* The daemon answers all the while, so nothing sleeps here. */
static void await_words(const char *words, int n) {
        for (int64_t end_ms = clock_ms() + patience_ms(LONG_MS);
             daemon_log_count(&trial_daemon, words) < n; trial_ping())
                ck_assert_msg(clock_ms() < end_ms, "'%s' did not come %d times: %s", words, n,
                              daemon_log_read(&trial_daemon));
}

static void restart(void) {
        static const char words[] = "notice: restarted: ";
        int n = daemon_log_count(&trial_daemon, words);

        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        await_words(words, n + 1);
}

static void make(Wire *wire, const char *type, const char *params) {
        char method[32];

        snprintf(method, sizeof(method), "%s.open", type);
        wire_request(wire, 1, method, params);
        const char *line = wire_line(wire);
        ck_assert_msg(line && strstr(line, "\"created\":"), "%s", line ? line : "the end");
}

static void expect_words(Wire *wire, const char *words) {
        const char *line = wire_line(wire);

        ck_assert_msg(line && strstr(line, words), "'%s' is not in %s", words,
                      line ? line : "the end");
}

static void take(Wire *wire, const char *params) {
        wire_request(wire, 1, "lock.acquire", params);
        expect_words(wire, "\"token\"");
}

/* ---- Going on */

START_TEST(holders_and_waiters) {
        trial_begin(NULL);
        Wire a = wire_open(), b = wire_open(), c = wire_open(), d = wire_open();
        make(&a, "lock", "[\"l\",true]");
        take(&a, "[\"l\"]");
        wire_request(&b, 2, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 1);
        wire_request(&c, 3, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 2);
        wire_request(&d, 4, "lock.acquire", "[\"l\",1500]");
        trial_wait_stat("waits", 3);
        for (int i = 0; i < 2; i++)
                restart();
        wire_expect_error(&d, "4", -32000, "ETIMEDOUT");
        ck_assert(!wire_wait(&b, 0) && !wire_wait(&c, 0));
        wire_call(&a, "lock.release", "[\"l\"]", "null");
        expect_words(&b, "\"id\":2");
        ck_assert(!wire_wait(&c, 0));
        wire_call(&b, "lock.release", "[\"l\"]", "null");
        expect_words(&c, "\"id\":3");
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
        make(&a, "condition", "[\"c\",true]");
        wire_request(&a, 1, "condition.acquire", "[\"c\"]");
        expect_words(&a, "\"token\"");
        wire_request(&a, 2, "condition.wait", "[\"c\"]");
        make(&b, "barrier", "{\"name\":\"b\",\"create\":true,\"parties\":2}");
        wire_request(&b, 3, "barrier.wait", "[\"b\"]");
        make(&c, "queue", "[\"q\",true]");
        wire_call(&c, "queue.put", "[\"q\",\"first\"]", "null");
        wire_request(&c, 4, "queue.reserve", "[\"q\"]");
        expect_words(&c, "first");
        wire_request(&c, 5, "queue.get", "[\"q\"]");
        trial_wait_stat("waits", 3);
        restart();
        wire_request(&trial_witness, 1, "condition.acquire", "[\"c\"]");
        expect_words(&trial_witness, "\"token\"");
        wire_call(&trial_witness, "condition.notify", "[\"c\"]", "null");
        wire_call(&trial_witness, "condition.release", "[\"c\"]", "null");
        expect_words(&a, "\"id\":2");
        wire_request(&trial_witness, 1, "barrier.wait", "[\"b\"]");
        expect_words(&trial_witness, "\"result\":1");
        expect_words(&b, "\"result\":0");
        wire_call(&trial_witness, "queue.put", "[\"q\",\"second\"]", "null");
        wire_expect_result(&c, 5, "\"second\"");
        /* The reservation goes back with its session. */
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
        restart();
        for (size_t i = 0; i < ELEMENTSOF(wires); i++) {
                wire_send(&wires[i], line + i);
                ck_assert_str_eq(wire_line(&wires[i]),
                                 "{\"jsonrpc\":\"2.0\",\"result\":\"pong\",\"id\":\"h\"}");
                wire_close(&wires[i]);
        }
        trial_end();
}
END_TEST

/* A long reply fills the socket; behind it stand the line with a descriptor, in the output, and lines that had no turn. */
START_TEST(output_and_lines_behind_it) {
        trial_begin(NULL);
        Wire wire = wire_open();
        wire.wants_fds = true;
        make(&wire, "list", "[\"l\",true]");
        wire_call(&wire, "list.append", "[\"l\",\"\\u00e4\"]", "null");
        wire_call(&wire, "list.repeat", "[\"l\",60000]", "null");
        wire_request(&wire, 2, "list.slice", "[\"l\"]");
        wire_request(&wire, 3, "pipe.open", "{\"name\":\"p\",\"create\":true,\"end\":\"writer\"}");
        wire_request(&wire, 4, "list.slice", "[\"l\"]");
        for (int i = 5; i < 105; i++)
                wire_request(&wire, i, "list.length", "[\"l\"]");
        trial_ping();
        trial_ping();
        restart();
        restart();
        expect_words(&wire, "\"id\":2");
        ck_assert_uint_gt(wire.n_line, 300000);
        expect_words(&wire, "\"id\":3");
        int writer = wire_take_fd(&wire);
        expect_words(&wire, "\"id\":4");
        ck_assert_uint_gt(wire.n_line, 300000);
        for (int i = 5; i < 105; i++)
                wire_expect_result(&wire, i, "60000");
        wire_request(&wire, 105, "pipe.open", "{\"name\":\"p\",\"end\":\"reader\"}");
        expect_words(&wire, "\"id\":105");
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

static Wire open_as(uid_t uid) {
        EXPECT(seteuid(uid) == 0);
        Wire wire = wire_open();
        EXPECT(seteuid(0) == 0);
        return wire;
}

/* Several users ask for more than a turn has, so at any moment some of their lines have had no turn; nothing comes after them. */
START_TEST(lines_of_users_who_had_no_turn) {
        enum { USERS = 4, EACH = 4, CALLS = 60 };
        Wire wires[USERS * EACH];

        if (geteuid() != 0) {
                say_skipped("only root can become others");
                return;
        }
        trial_begin((const char *[]){"--mode=0666", NULL});
        EXPECT(chmod(trial_daemon.directory, 0711) == 0);
        make(&trial_witness, "list", "{\"name\":\"l\",\"create\":true,\"mode\":\"0644\"}");
        wire_call(&trial_witness, "list.append", "[\"l\",7]", "null");
        wire_call(&trial_witness, "list.repeat", "[\"l\",60000]", "null");
        for (size_t i = 0; i < ELEMENTSOF(wires); i++)
                wires[i] = open_as(1000 + (uid_t)(i % USERS));
        for (size_t i = 0; i < ELEMENTSOF(wires); i++)
                for (int k = 0; k < CALLS; k++)
                        wire_request(&wires[i], k, "list.count", "[\"l\",7]");
        restart();
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
        expect_words(&monitor, "\"all\"");
        make(&trial_witness, "event", "[\"e\",true]");
        restart();
        wire_call(&trial_witness, "event.set", "[\"e\"]", "null");
        expect_words(&monitor, "event.set");
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
                take(&wire, "[\"l\"]");
                EXPECT(write(fds[1], "!", 1) == 1);
                pause();
                _exit(0);
        }
        close(fds[1]);
        EXPECT(pid > 0 && read(fds[0], &byte, 1) == 1);
        close(fds[0]);
        return pid;
}

/* The daemon stands still while the holder dies, and is told to restart before it looks. */
START_TEST(the_dead_are_found_dead) {
        trial_begin(NULL);
        Wire waiter = wire_open(), leaver = wire_open();
        make(&waiter, "lock", "[\"l\",true]");
        pid_t pid = start_holder();
        wire_request(&leaver, 1, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 1);
        wire_request(&waiter, 2, "lock.acquire", "[\"l\"]");
        trial_wait_stat("waits", 2);
        EXPECT(kill(trial_daemon.pid, SIGSTOP) == 0 && kill(trial_daemon.pid, SIGUSR2) == 0);
        EXPECT(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
        wire_close(&leaver);
        EXPECT(kill(trial_daemon.pid, SIGCONT) == 0);
        expect_words(&waiter, "owner_died");
        await_words("notice: restarted: ", 1);
        /* And one that dies later. */
        wire_call(&waiter, "lock.release", "[\"l\"]", "null");
        pid = start_holder();
        restart();
        wire_request(&waiter, 3, "lock.acquire", "[\"l\"]");
        EXPECT(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
        expect_words(&waiter, "owner_died");
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
                        await_words("notice: restarted: ", 1);
                EXPECT(i != 1 || kill(trial_daemon.pid, SIGUSR2) == 0);
                wire_close(&trial_witness);
                ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGTERM), 0);
                daemon_process_free(&trial_daemon);
        }
}
END_TEST

/* ---- Programs that fail */

static char program[160];

/* The daemon is started from a link, which leads to other programs later. */
static void begin_at_link(const char *const *options) {
        const char *real = getenv("SHMGRD");
        char directory[80] = "/tmp/shmgr-XXXXXX";

        EXPECT(mkdtemp(directory));
        snprintf(program, sizeof(program), "%s/shmgrd", directory);
        EXPECT(symlink(real, program) == 0);
        setenv("SHMGRD", program, 1);
        setenv("REAL", real, 1);
        trial_begin(options);
}

static void end_at_link(void) {
        trial_end();
        unlink(program);
        *strrchr(program, '/') = '\0';
        rmdir(program);
        setenv("SHMGRD", getenv("REAL"), 1);
}

static void replace_program(const char *script) {
        EXPECT(unlink(program) == 0 || errno == ENOENT);
        int fd = open(program, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
        EXPECT(fd >= 0 && write(fd, script, strlen(script)) == (ssize_t)strlen(script));
        close(fd);
}

static void expect_refusal(const char *script, const char *reason) {
        int n = daemon_log_count(&trial_daemon, "was not restarted: ");

        replace_program(script);
        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        await_words("was not restarted: ", n + 1);
        daemon_log_expect(&trial_daemon, reason);
}

START_TEST(programs_that_cannot_take_over) {
        begin_at_link((const char *[]){"--restart-time=500ms", NULL});
        make(&trial_witness, "lock", "[\"l\",true]");
        take(&trial_witness, "[\"l\"]");
        expect_refusal("#!/bin/sh\nexit 0\n", "exited with status 0 and did not report");
        expect_refusal("#!/bin/sh\necho some text; exit 0\n", "did not report that it can load");
        expect_refusal("#!/bin/sh\necho 'shmgrd: no good' >&2; exit 64\n", ": no good\n");
        expect_refusal("#!/bin/sh\nkill -SEGV $$\n", "signal 11");
        expect_refusal("#!/bin/sh\nexec sleep 1000\n", "it took longer than 500 ms");
        expect_refusal("#!/bin/sh\nexec >&- 2>&-; exec sleep 1000\n", "signal 9");
        expect_refusal("#!/nowhere\n", "No such file");
        expect_refusal("#!/bin/sh\nexec \"$REAL\" --max-batch=none \"$@\"\n", "max-batch");
        EXPECT(unlink(program) == 0);
        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        await_words("was not restarted: ", 9);
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "notice: restarted: "), 0);
        replace_program("#!/bin/sh\nexec \"$REAL\" \"$@\"\n");
        restart();
        wire_call(&trial_witness, "lock.release", "[\"l\"]", "null");
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        end_at_link();
}
END_TEST

static void set_limit(int resource, rlim_t n) {
        struct rlimit limit;

        EXPECT(prlimit(trial_daemon.pid, resource, NULL, &limit) == 0);
        limit.rlim_cur = n < limit.rlim_max ? n : limit.rlim_max;
        EXPECT(prlimit(trial_daemon.pid, resource, &limit, NULL) == 0);
}

/* Values of 64 KiB, in messages that are short. */
static void fill(void) {
        char params[3100];

        snprintf(params, sizeof(params), "[\"v\",\"%03000d\"]", 0);
        make(&trial_witness, "list", "[\"v\",true]");
        for (int i = 0; i < 22; i++)
                wire_call(&trial_witness, "list.append", params, "null");
}

/* No descriptor for a trial, no room for its snapshot, and none for that of the daemon after a trial that passed: the daemon goes on
 * each time, and restarts when it can. */
START_TEST(resources_that_run_out) {
        static const char as_before[] = "#!/bin/sh\nexec \"$REAL\" \"$@\"\n";
        static const char no_room[] = "the snapshot cannot be written: File too large";

        begin_at_link(NULL);
        make(&trial_witness, "lock", "[\"l\",true]");
        take(&trial_witness, "[\"l\"]");
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
        replace_program(as_before);
        restart();
        wire_call(&trial_witness, "lock.release", "[\"l\"]", "null");
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        wire_call(&trial_witness, "object.delete", "[\"v\"]", "null");
        end_at_link();
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

/* A script that passes the trial, and then executes a program that takes every state for another one's. */
static void replace_by_stranger(const char *before) {
        char script[1024];

        snprintf(script, sizeof(script),
                 "#!/bin/sh\ncase $* in *check-snapshot*) exec \"$REAL\" \"$@\" ;; esac\n"
                 "sed s/shmgrd_handover/shmgrd_handoveX/g \"$REAL\" >%s.other\n"
                 "chmod +x %s.other\n%s\nexec %s.other \"$@\"\n",
                 program, program, before, program);
        replace_program(script);
}

static void remove_stranger(void) {
        char path[200];

        snprintf(path, sizeof(path), "%s.other", program);
        unlink(path);
}

/* The program that ran before goes on. */
START_TEST(a_program_that_fails_at_last) {
        begin_at_link(NULL);
        make(&trial_witness, "lock", "[\"l\",true]");
        take(&trial_witness, "[\"l\"]");
        replace_by_stranger("");
        EXPECT(kill(trial_daemon.pid, SIGUSR2) == 0);
        await_words("going on: version", 1);
        daemon_log_expect(&trial_daemon, "the new program failed: ");
        daemon_log_expect(&trial_daemon, "this is not the state of a shmgrd");
        wire_call(&trial_witness, "lock.release", "[\"l\"]", "null");
        replace_program("#!/bin/sh\nexec \"$REAL\" \"$@\"\n");
        restart();
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        remove_stranger();
        end_at_link();
}
END_TEST

/* The program that ran before is not there any more: the snapshot is kept, the sockets are closed, and both are said. */
START_TEST(a_snapshot_that_is_kept) {
        static const char words[] = "the snapshot was saved in ";
        char path[256];

        begin_at_link(NULL);
        make(&trial_witness, "lock", "[\"l\",true]");
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
        wire_close(&trial_witness);
        daemon_process_free(&trial_daemon);
        remove_stranger();
        unlink(program);
        *strrchr(program, '/') = '\0';
        rmdir(program);
}
END_TEST

/* ---- Being asked to */

/* The answer comes from the program that takes over. */
START_TEST(a_call_that_is_answered) {
        begin_at_link((const char *[]){"--restart-time=500ms", NULL});
        Wire other = wire_open();
        wire_request(&trial_witness, 1, "server.restart", "[]");
        wire_request(&other, 2, "server.restart", "[]");
        expect_words(&trial_witness, "{\"version\":\"" PACKAGE_VERSION "\",\"pause_ms\":");
        expect_words(&other, "\"pause_ms\":");
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "notice: restarted: "), 1);
        replace_program("#!/bin/sh\necho no good; exit 3\n");
        wire_request(&other, 3, "server.restart", "[]");
        expect_words(&other, "\"message\":\"the daemon was not restarted: no good\"");
        replace_program("#!/bin/sh\nexec sleep 1000\n");
        wire_request(&other, 4, "server.restart", "[]");
        wire_expect_error(&other, "4", -32000, "ETIMEDOUT");
        wire_request(&other, 5, "server.restart", "[]");
        wire_shutdown(&other);
        wire_expect_error(&other, "5", -32000, "ECANCELED");
        wire_expect_end(&other);
        wire_close(&other);
        await_words("was not restarted: ", 3);
        replace_by_stranger("");
        wire_request(&trial_witness, 6, "server.restart", "[]");
        wire_expect_error(&trial_witness, "6", -32000, "ENOEXEC");
        remove_stranger();
        end_at_link();
}
END_TEST

START_TEST(a_reload_with_a_new_program) {
        begin_at_link(NULL);
        EXPECT(kill(trial_daemon.pid, SIGHUP) == 0);
        await_words("configuration reloaded", 1);
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "notice: restarted: "), 0);
        replace_program("#!/bin/sh\nexit 3\n");
        EXPECT(kill(trial_daemon.pid, SIGHUP) == 0);
        await_words("configuration reloaded", 2);
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "was not restarted: "), 1);
        replace_program("#!/bin/sh\nexec \"$REAL\" \"$@\"\n");
        EXPECT(kill(trial_daemon.pid, SIGHUP) == 0);
        await_words("notice: restarted: ", 1);
        end_at_link();
}
END_TEST

/* The path of the library as the daemon has it in memory, or false where it is linked into the program. */
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

/* As a package manager replaces it: the new file gets the name, and the daemon has the old one in memory still. */
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
        await_words("configuration reloaded", 1);
        copy_file(path, fresh);
        EXPECT(rename(fresh, copy) == 0);
        for (int i = 1; i <= 2; i++) {
                /* The second time the library in memory is the one on the disk. */
                EXPECT(kill(trial_daemon.pid, SIGHUP) == 0);
                await_words(i == 1 ? "notice: restarted: " : "configuration reloaded", i);
                ck_assert_int_eq(daemon_log_count(&trial_daemon, "notice: restarted: "), 1);
        }
        trial_end();
        unlink(copy);
        rmdir(directory);
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

START_TEST(files_that_are_no_snapshots) {
        ck_assert_int_eq(check_file("/dev/null"), 65);
        ck_assert_int_eq(check_file("/bin/sh"), 65);
        ck_assert_int_eq(check_file("/tmp"), 71);
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
        tcase_add_test(c, lines_of_users_who_had_no_turn);
        tcase_add_test(c, monitors);
        tcase_add_test(c, the_dead_are_found_dead);
        tcase_add_test(c, no_signal_is_lost);
        tcase_add_test(c, programs_that_cannot_take_over);
        tcase_add_test(c, resources_that_run_out);
        tcase_add_test(c, a_program_that_fails_at_last);
        tcase_add_test(c, a_snapshot_that_is_kept);
        tcase_add_test(c, a_call_that_is_answered);
        tcase_add_test(c, a_reload_with_a_new_program);
        tcase_add_test(c, a_reload_with_a_new_library);
        tcase_add_test(c, the_service_manager_is_told);
        tcase_add_test(c, files_that_are_no_snapshots);
        suite_add_tcase(suite, c);
        return suite;
}
