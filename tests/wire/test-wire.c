/* Messages on a real socket: whole, cut, too long, and lines that are no messages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "expect.h"
#include "tap-main.h"
#include "wire/wire.h"

/* A conversation with lines of all kinds. */
static const char conversation[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"dict.open\",\"params\":{\"value\":{\"\u00fc\":"
        "1}}}\n"
        "\r\n  \n"
        "[{\"jsonrpc\":\"2.0\",\"id\":\"\u20ac\\n\",\"method\":\"server.ping\"},"
        "{\"jsonrpc\":\"2.0\",\"method\":\"server.ping\"}]\r\n"
        "no JSON\n"
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"server.ping\"}\n";

static void expect_conversation(Wire *wire) {
        const char *line = wire_line(wire);

        ck_assert_ptr_nonnull(line);
        EXPECT(strstr(line, "\"created\":true"));
        ck_assert_str_eq(wire_line(wire),
                         "[{\"jsonrpc\":\"2.0\",\"result\":\"pong\",\"id\":\"\u20ac\\n\"}]");
        wire_expect_error(wire, "null", -32700, "EBADMSG");
        wire_expect_result(wire, 2, "\"pong\"");
}

START_TEST(cut_anywhere) {
        size_t n = strlen(conversation);

        trial_begin(NULL);
        for (size_t cut = 1; cut < n; cut++) {
                Wire wire = wire_open();
                wire_send_bytes(&wire, conversation, cut);
                /* When the witness has its reply, the daemon has read the first part. */
                trial_ping();
                wire_send_bytes(&wire, conversation + cut, n - cut);
                expect_conversation(&wire);
                wire_close(&wire);
        }
        trial_end();
}
END_TEST

START_TEST(byte_by_byte) {
        trial_begin(NULL);
        Wire wire = wire_open();
        for (size_t i = 0; i < strlen(conversation); i++) {
                wire_send_bytes(&wire, conversation + i, 1);
                trial_ping();
        }
        expect_conversation(&wire);
        wire_close(&wire);
        trial_end();
}
END_TEST

START_TEST(thousand_at_once) {
        enum { N = 1000 };
        char *text = calloc(N, 100), *at = text;

        trial_begin(NULL);
        for (int i = 0; i < N; i++)
                at += sprintf(at, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"server.ping\"}\n",
                              i);
        Wire wire = wire_open();
        wire_send(&wire, text);
        trial_ping();
        for (int i = 0; i < N; i++)
                wire_expect_result(&wire, i, "\"pong\"");
        free(text);
        wire_close(&wire);
        trial_end();
}
END_TEST

/* A line without its newline is not carried out. */
START_TEST(unfinished_lines) {
        static const char add[] =
                "{\"jsonrpc\":\"2.0\",\"method\":\"counter.add\",\"params\":[\"c\"]}";

        trial_begin(NULL);
        wire_request(&trial_witness, 1, "counter.open", "[\"c\",true]");
        EXPECT(wire_line(&trial_witness));
        for (size_t n = 1; n <= strlen(add); n += 7) {
                Wire wire = wire_open();
                wire_send_bytes(&wire, add, n < strlen(add) - 7 ? n : strlen(add));
                if (n % 2)
                        wire_shutdown(&wire);
                if (n % 2)
                        wire_expect_end(&wire);
                wire_close(&wire);
        }
        trial_wait_stat("sessions", 1);
        wire_call(&trial_witness, "counter.get", "[\"c\"]", "0");
        wire_call(&trial_witness, "object.delete", "[\"c\"]", "null");
        trial_end();
}
END_TEST

START_TEST(empty_lines) {
        enum { BLOCK = 1 << 16, N = 64 };
        static const char *const floods[] = {"\n", " ", "\r\n", " \t\n"};
        char *block = malloc(BLOCK);

        trial_begin(NULL);
        int64_t before = trial_memory();
        for (size_t k = 0; k < 4; k++) {
                Wire wire = wire_open();
                for (size_t i = 0; i < BLOCK; i++)
                        block[i] = floods[k][i % strlen(floods[k])];
                for (int i = 0; i < N; i++) {
                        wire_send_bytes(&wire, block, BLOCK);
                        trial_ping();
                }
                wire_send(&wire, "\n");
                wire_call(&wire, "server.ping", "[]", "\"pong\"");
                wire_close(&wire);
        }
        free(block);
        trial_expect_memory(before, 64 << 20);
        trial_end();
}
END_TEST

/* Sends a request of n bytes, newline excluded. */
static void send_request_of(Wire *wire, int id, size_t n) {
        char *line = malloc(n + 2);
        int n_head = sprintf(line, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"server.ping\"", id);

        memset(line + n_head, ' ', n - n_head);
        strcpy(line + n - 1, "}\n");
        wire_send(wire, line);
        free(line);
}

START_TEST(longest_line) {
        enum { MAX = 4096 };

        trial_begin((const char *[]){"--max-frame=4096", NULL});
        Wire wire = wire_open();
        for (int i = 0; i < 3; i++) {
                send_request_of(&wire, 1, MAX);
                wire_expect_result(&wire, 1, "\"pong\"");
                send_request_of(&wire, 2, MAX + 1);
                wire_expect_error(&wire, "null", -32600, "EMSGSIZE");
        }
        /* The line is refused as soon as it is too long, and then dropped, however long it is. */
        int64_t before = trial_memory();
        char *spaces = malloc(1 << 16);
        memset(spaces, ' ', 1 << 16);
        wire_send_bytes(&wire, spaces, MAX + 1);
        wire_expect_error(&wire, "null", -32600, "EMSGSIZE");
        for (int i = 0; i < 512; i++)
                wire_send_bytes(&wire, spaces, 1 << 16);
        trial_ping();
        free(spaces);
        trial_expect_memory(before, 16 << 20);
        wire_send(&wire, "\n");
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
        trial_end();
}
END_TEST

START_TEST(megabyte_line) {
        trial_begin(NULL);
        Wire wire = wire_open();
        send_request_of(&wire, 1, 5 << 20);
        wire_expect_result(&wire, 1, "\"pong\"");
        wire_close(&wire);
        trial_end();
}
END_TEST

/* A message with too many values is rejected before any of them is made. */
START_TEST(million_elements) {
        enum { N = 1000000 };
        static char line[2 * N + 128];
        char *at = line;

        trial_begin(NULL);
        Wire wire = wire_open();
        at += sprintf(at, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.ping\",\"params\":[0");
        for (int i = 1; i < N; i++, at += 2)
                memcpy(at, ",0", 2);
        strcpy(at, "]}\n");
        int64_t before = trial_memory();
        wire_send(&wire, line);
        wire_expect_error(&wire, "null", -32700, "EMSGSIZE");
        trial_expect_memory(before, 16 << 20);
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        wire_close(&wire);
        trial_end();
}
END_TEST

START_TEST(garbage) {
        trial_begin(NULL);
        Wire wire = wire_open();
        for (int i = 0; i < 9; i++) {
                wire_send_bytes(&wire, "\x16\x03\x01\x00\xff\xfe\x80\n", 8);
                wire_expect_error(&wire, "null", -32700, "EBADMSG");
        }
        /* A valid message resets the count. */
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        for (int i = 0; i < 10; i++) {
                wire_send_bytes(&wire, "\0\n", 2);
                wire_expect_error(&wire, "null", -32700, "EBADMSG");
        }
        wire_expect_cut_off(&wire);
        wire_close(&wire);
        trial_end();
}
END_TEST

START_TEST(unfinished_for_too_long) {
        trial_begin((const char *[]){"--frame-time=100ms", "--max-frame=1024", NULL});
        Wire silent = wire_open(), endless = wire_open(), idle = wire_open();

        wire_send(&silent, "{\"jsonrpc\":");
        /* The time counts from the first byte of the line: it runs on while the client sends more, and
         * while the line is dropped. */
        for (int64_t end_ms = clock_ms() + 60000; !wire_wait(&endless, 20);) {
                EXPECT(clock_ms() < end_ms);
                wire_try_send(&endless, " ", 1);
        }
        wire_expect_cut_off(&endless);
        wire_expect_cut_off(&silent);
        wire_close(&endless);
        endless = wire_open();
        char spaces[3000] = "";
        memset(spaces, ' ', sizeof(spaces));
        wire_send_bytes(&endless, spaces, sizeof(spaces));
        wire_expect_error(&endless, "null", -32600, "EMSGSIZE");
        wire_expect_cut_off(&endless);
        wire_call(&idle, "server.ping", "[]", "\"pong\"");
        wire_close(&silent);
        wire_close(&endless);
        wire_close(&idle);
        trial_end();
}
END_TEST

/* Attached descriptors are not received. */
START_TEST(descriptors_sent_along) {
        static char request[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.ping\"}\n";
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(8 * sizeof(int))];
        } control = {.header = {.cmsg_len = CMSG_LEN(8 * sizeof(int)),
                                .cmsg_level = SOL_SOCKET,
                                .cmsg_type = SCM_RIGHTS}};
        struct iovec iov = {.iov_base = request, .iov_len = strlen(request)};
        struct msghdr message = {.msg_iov = &iov,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof(control.bytes)};

        trial_begin(NULL);
        Wire wire = wire_open();
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        int before = trial_count_fds();
        for (int i = 0; i < 8; i++)
                ((int *)CMSG_DATA(&control.header))[i] = wire.fd;
        for (int i = 0; i < 100; i++) {
                EXPECT(sendmsg(wire.fd, &message, MSG_NOSIGNAL) == (ssize_t)iov.iov_len);
                wire_expect_result(&wire, 1, "\"pong\"");
        }
        ck_assert_int_eq(trial_count_fds(), before);
        wire_close(&wire);
        trial_end();
}
END_TEST

