/* Attacks on the daemon as a process: users who take as much as they can, an environment that withholds things, and signals.
 * A witness must never notice anything. */
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "expect.h"
#include "sanitized.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/wire.h"

/* uids that belong to nobody, presumably */
enum { STRANGER = 61234 };

/* Returns whether the test can become another user. */
static bool is_root(void) {
        if (geteuid() != 0)
                say_skipped("only root can become others");
        return geteuid() == 0;
}

/* Runs a function as this user in a child, and exits with the child's status. */
static void as_user(uid_t uid, void (*run)(void)) {
        pid_t pid = fork();
        int status;

        EXPECT(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
                        _exit(1);
                run();
                _exit(0);
        }
        EXPECT(waitpid(pid, &status, 0) == pid);
        ck_assert_int_eq(status, 0);
}

/* Starts a daemon to which all users may connect. */
static void begin_for_all(const char *option, const char *option2) {
        trial_begin((const char *[]){"--mode=0666", option, option2, NULL});
        EXPECT(chmod(trial_daemon.directory, 0711) == 0);
}

static void expect_refused(void) {
        Wire wire = wire_open();

        wire_expect_error(&wire, "null", -32000, "EDQUOT");
        wire_expect_end(&wire);
        wire_close(&wire);
}

/* A user may have twelve of sixteen sessions. The witness has one of the sixteen. */
static void use_all_sessions(void) {
        Wire wires[12];

        for (int i = 0; i < 12; i++) {
                wires[i] = wire_open();
                wire_call(&wires[i], "server.ping", "[]", "\"pong\"");
        }
        expect_refused();
}

/* A user has all sessions that users may have; root still gets one. */
START_TEST(sessions_of_root) {
        if (!is_root())
                return;
        begin_for_all("--max-sessions=16", "--root-sessions=2");
        as_user(STRANGER, use_all_sessions);
        trial_end();
}
END_TEST

/* Requests more than the socket holds, and half-closes: the session ends, but the connection stays, with unread replies. */
static void leave_connection(Wire *wire) {
        *wire = wire_open();
        wire_request(wire, 1, "rpc.discover", "[]");
        for (int i = 0; i < 12; i++)
                wire_request(wire, 2 + i, "rpc.discover", "[]");
        wire_shutdown(wire);
}

static void leave_connections(void) {
        Wire wires[4];

        for (int i = 0; i < 4; i++)
                leave_connection(&wires[i]);
        expect_refused();
        while (wire_line(&wires[0]))
                ;
        for (;;) {
                Wire wire = wire_open();
                wire_request(&wire, 1, "server.ping", "[]");
                bool is_in = strstr(wire_line(&wire), "pong");
                wire_close(&wire);
                if (is_in)
                        return;
        }
}

START_TEST(connections_whose_session_ended) {
        if (!is_root())
                return;
        begin_for_all("--max-sessions-per-uid=4", NULL);
        as_user(STRANGER, leave_connections);
        trial_end();
}
END_TEST

/* Waits until the daemon has read the bytes, or has sent some. */
static void await_read(Wire *wire) {
        int n_unread = 1;

        while (ioctl(wire->fd, SIOCOUTQ, &n_unread) == 0 && n_unread > 0 && !wire_wait(wire, 10))
                ;
}

/* Waits until the daemon has sent the replies to all that it has read. */
static void await_turn(void) {
        Wire wire = wire_open();

        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
}

