/* Clients that do not read, read slowly, half-close, or are too many: no other client notices. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/daemon-log.h"
#include "wire/wire.h"

/* Writes n requests, with ids from 0 on, as one text. */
static char *make_requests(int n) {
        char *text = malloc((size_t)n * 80 + 1), *at = text;

        EXPECT(text);
        for (int i = 0; i < n; i++)
                at += sprintf(at, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"server.ping\"}\n",
                              i);
        return text;
}

/* Sends until there has been no room for a while; returns the number of bytes. */
static size_t send_while_room(Wire *wire, const char *text, size_t n) {
        size_t sent = 0;
        int n_full = 0;

        while (sent < n && n_full < 100) {
                size_t now = wire_try_send(wire, text + sent, n - sent);
                sent += now;
                n_full = now ? 0 : n_full + 1;
                trial_ping();
        }
        return sent;
}

static void hold_lock(void) {
        wire_request(&trial_witness, 1, "lock.open", "[\"l\",true]");
        EXPECT(wire_line(&trial_witness));
        wire_request(&trial_witness, 2, "lock.acquire", "[\"l\"]");
        EXPECT(strstr(wire_line(&trial_witness), "token"));
}

/* After a half-close replies still arrive, and waiting calls are cancelled. */
START_TEST(half_closed) {
        enum { N = 2000 };
        char *text = make_requests(N);

        trial_begin(NULL);
        hold_lock();
        Wire wire = wire_open();
        wire_request(&wire, -1, "lock.acquire", "[\"l\"]");
        wire_send(&wire, text);
        wire_shutdown(&wire);
        for (int i = 0; i < N; i++)
                wire_expect_result(&wire, i, "\"pong\"");
        wire_expect_error(&wire, "-1", -32000, "ECANCELED");
        wire_expect_end(&wire);
        wire_close(&wire);
        free(text);
        wire_call(&trial_witness, "object.delete", "[\"l\"]", "null");
        trial_end();
}
END_TEST

START_TEST(half_closed_at_once) {
        trial_begin(NULL);
        for (int i = 0; i < 20; i++) {
                Wire wire = wire_open();
                wire_shutdown(&wire);
                wire_expect_end(&wire);
                wire_close(&wire);
        }
        trial_end();
}
END_TEST

/* The client cannot send more than the buffers in between hold, and continues when it reads. */
START_TEST(never_reads) {
        enum { N = 100000 };
        char *text = make_requests(N);
        size_t n = strlen(text);

        trial_begin(NULL);
        int64_t before = trial_memory();
        Wire wire = wire_open();
        size_t sent = send_while_room(&wire, text, n);
        ck_assert_msg(sent < n, "all %zu bytes were taken", n);
        trial_expect_memory(before, 48 << 20);
        wire_close(&wire);
        free(text);
        trial_end();
}
END_TEST

static void make_queue(void) {
        wire_request(&trial_witness, 1, "queue.open", "[\"q\",true]");
        EXPECT(strstr(wire_line(&trial_witness), "\"created\":true"));
}

static void put_values(int n, size_t n_bytes) {
        static const char head[] =
                "{\"jsonrpc\":\"2.0\",\"id\":7777,\"method\":\"queue.put\",\"params\":[\"q\",\"";
        char *line = malloc(n_bytes + sizeof(head) + 8);

        EXPECT(line);
        memset(stpcpy(line, head), 'x', n_bytes);
        strcpy(line + strlen(head) + n_bytes, "\"]}\n");
        for (int i = 0; i < n; i++) {
                wire_send(&trial_witness, line);
                wire_expect_result(&trial_witness, 7777, "null");
        }
        free(line);
}

static size_t count_unread(const Wire *wire) {
        int n = 0;

        EXPECT(ioctl(wire->fd, FIONREAD, &n) == 0);
        return (size_t)n;
}

/* The kernel takes most of a long reply at once, before the client reads: as much as net.core.wmem_max allows. By default a
 * socket takes 219,264 bytes. At most 8 connections of a user get such a buffer. */
