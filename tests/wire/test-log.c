/* The log of a daemon: each event that matters has one line, no client can fill the disk, and no text of a
 * client can pass for a line. */
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "expect.h"
#include "patience.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/durable-daemon.h"
#include "wire/wire.h"

enum { STRANGER = 65534 };

/* Ends the trial's daemon, so that the log is complete. */
static void end(void) {
        EXPECT(kill(trial_daemon.pid, SIGTERM) == 0);
        ck_assert_int_eq(daemon_process_wait(&trial_daemon), 0);
}

static void clean(void) {
        wire_close(&trial_witness);
        daemon_process_free(&trial_daemon);
}

static unsigned count_lines(const char *words) {
        return (unsigned)daemon_log_count(&trial_daemon, words);
}

static void expect_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void expect_line(const char *format, ...) {
        char words[512];
        va_list args;

        va_start(args, format);
        vsnprintf(words, sizeof(words), format, args);
        va_end(args);
        daemon_log_expect(&trial_daemon, words);
}

/* Returns the words with which the log names this process and user. */
static const char *me(void) {
        static char text[128];
        char comm[17] = "";

        prctl(PR_GET_NAME, comm);
        snprintf(text, sizeof(text), "pid %d (%s), uid %u", (int)getpid(), comm,
                 (unsigned)getuid());
        return text;
}

START_TEST(lines_of_a_life) {
        trial_begin((const char *[]){"--log-level=debug", NULL});
        Wire wire = wire_open();
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
        trial_wait_stat("sessions", 1);
        end();
        expect_line("shmgrd: debug: session begins: %s, session 2\n", me());
        expect_line("shmgrd: debug: session ends: %s, session 2\n", me());
        expect_line("shmgrd: info: ending\n");
        clean();
}
END_TEST

START_TEST(sessions_are_not_logged_by_default) {
        trial_begin(NULL);
        Wire wire = wire_open();
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
        end();
        ck_assert_uint_eq(count_lines("session begins"), 0);
        ck_assert_uint_eq(count_lines("session ends"), 0);
        clean();
}
END_TEST

/* Sends a request and drops the reply. */
static void ask(Wire *wire, const char *method, const char *params) {
        wire_request(wire, 1, method, params);
        ck_assert_ptr_nonnull(wire_line(wire));
}

START_TEST(deadlocks_and_deaths) {
        trial_begin(NULL);
        Wire a = wire_open(), b = wire_open();
        ask(&a, "lock.open", "[\"one\",true]");
        ask(&a, "lock.open", "[\"two\",true]");
        ask(&a, "lock.acquire", "[\"one\"]");
        ask(&b, "lock.acquire", "[\"two\"]");
        wire_request(&a, 2, "lock.acquire", "[\"two\"]");
        trial_wait_stat("waits", 1);
        wire_request(&b, 2, "lock.acquire", "[\"one\"]");
        wire_expect_error(&b, "2", -32000, "EDEADLK");
        wire_close(&b);
        ck_assert_ptr_nonnull(wire_line(&a));
        end();
        expect_line("shmgrd: notice: deadlock: %s, session 3, lock.acquire 'one': ", me());
        expect_line(" waits for 'one'; pid %d (", (int)getpid());
        expect_line(" waits for 'two'\n");
        expect_line("shmgrd: notice: owner died: %s, session 3, 'two': ", me());
        /* The daemon's own end counts as nobody's death. */
        ck_assert_uint_eq(count_lines("owner died"), 1);
        wire_close(&a);
        clean();
}
END_TEST

START_TEST(cut_off_clients) {
        trial_begin(NULL);
        Wire wire = wire_open();
        for (int i = 0; i < 10; i++)
                wire_send(&wire, "this is no JSON\n");
        for (int i = 0; i < 10; i++)
                ck_assert_ptr_nonnull(wire_line(&wire));
        wire_expect_cut_off(&wire);
        wire_close(&wire);
        end();
        expect_line("shmgrd: notice: cut off: %s, session 2: it sent too many lines in a row that "
                    "are not requests\n",
                    me());
        clean();
}
END_TEST

/* Makes a slow call: it sorts a list as long as a message allows. */
static void run_slow_call(Wire *wire) {
        ask(wire, "list.open", "{\"name\":\"long\",\"create\":true,\"value\":[3,1,2]}");
        for (int i = 0; i < 4; i++)
                ask(wire, "list.repeat", "[\"long\",12]");
        ask(wire, "list.sort", "[\"long\"]");
}

