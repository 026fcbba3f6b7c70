/* Pipes with the kernel's descriptors: each descriptor comes with its reply, in order, if the client has
 * room for it; ends of file occur where the kernel would have them; and the daemon loses no descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/wire.h"

static Wire open_wire(void) {
        Wire wire = wire_open();

        wire.wants_fds = true;
        return wire;
}

static void ask_end(Wire *wire, int id, const char *name, const char *end) {
        char params[128];

        snprintf(params, sizeof(params), "{\"name\":\"%s\",\"create\":true,\"end\":\"%s\"}", name,
                 end);
        wire_request(wire, id, "pipe.open", params);
}

static int open_end(Wire *wire, const char *name, const char *end) {
        ask_end(wire, 1, name, end);
        const char *line = wire_line(wire);
        ck_assert_msg(line && strstr(line, "\"serial\""), "%s", line);
        ck_assert_uint_eq(wire->n_fds, 1);
        return wire_take_fd(wire);
}

static void close_end(Wire *wire, int fd, const char *name, const char *end) {
        char params[128];

        close(fd);
        snprintf(params, sizeof(params), "[\"%s\",\"%s\"]", name, end);
        wire_call(wire, "pipe.close", params, "null");
}

static void expect_data(int fd, const char *text) {
        char data[64] = "";

        ssize_t n = read(fd, data, sizeof(data) - 1);
        ck_assert_int_eq(n, strlen(text));
        ck_assert_str_eq(data, text);
}

static void expect_eof(int fd) {
        char byte;

        ck_assert_int_eq(read(fd, &byte, 1), 0);
}

static void put(int fd, const char *text) {
        ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
}

static void expect_no_reader(int fd) {
        ck_assert_int_eq(write(fd, "x", 1), -1);
        ck_assert_int_eq(errno, EPIPE);
}

START_TEST(data_and_end_of_file) {
        trial_begin(NULL);
        Wire a = open_wire(), b = open_wire();
        int reader = open_end(&a, "p", "reader");
        int writer = open_end(&b, "p", "writer");
        put(writer, "hello");
        expect_data(reader, "hello");
        put(writer, "last words");
        close_end(&b, writer, "p", "writer");
        expect_data(reader, "last words");
        expect_eof(reader);
        close_end(&a, reader, "p", "reader");
        wire_close(&a);
        wire_close(&b);
        trial_end();
}
END_TEST

/* The first opener finds the daemon at the other end, so its end works at once. */
START_TEST(either_comes_first) {
        trial_begin(NULL);
        Wire a = open_wire(), b = open_wire();
        int writer = open_end(&a, "p", "writer");
        put(writer, "early");
        close_end(&a, writer, "p", "writer");
        int reader = open_end(&b, "p", "reader");
        expect_data(reader, "early");
        expect_eof(reader);
        close_end(&b, reader, "p", "reader");

        reader = open_end(&b, "p", "reader");
        ck_assert_int_eq(fcntl(reader, F_SETFL, O_NONBLOCK), 0);
        char byte;
        ck_assert_int_eq(read(reader, &byte, 1), -1);
        ck_assert_int_eq(errno, EAGAIN);
        writer = open_end(&a, "p", "writer");
        put(writer, "late");
        expect_data(reader, "late");
        close_end(&b, reader, "p", "reader");
        expect_no_reader(writer);
        close_end(&a, writer, "p", "writer");
        wire_close(&a);
        wire_close(&b);
        trial_end();
}
END_TEST

START_TEST(duplex) {
        trial_begin(NULL);
        Wire a = open_wire(), b = open_wire();
        wire_request(&a, 1, "pipe.open",
                     "{\"name\":\"p\",\"create\":true,\"duplex\":true,\"end\":\"a\"}");
        EXPECT(strstr(wire_line(&a), "\"end\":\"a\""));
        int one = wire_take_fd(&a), other = open_end(&b, "p", "b");
        put(one, "ping");
        expect_data(other, "ping");
        put(other, "pong");
        expect_data(one, "pong");
        wire_close(&b);
        trial_wait_stat("sessions", 2);
        close(other);
        expect_eof(one);
        close_end(&a, one, "p", "a");
        wire_close(&a);
        trial_end();
}
END_TEST