/* Unfinished messages of one user take memory up to a bound, however many sessions send them. */
static void send_half_messages(void) {
        enum { N = 8, HALF = 600 << 10 };
        Wire wires[N];
        char *text = malloc(HALF);
        int n_cut_off = 0;

        memset(text, ' ', HALF);
        for (int i = 0; i < N; i++) {
                wires[i] = wire_open();
                wire_call(&wires[i], "server.ping", "[]", "\"pong\"");
        }
        for (int i = 0; i < N; i++) {
                for (size_t sent = 0; sent < HALF;) {
                        size_t n = wire_try_send(&wires[i], text + sent, HALF - sent);
                        sent += n;
                        if (n == 0 && wire_wait(&wires[i], 10))
                                break;
                }
        }
        for (int i = 0; i < N; i++)
                await_read(&wires[i]);
        await_turn();
        /* A session within the bound can complete its message. */
        for (int i = 0; i < N; i++) {
                if (wire_wait(&wires[i], 0)) {
                        wire_expect_cut_off(&wires[i]);
                        n_cut_off++;
                } else {
                        wire_send(&wires[i], "\n");
                        wire_call(&wires[i], "server.ping", "[]", "\"pong\"");
                }
        }
        EXPECT(n_cut_off > 0 && n_cut_off < N);
}

START_TEST(half_messages_of_a_user) {
        if (!is_root())
                return;
        begin_for_all("--max-buffers-per-uid=3M", NULL);
        int64_t before = trial_memory();
        as_user(STRANGER, send_half_messages);
        trial_expect_memory(before, 24 << 20);
        trial_end();
}
END_TEST

/* A bound on the unfinished messages of all users together, root too; short messages never count. */
START_TEST(half_messages_of_all) {
        enum { N = 5, HALF = 1 << 20 };
        Wire wires[N], idle = {.fd = -1};
        char *text = malloc(HALF);
        int n_cut_off = 0;

        trial_begin((const char *[]){"--max-buffers=3M", NULL});
        idle = wire_open();
        memset(text, ' ', HALF);
        for (int i = 0; i < N; i++) {
                wires[i] = wire_open();
                for (size_t sent = 0; sent < HALF && !wire_wait(&wires[i], 0);)
                        sent += wire_try_send(&wires[i], text + sent, HALF - sent);
                trial_ping();
        }
        for (int i = 0; i < N; i++) {
                if (wire_wait(&wires[i], 100)) {
                        wire_expect_cut_off(&wires[i]);
                        n_cut_off++;
                }
                wire_close(&wires[i]);
        }
        EXPECT(n_cut_off > 0 && n_cut_off < N);
        wire_call(&idle, "server.ping", "[]", "\"pong\"");
        wire_close(&idle);
        free(text);
        trial_end();
}
END_TEST

/* Forks a process that connects on request, takes a lock, and stays. A child of it has its socket, too, until the other end
 * of the pipe is closed. */
