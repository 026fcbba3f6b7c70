/* A second transport: connections over buffers of the test, in its own process. So everything above a transport is
 * driven without a socket, and how a turn is divided among users is seen without measuring: on the made-up clock, sending and
 * receiving take a millisecond each where the pair is slow, and nothing else takes any time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "connections.h"
#include "expect.h"
#include "options/options.h"
#include "send.h"
#include "tap-main.h"
#include "transport.h"
#include "turn.h"

enum { N_CROWD = 20, N_USERS = 6, SLOW_NS = 1000000 };

static int64_t made_up_ns = 1;

typedef struct World {
        Options options;
        NewsLog log;
        Turn turn;
        List pairs; /* Pair.in_world */
} World;

typedef struct Pair {
        Transport transport;
        Buffer to_daemon, to_client;
        size_t room; /* how much one send takes; 0 for everything */
        bool is_shut, is_slow, is_watched, wants_room, is_closed;
        unsigned n_received, n_sent, n_watched, n_unwatched_input, n_widened;
        size_t n_bytes; /* sent */
        ListLink in_world;
} Pair;

static Pair *pair_of(const Transport *transport) {
        return CONTAINER_OF(transport, Pair, transport);
}

static int64_t made_up_clock(clockid_t clock) {
        return made_up_ns;
}

static void pass_time(const Pair *pair) {
        if (pair->is_slow)
                made_up_ns += SLOW_NS;
}

static ssize_t pair_receive(Transport *transport, void *into, size_t n) {
        Pair *pair = pair_of(transport);
        size_t size = buffer_size(&pair->to_daemon);

        if (size == 0)
                return pair->is_shut ? 0 : -EAGAIN;
        pass_time(pair);
        pair->n_received++;
        n = n < size ? n : size;
        memcpy(into, buffer_bytes(&pair->to_daemon), n);
        buffer_consume(&pair->to_daemon, n);
        return (ssize_t)n;
}

static size_t pair_count_unreceived(const Transport *transport) {
        return buffer_size(&pair_of(transport)->to_daemon);
}

static int pair_send(Transport *transport, Buffer *output, Attachments *attachments, size_t most) {
        Pair *pair = pair_of(transport);
        size_t n = buffer_size(output) < most ? buffer_size(output) : most;

        if (n == 0)
                return 0;
        pass_time(pair);
        pair->n_sent++;
        if (pair->room && n > pair->room)
                n = pair->room;
        EXPECT(buffer_append(&pair->to_client, buffer_bytes(output), n) == 0);
        pair->n_bytes += n;
        send_drop(output, attachments, n);
        return 0;
}

static bool pair_is_alive(const Transport *transport, bool needs_process) {
        return true;
}

static bool pair_watches_process(const Transport *transport) {
        return false;
}

static void pair_watch_input(Transport *transport, bool is_wanted) {
        pair_of(transport)->is_watched = is_wanted;
        pair_of(transport)->n_unwatched_input += !is_wanted;
}

static int pair_watch_room(Transport *transport, bool is_wanted) {
        Pair *pair = pair_of(transport);

        EXPECT(pair->wants_room != is_wanted);
        pair->wants_room = is_wanted;
        pair->n_watched++;
        return 0;
}

static void pair_widen(Transport *transport) {
        pair_of(transport)->n_widened++;
}

static bool pair_is_wide(const Transport *transport) {
        return pair_of(transport)->n_widened > 0;
}

static void pair_close(Transport *transport) {
        Pair *pair = pair_of(transport);

        EXPECT(!pair->is_closed);
        pair->is_closed = true;
        list_unlink(&pair->in_world);
}

static const TransportTable pair_table = {
        .receive = pair_receive,
        .count_unreceived = pair_count_unreceived,
        .send = pair_send,
        .is_alive = pair_is_alive,
        .watches_process = pair_watches_process,
        .watch_input = pair_watch_input,
        .watch_room = pair_watch_room,
        .widen = pair_widen,
        .is_wide = pair_is_wide,
        .close = pair_close,
};

static World *world_new(void) {
        World *world = calloc(1, sizeof(*world));

        EXPECT(world);
        list_init(&world->pairs);
        options_init(&world->options);
        turn_init(&world->turn, &world->options, &world->log);
        world->turn.clock_ns = made_up_clock;
        world->turn.core = core_new(
                &(CoreSetup){.on_serving = connection_on_serving, .unmapped_gid = (gid_t)-1});
        EXPECT(world->turn.core);
        turn_set_time(&world->turn);
        return world;
}

