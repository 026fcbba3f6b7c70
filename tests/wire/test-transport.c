/* Connections above a transport: lines in pieces, short writes, long replies, and input of a peer that has exited. */
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "connection.h"
#include "connections.h"
#include "core.h"
#include "expect.h"
#include "send.h"
#include "tap-main.h"
#include "wire/world.h"

START_TEST(lines_in_pieces_and_half_close) {
        World *world = world_new();
        Pair pair;

        pair_open(&pair, world, 1000);
        pair_write(&pair, "{\"jsonrpc\":\"2.0\",\"method\":\"ser");
        world_settle(world);
        pair_expect_replies(&pair, "");
        pair_write(&pair, "ver.ping\",\"id\":1}\n" PING(2) PING(3));
        world_settle(world);
        pair_expect_replies(&pair, PONG(1) PONG(2) PONG(3));
        pair_write(&pair, PING(4) "{\"unfinished");
        pair.is_shut = true;
        world_settle(world);
        pair_expect_replies(&pair, PONG(4));
        EXPECT(pair.is_closed && !pair.is_watched);
        pair_deinit(&pair);
        world_free(world);
}
END_TEST

START_TEST(short_writes) {
        World *world = world_new();
        Pair pair;

        pair_open(&pair, world, 1000);
        pair.room = 7;
        pair_write(&pair, PING(1) PING(2));
        pair.is_shut = true;
        world_settle(world);
        EXPECT(buffer_size(&pair.to_client) >= 7 && buffer_size(&pair.to_client) % 7 == 0);
        EXPECT(!pair.is_closed);
        while (!pair.is_closed) {
                EXPECT(pair.wants_room && pair.n_watched == 1);
                connection_note_room(pair.transport.connection);
                world_settle(world);
        }
        pair_expect_replies(&pair, PONG(1) PONG(2));
        pair_deinit(&pair);
        world_free(world);
}
END_TEST

/* Stores a value of a megabyte, and requests it. */
static void ask_for_much(Pair *pair, World *world, bool is_alone) {
        enum { SIZE = 1 << 20 };
        char *text = calloc(SIZE + 1, 1);

        EXPECT(text);
        memset(text, 'x', SIZE);
        pair_write(pair,
                   "{\"jsonrpc\":\"2.0\",\"method\":\"value.open\",\"params\":{\"name\":\"v\","
                   "\"create\":true,\"value\":\"");
        pair_write(pair, text);
        pair_write(pair, "\"},\"id\":1}\n");
        world_settle(world);
        buffer_consume(&pair->to_client, buffer_size(&pair->to_client));
        pair->n_sent = pair->n_watched = pair->n_unwatched_input = 0;
        pair_write(pair,
                   "{\"jsonrpc\":\"2.0\",\"method\":\"value.get\",\"params\":[\"v\"],\"id\":2}\n");
        free(text);
        if (is_alone)
                world_settle(world);
}

/* A long reply takes few calls of the transport: it is sent at once if no other connection has work, otherwise in parts. The
 * connection never waits for an event that it does not need. */
START_TEST(long_reply) {
        World *world = world_new();
        Pair pair, other;

        pair_open(&pair, world, 1000);
        pair_open(&other, world, 1001);
        ask_for_much(&pair, world, true);
        EXPECT(buffer_size(&pair.to_client) > 1 << 20);
        ck_assert_uint_eq(pair.n_sent, 1);
        ck_assert_uint_eq(pair.n_watched + pair.n_unwatched_input, 0);
        buffer_consume(&pair.to_client, buffer_size(&pair.to_client));
        pair_write(&pair,
                   "{\"jsonrpc\":\"2.0\",\"method\":\"value.get\",\"params\":[\"v\"],\"id\":2}\n");
        pair_write(&other, PING(1));
        world_turn(world);
        /* Both connections had output in that turn, so each sent one part. */
        ck_assert_uint_eq(pair.n_sent, 2);
        ck_assert_uint_eq(buffer_size(&pair.to_client), 64 << 10);
        pair_expect_replies(&other, PONG(1));
        world_settle(world);
        ck_assert_uint_eq(pair.n_sent, 3);
        ck_assert_uint_eq(pair.n_watched, 0);
        world_free(world);
        pair_deinit(&pair);
        pair_deinit(&other);
}
END_TEST

