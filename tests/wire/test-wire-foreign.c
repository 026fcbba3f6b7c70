/* HTTP on a real socket: a page in a browser must not control the daemon through a relay. */
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "expect.h"
#include "tap-main.h"
#include "wire/wire.h"

#define BODY                                                                                       \
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list.append\",\"params\":[\"o\",1]}\n"         \
        "{\"jsonrpc\":\"2.0\",\"method\":\"object.delete\",\"params\":[\"o\"]}\n"                  \
        "[{\"jsonrpc\":\"2.0\",\"method\":\"object.delete\",\"params\":[\"o\"]}]\n"

static const char *const requests[] = {
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n" BODY,
        "POST / HTTP/1.1\n" BODY,
        "\r\n\r\nPOST / HTTP/1.1\r\n\r\n" BODY,
        "get /any HTTP/1.1\r\n" BODY,
        "PUT /\n" BODY,
        "Content-Length: 72\r\n\r\n" BODY,
};

static void begin(void) {
        trial_begin(NULL);
        wire_request(&trial_witness, 1, "list.open", "{\"name\":\"o\",\"create\":true}");
        EXPECT(strstr(wire_line(&trial_witness), "\"created\":true"));
}

static void end(void) {
        wire_call(&trial_witness, "list.length", "[\"o\"]", "0");
        wire_call(&trial_witness, "object.delete", "[\"o\"]", "null");
        trial_end();
}

static void expect_told(Wire *wire) {
        const char *line = wire_line(wire);

        ck_assert_msg(line && strstr(line, "HTTP") && strstr(line, "\"id\":null"), "%s",
                      line ? line : "the end");
        wire_expect_end(wire);
        wire_close(wire);
}

START_TEST(request_at_once) {
        begin();
        for (size_t i = 0; i < ELEMENTSOF(requests); i++) {
                Wire wire = wire_open();
                wire_send(&wire, requests[i]);
                expect_told(&wire);
        }
        end();
}
END_TEST

/* The request line arrives in two parts, and the rest with the second one. */
START_TEST(request_cut_anywhere) {
        begin();
        for (size_t cut = 1; cut < strlen("POST / HTTP/1.1\r\n"); cut++) {
                Wire wire = wire_open();
                wire_send_bytes(&wire, requests[0], cut);
                trial_ping();
                wire_send(&wire, requests[0] + cut);
                expect_told(&wire);
        }
        end();
}
END_TEST

/* The line is too long to be examined; the header behind it shows that this is HTTP. */
START_TEST(request_line_longer_than_a_message) {
        enum { LONG = 17 << 20 };
        char *line = malloc(LONG);

        EXPECT(line);
        memset(line, 'x', LONG);
        memcpy(line, "POST /", 6);
        begin();
        Wire wire = wire_open();
        wire_send_bytes(&wire, line, LONG);
        wire_send(&wire, " HTTP/1.1\r\nHost: x\r\n\r\n" BODY);
        wire_expect_error(&wire, "null", -32600, "EMSGSIZE");
        expect_told(&wire);
        free(line);
        end();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("wire-foreign");
        TCase *tcase = tcase_create("http");

        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, request_at_once);
        tcase_add_test(tcase, request_cut_anywhere);
        tcase_add_test(tcase, request_line_longer_than_a_message);
        suite_add_tcase(suite, tcase);
        return suite;
}