/* Several processes have one end: it is closed when the last of them closes it. */
START_TEST(several_writers) {
        enum { N = 5 };
        Wire wires[N];
        int writers[N];

        trial_begin(NULL);
        trial_witness.wants_fds = true;
        int reader = open_end(&trial_witness, "p", "reader");
        for (int i = 0; i < N; i++) {
                wires[i] = open_wire();
                writers[i] = open_end(&wires[i], "p", "writer");
        }
        for (int i = 0; i < N; i++) {
                put(writers[i], "x");
                expect_data(reader, "x");
                ck_assert_int_eq(fcntl(reader, F_SETFL, O_NONBLOCK), 0);
                char byte;
                ck_assert_int_eq(read(reader, &byte, 1), -1);
                close(writers[i]);
                wire_close(&wires[i]);
                trial_wait_stat("sessions", N - i);
        }
        expect_eof(reader);
        close_end(&trial_witness, reader, "p", "reader");
        trial_end();
}
END_TEST

/* A descriptor is attached to the first byte of its reply, neither earlier nor later, among other
 * replies. */
START_TEST(descriptors_come_with_their_lines) {
        enum { N = 300 };

        trial_begin(NULL);
        Wire wire = open_wire();
        wire.piece = 1;
        for (int i = 0; i < N; i++) {
                if (i % 3 == 0)
                        ask_end(&wire, i, "p", i % 2 ? "reader" : "writer");
                else
                        wire_request(&wire, i, "server.ping", "[]");
        }
        for (int i = 0; i < N; i++) {
                char id[32];
                snprintf(id, sizeof(id), "\"id\":%d}", i);
                EXPECT(strstr(wire_line(&wire), id));
                if (wire.n_fds != (i % 3 == 0))
                        ck_abort_msg("%zu descriptors came with line %d", wire.n_fds, i);
                if (wire.n_fds == 0)
                        continue;
                int fd = wire_take_fd(&wire);
                int flags = fcntl(fd, F_GETFL);
                ck_assert_int_eq(flags & O_ACCMODE, i % 2 ? O_RDONLY : O_WRONLY);
                ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
                close(fd);
        }
        wire_close(&wire);
        trial_end();
}
END_TEST

/* Many replies at once, read in large pieces: no descriptor is lost or extra, and all come in order. */
START_TEST(many_at_once) {
        enum { N = 2000, CHUNK = 100 };
        struct stat first, st;

        trial_begin(NULL);
        Wire wire = open_wire();
        for (int i = 0; i < N; i += CHUNK) {
                for (int k = i; k < i + CHUNK; k++)
                        ask_end(&wire, k, k % 2 ? "odd" : "even", "reader");
                for (int k = i; k < i + CHUNK; k++) {
                        EXPECT(strstr(wire_line(&wire), k % 2 ? "\"odd\"" : "\"even\""));
                        int fd = wire_take_fd(&wire);
                        EXPECT(fstat(fd, k < 2 ? &first : &st) == 0);
                        if (k >= 2)
                                EXPECT((st.st_ino == first.st_ino) == (k % 2 == 1));
                        close(fd);
                }
                ck_assert_uint_eq(wire.n_fds, 0);
        }
        wire_close(&wire);
        trial_wait_stat("sessions", 1);
        wire_call(&trial_witness, "object.delete", "[\"odd\"]", "null");
        wire_call(&trial_witness, "object.delete", "[\"even\"]", "null");
        trial_end();
}
END_TEST