START_TEST(long_replies_wait_in_the_kernel) {
        enum { N = 1000000, N_CLIENTS = 12, N_MANY = 300000 };
        Wire wires[N_CLIENTS];
        unsigned n_many = 0;

        trial_begin(NULL);
        make_queue();
        put_values(1, N);
        for (int i = 0; i < N_CLIENTS; i++) {
                wires[i] = wire_open();
                wire_request(&wires[i], 1, "queue.peek", "[\"q\"]");
                for (int j = 0; j < 20; j++)
                        trial_ping();
                EXPECT(count_unread(&wires[i]) > N_MANY || i >= 8);
                n_many += count_unread(&wires[i]) > N_MANY;
        }
        ck_assert_uint_eq(n_many, 8);
        for (int i = 0; i < N_CLIENTS; i++) {
                EXPECT(strlen(wire_line(&wires[i])) > N);
                wire_close(&wires[i]);
        }
        wire_call(&trial_witness, "object.delete", "[\"q\"]", "null");
        trial_end();
}
END_TEST

/* A session that does not read is disconnected when a reply exceeds the bound of its output; no other session is. */
START_TEST(answers_on_top_of_too_much) {
        enum { N = 40, N_BYTES = 200 << 10 };

        trial_begin((const char *[]){"--max-output=1M", NULL});
        make_queue();
        Wire wire = wire_open();
        for (int i = 0; i < N; i++)
                wire_request(&wire, i, "queue.get", "[\"q\"]");
        trial_wait_stat("waits", N);
        put_values(N, N_BYTES);
        trial_wait_stat("sessions", 1);
        wire_close(&wire);
        wire_call(&trial_witness, "object.delete", "[\"q\"]", "null");
        trial_end();
}
END_TEST

/* One reply alone may be as large as a message. */
START_TEST(one_large_answer) {
        enum { N_BYTES = 3 << 20 };

        trial_begin((const char *[]){"--max-output=1M", NULL});
        make_queue();
        put_values(1, N_BYTES);
        Wire wire = wire_open();
        wire_request(&wire, 1, "queue.get", "[\"q\"]");
        EXPECT(strlen(wire_line(&wire)) > N_BYTES);
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
        wire_call(&trial_witness, "object.delete", "[\"q\"]", "null");
        trial_end();
}
END_TEST

START_TEST(reads_late) {
        enum { N = 100000 };
        char *text = make_requests(N);
        size_t n = strlen(text);

        trial_begin(NULL);
        Wire wire = wire_open();
        size_t sent = send_while_room(&wire, text, n);
        for (int i = 0; i < N; i++) {
                if (sent < n)
                        sent += wire_try_send(&wire, text + sent, n - sent);
                wire_expect_result(&wire, i, "\"pong\"");
        }
        wire_close(&wire);
        free(text);
        trial_end();
}
END_TEST

/* The client half-closes, and only then reads all replies. */
START_TEST(half_closed_and_reads_late) {
        enum { N = 20000 };
        char *text = make_requests(N);
        size_t n = strlen(text), sent;

        trial_begin(NULL);
        Wire wire = wire_open();
        int i = 0;
        for (sent = send_while_room(&wire, text, n); sent < n;
             sent += wire_try_send(&wire, text + sent, n - sent))
                wire_expect_result(&wire, i++, "\"pong\"");
        wire_shutdown(&wire);
        trial_ping();
        while (i < N)
                wire_expect_result(&wire, i++, "\"pong\"");
        wire_expect_end(&wire);
        wire_close(&wire);
        free(text);
        trial_end();
}
END_TEST

/* Reads to the end; true if the last line reports that the session was disconnected. */
static bool read_to_end(Wire *wire) {
        bool is_cut_off = false;

        for (const char *line; (line = wire_line(wire));)
                is_cut_off = strstr(line, "\"ECONNRESET\"") && strstr(line, "\"id\":null");
        return is_cut_off;
}

START_TEST(hard_bound) {
        char *text = make_requests(20000);

        trial_begin((const char *[]){"--max-output=4096", NULL});
        Wire wire = wire_open();
        send_while_room(&wire, text, strlen(text));
        trial_wait_stat("sessions", 1);
        EXPECT(read_to_end(&wire));
        wire_close(&wire);
        free(text);
        trial_end();
}
END_TEST

START_TEST(soft_bound) {
        char *text = make_requests(20000);

        trial_begin((const char *[]){"--soft-output=1024", "--soft-output-time=300ms", NULL});
        Wire wire = wire_open(), reader = wire_open();
        int64_t start_ms = clock_ms();
        send_while_room(&wire, text, strlen(text));
        trial_wait_stat("sessions", 2);
        ck_assert_int_ge(clock_ms() - start_ms, 300);
        wire_call(&reader, "server.ping", "[]", "\"pong\"");
        EXPECT(read_to_end(&wire));
        wire_close(&wire);
        wire_close(&reader);
        free(text);
        trial_end();
}
END_TEST

