/* Connections at random: lines of all lengths that arrive in pieces, long replies that are read in pieces, and receives
 * without an event. Each line has its reply, in order, and no memory of messages stays when all of them are read. */
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "connections.h"
#include "core.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"
#include "wire/world.h"

enum { N_PAIRS = 4, N_USERS = 2, N_STEPS = 1000, FRAME_BYTES = 400000, VALUE_BYTES = 90000 };

static const char get[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"value.get\",\"params\":[\"v\"],\"id\":7}\n";
static const char set[] = "{\"jsonrpc\":\"2.0\",\"method\":\"value.open\",\"params\":"
                          "{\"name\":\"v\",\"create\":true,\"mode\":\"0666\",\"value\":\"";
static char spaces[2 * FRAME_BYTES + 1], text[VALUE_BYTES + 1];

typedef enum Kind {
        KIND_PING,
        KIND_GET,
        KIND_TOO_LONG,
} Kind;

/* A client: `lines` has not arrived at the daemon yet, `kinds` are the lines whose replies are missing. */
typedef struct Client {
        Pair pair;
        Buffer lines, kinds;
} Client;

typedef struct Clients {
        World *world;
        Random random;
        Client list[N_PAIRS];
} Clients;

/* Lines have often nearly the length of the line before them. */
static size_t random_length(Random *random) {
        static const size_t lengths[] = {0, 0, 0, 50, 3000, 32700, 40000, 65536, 130000, 300000};

        return lengths[random_below(random, ELEMENTSOF(lengths))] + random_below(random, 200);
}

static void add_line(Client *c, Random *random, size_t n_spaces) {
        Kind kind = random_below(random, 4) == 0    ? KIND_GET
                    : random_below(random, 40) == 0 ? KIND_TOO_LONG
                                                    : KIND_PING;

        if (kind == KIND_TOO_LONG)
                n_spaces = FRAME_BYTES + random_below(random, FRAME_BYTES);
        EXPECT(buffer_append(&c->lines, spaces, n_spaces) == 0);
        EXPECT(buffer_append_string(&c->lines, kind == KIND_GET ? get : PING(7)) == 0);
        EXPECT(buffer_append_byte(&c->kinds, (char)kind) == 0);
}

static void add_lines(Client *c, Random *random) {
        size_t n = random_length(random);

        for (uint64_t i = 1 + random_below(random, 8); i > 0; i--)
                add_line(c, random, n + random_below(random, 3));
}

/* Some bytes arrive, of any number of lines. */
static void arrive(Client *c, Random *random, size_t most) {
        size_t left = buffer_size(&c->lines), n = random_below(random, most) + 1;

        n = n < left ? n : left;
        if (n == 0)
                return;
        EXPECT(buffer_append(&c->pair.to_daemon, buffer_bytes(&c->lines), n) == 0);
        buffer_consume(&c->lines, n);
}

static void check_reply(Kind kind, const char *line, size_t n) {
        static const char result[] = "{\"jsonrpc\":\"2.0\",\"result\":\"xxx";

        if (kind == KIND_PING)
                EXPECT(n == strlen(PONG(7)) && memcmp(line, PONG(7), n) == 0);
        else if (kind == KIND_GET)
                EXPECT(n > VALUE_BYTES && memcmp(line, result, strlen(result)) == 0 &&
                       memcmp(line + n - 10, "\",\"id\":7}\n", 10) == 0);
        else
                EXPECT(memmem(line, n, "\"error\"", 7) && memmem(line, n, "\"id\":null", 9));
}

static void read_replies(Client *c) {
        Buffer *in = &c->pair.to_client;

        for (char *newline;
             buffer_size(in) > 0 && (newline = memchr(buffer_bytes(in), '\n', buffer_size(in)));) {
                size_t n = (size_t)(newline - buffer_bytes(in)) + 1;
                EXPECT(buffer_size(&c->kinds) > 0);
                check_reply((Kind)*buffer_bytes(&c->kinds), buffer_bytes(in), n);
                buffer_consume(&c->kinds, 1);
                buffer_consume(in, n);
        }
}

static void step(Clients *all) {
        static const size_t rooms[] = {0, 0, 7, 5000, 200000}, pieces[] = {1, 100, 70000, 600000};
        Random *random = &all->random;
        Client *c = &all->list[random_below(random, N_PAIRS)];
        Connection *alone = all->world->turn.alone;

        switch (random_below(random, 8)) {
        case 0:
                add_lines(c, random);
                return;
        case 1:
        case 2:
                arrive(c, random, pieces[random_below(random, ELEMENTSOF(pieces))]);
                return;
        case 3:
                c->pair.room = rooms[random_below(random, ELEMENTSOF(rooms))];
                return;
        case 4:
                if (c->pair.wants_room)
                        connection_note_room(c->pair.transport.connection);
                return;
        case 5:
                c->pair.is_slow = random_below(random, 4) == 0;
                return;
        case 6:
                if (alone && !connections_are_busy(&all->world->turn))
                        connection_receive_early(alone);
                return;
        default:
                world_turn(all->world);
                read_replies(c);
        }
}

/* All lines arrive, and all replies are read. */
static void read_all(Clients *all, Client *c, bool then_shuts) {
        c->pair.room = 0;
        c->pair.is_slow = false;
        while (buffer_size(&c->kinds) > 0) {
                arrive(c, &all->random, 300000);
                c->pair.is_shut = then_shuts && buffer_size(&c->lines) == 0;
                if (c->pair.wants_room)
                        connection_note_room(c->pair.transport.connection);
                world_settle(all->world);
                read_replies(c);
        }
        EXPECT(buffer_size(&c->pair.to_client) == 0 && buffer_size(&c->pair.to_daemon) == 0);
}

/* One of the clients half-closes with its last line, one dies, and the others have no memory of messages in the end. */
static void finish(Clients *all, int i) {
        Client *c = &all->list[i];
        const Connection *connection = c->pair.transport.connection;

        if (i == 0) {
                read_all(all, c, true);
                c->pair.is_shut = true;
                world_settle(all->world);
                EXPECT(c->pair.is_closed);
                return;
        }
        if (i == 1) {
                connection_set_gone(c->pair.transport.connection);
                world_settle(all->world);
                EXPECT(c->pair.is_closed && buffer_size(&c->pair.to_daemon) == 0);
                return;
        }
        read_all(all, c, false);
        EXPECT(!connection->lines.input.data && !connection->output.data &&
               !connection->lent.first);
        EXPECT(connection->n_charged == 0 && c->pair.is_watched && !c->pair.wants_room);
}

static void run_world(uint64_t seed) {
        Clients *all = calloc(1, sizeof(*all));

        EXPECT(all);
        all->world = world_new();
        all->random.state = seed;
        Limits limits = *core_limits(all->world->turn.core);
        limits.frame_bytes = FRAME_BYTES;
        core_set_limits(all->world->turn.core, &limits);
        for (uid_t i = 0; i < N_PAIRS; i++)
                pair_open(&all->list[i].pair, all->world, 1000 + i % N_USERS);
        pair_write_long(&all->list[0].pair, all->world, set, text, "\"}}\n");
        for (int i = 0; i < N_STEPS; i++)
                step(all);
        for (int i = 0; i < N_PAIRS; i++)
                finish(all, i);
        world_free(all->world);
        for (int i = 0; i < N_PAIRS; i++) {
                pair_deinit(&all->list[i].pair);
                buffer_deinit(&all->list[i].lines);
                buffer_deinit(&all->list[i].kinds);
        }
        free(all);
}

START_TEST(each_line_has_its_reply) {
        memset(spaces, ' ', sizeof(spaces) - 1);
        memset(text, 'x', VALUE_BYTES);
        for (int i = random_rounds(32); i > 0; i--)
                run_world((uint64_t)i * 7919);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("connection-random");
        TCase *tcase = tcase_create("connection-random");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, each_line_has_its_reply);
        suite_add_tcase(suite, tcase);
        return suite;
}