static pid_t start_holder(int ends[2]) {
        int in[2], out[2];

        EXPECT(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
        pid_t pid = fork();
        EXPECT(pid >= 0);
        if (pid == 0) {
                char path[sizeof(trial_daemon.socket)];
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                EXPECT(read(in[0], path, sizeof(path)) == sizeof(path));
                Wire wire = wire_open_at(path);
                wire_request(&wire, 1, "lock.acquire", "[\"l\"]");
                EXPECT(strstr(wire_line(&wire), "token"));
                close(in[1]);
                if (fork() == 0)
                        _exit(read(in[0], path, 1) != 0);
                EXPECT(write(out[1], "!", 1) == 1);
                for (;;)
                        pause();
        }
        ends[0] = out[0];
        ends[1] = in[1];
        return pid;
}

/* Without SO_PEERPIDFD a process without a pid cannot be watched. */
static bool has_peer_pidfd(void) {
        int fds[2], pidfd;
        socklen_t size = sizeof(pidfd);

        EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        bool has = getsockopt(fds[0], SOL_SOCKET, 77 /* SO_PEERPIDFD */, &pidfd, &size) == 0;
        if (has)
                close(pidfd);
        close(fds[0]);
        close(fds[1]);
        if (!has)
                say_skipped("the kernel has no SO_PEERPIDFD");
        return has;
}

/* The leak checker of a sanitizer fails in a PID namespace whose /proc shows another one. */
static void forgo_leak_check(void) {
        const char *options = getenv("ASAN_OPTIONS");
        char text[1024];

        snprintf(text, sizeof(text), "%s:detect_leaks=0", options ? options : "");
        EXPECT(setenv("ASAN_OPTIONS", text, 1) == 0);
}

/* A daemon in a PID namespace of its own sees no pid of clients outside. Nevertheless it tells them apart: it detects the
 * death of each. */
START_TEST(clients_without_a_pid) {
        int ends[2];
        char byte;

        if (!is_root() || !has_peer_pidfd())
                return;
        pid_t pid = start_holder(ends);
        int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
        if (own < 0 || unshare(CLONE_NEWPID) < 0) {
                say_skipped("there can be no name space of processes");
                kill(pid, SIGKILL);
                return;
        }
        forgo_leak_check();
        trial_begin(NULL);
        /* Only the daemon is in the namespace; processes that the test starts from now on are not. */
        EXPECT(setns(own, CLONE_NEWPID) == 0);
        close(own);
        wire_request(&trial_witness, 1, "lock.open", "[\"l\",true]");
        EXPECT(strstr(wire_line(&trial_witness), "created"));
        EXPECT(write(ends[1], trial_daemon.socket, sizeof(trial_daemon.socket)) > 0);
        EXPECT(read(ends[0], &byte, 1) == 1);
        wire_request(&trial_witness, 2, "lock.acquire", "[\"l\"]");
        kill(pid, SIGKILL);
        EXPECT(strstr(wire_line(&trial_witness), "\"owner_died\""));
        trial_wait_stat("sessions", 1);
        trial_ping();
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        trial_end();
        close(ends[1]);
}
END_TEST

/* All descriptors of the daemon are close-on-exec, though it executes nothing here. */
START_TEST(descriptors_close_on_exec) {
        char path[64], line[64];

        trial_begin(NULL);
        for (int fd = 3, n = trial_count_fds(); fd < n + 8; fd++) {
                unsigned flags = 0;
                snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)trial_daemon.pid, fd);
                FILE *f = fopen(path, "re");
                if (!f)
                        continue;
                while (fgets(line, sizeof(line), f) && sscanf(line, "flags: %o", &flags) != 1)
                        ;
                fclose(f);
                ck_assert_msg(flags & O_CLOEXEC, "descriptor %d has the flags %o", fd, flags);
        }
        trial_end();
}
END_TEST

/* glibc keeps two signals for itself: no program can set their action, and posix_spawn() leaves them ignored. */
static bool is_of_libc(int signal) {
        return signal > SIGSYS && signal < SIGRTMIN;
}

/* Signals that keep their default action, or have a handler. */
static bool has_meaning(int signal) {
        static const int signals[] = {
                /* handled */
                SIGHUP,
                SIGINT,
                SIGTERM,
                SIGUSR2,
                /* job control */
                SIGKILL,
                SIGSTOP,
                SIGCONT,
                SIGTSTP,
                SIGTTIN,
                SIGTTOU,
                /* faults, which end the daemon */
                SIGQUIT,
                SIGILL,
                SIGTRAP,
                SIGABRT,
                SIGBUS,
                SIGFPE,
                SIGSEGV,
                SIGSYS,
                /* ignored by default */
                SIGCHLD,
                SIGURG,
                SIGWINCH,
        };

        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
                if (signals[i] == signal)
                        return true;
        return false;
}

/* Runs in the child, before the daemon, which would otherwise inherit the signals that the test's shell ignores. */
static void default_signals(void) {
        for (int i = 1; i <= SIGRTMAX; i++)
                signal(i, SIG_DFL);
}

static uint64_t read_ignored(pid_t pid) {
        char path[64], line[256];
        uint64_t mask = 0;

        snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
        FILE *f = fopen(path, "re");
        EXPECT(f);
        while (fgets(line, sizeof(line), f) && sscanf(line, "SigIgn: %" SCNx64, &mask) != 1)
                ;
        fclose(f);
        return mask;
}