/* A disconnected session does not stay for ever, even if its last line cannot be sent. */
START_TEST(never_reads_the_end) {
        char *text = make_requests(20000);

        trial_begin((const char *[]){"--max-output=4096", "--soft-output-time=300ms", NULL});
        Wire wire = wire_open();
        send_while_room(&wire, text, strlen(text));
        trial_check();
        wire_close(&wire);
        free(text);
        trial_end();
}
END_TEST

/* The client has shut down its reading side: its requests are carried out nevertheless. */
START_TEST(will_not_read) {
        trial_begin(NULL);
        wire_request(&trial_witness, 1, "counter.open", "[\"c\",true]");
        EXPECT(wire_line(&trial_witness));
        Wire wire = wire_open();
        EXPECT(shutdown(wire.fd, SHUT_RD) == 0);
        wire_send(&wire,
                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"counter.add\",\"params\":[\"c\"]}\n"
                  "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"counter.add\",\"params\":[\"c\"]}\n");
        trial_wait_stat("sessions", 1);
        wire_call(&trial_witness, "counter.get", "[\"c\"]", "2");
        wire_call(&trial_witness, "object.delete", "[\"c\"]", "null");
        wire_close(&wire);
        trial_end();
}
END_TEST

static Wire *open_sessions(int n) {
        Wire *wires = calloc(n, sizeof(*wires));

        EXPECT(wires);
        for (int i = 0; i < n; i++) {
                wires[i] = wire_open();
                wire_call(&wires[i], "server.ping", "[]", "\"pong\"");
        }
        return wires;
}

static void close_sessions(Wire *wires, int n) {
        for (int i = 0; i < n; i++)
                wire_close(&wires[i]);
        free(wires);
}

/* One more session is refused with the reason. */
static void expect_full(void) {
        for (int k = 0; k < 50; k++) {
                Wire wire = wire_open();
                wire_expect_error(&wire, "null", -32000, "EDQUOT");
                wire_expect_end(&wire);
                wire_close(&wire);
        }
}

/* Opens n sessions beside the others, which fill the daemon. */
static void fill_sessions(int n, int n_others) {
        Wire *wires = open_sessions(n);

        expect_full();
        for (int i = 0; i < n; i++)
                wire_call(&wires[i], "server.ping", "[]", "\"pong\"");
        wire_close(&wires[0]);
        trial_wait_stat("sessions", n - 1 + n_others);
        wires[0] = wire_open();
        wire_call(&wires[0], "server.ping", "[]", "\"pong\"");
        close_sessions(wires, n);
}

START_TEST(most_sessions) {
        trial_begin((const char *[]){"--max-sessions=8", "--log-burst=3", NULL});
        fill_sessions(7, 1);
        /* Repeated connecting cannot fill the log. */
        ck_assert_int_eq(daemon_log_count(&trial_daemon, "no session"), 3);
        trial_end();
}
END_TEST

START_TEST(few_descriptors) {
        struct rlimit limit = {.rlim_cur = 52, .rlim_max = 52};

        EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        trial_begin(NULL);
        /* 20 descriptors are left, a quarter of which is reserved for pipes. All sessions are of this
         * process, which has one pidfd. */
        fill_sessions(20 - 5 - 2, 1);
        trial_end();
}
END_TEST

/* Connects, and holds the connection until a byte comes. */
static void connect_until(int fd) {
        char byte;
        Wire wire = wire_open();

        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        EXPECT(write(fd, "c", 1) == 1);
        EXPECT(read(fd, &byte, 1) == 1);
        _exit(0);
}

/* Begins a process that has connected. A byte written to *ret ends it. */
static pid_t begin_connected(int *ret) {
        char byte;
        int fds[2];

        EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        pid_t pid = fork();
        EXPECT(pid >= 0);
        if (pid == 0) {
                close(fds[0]);
                connect_until(fds[1]);
        }
        close(fds[1]);
        EXPECT(read(fds[0], &byte, 1) == 1);
        *ret = fds[0];
        return pid;
}