static void send_batch(Wire *wire, int n) {
        Buffer batch = {0};

        for (int i = 0; i < n; i++)
                EXPECT(buffer_append_format(&batch,
                                            "%c{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"pipe."
                                            "open\",\"params\":{"
                                            "\"name\":\"p\",\"create\":true,\"end\":\"reader\"}}",
                                            i ? ',' : '[', i) == 0);
        EXPECT(buffer_append_string(&batch, "]\n") == 0);
        wire_send_bytes(wire, buffer_bytes(&batch), buffer_size(&batch));
        buffer_deinit(&batch);
}

/* The kernel takes 253 descriptors in one message, so one line may have that many. */
START_TEST(descriptors_of_a_batch) {
        trial_begin((const char *[]){"--max-unsent-descriptors=253", NULL});
        Wire wire = open_wire();
        send_batch(&wire, 253);
        EXPECT(!strstr(wire_line(&wire), "error"));
        ck_assert_uint_eq(wire.n_fds, 253);
        while (wire.n_fds > 0)
                close(wire_take_fd(&wire));
        send_batch(&wire, 254);
        EXPECT(strstr(wire_line(&wire), "EDQUOT"));
        ck_assert_uint_eq(wire.n_fds, 253);
        wire_close(&wire);
        trial_wait_stat("sessions", 1);
        wire_call(&trial_witness, "object.delete", "[\"p\"]", "null");
        trial_end();
}
END_TEST

/* A client without room for descriptors loses them, and nothing else. */
START_TEST(no_room_for_descriptors) {
        trial_begin(NULL);
        Wire wire = wire_open();
        int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
        close(lowest);
        for (int i = 0; i < 100; i++) {
                ask_end(&wire, i, "p", "reader");
                EXPECT(strstr(wire_line(&wire), "\"serial\""));
        }
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        ck_assert_int_eq(fd, lowest);
        close(fd);
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
        trial_wait_stat("sessions", 1);
        wire_call(&trial_witness, "object.delete", "[\"p\"]", "null");
        trial_end();
}
END_TEST

/* Descriptors that a client does not read are bounded. */
START_TEST(descriptors_are_not_read) {
        enum { N = 20000 };
        static const char line[] =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pipe.open\",\"params\":"
                "{\"end\":\"reader\"}}\n";
        char *text = calloc(N, sizeof(line)), *at = text;

        trial_begin((const char *[]){"--max-descriptors=400", NULL});
        int before = trial_count_fds();
        Wire wire = wire_open();
        for (int i = 0; i < N; i++)
                at = stpcpy(at, line);
        for (int i = 0; i < 50; i++) {
                wire_try_send(&wire, text, strlen(text));
                trial_ping();
                ck_assert_int_le(trial_count_fds() - before, 400 + 2);
        }
        wire_close(&wire);
        free(text);
        trial_end();
}
END_TEST

/* The client half-closes, and still gets its descriptors. */
START_TEST(half_closed_client) {
        trial_begin(NULL);
        Wire wire = open_wire();
        ask_end(&wire, 1, "p", "writer");
        wire_shutdown(&wire);
        EXPECT(strstr(wire_line(&wire), "\"serial\""));
        int writer = wire_take_fd(&wire);
        wire_expect_end(&wire);
        trial_wait_stat("sessions", 1);
        /* The session is over, so its end is given back; the process still has the descriptor. */
        trial_witness.wants_fds = true;
        int reader = open_end(&trial_witness, "p", "reader");
        wire_request(&trial_witness, 2, "object.stat", "[\"p\"]");
        EXPECT(strstr(wire_line(&trial_witness), "\"writer\":\"kept\""));
        put(writer, "still");
        expect_data(reader, "still");
        close(writer);
        expect_eof(reader);
        wire_request(&trial_witness, 2, "object.stat", "[\"p\"]");
        EXPECT(strstr(wire_line(&trial_witness), "\"writer\":\"gone\""));
        close_end(&trial_witness, reader, "p", "reader");
        wire_close(&wire);
        trial_end();
}
END_TEST