/* Each signal of the system either has a meaning or is ignored. */
START_TEST(signals_without_a_meaning) {
        DaemonProcess d = daemon_process_new();

        d.in_child = default_signals;
        ck_assert_int_eq(daemon_process_start(&d, NULL), 0);
        uint64_t ignored = read_ignored(d.pid);
        Wire wire = wire_open_at(d.socket);
        for (int i = 1; i <= SIGRTMAX; i++) {
                if (is_of_libc(i))
                        continue;
                bool is_ignored = ignored >> (i - 1) & 1;
                ck_assert_msg(is_ignored == !has_meaning(i), "signal %d (%s) is %signored", i,
                              strsignal(i), is_ignored ? "" : "not ");
                if (has_meaning(i))
                        continue;
                EXPECT(kill(d.pid, i) == 0);
                wire_call(&wire, "server.ping", "[]", "\"pong\"");
        }
        wire_close(&wire);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}
END_TEST

/* Signals without a meaning, signals that ask for a reload or a restart, and stops, which interrupt system calls. */
START_TEST(storm_of_signals) {
        const int signals[] = {SIGPIPE, SIGUSR1, SIGUSR2,  SIGALRM,  SIGCHLD,   SIGWINCH,
                               SIGXFSZ, SIGURG,  SIGHUP,   SIGXCPU,  SIGVTALRM, SIGPROF,
                               SIGIO,   SIGPWR,  SIGRTMIN, SIGRTMAX, SIGSTKFLT};
        enum { N = sizeof(signals) / sizeof(signals[0]) };

        trial_begin(NULL);
        Wire wire = wire_open();
        for (int i = 0; i < 500; i++) {
                kill(trial_daemon.pid, signals[i % N]);
                wire_request(&wire, i, "server.ping", "[]");
                kill(trial_daemon.pid, SIGSTOP);
                kill(trial_daemon.pid, SIGCONT);
        }
        for (int i = 0; i < 500; i++)
                wire_expect_result(&wire, i, "\"pong\"");
        wire_close(&wire);
        trial_end();
}
END_TEST

START_TEST(socket_that_is_removed) {
        trial_begin(NULL);
        EXPECT(unlink(trial_daemon.socket) == 0);
        daemon_log_await(&trial_daemon, "was removed");
        EXPECT(!wire_wait(&trial_witness, 2500));
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "was removed"), 1);
        trial_ping();
        trial_end();
}
END_TEST

/* Functions that run in the child, before the daemon: each takes something away or makes it narrow. */
static void small_stack(void) {
        setrlimit(RLIMIT_STACK, &(struct rlimit){.rlim_cur = 64 << 10, .rlim_max = 64 << 10});
}

static void turkish(void) {
        setenv("LC_ALL", "tr_TR.UTF-8", 1);
        setenv("LANG", "tr_TR.UTF-8", 1);
}

/* The root of a chroot is not a mount point, and a sandbox may forbid mounts. */
enum { IMPOSSIBLE = 126 };

static void own_mounts(void) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                _exit(IMPOSSIBLE);
}

static void no_proc(void) {
        own_mounts();
        if (mount("none", "/proc", "tmpfs", 0, NULL) < 0)
                _exit(IMPOSSIBLE);
}

static void no_dev(void) {
        own_mounts();
        if (mount("none", "/dev", "tmpfs", 0, NULL) < 0)
                _exit(IMPOSSIBLE);
}

/* A deep value, and numbers that a locale could write in another way. */
static const char deep[] =
        "[\"l\",[[[[[[[[[[[[[[[[[[[[[[[[[[0.5,1e+300,-1.25]]]]]]]]]]]]]]]]]]]]]]]]]]]";
static const char deep_answer[] =
        "[[[[[[[[[[[[[[[[[[[[[[[[[[0.5,1e+300,-1.25]]]]]]]]]]]]]]]]]]]]]]]]]]";