START_TEST(slow_calls) {
        trial_begin((const char *[]){"--slow-call=1ms", "--log-burst=100", NULL});
        Wire wire = wire_open();
        run_slow_call(&wire);
        end();
        expect_line("shmgrd: warning: slow: %s, session 2, list.sort 'long': it ran for ", me());
        wire_close(&wire);
        clean();
}
END_TEST

START_TEST(slow_batches) {
        trial_begin((const char *[]){"--slow-call=1ms", "--log-burst=100", NULL});
        Wire wire = wire_open();
        ask(&wire, "list.open", "{\"name\":\"long\",\"create\":true,\"value\":[3,1,2]}");
        wire_send(&wire, "[");
        for (int i = 0; i < 4; i++)
                wire_send(&wire, "{\"jsonrpc\":\"2.0\",\"method\":\"list.repeat\",\"params\":["
                                 "\"long\",12]},");
        wire_send(
                &wire,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list.sort\",\"params\":[\"long\"]}]\n");
        ck_assert_ptr_nonnull(wire_line(&wire));
        end();
        expect_line("shmgrd: warning: slow: %s, session 2: a batch ran for ", me());
        wire_close(&wire);
        clean();
}
END_TEST

START_TEST(slow_calls_may_be_none) {
        trial_begin((const char *[]){"--slow-call=0", NULL});
        Wire wire = wire_open();
        run_slow_call(&wire);
        end();
        ck_assert_uint_eq(count_lines("slow"), 0);
        wire_close(&wire);
        clean();
}
END_TEST

static bool become_stranger(void) {
        return setgroups(0, NULL) == 0 && setgid(STRANGER) == 0 && setuid(STRANGER) == 0;
}

/* A client of another user. */
static pid_t fork_stranger(void) {
        pid_t pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid > 0)
                return pid;
        if (!become_stranger())
                _exit(1);
        Wire wire = wire_open();
        wire_request(&wire, 1, "lock.acquire", "[\"mine\"]");
        wire_expect_error(&wire, "1", -32000, "EACCES");
        _exit(0);
}

START_TEST(denials) {
        int status;

        trial_begin((const char *[]){"--mode=0666", NULL});
        EXPECT(chmod(trial_daemon.directory, 0711) == 0);
        ask(&trial_witness, "lock.open", "[\"mine\",true]");
        pid_t pid = fork_stranger();
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        end();
        expect_line("shmgrd: notice: denied: pid %d (", (int)pid);
        expect_line(", uid %d, session 2, lock.acquire 'mine': uid %d may not", STRANGER, STRANGER);
        clean();
}
END_TEST

/* A client that repeats an offence all the time. */
START_TEST(flood) {
        enum { N = 3000 };

        trial_begin((const char *[]){"--log-burst=5", "--log-interval=1s", NULL});
        Wire wire = wire_open();
        ask(&wire, "lock.open", "[\"l\",true]");
        ask(&wire, "lock.acquire", "[\"l\"]");
        int64_t before = clock_ms();
        for (int i = 0; i < N; i++) {
                wire_request(&wire, 1, "lock.acquire", "[\"l\"]");
                wire_expect_error(&wire, "1", -32000, "EDEADLK");
        }
        int64_t seconds = (clock_ms() - before) / 1000 + 1;
        wire_close(&wire);
        end();
        unsigned n = count_lines("deadlock: ");
        ck_assert_uint_ge(n, 6);
        /* The log has six lines a second, one of which tells the number of suppressed ones; a second may have
         * begun on both sides. */
        ck_assert_uint_le(n, (unsigned)(seconds + 1) * 6);
        expect_line(" more such lines were suppressed\n");
        expect_line("deadlock: uid %u, ", (unsigned)getuid());
        clean();
}
END_TEST

/* The number of suppressed lines is logged even if nothing more happens and nobody is connected. */
START_TEST(number_of_what_was_suppressed) {
        trial_begin((const char *[]){"--log-burst=2", "--log-interval=1s", NULL});
        Wire wire = wire_open();
        ask(&wire, "lock.open", "[\"l\",true]");
        ask(&wire, "lock.acquire", "[\"l\"]");
        for (int i = 0; i < 9; i++)
                ask(&wire, "lock.acquire", "[\"l\"]");
        wire_close(&wire);
        wire_close(&trial_witness);
        daemon_log_await(&trial_daemon, "deadlock: uid ");
        expect_line("deadlock: uid %u, 7 more such lines were suppressed\n", (unsigned)getuid());
        trial_witness = wire_open();
        end();
        clean();
}
END_TEST