/* Begins a reply of a megabyte, of which the kernel takes a part. */
static World *begin_short_writes(Pair *pair) {
        World *world = world_new();

        pair_open(pair, world, 1000);
        ask_for_much(pair, world, false);
        pair->room = 200000;
        world_settle(world);
        return world;
}

/* While the kernel takes a part at a time, the transport keeps watching for room; input that arrives meanwhile stays in the
 * socket. */
START_TEST(long_reply_in_short_writes) {
        Pair pair;
        World *world = begin_short_writes(&pair);

        ck_assert_uint_eq(pair.n_watched, 1);
        EXPECT(pair.is_watched);
        pair_write(&pair, PING(3));
        world_settle(world);
        EXPECT(!pair.is_watched);
        for (unsigned i = 0; pair.wants_room; i++) {
                EXPECT(i < 10);
                connection_note_room(pair.transport.connection);
                world_settle(world);
        }
        EXPECT(pair.is_watched);
        ck_assert_uint_eq(pair.n_watched, 2);
        ck_assert_uint_eq(pair.n_unwatched_input, 1);
        EXPECT(buffer_append(&pair.to_client, "", 1) == 0);
        EXPECT(strstr(buffer_bytes(&pair.to_client), PONG(3)));
        world_free(world);
        pair_deinit(&pair);
}
END_TEST

/* Memory for the watch of input runs out when the client has read its reply. */
START_TEST(input_cannot_be_watched) {
        Pair pair;
        World *world = begin_short_writes(&pair);

        pair_write(&pair, PING(3));
        world_settle(world);
        EXPECT(!pair.is_watched);
        pair.cannot_watch = true;
        while (pair.wants_room) {
                connection_note_room(pair.transport.connection);
                for (int i = 0; i < 3; i++)
                        world_turn(world);
        }
        EXPECT(!pair.is_watched && connections_are_busy(&world->turn));
        EXPECT(memmem(buffer_bytes(&pair.to_client), buffer_size(&pair.to_client), PONG(3),
                      strlen(PONG(3))));
        buffer_consume(&pair.to_client, buffer_size(&pair.to_client));
        EXPECT(buffer_append_string(&pair.to_daemon, PING(4)) == 0);
        for (int i = 0; i < 3; i++)
                world_turn(world);
        pair_expect_replies(&pair, PONG(4));
        pair.cannot_watch = false;
        world_settle(world);
        EXPECT(pair.is_watched);
        pair_write(&pair, PING(5));
        world_settle(world);
        pair_expect_replies(&pair, PONG(5));
        world_free(world);
        pair_deinit(&pair);
}
END_TEST

#define GET(key, id)                                                                               \
        "{\"jsonrpc\":\"2.0\",\"method\":\"dict.get\",\"params\":[\"d\",\"" key "\"],\"id\":" #id  \
        "}\n"
#define BEGIN "{\"jsonrpc\":\"2.0\",\"result\":"

enum { LENT_SIZE = 100000 };

/* A key of the dict gets this character many times, between two texts. */
static void set_long(Pair *pair, World *world, const char *key, const char *begin, char c,
                     const char *end) {
        CLEANUP(freep) char *text = calloc(LENT_SIZE + 1, 1);

        EXPECT(text);
        memset(text, c, LENT_SIZE);
        pair_write(pair, "{\"jsonrpc\":\"2.0\",\"method\":\"dict.set\",\"params\":[\"d\",\"");
        pair_write(pair, key);
        pair_write(pair, "\",");
        pair_write(pair, begin);
        pair_write_long(pair, world, "", text, end);
        pair_write_long(pair, world, "],\"id\":1}\n", "", "");
        pair_expect_replies(pair, RESULT(null, 1));
}

