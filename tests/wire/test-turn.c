/* How a turn of the loop is divided among users. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "connections.h"
#include "expect.h"
#include "log.h"
#include "tap-main.h"
#include "wire/world.h"

enum { N_CROWD = 20, N_USERS = 6 };

/* Many connections of one user, and one connection of another user, which comes last. */
typedef struct Crowd {
        World *world;
        Pair pairs[N_CROWD], other;
} Crowd;

static Crowd *crowd_new(const char *text) {
        Crowd *crowd = calloc(1, sizeof(*crowd));

        EXPECT(crowd);
        crowd->world = world_new();
        for (size_t i = 0; i < N_CROWD; i++) {
                pair_open(&crowd->pairs[i], crowd->world, 1000);
                pair_write(&crowd->pairs[i], text);
        }
        pair_open(&crowd->other, crowd->world, 1001);
        pair_write(&crowd->other, PING(1));
        return crowd;
}

static void crowd_free(Crowd *crowd) {
        world_free(crowd->world);
        for (size_t i = 0; i < N_CROWD; i++)
                pair_deinit(&crowd->pairs[i]);
        pair_deinit(&crowd->other);
        free(crowd);
}

static unsigned crowd_sent(const Crowd *crowd) {
        unsigned n = 0;

        for (size_t i = 0; i < N_CROWD; i++)
                n += crowd->pairs[i].n_sent;
        return n;
}

static unsigned crowd_received(const Crowd *crowd) {
        unsigned n = 0;

        for (size_t i = 0; i < N_CROWD; i++)
                n += crowd->pairs[i].n_received;
        return n;
}

/* Each turn serves one or two more connections of the crowd, and in the end all. */
static void crowd_expect_some_each_turn(Crowd *crowd, unsigned (*count)(const Crowd *crowd)) {
        for (unsigned n = count(crowd), before = n; before < N_CROWD; before = n) {
                world_turn(crowd->world);
                n = count(crowd);
                EXPECT(n > before && n <= before + 2);
        }
}

/* Two writes of a millisecond use up the share. */
START_TEST(sending_has_its_share) {
        Crowd *crowd = crowd_new(PING(1));
        Turn *turn = &crowd->world->turn;

        world_announce(crowd->world);
        while (connections_have_input(turn)) {
                connections_begin_turn(turn);
                connections_run(turn);
        }
        for (size_t i = 0; i < N_CROWD; i++)
                crowd->pairs[i].is_slow = true;
        connections_begin_turn(turn);
        connections_send(turn);
        EXPECT(crowd_sent(crowd) >= 1 && crowd_sent(crowd) <= 2);
        ck_assert_uint_eq(crowd->other.n_sent, 1);
        crowd_expect_some_each_turn(crowd, crowd_sent);
        for (size_t i = 0; i < N_CROWD; i++)
                pair_expect_replies(&crowd->pairs[i], PONG(1));
        crowd_free(crowd);
}
END_TEST

static size_t crowd_bytes(const Crowd *crowd) {
        size_t n = 0;

        for (size_t i = 0; i < N_CROWD; i++)
                n += crowd->pairs[i].n_bytes;
        return n;
}

/* Stores a value that each connection of the crowd then requests. It needs an escape, so each reply is a
 * copy. */
static void crowd_ask_for_large(Crowd *crowd, size_t n) {
        static const char *const begin =
                "{\"jsonrpc\":\"2.0\",\"method\":\"value.open\",\"params\":"
                "{\"name\":\"v\",\"create\":true,\"value\":\"\\n";
        Buffer *line = &crowd->pairs[0].to_daemon;

        world_settle(crowd->world);
        pair_write(&crowd->pairs[0], begin);
        EXPECT(buffer_reserve(line, n) == 0);
        memset(line->data + line->end, 'x', n);
        line->end += n;
        pair_write(&crowd->pairs[0], "\"}}\n");
        world_settle(crowd->world);
        for (size_t i = 0; i < N_CROWD; i++) {
                pair_write(&crowd->pairs[i], "{\"jsonrpc\":\"2.0\",\"method\":\"value.get\","
                                             "\"params\":[\"v\"],\"id\":2}\n");
                crowd->pairs[i].n_bytes = 0;
                crowd->pairs[i].is_slow = true;
        }
}