static void set_name(const char *name) {
        EXPECT(prctl(PR_SET_NAME, name) == 0);
}

/* Asserts that each line of a file begins with a date, as in 2026-11-27T14:05:09.123Z, and the daemon's name. */
static void expect_dates(const char *log) {
        static const char form[] = "0000-00-00T00:00:00.000Z shmgrd: ";
        const char *line = log;

        ck_assert_ptr_nonnull(strchr(log, '\n'));
        for (const char *end; (end = strchr(line, '\n')); line = end + 1)
                for (size_t i = 0; form[i]; i++)
                        ck_assert_msg(form[i] == '0' ? line[i] >= '0' && line[i] <= '9'
                                                     : line[i] == form[i],
                                      "no date: %.*s", (int)(end - line), line);
        ck_assert_int_eq(*line, '\0');
}

/* Neither the name of a program nor that of an object can make a line or send control sequences to a terminal. */
START_TEST(injection) {
        trial_begin((const char *[]){"--log-level=debug", NULL});
        char comm[17] = "";
        prctl(PR_GET_NAME, comm);
        set_name("a\033[mb\nshmgrd:");
        Wire wire = wire_open();
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        set_name(comm);
        /* The name of an object has no control characters, but others that change how a line is displayed. */
        ask(&wire, "lock.open", "[\"abc\\u202e\\u2028<3>shmgrd: error: y\",true]");
        ask(&wire, "lock.acquire", "[\"abc\\u202e\\u2028<3>shmgrd: error: y\"]");
        ask(&wire, "lock.acquire", "[\"abc\\u202e\\u2028<3>shmgrd: error: y\"]");
        wire_close(&wire);
        end();
        expect_line("(a?[mb), uid ");
        expect_line("'abc\\xe2\\x80\\xae\\xe2\\x80\\xa8<3>shmgrd: error: y'");
        ck_assert_uint_eq(count_lines("\nshmgrd:)"), 0);
        expect_dates(daemon_log_read(&trial_daemon));
        ck_assert_uint_eq(count_lines("Z shmgrd: error"), 0);
        ck_assert_uint_eq(count_lines("\033"), 0);
        ck_assert_uint_eq(count_lines("\xe2"), 0);
        clean();
}
END_TEST

static char stream[64];

static void set_stream(void) {
        setenv("JOURNAL_STREAM", stream, 1);
}

static void set_right_stream(void) {
        struct stat st;

        EXPECT(fstat(STDERR_FILENO, &st) == 0);
        snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
                 (unsigned long long)st.st_ino);
        set_stream();
}

/* Priorities in angle brackets are written only to the journal; other readers get the words. */
START_TEST(priorities) {
        DaemonProcess d = daemon_process_new();

        d.in_child = set_right_stream;
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_log_expect(&d, "<6>listening on ");
        daemon_log_expect(&d, "<6>ending\n");
        daemon_process_free(&d);
}
END_TEST

START_TEST(stream_of_someone_else) {
        static const char *const streams[] = {"1:1", "", "nonsense", "7"};

        for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
                DaemonProcess d = daemon_process_new();
                snprintf(stream, sizeof(stream), "%s", streams[i]);
                d.in_child = set_stream;
                ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
                ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
                daemon_log_expect(&d, "shmgrd: info: ending\n");
                ck_assert_ptr_null(strstr(daemon_log_read(&d), "<6>"));
                daemon_process_free(&d);
        }
}
END_TEST

/* A standard error that is full: the daemon writes to one end, and the test reads from the other one. */
typedef struct Stream {
        int daemon_end, test_end;
        size_t n_filled;
} Stream;

static Stream full;

static void take_stream(void) {
        if (dup2(full.daemon_end, STDERR_FILENO) < 0)
                _exit(127);
}

/* Becomes a user that cannot open the pipe again by its name in /proc. */
static void take_stream_as_stranger(void) {
        take_stream();
        if (!become_stranger())
                _exit(127);
}