/* The kernel closes descriptors in unread replies when the socket is closed. */
START_TEST(client_goes_with_answers_unread) {
        trial_begin(NULL);
        trial_witness.wants_fds = true;
        int reader = open_end(&trial_witness, "p", "reader");
        for (int i = 0; i < 50; i++) {
                Wire wire = wire_open();
                for (int k = 0; k < 20; k++)
                        ask_end(&wire, k, "p", "writer");
                if (i % 2)
                        EXPECT(wire_wait(&wire, 60000));
                wire_close(&wire);
                trial_wait_stat("sessions", 1);
                expect_eof(reader);
                close_end(&trial_witness, reader, "p", "reader");
                reader = open_end(&trial_witness, "p", "reader");
        }
        close_end(&trial_witness, reader, "p", "reader");
        wire_call(&trial_witness, "object.delete", "[\"p\"]", "null");
        trial_end();
}
END_TEST

/* Ten thousand times, in three ways; the daemon has as many descriptors as before. */
START_TEST(ten_thousand_cycles) {
        enum { N = 10000 };
        static const char *const ends[] = {"reader", "writer"};

        trial_begin(NULL);
        int before = trial_count_fds();
        Wire wires[] = {open_wire(), open_wire()};
        for (int i = 0; i < N; i++) {
                char name[16];
                int fds[2];
                snprintf(name, sizeof(name), "p%d", i % 7);
                for (int k = 0; k < 2; k++)
                        fds[k] = open_end(&wires[k], name, ends[k]);
                if (i % 100 == 0) {
                        put(fds[1], "x");
                        expect_data(fds[0], "x");
                        ck_assert_int_le(trial_count_fds(), before + 2 * 2 + 2);
                }
                /* In either order; and now and then by the death of a session. */
                for (int k = 0; k < 2; k++) {
                        int which = (k + i) % 2;
                        if (i % 10 == 9) {
                                close(fds[which]);
                                wire_close(&wires[which]);
                                wires[which] = open_wire();
                        } else
                                close_end(&wires[which], fds[which], name, ends[which]);
                }
                if (i % 10 == 9)
                        trial_wait_stat("sessions", 3);
        }
        for (int k = 0; k < 2; k++)
                wire_close(&wires[k]);
        trial_end();
        ck_assert_int_gt(before, 0);
}
END_TEST

/* The daemon has no descriptor left for a pipe: the call fails, and the daemon continues. */
START_TEST(daemon_has_no_descriptors) {
        trial_begin(NULL);
        Wire wire = open_wire();
        int reader = open_end(&wire, "p", "reader");
        struct rlimit old, none = {.rlim_cur = 3, .rlim_max = 1 << 20};
        EXPECT(prlimit(trial_daemon.pid, RLIMIT_NOFILE, NULL, &old) == 0);
        none.rlim_max = old.rlim_max;
        EXPECT(prlimit(trial_daemon.pid, RLIMIT_NOFILE, &none, NULL) == 0);
        ask_end(&wire, 2, "q", "reader");
        wire_expect_error(&wire, "2", -32000, "EMFILE");
        /* Descriptors that the daemon has can still be sent. */
        int writer = open_end(&wire, "p", "writer");
        put(writer, "x");
        expect_data(reader, "x");
        EXPECT(prlimit(trial_daemon.pid, RLIMIT_NOFILE, &old, NULL) == 0);
        int other = open_end(&wire, "q", "reader");
        close(other);
        close(reader);
        close(writer);
        wire_close(&wire);
        trial_wait_stat("sessions", 1);
        wire_call(&trial_witness, "object.delete", "[\"q\"]", "null");
        trial_end();
}
END_TEST

/* Data does not pass through the daemon, and flows without it. */
START_TEST(pipe_outlives_the_daemon) {
        trial_begin(NULL);
        Wire wire = open_wire();
        int reader = open_end(&wire, "p", "reader");
        int writer = open_end(&wire, "p", "writer");
        kill(trial_daemon.pid, SIGSTOP);
        put(writer, "stopped");
        expect_data(reader, "stopped");
        kill(trial_daemon.pid, SIGCONT);
        ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGTERM), 0);
        put(writer, "gone");
        expect_data(reader, "gone");
        close(writer);
        expect_eof(reader);
        close(reader);
        wire_close(&wire);
        wire_close(&trial_witness);
        daemon_process_free(&trial_daemon);
}
END_TEST