/* However many connections of a user have however much to send: a turn sends two pieces of turn-output, each of which
 * takes a millisecond here, and another user is served in each turn. */
START_TEST(large_replies_are_sent_in_pieces) {
        enum { N_LARGE = 400000 };
        Crowd *crowd = crowd_new(PING(1));
        size_t piece = core_limits(crowd->world->turn.core)->turn_output_bytes, n_turns = 0;

        crowd_ask_for_large(crowd, N_LARGE);
        for (size_t before = 0; before < N_CROWD * (size_t)N_LARGE; n_turns++) {
                unsigned n_others = crowd->other.n_sent;
                pair_write(&crowd->other, PING(2));
                world_turn(crowd->world);
                size_t n = crowd_bytes(crowd);
                EXPECT(n <= before + 2 * piece);
                ck_assert_uint_eq(crowd->other.n_sent, n_others + 1);
                before = n;
        }
        EXPECT(n_turns >= N_CROWD * (size_t)N_LARGE / (2 * piece));
        unsigned n_wide = 0;
        for (size_t i = 0; i < N_CROWD; i++) {
                EXPECT(crowd->pairs[i].n_widened <= 1);
                n_wide += crowd->pairs[i].n_widened;
                EXPECT(crowd->pairs[i].n_bytes > N_LARGE);
                crowd->pairs[i].is_slow = false;
        }
        ck_assert_uint_eq(n_wide, SHARE_WIDE_MAX);
        /* The buffers of sent replies are kept for later ones, up to the bound. */
        EXPECT(crowd->world->turn.spares.n == SPARES_MAX);
        crowd_free(crowd);
}
END_TEST

/* Two reads of a millisecond use up the share, even if no line is complete; further rounds of the turn give no user more. */
START_TEST(receiving_has_its_share) {
        Crowd *crowd = crowd_new("[");
        Turn *turn = &crowd->world->turn;

        for (size_t i = 0; i < N_CROWD; i++)
                crowd->pairs[i].is_slow = true;
        world_announce(crowd->world);
        turn_set_time(turn);
        connections_begin_turn(turn);
        for (int round = 0; round < 10; round++)
                connections_run(turn);
        EXPECT(crowd_received(crowd) >= 1 && crowd_received(crowd) <= 2);
        ck_assert_uint_eq(crowd->other.n_received, 1);
        crowd_expect_some_each_turn(crowd, crowd_received);
        crowd_free(crowd);
}
END_TEST

/* Processing lines without end leaves some of the share for their replies. */
START_TEST(running_leaves_something_for_sending) {
        Crowd *crowd = crowd_new(PING(1));

        for (size_t i = 0; i < N_CROWD; i++)
                crowd->pairs[i].is_slow = true;
        world_turn(crowd->world);
        EXPECT(crowd_received(crowd) >= 1 && crowd_received(crowd) <= 2);
        EXPECT(crowd_sent(crowd) >= 1);
        crowd_free(crowd);
}
END_TEST

/* All users request much: however many they are, a turn reads three times, a millisecond each, and once more for a heavy
 * user behind light ones. Each user gets a turn, and a user who requests little is served in the next turn. */
START_TEST(users_together_have_a_bound) {
        Crowd *crowd = calloc(1, sizeof(*crowd));

        EXPECT(crowd);
        crowd->world = world_new();
        for (size_t i = 0; i < N_CROWD; i++) {
                pair_open(&crowd->pairs[i], crowd->world, 1000 + i % N_USERS);
                pair_write(&crowd->pairs[i], PING(1));
                crowd->pairs[i].is_slow = true;
        }
        pair_open(&crowd->other, crowd->world, 2000);
        for (unsigned before = 0, n = 0; before < N_CROWD; before = n) {
                world_turn(crowd->world);
                n = crowd_received(crowd);
                EXPECT(n > before && n <= before + 4);
        }
        for (size_t i = 0; i < N_CROWD; i++) {
                ck_assert_uint_eq(crowd->pairs[i].n_received, 1);
                pair_write(&crowd->pairs[i], PING(2));
        }
        pair_write(&crowd->other, PING(1));
        unsigned n = crowd_received(crowd);
        world_turn(crowd->world);
        ck_assert_uint_eq(crowd->other.n_received, 1);
        EXPECT(crowd_received(crowd) <= n + 4);
        crowd_free(crowd);
}
END_TEST