/* Starts a daemon with a file of options that is not in /dev. */
static int start_with_config(DaemonProcess *d) {
        char path[128], option[160];

        snprintf(path, sizeof(path), "%s/conf", d->directory);
        snprintf(option, sizeof(option), "--config=%s", path);
        FILE *f = fopen(path, "we");
        EXPECT(f && fclose(f) == 0);
        return daemon_process_start(d, (const char *[]){option, NULL});
}

static void work_with(void (*in_child)(void)) {
        DaemonProcess d = daemon_process_new();

        d.in_child = in_child;
        int r = start_with_config(&d);
        if (r == IMPOSSIBLE) {
                say_skipped("nothing can be mounted here");
                daemon_process_free(&d);
                return;
        }
        ck_assert_int_eq(r, 0);
        Wire wire = wire_open_at(d.socket);
        wire_request(&wire, 1, "list.open", "[\"l\",true]");
        EXPECT(strstr(wire_line(&wire), "\"created\":true"));
        wire_call(&wire, "list.append", deep, "null");
        wire_call(&wire, "list.get", "[\"l\",0]", deep_answer);
        wire_request(&wire, 2, "lock.open", "[\"k\",true]");
        EXPECT(strstr(wire_line(&wire), "\"created\":true"));
        wire_request(&wire, 3, "lock.acquire", "[\"k\"]");
        EXPECT(strstr(wire_line(&wire), "\"token\""));
        wire_request(&wire, 4, "object.stat", "[\"k\"]");
        EXPECT(strstr(wire_line(&wire), "\"holders\":[{\"pid\""));
        wire_close(&wire);
        ck_assert_int_eq(daemon_process_end(&d, SIGTERM), 0);
        daemon_process_free(&d);
}

START_TEST(narrow_environment) {
        work_with(turkish);
        work_with(small_stack);
        if (is_root()) {
                /* The address sanitizer reads its options from /proc, and needs /proc to find leaks. */
                if (!IS_ADDRESS_SANITIZED)
                        work_with(no_proc);
                work_with(no_dev);
        }
}
END_TEST

static void no_dev_and_closed(void) {
        no_dev();
        close(STDIN_FILENO);
}

/* With a standard descriptor closed and no /dev/null to replace it, the daemon logs so. */
START_TEST(closed_descriptors_without_dev) {
        char path[128], text[256] = "";

        if (!is_root())
                return;
        DaemonProcess d = daemon_process_new();
        d.in_child = no_dev_and_closed;
        int r = start_with_config(&d);
        if (r == IMPOSSIBLE) {
                say_skipped("nothing can be mounted here");
                daemon_process_free(&d);
                return;
        }
        ck_assert_int_eq(r, EX_OSERR);
        snprintf(path, sizeof(path), "%s/log", d.directory);
        FILE *log = fopen(path, "re");
        EXPECT(log && fgets(text, sizeof(text), log));
        fclose(log);
        ck_assert_msg(strstr(text, "/dev/null") != NULL, "%s", text);
        daemon_process_free(&d);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("hostile");
        TCase *tcase = tcase_create("hostile");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, sessions_of_root);
        tcase_add_test(tcase, connections_whose_session_ended);
        tcase_add_test(tcase, half_messages_of_a_user);
        tcase_add_test(tcase, half_messages_of_all);
        tcase_add_test(tcase, clients_without_a_pid);
        tcase_add_test(tcase, descriptors_close_on_exec);
        tcase_add_test(tcase, signals_without_a_meaning);
        tcase_add_test(tcase, storm_of_signals);
        tcase_add_test(tcase, socket_that_is_removed);
        tcase_add_test(tcase, narrow_environment);
        tcase_add_test(tcase, closed_descriptors_without_dev);
        suite_add_tcase(suite, tcase);
        return suite;
}