/* A session of another process takes two descriptors, so sockets and pidfds together have a bound. The
 * spare descriptors are enough for a planned restart of the full daemon. */
START_TEST(few_descriptors_of_many_processes) {
        enum {
                OTHERS = 4,
                ROOM = 20 - 5,
                N_OWN = ROOM - 2 - 2 * OTHERS, /* the witness, and the pidfd of this process */
        };
        struct rlimit limit = {.rlim_cur = 52, .rlim_max = 52};
        pid_t pids[OTHERS];
        int fds[OTHERS];

        EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        trial_begin(NULL);
        for (int i = 0; i < OTHERS; i++)
                pids[i] = begin_connected(&fds[i]);
        fill_sessions(N_OWN, OTHERS + 1);
        trial_wait_stat("sessions", OTHERS + 1);
        Wire *wires = open_sessions(N_OWN);
        wire_request(&trial_witness, 1, "server.restart", "[]");
        ck_assert_ptr_nonnull(strstr(wire_line(&trial_witness), "\"result\""));
        expect_full();
        close_sessions(wires, N_OWN);
        for (int i = 0; i < OTHERS; i++) {
                EXPECT(write(fds[i], "e", 1) == 1 && close(fds[i]) == 0);
                EXPECT(waitpid(pids[i], NULL, 0) == pids[i]);
        }
        trial_wait_stat("sessions", 1);
        fill_sessions(ROOM - 2, 1);
        trial_end();
}
END_TEST

/* Returns the lowest free descriptor of the daemon. */
static int find_free_fd(void) {
        char path[64];

        for (int fd = 0;; fd++) {
                snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)trial_daemon.pid, fd);
                if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                        return fd;
        }
}

/* Fills the gaps in the numbers of the daemon's descriptors, at most n of them. */
static void fill_gaps(Wire *wires, int n) {
        for (int i = 0; i < n; i++) {
                if (find_free_fd() == trial_count_fds())
                        return;
                wires[i] = wire_open();
                wire_call(&wires[i], "server.ping", "[]", "\"pong\"");
        }
        ck_abort_msg("there are too many gaps");
}

static bool set_limit(rlim_t n) {
        struct rlimit limit = {.rlim_cur = n, .rlim_max = 1024};

        return prlimit(trial_daemon.pid, RLIMIT_NOFILE, &limit, NULL) == 0;
}

/* The daemon has no free descriptor: connected clients are served, new ones wait, and the daemon does not spin. */
static void run_out_of_descriptors(Wire *first) {
        Wire late = wire_open(), later = wire_open();
        int64_t before_ms = trial_cpu_ms();

        wire_request(&late, 1, "server.ping", "[]");
        wire_request(&later, 1, "server.ping", "[]");
        EXPECT(!wire_wait(&late, 1000));
        ck_assert_int_lt(trial_cpu_ms() - before_ms, 300);
        wire_call(first, "server.ping", "[]", "\"pong\"");
        trial_ping();
        /* One descriptor becomes free; then more. */
        wire_close(first);
        wire_expect_result(&late, 1, "\"pong\"");
        EXPECT(!wire_wait(&later, 300));
        EXPECT(set_limit(1024));
        wire_expect_result(&later, 1, "\"pong\"");
        wire_close(&late);
        wire_close(&later);
}

START_TEST(no_descriptors) {
        enum { GAPS_MAX = 16 };
        Wire fillers[GAPS_MAX] = {0};

        trial_begin(NULL);
        Wire first = wire_open();
        wire_call(&first, "server.ping", "[]", "\"pong\"");
        fill_gaps(fillers, GAPS_MAX);
        EXPECT(set_limit(trial_count_fds()));
        run_out_of_descriptors(&first);
        for (int i = 0; i < GAPS_MAX; i++)
                if (fillers[i].fd > 0)
                        wire_close(&fillers[i]);
        trial_end();
}
END_TEST

START_TEST(connect_and_go) {
        trial_begin(NULL);
        for (int i = 0; i < 2000; i++) {
                Wire wire = wire_open();
                if (i % 3 == 1)
                        wire_send(&wire,
                                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.ping\"}\n");
                if (i % 3 == 2)
                        wire_send(&wire, "{\"jsonrpc\":\"2.0\",\"id\":1,\"met");
                wire_close(&wire);
                if (i % 50 == 0)
                        trial_ping();
        }
        trial_end();
}
END_TEST