/* Small lines do not read the clock, however many of them a connection sends at once. */
START_TEST(small_lines_share_a_reading_of_the_clock) {
        World *world = world_new();
        Turn *turn = &world->turn;
        uint64_t n_lines = core_limits(turn->core)->turn_calls;
        Pair pair;

        pair_open(&pair, world, 1000);
        for (uint64_t i = 0; i < n_lines; i++)
                pair_write(&pair, PING(1));
        world_announce(world);
        turn_set_time(turn);
        connections_begin_turn(turn);
        unsigned before = world_clock_readings();
        connections_run(turn);
        ck_assert_uint_le(world_clock_readings() - before, 2);
        EXPECT(core_count_untimed(turn->core) == 0);
        world_settle(world);
        ck_assert_uint_eq(buffer_size(&pair.to_client), n_lines * strlen(PONG(1)));
        world_free(world);
        pair_deinit(&pair);
}
END_TEST

/* Runs the lines in one turn on a clock that advances with each reading, and returns what the log says about slow calls. */
static const char *log_of_slow(const char *lines) {
        static char text[1024];
        char path[] = "/tmp/shmgr-slow-XXXXXX";
        int fd = mkstemp(path);
        World *world = world_new();
        Pair pair;

        EXPECT(fd >= 0 && log_open(path) == 0);
        news_log_init(&world->log, world->turn.core, &world->options);
        world->options.slow_call_ms = 100;
        pair_open(&pair, world, 1000);
        pair_write(&pair, lines);
        world_set_clock_step(200000000);
        world_announce(world);
        turn_set_time(&world->turn);
        connections_begin_turn(&world->turn);
        connections_run(&world->turn);
        world_set_clock_step(0);
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
        EXPECT(n >= 0);
        text[n] = '\0';
        close(fd);
        unlink(path);
        news_log_deinit(&world->log);
        world_free(world);
        pair_deinit(&pair);
        return text;
}

#define REPEATED                                                                                   \
        "{\"jsonrpc\":\"2.0\",\"method\":\"list.open\",\"params\":{\"name\":\"l\",\"create\":"     \
        "true,"                                                                                    \
        "\"value\":[3,1,2]},\"id\":1}\n"                                                           \
        "{\"jsonrpc\":\"2.0\",\"method\":\"list.repeat\",\"params\":[\"l\",900],\"id\":2}\n"

/* Lines that are timed together are told together, and none of them is blamed for the time of the others. */
START_TEST(slow_lines_that_are_timed_together) {
        static const struct {
                const char *lines, *text;
        } cases[] = {
                {PING(1), ": 1 call ran for "},
                {PING(1) PING(2) PING(3), ": 3 calls ran for "},
                {REPEATED, ", list.repeat 'l': it and 1 small call before ran for "},
                {PING(1) REPEATED, ", list.repeat 'l': it and 2 small calls before ran for "},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const char *text = log_of_slow(cases[i].lines);
                ck_assert_msg(strstr(text, cases[i].text), "the log has: %s", text);
        }
}
END_TEST

static Suite *make_suite(void) {
        Suite *suite = suite_create("turn");
        TCase *tcase = tcase_create("turn");

        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, sending_has_its_share);
        tcase_add_test(tcase, large_replies_are_sent_in_pieces);
        tcase_add_test(tcase, receiving_has_its_share);
        tcase_add_test(tcase, running_leaves_something_for_sending);
        tcase_add_test(tcase, users_together_have_a_bound);
        tcase_add_test(tcase, small_lines_share_a_reading_of_the_clock);
        tcase_add_test(tcase, slow_lines_that_are_timed_together);
        suite_add_tcase(suite, tcase);
        return suite;
}
