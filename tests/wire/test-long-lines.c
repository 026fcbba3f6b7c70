/* The buffers of long lines: kept for later lines, within bounds, and charged to the user whose line is in them. */
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "expect.h"
#include "tap-main.h"
#include "wire/world.h"

enum { LONG = 1000000, SHORTER = 100000 };

static const char ping_begin[] = "{\"jsonrpc\":\"2.0\",\"method\":\"server.ping\",\"x\":\"";
static char long_text[LONG + 1];

/* The second line is received in the buffer of the first. */
START_TEST(long_lines_use_one_buffer) {
        World *world = world_new();
        const Spares *spares = &world->turn.spares;
        Pair pairs[2];

        memset(long_text, 'x', LONG);
        for (int i = 0; i < 2; i++)
                pair_open(&pairs[i], world, 1000);
        pair_write_long(&pairs[0], world, ping_begin, long_text, "\"}\n");
        const char *memory = spares->buffers[0].data;
        EXPECT(spares->n == 1 && spares->buffers[0].capacity >= LONG);
        pair_write_long(&pairs[1], world, ping_begin, long_text + LONG - SHORTER, "");
        const Lines *lines = &((Connection *)pairs[1].transport.connection)->lines;
        EXPECT(spares->n == 0 && lines->input.data == memory);
        EXPECT(lines_memory(lines) == lines->input.capacity);
        pair_write_long(&pairs[1], world, "\"", "}", "\n");
        EXPECT(spares->n == 1 && spares->buffers[0].data == memory && !lines->input.data);
        /* The next long line of this connection is received in the kept buffer; short lines are not. */
        pair_write_long(&pairs[0], world, ping_begin, long_text + LONG - SHORTER, "");
        lines = &((Connection *)pairs[0].transport.connection)->lines;
        EXPECT(spares->n == 0 && lines->input.data == memory);
        pair_write_long(&pairs[0], world, "\"", "}", "\n" PING(1));
        EXPECT(spares->n == 1 && !lines->input.data);
        pair_write(&pairs[0], ping_begin);
        world_settle(world);
        EXPECT(spares->n == 1 && lines->input.data != memory);
        pair_write_long(&pairs[0], world, "\"", "}", "\n");
        lines = &((Connection *)pairs[1].transport.connection)->lines;
        /* Lines of 64 KiB leave the buffer unused, and one that is cut off frees it. */
        pair_write_long(&pairs[0], world, ping_begin, "", "\"}\n");
        EXPECT(spares->buffers[spares->n - 1].data == memory);
        pair_write_long(&pairs[1], world, ping_begin, long_text + LONG - SHORTER, "");
        world_free(world);
        for (int i = 0; i < 2; i++)
                pair_deinit(&pairs[i]);
}
END_TEST

static unsigned count_replies(const Pair *pair) {
        unsigned n = 0;

        for (size_t i = 0; i < buffer_size(&pair->to_client); i++)
                n += buffer_bytes(&pair->to_client)[i] == '\n';
        return n;
}

/* Long lines of nearly the same length that follow each other are received as whole lines. */
START_TEST(long_lines_are_not_moved) {
        enum { N_LINES = 10, N_AT_ONCE = 2 };
        World *world = world_new();
        const Spares *spares = &world->turn.spares;
        Pair pair;

        memset(long_text, 'x', LONG);
        pair_open(&pair, world, 1000);
        const Lines *lines = &((Connection *)pair.transport.connection)->lines;
        for (int i = 0; i < 2; i++)
                pair_write_long(&pair, world, ping_begin, long_text + LONG - SHORTER, "\"}\n");
        EXPECT(!lines->input.data && spares->n > 0);
        buffer_consume(&pair.to_client, buffer_size(&pair.to_client));
        for (int i = 0; i < N_LINES; i++) {
                pair_write(&pair, ping_begin);
                pair_write(&pair, long_text + LONG - SHORTER);
                pair_write(&pair, i % 2 ? "\"}\n" : "12345\"}\n");
        }
        /* The few bytes behind the lines of a turn leave the buffer, which another connection could use. */
        for (int i = 1; i < N_LINES / N_AT_ONCE; i++) {
                world_turn(world);
                EXPECT(buffer_size(&lines->input) > 0 && buffer_size(&lines->input) < 100);
                EXPECT(lines_memory(lines) < 1000 && spares->n > 0);
                ck_assert_uint_eq(count_replies(&pair), N_AT_ONCE * i);
        }
        world_settle(world);
        EXPECT(!lines->input.data);
        /* An unfinished line stays where it was received, also behind another. */
        pair_write(&pair, ping_begin);
        pair_write(&pair, long_text + LONG - SHORTER);
        pair_write(&pair, "\"}\n");
        pair_write_long(&pair, world, ping_begin, long_text + LONG - SHORTER / 2, "");
        const char *place = buffer_bytes(&lines->input);
        EXPECT(lines->input.start > SHORTER);
        pair_write_long(&pair, world, long_text + LONG - SHORTER / 4, "", "");
        EXPECT(buffer_bytes(&lines->input) == place);
        pair_write_long(&pair, world, long_text + LONG - SHORTER / 4, "", "\"}\n");
        EXPECT(!lines->input.data);
        world_free(world);
        pair_deinit(&pair);
}
END_TEST