static void make_long_list(Wire *wire) {
        enum { N = 50000 };
        char *text = malloc(N * 2 + 200), *at = text;

        EXPECT(text);
        at += sprintf(at, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list.open\",\"params\":{"
                          "\"name\":\"long\",\"create\":true,\"value\":[1");
        for (int i = 1; i < N; i++)
                at += sprintf(at, ",1");
        sprintf(at, "]}}\n");
        wire_send(wire, text);
        EXPECT(strstr(wire_line(wire), "created"));
        wire_call(wire, "list.repeat", "[\"long\",6]", "null");
        free(text);
}

/* Returns the number of the call to which the next reply belongs. */
static long next_seq(Wire *wire) {
        const char *seq = strstr(wire_line(wire), "\"seq\":");

        EXPECT(seq);
        return atol(seq + strlen("\"seq\":"));
}

/* Two sessions of a user have sent long calls before a third session calls: it is served before their calls are done. The
 * daemon finds all three in one turn. */
START_TEST(long_calls_take_turns) {
        enum { N = 20 };
        Wire wires[3];
        long last = 0;

        trial_begin(NULL);
        make_long_list(&trial_witness);
        for (int i = 0; i < 3; i++) {
                wires[i] = wire_open();
                wire_request(&wires[i], 1, "session.hello", "{\"seq\":true}");
                EXPECT(wire_line(&wires[i]));
        }
        trial_ping();
        kill(trial_daemon.pid, SIGSTOP);
        for (int i = 0; i < 2 * N; i++)
                wire_request(&wires[i % 2], i, "list.count", "[\"long\",2]");
        wire_request(&wires[2], 1, "server.ping", "[]");
        kill(trial_daemon.pid, SIGCONT);
        long asked = next_seq(&wires[2]);
        for (int i = 0; i < 2 * N; i++)
                last = next_seq(&wires[i % 2]);
        ck_assert_msg(last - asked > N, "the ping was call %ld, the last long one %ld", asked,
                      last);
        for (int i = 0; i < 3; i++)
                wire_close(&wires[i]);
        wire_call(&trial_witness, "object.delete", "[\"long\"]", "null");
        trial_end();
}
END_TEST

/* The daemon was idle, so its last turn is some time ago; a session's time begins when its socket is accepted. */
START_TEST(a_session_begins_when_it_connects) {
        static const char name[] = "\"connected_ms\":";
        int64_t age_ms = -1;

        trial_begin(NULL);
        trial_ping();
        poll(NULL, 0, 300);
        int64_t before_ms = clock_ms();
        Wire wire = wire_open();
        wire_request(&wire, 1, "server.sessions", "[]");
        const char *at = wire_line(&wire);
        while (at && (at = strstr(at, name))) {
                at += strlen(name);
                age_ms = atoll(at);
        }
        int64_t most_ms = clock_ms() - before_ms + 1;
        ck_assert_msg(age_ms >= 0 && age_ms <= most_ms, "%lld ms, of at most %lld",
                      (long long)age_ms, (long long)most_ms);
        wire_close(&wire);
        trial_end();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wire-flow");
        TCase *tcase = tcase_create("flow");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, half_closed);
        tcase_add_test(tcase, half_closed_at_once);
        tcase_add_test(tcase, never_reads);
        tcase_add_test(tcase, long_replies_wait_in_the_kernel);
        tcase_add_test(tcase, answers_on_top_of_too_much);
        tcase_add_test(tcase, one_large_answer);
        tcase_add_test(tcase, reads_late);
        tcase_add_test(tcase, half_closed_and_reads_late);
        tcase_add_test(tcase, hard_bound);
        tcase_add_test(tcase, soft_bound);
        tcase_add_test(tcase, never_reads_the_end);
        tcase_add_test(tcase, will_not_read);
        tcase_add_test(tcase, most_sessions);
        tcase_add_test(tcase, few_descriptors);
        tcase_add_test(tcase, few_descriptors_of_many_processes);
        tcase_add_test(tcase, no_descriptors);
        tcase_add_test(tcase, connect_and_go);
        tcase_add_test(tcase, long_calls_take_turns);
        tcase_add_test(tcase, a_session_begins_when_it_connects);
        suite_add_tcase(suite, tcase);
        return suite;
}