static void expect_text(Buffer *expected, const char *begin, char c, const char *end) {
        EXPECT(buffer_append_string(expected, begin) == 0 &&
               buffer_reserve(expected, LENT_SIZE + 1) == 0);
        memset(expected->data + expected->end, c, LENT_SIZE);
        expected->end += LENT_SIZE;
        EXPECT(buffer_append_string(expected, end) == 0);
}

static void expect_much(Pair *pair, Buffer *expected) {
        EXPECT(buffer_append_byte(expected, '\0') == 0);
        pair_expect_replies(pair, expected->data);
}

/* Opens the dict: a string, a container, a string that needs an escape, and a short one. */
static void make_long_values(Pair *pair, World *world) {
        pair_write_long(pair, world,
                        "{\"jsonrpc\":\"2.0\",\"method\":\"dict.open\",\"params\":{\"name\":\"d\","
                        "\"create\":true}}\n",
                        "", "");
        set_long(pair, world, "plain", "\"", 'x', "\"");
        set_long(pair, world, "list", "[\"", 'y', "\"]");
        set_long(pair, world, "escaped", "\"\\n", 'z', "\"");
}

/* A long value is sent from where it is stored, whatever the sizes of the pieces; also when the dict has another value for
 * its key before the last piece is sent. */
START_TEST(long_values_are_lent) {
        static const size_t rooms[] = {0, 1000, 34567, LENT_SIZE + 1};

        for (size_t i = 0; i < ELEMENTSOF(rooms); i++) {
                CLEANUP(buffer_deinit) Buffer expected = {0};
                World *world = world_new();
                Pair pair, other;

                pair_open(&pair, world, 1000);
                pair_open(&other, world, 1000);
                make_long_values(&other, world);
                pair.room = rooms[i];
                pair_write(&pair, PING(1) GET("plain", 2) GET("list", 3) PING(4) GET("plain", 5));
                world_announce(world);
                connections_begin_turn(&world->turn);
                connections_run(&world->turn);
                const Connection *c = pair.transport.connection;
                EXPECT(core_session_output_size(c->session) > 3 * LENT_SIZE);
                connections_send(&world->turn);
                EXPECT(c->output.capacity < 10000);
                ck_assert_uint_eq(c->n_charged > 0, connection_unsent(c) > 64 << 10);
                set_long(&other, world, "plain", "\"", '-', "\"");
                while (pair.wants_room) {
                        connection_note_room(pair.transport.connection);
                        world_settle(world);
                }
                world_settle(world);
                ck_assert_uint_eq(connection_unsent(c) + c->n_charged, 0);
                EXPECT(buffer_append_string(&expected, PONG(1)) == 0);
                expect_text(&expected, BEGIN "\"", 'x', "\",\"id\":2}\n");
                expect_text(&expected, BEGIN "[\"", 'y', "\"],\"id\":3}\n" PONG(4));
                expect_text(&expected, BEGIN "\"", 'x', "\",\"id\":5}\n");
                expect_much(&pair, &expected);
                world_free(world);
                pair_deinit(&pair);
                pair_deinit(&other);
        }
}
END_TEST

/* The other connection has stored long values, and the first one requests some: its socket has this much room. */
static World *world_with_lent(Pair *pair, Pair *other, size_t room, const char *lines) {
        World *world = world_new();

        pair_open(pair, world, 1000);
        pair_open(other, world, 1000);
        make_long_values(other, world);
        pair->room = room;
        pair_write(pair, lines);
        world_settle(world);
        return world;
}