/* The line of another length that follows is received, too: a longer one, a very long one, a short one. */
START_TEST(long_lines_of_other_lengths) {
        static const int lengths[] = {40000, 40064,  40100, 200000, 50,     300000, LONG,
                                      33000, 260000, 1,     262100, 262000, 262144, 65536};
        World *world = world_new();
        Pair pair;

        memset(long_text, ' ', LONG);
        pair_open(&pair, world, 1000);
        const Lines *lines = &((Connection *)pair.transport.connection)->lines;
        for (size_t i = 0; i < 5 * ELEMENTSOF(lengths); i++) {
                pair_write(&pair, long_text + LONG - lengths[i * 3 % ELEMENTSOF(lengths)]);
                pair_write(&pair, PING(1));
                if (i % 5 == 0)
                        world_turn(world);
        }
        pair_write(&pair, "[");
        world_settle(world);
        EXPECT(buffer_size(&lines->input) == 1 && lines_memory(lines) < 1000);
        for (size_t i = 0; i < 5 * ELEMENTSOF(lengths); i++) {
                EXPECT(buffer_size(&pair.to_client) >= strlen(PONG(1)));
                EXPECT(memcmp(buffer_bytes(&pair.to_client), PONG(1), strlen(PONG(1))) == 0);
                buffer_consume(&pair.to_client, strlen(PONG(1)));
        }
        pair_expect_replies(&pair, "");
        world_free(world);
        pair_deinit(&pair);
}
END_TEST

/* A client that sends very many short lines at once gets no large buffer, which would be charged to its user. */
START_TEST(short_lines_get_no_large_buffer) {
        enum { N_LINES = 20000 };
        World *world = world_new();
        Pair pair;

        pair_open(&pair, world, 1000);
        const Connection *c = pair.transport.connection;
        for (int i = 0; i < N_LINES; i++)
                pair_write(&pair, PING(1));
        EXPECT(buffer_size(&pair.to_daemon) > TURN_SCRATCH);
        do {
                world_turn(world);
                EXPECT(lines_memory(&c->lines) <= 2 * SPARE_BYTES_MIN);
        } while (buffer_size(&pair.to_daemon) > 0);
        world_settle(world);
        EXPECT(buffer_size(&pair.to_client) == N_LINES * strlen(PONG(1)));
        world_free(world);
        pair_deinit(&pair);
}
END_TEST

/* Lines that arrive together leave as many buffers, up to a bound. */
START_TEST(long_lines_leave_buffers) {
        enum { N_PAIRS = 12 };
        World *world = world_new();
        const Spares *spares = &world->turn.spares;
        Pair pairs[N_PAIRS];

        memset(long_text, 'x', LONG);
        for (int i = 0; i < N_PAIRS; i++) {
                pair_open(&pairs[i], world, 1000);
                pair_write_long(&pairs[i], world, ping_begin,
                                long_text + (i < 9 ? LONG - SHORTER : 0), "");
        }
        for (unsigned i = 0; i < N_PAIRS; i++) {
                pair_write_long(&pairs[i], world, "\"", "}", "\n");
                EXPECT(i >= SPARES_MAX || spares->n == i + 1);
                EXPECT(spares->n <= SPARES_MAX && spares->n_bytes <= SPARES_BYTES_MAX);
        }
        /* The last three lines left their buffers in place of smaller ones. */
        EXPECT(spares->buffers[spares->n - 3].capacity >= LONG);
        EXPECT(spares->buffers[spares->n - 4].capacity < LONG);
        world_free(world);
        for (int i = 0; i < N_PAIRS; i++)
                pair_deinit(&pairs[i]);
}
END_TEST

/* A user's account has room for the user's own line, but not for the larger buffer that another user's line left. */
START_TEST(a_spare_buffer_cuts_off_nobody) {
        World *world = world_new();
        Limits limits = *core_limits(world->turn.core);
        Pair pairs[2];

        limits.buffer_bytes_per_uid = 512 << 10;
        core_set_limits(world->turn.core, &limits);
        memset(long_text, 'x', LONG);
        for (uid_t i = 0; i < 2; i++)
                pair_open(&pairs[i], world, i);
        pair_write_long(&pairs[0], world, ping_begin, long_text, "\"}\n");
        EXPECT(world->turn.spares.n == 1);
        pair_write_long(&pairs[1], world, ping_begin, long_text + LONG - SHORTER, "");
        const Lines *lines = &((Connection *)pairs[1].transport.connection)->lines;
        EXPECT(buffer_size(&lines->input) > SHORTER && lines_memory(lines) < 512 << 10);
        pair_expect_replies(&pairs[1], "");
        pair_write_long(&pairs[1], world, "\"", "}", "\n");
        EXPECT(buffer_size(&pairs[1].to_client) > 0 && !pairs[1].is_closed);
        /* The user's own line exceeds the bound. */
        pair_write_long(&pairs[1], world, ping_begin, long_text, "");
        EXPECT(pairs[1].is_closed);
        world_free(world);
        for (int i = 0; i < 2; i++)
                pair_deinit(&pairs[i]);
}
END_TEST

static Suite *make_suite(void) {
        Suite *suite = suite_create("long-lines");
        TCase *tcase = tcase_create("long-lines");

        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, long_lines_use_one_buffer);
        tcase_add_test(tcase, long_lines_are_not_moved);
        tcase_add_test(tcase, long_lines_of_other_lengths);
        tcase_add_test(tcase, short_lines_get_no_large_buffer);
        tcase_add_test(tcase, long_lines_leave_buffers);
        tcase_add_test(tcase, a_spare_buffer_cuts_off_nobody);
        suite_add_tcase(suite, tcase);
        return suite;
}