/* A build tree below a home directory that only its user enters is out of reach of others. */
static bool stranger_can_run_daemon(void) {
        int status;
        pid_t pid = fork();

        EXPECT(pid >= 0);
        if (pid == 0)
                _exit(!(become_stranger() && access(getenv("SHMGRD"), X_OK) == 0));
        EXPECT(waitpid(pid, &status, 0) == pid);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void make_pipe(void) {
        int fds[2];

        EXPECT(pipe2(fds, O_CLOEXEC) == 0);
        full = (Stream){.daemon_end = fds[1], .test_end = fds[0]};
}

static void make_socket(void) {
        int fds[2];

        EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        full = (Stream){.daemon_end = fds[1], .test_end = fds[0]};
}

static void make_terminal(void) {
        int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

        EXPECT(fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0);
        full = (Stream){.test_end = fd,
                        .daemon_end = open(ptsname(fd), O_RDWR | O_NOCTTY | O_CLOEXEC)};
        EXPECT(full.daemon_end >= 0);
}

static const struct {
        const char *name;
        void (*make)(void);
        void (*in_child)(void);
} streams_that_fill[] = {
        {"pipe", make_pipe, take_stream},
        {"pipe of another user", make_pipe, take_stream_as_stranger},
        {"socket", make_socket, take_stream},
        {"terminal", make_terminal, take_stream},
};

/* A terminal that ctrl-S has stopped: the number of bytes that it takes depends on when the kernel moves them
 * on. */
static void fill(void) {
        char piece[4096];
        int flags = fcntl(full.daemon_end, F_GETFL);

        if (isatty(full.daemon_end)) {
                EXPECT(tcflow(full.daemon_end, TCOOFF) == 0);
                return;
        }
        memset(piece, 'x', sizeof(piece));
        EXPECT(fcntl(full.daemon_end, F_SETFL, flags | O_NONBLOCK) == 0);
        for (size_t size = sizeof(piece); size > 0; size /= 2)
                for (ssize_t n; (n = write(full.daemon_end, piece, size)) > 0;)
                        full.n_filled += (size_t)n;
        EXPECT(fcntl(full.daemon_end, F_SETFL, flags) == 0);
}

static size_t read_some(char *to, size_t size) {
        struct pollfd p = {.fd = full.test_end, .events = POLLIN};

        ck_assert_msg(poll(&p, 1, patience_ms(60000)) > 0, "nothing more comes");
        ssize_t n = read(full.test_end, to, size);
        ck_assert_int_gt(n, 0);
        return (size_t)n;
}

static void drain(void) {
        char piece[4096];

        if (isatty(full.daemon_end))
                EXPECT(tcflow(full.daemon_end, TCOON) == 0);
        while (full.n_filled > 0)
                full.n_filled -= read_some(piece, full.n_filled < sizeof(piece) ? full.n_filled
                                                                                : sizeof(piece));
}

static const char *read_until(const char *words) {
        static char text[16384];
        size_t n = 0;

        text[0] = '\0';
        while (!strstr(text, words)) {
                ck_assert_uint_lt(n, sizeof(text) - 1);
                n += read_some(text + n, sizeof(text) - 1 - n);
                text[n] = '\0';
        }
        return text;
}

static void be_cut_off(const DaemonProcess *d) {
        Wire wire = wire_open_at(d->socket);

        for (int i = 0; i < 10; i++)
                wire_send(&wire, "this is no JSON\n");
        for (int i = 0; i < 10; i++)
                ck_assert_ptr_nonnull(wire_line(&wire));
        wire_expect_cut_off(&wire);
        wire_close(&wire);
}

/* The daemon serves while nobody reads its log, and logs afterwards how many lines are missing. */
START_TEST(log_that_is_full) {
        /* These are few enough for any limit of descriptors; otherwise the log would have one more line. */
        const char *const options[] = {"--mode=0666", "--max-sessions=20", "--max-descriptors=8",
                                       NULL};
        DaemonProcess d = daemon_process_new();

        if (streams_that_fill[_i].in_child == take_stream_as_stranger) {
                if (geteuid() != 0 || !stranger_can_run_daemon()) {
                        say_skipped("no daemon of another user can be started");
                        return;
                }
                EXPECT(chown(d.directory, STRANGER, STRANGER) == 0);
        }
        streams_that_fill[_i].make();
        fill();
        int flags = fcntl(full.daemon_end, F_GETFL);
        d.in_child = streams_that_fill[_i].in_child;
        ck_assert_int_eq(daemon_process_start(&d, options), 0);
        be_cut_off(&d);
        Wire wire = wire_open_at(d.socket);
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
        /* Other processes share this open file description, and expect their writes to block. */
        ck_assert_int_eq(fcntl(full.daemon_end, F_GETFL), flags);
        drain();
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        const char *text = read_until("shmgrd: info: ending");
        ck_assert_msg(strncmp(text, "shmgrd: warning: 2 log lines were lost: ", 40) == 0, "%s: %s",
                      streams_that_fill[_i].name, text);
        ck_assert_ptr_null(strstr(text, "cut off"));
        ck_assert_ptr_null(strstr(strstr(text, "lost") + 1, "lost"));
        daemon_process_free(&d);
}
END_TEST

static void close_reader(void) {
        make_pipe();
        close(full.test_end);
        take_stream();
}

static void close_stderr(void) {
        close(STDERR_FILENO);
}

/* The reader of the log is gone, or never existed. */
START_TEST(log_without_a_reader) {
        void (*const ways[])(void) = {close_reader, close_stderr};

        for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
                DaemonProcess d = daemon_process_new();
                d.in_child = ways[i];
                ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
                be_cut_off(&d);
                ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
                daemon_process_free(&d);
        }
}
END_TEST