/* The block of a value stays whole until its last byte was sent, and so does its charge, also when the object is gone. */
START_TEST(lent_value_is_charged_to_its_last_byte) {
        Pair pair, other;
        World *world = world_with_lent(&pair, &other, LENT_SIZE, GET("plain", 2));
        const Connection *c = pair.transport.connection;

        set_long(&other, world, "plain", "\"", '-', "\"");
        EXPECT(connection_unsent(c) > 0 && connection_unsent(c) < 1000);
        EXPECT(c->n_charged > LENT_SIZE - (65 << 10));
        pair.room = 0;
        connection_note_room(pair.transport.connection);
        world_settle(world);
        ck_assert_uint_eq(connection_unsent(c) + c->n_charged, 0);
        world_free(world);
        pair_deinit(&pair);
        pair_deinit(&other);
}
END_TEST

/* A turn that sends a part of the first value looks at no other: the next block is at an address that cannot be read. */
START_TEST(send_looks_at_what_it_sends) {
        CLEANUP(buffer_deinit) Buffer output = {0};
        struct iovec parts[SEND_PARTS_MAX];
        unsigned n_parts;
        Lent lent = {0};
        Value value;
        char *text = calloc(LENT_SIZE + 1, 1);

        EXPECT(text);
        memset(text, 'x', LENT_SIZE);
        EXPECT(value_string(text, LENT_SIZE, &value) == 0);
        EXPECT(buffer_append_string(&output, "abc") == 0 && lent_add(&lent, &value, 1));
        LentBlock *first = lent.first;
        first->next = (LentBlock *)sizeof(LentBlock);
        ck_assert_uint_eq(send_parts(&output, &lent, SIZE_MAX, 1000, parts, &n_parts), 1000);
        ck_assert_uint_eq(n_parts, 2);
        first->next = NULL;
        lent_clear(&lent);
        value_deinit(&value);
        free(text);
}
END_TEST

/* A reply that is a copy: of a string that needs an escape, in a batch, and one that does not fit into max-frame. */
START_TEST(long_values_are_copied) {
        CLEANUP(buffer_deinit) Buffer expected = {0};
        World *world = world_new();
        Pair pair;

        pair_open(&pair, world, 1000);
        make_long_values(&pair, world);
        pair_write(&pair, GET("escaped", 2));
        world_settle(world);
        expect_text(&expected, BEGIN "\"\\n", 'z', "\",\"id\":2}\n");
        expect_much(&pair, &expected);
        pair_write(&pair,
                   "[{\"jsonrpc\":\"2.0\",\"method\":\"dict.get\",\"params\":[\"d\",\"plain\"],"
                   "\"id\":3}]\n");
        world_settle(world);
        buffer_clear(&expected);
        expect_text(&expected, "[" BEGIN "\"", 'x', "\",\"id\":3}]\n");
        expect_much(&pair, &expected);
        Limits limits = *core_limits(world->turn.core);
        limits.frame_bytes = LENT_SIZE;
        core_set_limits(world->turn.core, &limits);
        pair_write(&pair, GET("plain", 4) PING(5));
        world_settle(world);
        EXPECT(buffer_size(&pair.to_client) < 1000 &&
               strstr(buffer_bytes(&pair.to_client), "EMSGSIZE") &&
               strstr(buffer_bytes(&pair.to_client), PONG(5)));
        world_free(world);
        pair_deinit(&pair);
}
END_TEST

/* A client that is gone keeps no value: the counts of its end are those of the leak check. */
START_TEST(lent_values_of_the_dead) {
        Pair pair, other;
        World *world = world_with_lent(&pair, &other, 1000, GET("plain", 2) GET("list", 3));

        EXPECT(connection_unsent(pair.transport.connection) > LENT_SIZE);
        connection_set_gone(pair.transport.connection);
        world_settle(world);
        EXPECT(pair.is_closed);
        world_free(world);
        pair_deinit(&pair);
        pair_deinit(&other);
}
END_TEST