enum { FEW = 128 };

/* For a user without privileges, the kernel limits the descriptors in flight to as many as a process may
 * open. */
enum { SKIPPED = 126 };

static void limit_and_drop_privileges(void) {
        struct rlimit few = {.rlim_cur = FEW, .rlim_max = FEW};

        if (setrlimit(RLIMIT_NOFILE, &few) < 0)
                _exit(99);
        if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
                _exit(99);
        /* Another user may lack access to the program's folder, as in root's home. */
        if (access(getenv("SHMGRD"), X_OK) < 0)
                _exit(SKIPPED);
}

static void let_kernel_fill(Wire *wires, int n) {
        for (int i = 0; i < n; i++) {
                wires[i] = open_wire();
                for (int k = 0; k < 60; k++)
                        ask_end(&wires[i], k, "p", "reader");
                trial_ping();
        }
}

/* Nobody reads the replies: a session whose reply cannot be sent for long is disconnected with the
 * reason. */
START_TEST(too_many_descriptors_on_their_way) {
        enum { N = 6 };
        Wire wires[N];

        trial_daemon = daemon_process_new();
        EXPECT(chmod(trial_daemon.directory, 01777) == 0);
        trial_daemon.in_child = limit_and_drop_privileges;
        int r = daemon_process_start(
                &trial_daemon, (const char *[]){"--soft-output-time=1500ms", "--mode=0666", NULL});
        if (r == SKIPPED) {
                say_skipped("another user does not get to the daemon's program");
                daemon_process_free(&trial_daemon);
                return;
        }
        ck_assert_int_eq(r, 0);
        trial_witness = wire_open();
        let_kernel_fill(wires, N);
        int n_cut_off = 0;
        for (int i = N - 1; i >= 0; i--) {
                const char *line = NULL;
                for (int k = 0; k < 60 && (line = wire_line(&wires[i])); k++)
                        if (strstr(line, "its descriptor cannot be sent"))
                                break;
                n_cut_off += line && strstr(line, "its descriptor cannot be sent");
        }
        /* Two or three of the six have received their replies. */
        ck_assert_int_ge(n_cut_off, 3);
        for (int i = 0; i < N; i++)
                wire_close(&wires[i]);
        trial_wait_stat("sessions", 1);
        /* Then opening works again. */
        trial_witness.wants_fds = true;
        close(open_end(&trial_witness, "p", "reader"));
        wire_close(&trial_witness);
        ck_assert_int_eq(daemon_process_end(&trial_daemon, SIGTERM), 0);
        daemon_process_free(&trial_daemon);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wire-pipe");
        TCase *tcase = tcase_create("pipe");

        signal(SIGPIPE, SIG_IGN);
        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, data_and_end_of_file);
        tcase_add_test(tcase, either_comes_first);
        tcase_add_test(tcase, duplex);
        tcase_add_test(tcase, several_writers);
        tcase_add_test(tcase, descriptors_come_with_their_lines);
        tcase_add_test(tcase, many_at_once);
        tcase_add_test(tcase, descriptors_of_a_batch);
        tcase_add_test(tcase, no_room_for_descriptors);
        tcase_add_test(tcase, descriptors_are_not_read);
        tcase_add_test(tcase, half_closed_client);
        tcase_add_test(tcase, client_goes_with_answers_unread);
        tcase_add_test(tcase, ten_thousand_cycles);
        tcase_add_test(tcase, daemon_has_no_descriptors);
        tcase_add_test(tcase, pipe_outlives_the_daemon);
        tcase_add_test(tcase, too_many_descriptors_on_their_way);
        suite_add_tcase(suite, tcase);
        return suite;
}