START_TEST(dates_in_a_file) {
        trial_begin((const char *[]){"--log-level=debug", NULL});
        end();
        expect_dates(daemon_log_read(&trial_daemon));
        clean();
}
END_TEST

/* A daemon whose log is a file, named in its configuration. */
static char log_path[128], old_path[128], conf_option[160], conf_path[128];

static void write_conf(const char *path, const char *more) {
        FILE *conf = fopen(conf_path, "we");

        EXPECT(conf && (!path || fprintf(conf, "log-file = %s\n", path) > 0) &&
               fprintf(conf, "# The test's.\n%s", more) > 0 && fclose(conf) == 0);
}

static DaemonProcess start_with_file(const char *name) {
        DaemonProcess d = daemon_process_new();

        snprintf(log_path, sizeof(log_path), "%s/%s", d.directory, name);
        snprintf(old_path, sizeof(old_path), "%s/log.1", d.directory);
        snprintf(conf_path, sizeof(conf_path), "%s/conf", d.directory);
        snprintf(conf_option, sizeof(conf_option), "--config=%s", conf_path);
        write_conf(log_path, "");
        return d;
}

static const char *read_path(const char *path) {
        static char text[16384];
        FILE *f = fopen(path, "re");
        size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

        ck_assert_msg(f != NULL, "%s is not there", path);
        fclose(f);
        text[n] = '\0';
        return text;
}

/* Sends SIGHUP and calls the daemon until the log has these words. */
static void hang_up(const DaemonProcess *d, const char *path, const char *words) {
        EXPECT(kill(d->pid, SIGHUP) == 0);
        for (int64_t end_ms = clock_ms() + 60000; !strstr(read_path(path), words);) {
                ck_assert_msg(clock_ms() < end_ms, "'%s' does not come: %s", words,
                              read_path(path));
                Wire wire = wire_open_at(d->socket);
                wire_call(&wire, "server.ping", "[]", "\"pong\"");
                wire_close(&wire);
        }
}

START_TEST(log_file) {
        DaemonProcess d = start_with_file("own");
        struct stat st;

        umask(022);
        ck_assert_int_eq(daemon_process_start(&d, (const char *[]){conf_option, NULL}), 0);
        EXPECT(stat(log_path, &st) == 0);
        ck_assert_int_eq(st.st_mode & 0777, 0640);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        expect_dates(read_path(log_path));
        ck_assert_ptr_nonnull(strstr(read_path(log_path), "Z shmgrd: info: ending\n"));
        ck_assert_str_eq(daemon_log_read(&d), "");
        /* The next daemon appends to the file. */
        ck_assert_int_eq(daemon_process_start(&d, (const char *[]){conf_option, NULL}), 0);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        const char *first = strstr(read_path(log_path), "ending\n");
        ck_assert_ptr_nonnull(first);
        ck_assert_ptr_nonnull(strstr(first + 1, "ending\n"));
        daemon_process_free(&d);
}
END_TEST