static void world_free(World *world) {
        connections_free(&world->turn);
        EXPECT(world->turn.n_connections == 0);
        turn_deinit(&world->turn);
        core_free(world->turn.core);
        options_deinit(&world->options);
        free(world);
}

/* The part of the event loop for a transport. */
static void world_announce(World *world) {
        LIST_FOREACH (node, &world->pairs) {
                Pair *pair = LIST_ENTRY(node, Pair, in_world);
                if (pair->is_watched && (pair->is_shut || buffer_size(&pair->to_daemon) > 0))
                        connection_note_input(pair->transport.connection);
        }
}

static void world_turn(World *world) {
        world_announce(world);
        turn_set_time(&world->turn);
        connections_begin_turn(&world->turn);
        connections_run(&world->turn);
        core_advance(world->turn.core);
        connections_send(&world->turn);
        connections_bury(&world->turn);
}

static void world_settle(World *world) {
        world_announce(world);
        while (connections_are_busy(&world->turn)) {
                world_turn(world);
                world_announce(world);
        }
}

static void pair_open(Pair *pair, World *world, uid_t uid) {
        const Peer peer = {.pid = 7, .uid = uid, .gid = uid, .comm = "test"};
        Session *session;

        *pair = (Pair){.transport.table = &pair_table, .is_watched = true};
        list_init(&pair->in_world);
        list_append(&world->pairs, &pair->in_world);
        EXPECT(core_session_begin(world->turn.core, &peer, &session) == 0);
        EXPECT(connection_new(&world->turn, &pair->transport, session) == 0);
}

static void pair_deinit(Pair *pair) {
        EXPECT(pair->is_closed);
        buffer_deinit(&pair->to_daemon);
        buffer_deinit(&pair->to_client);
}

static void pair_write(Pair *pair, const char *text) {
        EXPECT(pair->is_watched);
        EXPECT(buffer_append_string(&pair->to_daemon, text) == 0);
}

static void expect_replies(Pair *pair, const char *text) {
        size_t n = strlen(text);

        ck_assert_uint_eq(buffer_size(&pair->to_client), n);
        EXPECT(n == 0 || memcmp(buffer_bytes(&pair->to_client), text, n) == 0);
        buffer_consume(&pair->to_client, n);
}

#define PING(id)      "{\"jsonrpc\":\"2.0\",\"method\":\"server.ping\",\"id\":" #id "}\n"
#define PONG(id)      "{\"jsonrpc\":\"2.0\",\"result\":\"pong\",\"id\":" #id "}\n"
#define RESULT(r, id) "{\"jsonrpc\":\"2.0\",\"result\":" #r ",\"id\":" #id "}\n"

START_TEST(lines_in_pieces_and_half_close) {
        World *world = world_new();
        Pair pair;

        pair_open(&pair, world, 1000);
        pair_write(&pair, "{\"jsonrpc\":\"2.0\",\"method\":\"ser");
        world_settle(world);
        expect_replies(&pair, "");
        pair_write(&pair, "ver.ping\",\"id\":1}\n" PING(2) PING(3));
        world_settle(world);
        expect_replies(&pair, PONG(1) PONG(2) PONG(3));
        pair_write(&pair, PING(4) "{\"unfinished");
        pair.is_shut = true;
        world_settle(world);
        expect_replies(&pair, PONG(4));
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
        expect_replies(&pair, PONG(1) PONG(2));
        pair_deinit(&pair);
        world_free(world);
}
END_TEST

/* Makes a value of a megabyte, and asks for it. */
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

/* A long reply takes few calls of the transport: it goes at once while nobody else has work; else in parts, but nobody waits for
 * an event that is not needed. */
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
        /* Both had output in that turn, so neither had more than its part. */
        ck_assert_uint_eq(pair.n_sent, 2);
        ck_assert_uint_eq(buffer_size(&pair.to_client), 64 << 10);
        expect_replies(&other, PONG(1));
        world_settle(world);
        ck_assert_uint_eq(pair.n_sent, 3);
        ck_assert_uint_eq(pair.n_watched, 0);
        world_free(world);
        pair_deinit(&pair);
        pair_deinit(&other);
}
END_TEST

/* While the kernel takes a part at a time, the watching goes on; input that comes meanwhile stays where it is. */
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

/* A long line is scanned as it arrives, and that counts as memory of its messages. */
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
        /* The error comes when the line is complete, and names the same byte. */
        pair_write(&pair, "[\001\"");
        for (int i = 0; i < N_PIECES; i++)
                pair_write(&pair, text);
        world_settle(world);
        expect_replies(&pair, "");
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

