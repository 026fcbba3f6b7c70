/* The transport of a test: see world.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "connections.h"
#include "expect.h"
#include "send.h"
#include "wire/world.h"

enum { SLOW_NS = 1000000 };

static int64_t made_up_ns = 1, step_ns;
static unsigned n_readings;

static Pair *pair_of(const Transport *transport) {
        return CONTAINER_OF(transport, Pair, transport);
}

static int64_t made_up_clock(clockid_t clock) {
        n_readings++;
        made_up_ns += step_ns;
        return made_up_ns;
}

unsigned world_clock_readings(void) {
        return n_readings;
}

void world_set_clock_step(int64_t ns) {
        step_ns = ns;
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

static int pair_send(Transport *transport, Buffer *output, Attachments *attachments, Lent *lent,
                     size_t most) {
        Pair *pair = pair_of(transport);
        struct iovec parts[SEND_PARTS_MAX];
        unsigned n_parts;
        size_t n = send_parts(output, lent, SIZE_MAX, most, parts, &n_parts);

        if (n == 0)
                return 0;
        pass_time(pair);
        pair->n_sent++;
        if (pair->room && n > pair->room)
                n = pair->room;
        for (size_t i = 0, left = n; left > 0; i++) {
                size_t part = parts[i].iov_len < left ? parts[i].iov_len : left;
                EXPECT(buffer_append(&pair->to_client, parts[i].iov_base, part) == 0);
                left -= part;
        }
        pair->n_bytes += n;
        send_drop(output, attachments, lent, n);
        return 0;
}

static bool pair_is_alive(const Transport *transport, bool needs_process) {
        return true;
}

static bool pair_watches_process(const Transport *transport) {
        return false;
}

static int pair_watch_input(Transport *transport, bool is_wanted) {
        if (is_wanted && pair_of(transport)->cannot_watch)
                return -ENOMEM;
        pair_of(transport)->is_watched = is_wanted;
        pair_of(transport)->n_unwatched_input += !is_wanted;
        return 0;
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

World *world_new(void) {
        World *world = calloc(1, sizeof(*world));

        EXPECT(world);
        list_init(&world->pairs);
        options_init(&world->options);
        turn_init(&world->turn, &world->options, &world->log);
        world->turn.clock_ns = made_up_clock;
        world->turn.core = core_new(&(CoreSetup){.on_serving = connection_on_serving,
                                                 .unmapped_gid = (gid_t)-1,
                                                 .lent_min = LENT_MIN});
        EXPECT(world->turn.core);
        turn_set_time(&world->turn);
        return world;
}

void world_free(World *world) {
        connections_free(&world->turn);
        EXPECT(world->turn.n_connections == 0);
        turn_deinit(&world->turn);
        core_free(world->turn.core);
        options_deinit(&world->options);
        free(world);
}

void world_announce(World *world) {
        LIST_FOREACH (node, &world->pairs) {
                Pair *pair = LIST_ENTRY(node, Pair, in_world);
                if (pair->is_watched && (pair->is_shut || buffer_size(&pair->to_daemon) > 0))
                        connection_note_input(pair->transport.connection);
        }
}

void world_turn(World *world) {
        world_announce(world);
        turn_set_time(&world->turn);
        connections_begin_turn(&world->turn);
        connections_run(&world->turn);
        core_advance(world->turn.core);
        connections_send(&world->turn);
        connections_bury(&world->turn);
}

void world_settle(World *world) {
        world_announce(world);
        while (connections_are_busy(&world->turn)) {
                world_turn(world);
                world_announce(world);
        }
}

void pair_open(Pair *pair, World *world, uid_t uid) {
        const Peer peer = {.pid = 7, .uid = uid, .gid = uid, .comm = "test"};
        Session *session;

        *pair = (Pair){.transport.table = &pair_table, .is_watched = true};
        list_init(&pair->in_world);
        list_append(&world->pairs, &pair->in_world);
        EXPECT(core_session_begin(world->turn.core, &peer, &session) == 0);
        EXPECT(connection_new(&world->turn, &pair->transport, session) == 0);
}

void pair_deinit(Pair *pair) {
        EXPECT(pair->is_closed);
        buffer_deinit(&pair->to_daemon);
        buffer_deinit(&pair->to_client);
}

void pair_write(Pair *pair, const char *text) {
        EXPECT(pair->is_watched);
        EXPECT(buffer_append_string(&pair->to_daemon, text) == 0);
}

void pair_expect_replies(Pair *pair, const char *text) {
        size_t n = strlen(text);

        ck_assert_uint_eq(buffer_size(&pair->to_client), n);
        EXPECT(n == 0 || memcmp(buffer_bytes(&pair->to_client), text, n) == 0);
        buffer_consume(&pair->to_client, n);
}

void pair_write_long(Pair *pair, World *world, const char *begin, const char *text,
                     const char *end) {
        pair_write(pair, begin);
        pair_write(pair, text);
        pair_write(pair, end);
        world_settle(world);
}