START_TEST(log_file_is_rotated) {
        DaemonProcess d = start_with_file("own");

        ck_assert_int_eq(daemon_process_start(&d, (const char *[]){conf_option, NULL}), 0);
        EXPECT(rename(log_path, old_path) == 0);
        be_cut_off(&d);
        ck_assert_ptr_nonnull(strstr(read_path(old_path), "cut off"));
        EXPECT(fclose(fopen(log_path, "we")) == 0);
        hang_up(&d, log_path, "configuration reloaded");
        /* A refused configuration opens the file anew, too. */
        EXPECT(rename(log_path, old_path) == 0);
        write_conf(log_path, "max-depth = many\n");
        EXPECT(fclose(fopen(log_path, "we")) == 0);
        hang_up(&d, log_path, "'many' is not a number; the configuration is unchanged");
        ck_assert_ptr_null(strstr(read_path(old_path), "many"));
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        ck_assert_ptr_nonnull(strstr(read_path(log_path), "ending\n"));
        daemon_process_free(&d);
}
END_TEST

START_TEST(log_file_that_cannot_be_opened) {
        DaemonProcess d = start_with_file("none/own");

        ck_assert_int_eq(daemon_process_start(&d, (const char *[]){conf_option, NULL}), 73);
        daemon_log_expect(&d, "none/own: No such file or directory\n");
        daemon_process_free(&d);
        /* A reload that fails to open the new file keeps the old one, and all other options. */
        d = start_with_file("own");
        ck_assert_int_eq(daemon_process_start(&d, (const char *[]){conf_option, NULL}), 0);
        char below[160];
        snprintf(below, sizeof(below), "%s/none", log_path);
        write_conf(below, "");
        hang_up(&d, log_path, "own/none: Not a directory; the configuration is unchanged");
        /* Opening a FIFO without a reader would block. */
        EXPECT(mkfifo(old_path, 0600) == 0);
        write_conf(old_path, "");
        hang_up(&d, log_path, "log.1: No such device or address; the configuration is unchanged");
        /* Without the option the log goes to standard error again. */
        write_conf(NULL, "");
        char stderr_path[128];
        snprintf(stderr_path, sizeof(stderr_path), "%s/log", d.directory);
        hang_up(&d, stderr_path, "configuration reloaded");
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        ck_assert_ptr_null(strstr(read_path(log_path), "ending"));
        daemon_log_expect(&d, "Z shmgrd: info: ending\n");
        daemon_process_free(&d);
}
END_TEST

/* The level holds from the first line on: also while a store is read, and in a program that goes on. */
START_TEST(level_at_a_start) {
        Durable t;

        if (!durable_begin(&t, "--log-level=error"))
                return;
        durable_call(&t.wire, "dict.open", "{\"name\":\"d\",\"create\":true}");
        wire_call(&t.wire, "dict.set", "[\"d\",\"k\",1]", "null");
        wire_close(&t.wire);
        ck_assert_int_eq(daemon_process_end(&t.daemon, SIGTERM), 0);
        durable_start(&t, "--log-level=error");
        durable_call(&t.wire, "server.restart", "[]");
        wire_call(&t.wire, "dict.get", "[\"d\",\"k\"]", "1");
        ck_assert_str_eq(daemon_log_read(&t.daemon), "");
        durable_end(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("log");
        TCase *tcase = tcase_create("log");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, lines_of_a_life);
        tcase_add_test(tcase, level_at_a_start);
        tcase_add_test(tcase, sessions_are_not_logged_by_default);
        tcase_add_test(tcase, deadlocks_and_deaths);
        tcase_add_test(tcase, cut_off_clients);
        tcase_add_test(tcase, slow_calls);
        tcase_add_test(tcase, slow_batches);
        tcase_add_test(tcase, slow_calls_may_be_none);
        /* This test needs two users. */
        if (geteuid() == 0)
                tcase_add_test(tcase, denials);
        tcase_add_test(tcase, flood);
        tcase_add_test(tcase, number_of_what_was_suppressed);
        tcase_add_test(tcase, injection);
        tcase_add_test(tcase, priorities);
        tcase_add_test(tcase, stream_of_someone_else);
        tcase_add_loop_test(tcase, log_that_is_full, 0,
                            sizeof(streams_that_fill) / sizeof(streams_that_fill[0]));
        tcase_add_test(tcase, log_without_a_reader);
        tcase_add_test(tcase, dates_in_a_file);
        tcase_add_test(tcase, log_file);
        tcase_add_test(tcase, log_file_is_rotated);
        tcase_add_test(tcase, log_file_that_cannot_be_opened);
        suite_add_tcase(suite, tcase);
        return suite;
}