static void write_long(Pair *pair, World *world, const char *begin, const char *text,
                       const char *end) {
        pair_write(pair, begin);
        pair_write(pair, text);
        pair_write(pair, end);
        world_settle(world);
}

enum { LONG = 1000000, SHORTER = 100000 };

static const char ping_begin[] = "{\"jsonrpc\":\"2.0\",\"method\":\"server.ping\",\"x\":\"";
static char long_text[LONG + 1];

/* The second line grows no buffer. */
START_TEST(long_lines_use_one_buffer) {
        World *world = world_new();
        const Spares *spares = &world->turn.spares;
        Pair pairs[2];

        memset(long_text, 'x', LONG);
        for (int i = 0; i < 2; i++)
                pair_open(&pairs[i], world, 1000);
        write_long(&pairs[0], world, ping_begin, long_text, "\"}\n");
        const char *memory = spares->buffers[0].data;
        EXPECT(spares->n == 1 && spares->buffers[0].capacity >= LONG);
        write_long(&pairs[1], world, ping_begin, long_text + LONG - SHORTER, "");
        const Lines *lines = &((Connection *)pairs[1].transport.connection)->lines;
        EXPECT(spares->n == 0 && lines->input.data == memory);
        EXPECT(lines_memory(lines) == lines->input.capacity);
        write_long(&pairs[1], world, "\"", "}", "\n");
        EXPECT(spares->n == 1 && spares->buffers[0].data == memory && !lines->input.data);
        /* The next long line of the same connection is received there, and nothing else is. */
        pair_write(&pairs[0], ping_begin);
        world_settle(world);
        lines = &((Connection *)pairs[0].transport.connection)->lines;
        EXPECT(spares->n == 0 && lines->input.data == memory);
        write_long(&pairs[0], world, "\"", "}", "\n");
        EXPECT(spares->n == 1 && !lines->is_huge);
        pair_write(&pairs[0], ping_begin);
        world_settle(world);
        EXPECT(spares->n == 1 && lines->input.data != memory);
        write_long(&pairs[0], world, "\"", "}", "\n");
        lines = &((Connection *)pairs[1].transport.connection)->lines;
        /* Lines of 64 KiB leave it as it is, and one that is cut off frees it. */
        write_long(&pairs[0], world, ping_begin, "", "\"}\n");
        EXPECT(spares->buffers[spares->n - 1].data == memory);
        write_long(&pairs[1], world, ping_begin, long_text + LONG - SHORTER, "");
        world_free(world);
        for (int i = 0; i < 2; i++)
                pair_deinit(&pairs[i]);
}
END_TEST

/* A client that sends very many short lines at once gets no large buffer, which its user would be charged for. */
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

/* Lines that arrive at the same time leave as many buffers, up to a bound. */
START_TEST(long_lines_leave_buffers) {
        enum { N_PAIRS = 12 };
        World *world = world_new();
        const Spares *spares = &world->turn.spares;
        Pair pairs[N_PAIRS];

        memset(long_text, 'x', LONG);
        for (int i = 0; i < N_PAIRS; i++) {
                pair_open(&pairs[i], world, 1000);
                write_long(&pairs[i], world, ping_begin, long_text + (i < 9 ? LONG - SHORTER : 0),
                           "");
        }
        for (unsigned i = 0; i < N_PAIRS; i++) {
                write_long(&pairs[i], world, "\"", "}", "\n");
                EXPECT(i >= SPARES_MAX || spares->n == i + 1);
                EXPECT(spares->n <= SPARES_MAX && spares->n_bytes <= SPARES_BYTES_MAX);
        }
        /* The last three lines left their buffers in the place of smaller ones. */
        EXPECT(spares->buffers[spares->n - 3].capacity >= LONG);
        EXPECT(spares->buffers[spares->n - 4].capacity < LONG);
        world_free(world);
        for (int i = 0; i < N_PAIRS; i++)
                pair_deinit(&pairs[i]);
}
END_TEST

