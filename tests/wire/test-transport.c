/* Connections above a transport: lines in pieces, short writes, long replies, and input of a peer that has exited. */
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "expect.h"
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

/* While the kernel takes a part at a time, the transport keeps watching for room; input that arrives meanwhile stays in the
 * socket. */
START_TEST(long_reply_in_short_writes) {
        World *world = world_new();
        Pair pair;

        pair_open(&pair, world, 1000);
        ask_for_much(&pair, world, false);
        pair.room = 200000;
        world_settle(world);
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
        tcase_add_test(tcase, long_line_in_pieces);
        tcase_add_test(tcase, last_words);
        suite_add_tcase(suite, tcase);
        return suite;
}