/* A long line is scanned as it arrives, and its bytes are charged as those of an unfinished message. */
START_TEST(long_line_in_pieces) {
        enum { N_PIECES = 40, PIECE = 100000 };
        World *world = world_new();
        Session *session;
        char *text = calloc(PIECE + 1, 1);
        Pair pair;

        EXPECT(text);
        memset(text, 'x', PIECE);
        pair_open(&pair, world, 1000);
        session = ((Connection *)pair.transport.connection)->session;
        pair_write(&pair,
                   "{\"jsonrpc\":\"2.0\",\"method\":\"value.open\",\"params\":{\"name\":\"v\","
                   "\"create\":true,\"value\":\"");
        for (int i = 0; i < N_PIECES; i++) {
                pair_write(&pair, text);
                world_settle(world);
                EXPECT((core_session_input_memory(session) > 0) == (i >= 10));
        }
        pair_write(&pair, "\"},\"id\":1}\n");
        world_settle(world);
        EXPECT(core_session_input_memory(session) == 0);
        EXPECT(memcmp(buffer_bytes(&pair.to_client), "{\"jsonrpc\":\"2.0\",\"result\":", 26) == 0);
        buffer_consume(&pair.to_client, buffer_size(&pair.to_client));
        /* The error comes when the line is complete, and names the byte that it would name for a line in one piece. */
        pair_write(&pair, "[\001\"");
        for (int i = 0; i < N_PIECES; i++)
                pair_write(&pair, text);
        world_settle(world);
        pair_expect_replies(&pair, "");
        pair_write(&pair, "\n" PING(2));
        world_settle(world);
        EXPECT(buffer_append(&pair.to_client, "", 1) == 0);
        EXPECT(strstr(buffer_bytes(&pair.to_client), "byte 2 of this message"));
        EXPECT(strstr(buffer_bytes(&pair.to_client), PONG(2)));
        free(text);
        world_free(world);
        pair_deinit(&pair);
}
END_TEST

/* Input that arrived before the peer's exit is carried out; later bytes are not received. */
START_TEST(last_words) {
        static const char add[] =
                "{\"jsonrpc\":\"2.0\",\"method\":\"counter.add\",\"params\":[\"c\",1]}\n";
        World *world = world_new();
        Pair dying, other;

        pair_open(&dying, world, 1000);
        pair_open(&other, world, 1000);
        pair_write(&other, "{\"jsonrpc\":\"2.0\",\"method\":\"counter.open\",\"params\":"
                           "{\"name\":\"c\",\"create\":true},\"id\":1}\n");
        world_settle(world);
        buffer_consume(&other.to_client, buffer_size(&other.to_client));
        pair_write(&dying, add);
        pair_write(&dying, add);
        connection_set_gone(dying.transport.connection);
        EXPECT(buffer_append_string(&dying.to_daemon, add) == 0);
        world_settle(world);
        EXPECT(dying.is_closed);
        pair_write(&other, "{\"jsonrpc\":\"2.0\",\"method\":\"counter.get\",\"params\":[\"c\"],"
                           "\"id\":2}\n");
        world_settle(world);
        pair_expect_replies(&other, RESULT(2, 2));
        world_free(world);
        pair_deinit(&dying);
        pair_deinit(&other);
}
END_TEST

static Suite *make_suite(void) {
        Suite *suite = suite_create("transport");
        TCase *tcase = tcase_create("transport");

        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, lines_in_pieces_and_half_close);
        tcase_add_test(tcase, short_writes);
        tcase_add_test(tcase, long_reply);
        tcase_add_test(tcase, long_reply_in_short_writes);
        tcase_add_test(tcase, input_cannot_be_watched);
        tcase_add_test(tcase, long_values_are_lent);
        tcase_add_test(tcase, lent_value_is_charged_to_its_last_byte);
        tcase_add_test(tcase, send_looks_at_what_it_sends);
        tcase_add_test(tcase, long_values_are_copied);
        tcase_add_test(tcase, lent_values_of_the_dead);
        tcase_add_test(tcase, long_line_in_pieces);
        tcase_add_test(tcase, last_words);
        suite_add_tcase(suite, tcase);
        return suite;
}