/* A user has no room for the buffer that another user's line left, but has room for the own line. */
START_TEST(a_spare_buffer_cuts_off_nobody) {
        World *world = world_new();
        Limits limits = *core_limits(world->turn.core);
        Pair pairs[2];

        limits.buffer_bytes_per_uid = 512 << 10;
        core_set_limits(world->turn.core, &limits);
        memset(long_text, 'x', LONG);
        for (uid_t i = 0; i < 2; i++)
                pair_open(&pairs[i], world, i);
        write_long(&pairs[0], world, ping_begin, long_text, "\"}\n");
        EXPECT(world->turn.spares.n == 1);
        write_long(&pairs[1], world, ping_begin, long_text + LONG - SHORTER, "");
        const Lines *lines = &((Connection *)pairs[1].transport.connection)->lines;
        EXPECT(buffer_size(&lines->input) > SHORTER && lines_memory(lines) < 512 << 10);
        expect_replies(&pairs[1], "");
        write_long(&pairs[1], world, "\"", "}", "\n");
        EXPECT(buffer_size(&pairs[1].to_client) > 0 && !pairs[1].is_closed);
        /* Its own long line exceeds the bound. */
        write_long(&pairs[1], world, ping_begin, long_text, "");
        EXPECT(pairs[1].is_closed);
        world_free(world);
        for (int i = 0; i < 2; i++)
                pair_deinit(&pairs[i]);
}
END_TEST

/* Input that was there when the peer exited is carried out; bytes written after that are not received. */
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
        expect_replies(&other, RESULT(2, 2));
        world_free(world);
        pair_deinit(&dying);
        pair_deinit(&other);
}
END_TEST

/* A crowd of connections of one user, and one of another that is behind all of them. */
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

/* Two sendings of a millisecond use the share up. */
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
        unsigned n = crowd_sent(crowd);
        EXPECT(n >= 1 && n <= 2);
        ck_assert_uint_eq(crowd->other.n_sent, 1);
        /* Each turn sends some more, and to every connection in the end. */
        for (unsigned before = n; before < N_CROWD; before = n) {
                world_turn(crowd->world);
                n = crowd_sent(crowd);
                EXPECT(n > before && n <= before + 2);
        }
        for (size_t i = 0; i < N_CROWD; i++)
                expect_replies(&crowd->pairs[i], PONG(1));
        crowd_free(crowd);
}
END_TEST

static size_t crowd_bytes(const Crowd *crowd) {
        size_t n = 0;

        for (size_t i = 0; i < N_CROWD; i++)
                n += crowd->pairs[i].n_bytes;
        return n;
}

/* A value that each connection of the crowd then asks for. */
static void crowd_ask_for_large(Crowd *crowd, size_t n) {
        static const char *const begin =
                "{\"jsonrpc\":\"2.0\",\"method\":\"value.open\",\"params\":"
                "{\"name\":\"v\",\"create\":true,\"value\":\"";
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

/* However many connections of a user have however much to send: it is sent two pieces of turn-output a turn, where a piece
 * takes a millisecond, and another user is served in each. */
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
        /* The buffers of sent replies are kept for the next ones, up to the bound. */
        EXPECT(crowd->world->turn.spares.n == SPARES_MAX);
        crowd_free(crowd);
}
END_TEST

/* So do two receivings, though no line is complete; and more rounds of the same turn give nobody more. */
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
        unsigned n = crowd_received(crowd);
        EXPECT(n >= 1 && n <= 2);
        ck_assert_uint_eq(crowd->other.n_received, 1);
        for (unsigned before = n; before < N_CROWD; before = n) {
                world_turn(crowd->world);
                n = crowd_received(crowd);
                EXPECT(n > before && n <= before + 2);
        }
        crowd_free(crowd);
}
END_TEST

/* Running lines without end leaves some of the share for their replies. */
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

/* Users who all ask for much: however many they are, a turn receives three times, where each takes a millisecond, and once
 * more for a heavy user behind light ones. All have their turn, and a user who asks for little is served in the next one. */
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

static Suite *make_suite(void) {
        Suite *suite = suite_create("transport");
        TCase *tcase = tcase_create("transport");

        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, lines_in_pieces_and_half_close);
        tcase_add_test(tcase, short_writes);
        tcase_add_test(tcase, long_reply);
        tcase_add_test(tcase, long_reply_in_short_writes);
        tcase_add_test(tcase, long_line_in_pieces);
        tcase_add_test(tcase, long_lines_use_one_buffer);
        tcase_add_test(tcase, short_lines_get_no_large_buffer);
        tcase_add_test(tcase, long_lines_leave_buffers);
        tcase_add_test(tcase, a_spare_buffer_cuts_off_nobody);
        tcase_add_test(tcase, last_words);
        tcase_add_test(tcase, sending_has_its_share);
        tcase_add_test(tcase, large_replies_are_sent_in_pieces);
        tcase_add_test(tcase, receiving_has_its_share);
        tcase_add_test(tcase, running_leaves_something_for_sending);
        tcase_add_test(tcase, users_together_have_a_bound);
        suite_add_tcase(suite, tcase);
        return suite;
}