/* On kernels with urgent bytes on such sockets, these neither become part of a message nor keep the
 * daemon busy. */
START_TEST(urgent_bytes) {
        trial_begin(NULL);
        Wire wire = wire_open();
        wire_call(&wire, "server.ping", "[]", "\"pong\"");
        if (send(wire.fd, "!", 1, MSG_OOB | MSG_NOSIGNAL) == 1) {
                int64_t before_ms = trial_cpu_ms();
                EXPECT(!wire_wait(&wire, 500));
                ck_assert_int_lt(trial_cpu_ms() - before_ms, 250);
                wire_send(&wire, "\n");
                wire_request(&wire, 2, "server.ping", "[]");
                wire_expect_result(&wire, 2, "\"pong\"");
        }
        wire_close(&wire);
        trial_end();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wire");
        TCase *tcase = tcase_create("messages");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, cut_anywhere);
        tcase_add_test(tcase, byte_by_byte);
        tcase_add_test(tcase, thousand_at_once);
        tcase_add_test(tcase, unfinished_lines);
        tcase_add_test(tcase, empty_lines);
        tcase_add_test(tcase, longest_line);
        tcase_add_test(tcase, megabyte_line);
        tcase_add_test(tcase, million_elements);
        tcase_add_test(tcase, garbage);
        tcase_add_test(tcase, unfinished_for_too_long);
        tcase_add_test(tcase, descriptors_sent_along);
        tcase_add_test(tcase, urgent_bytes);
        suite_add_tcase(suite, tcase);
        return suite;
}
