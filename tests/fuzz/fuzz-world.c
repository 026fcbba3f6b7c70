/* The world of the fuzzers: see fuzz-world.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "attachment.h"
#include "base/buffer.h"
#include "base/macros.h"
#include "call/call.h"
#include "call/method.h"
#include "call/rpc.h"
#include "fuzz/fuzz-check.h"
#include "fuzz/fuzz-draw.h"
#include "fuzz/fuzz-unit.h"
#include "fuzz/fuzz-world.h"
#include "json/json-text.h"
#include "session.h"
#include "spare-call.h"
#include "type.h"

enum { WALL_MS = 1700000000, STEP_MS_MAX = 20 };

void world_expect(bool holds, const char *what, const char *file, int line) {
        if (holds)
                return;
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
        abort();
}

/* The descriptors are numbers without a file. */
static int make_pair(void *userdata, bool duplex, int ret_fds[2]) {
        World *world = userdata;
        unsigned n = 0;

        for (int fd = 0; fd < WORLD_FDS && n < 2; fd++)
                if (!world->is_open[fd])
                        ret_fds[n++] = fd;
        if (n < 2)
                return -24; /* EMFILE */
        world->is_open[ret_fds[0]] = world->is_open[ret_fds[1]] = true;
        return 0;
}

static void close_fd(void *userdata, int fd) {
        World *world = userdata;

        WORLD_EXPECT(world->is_open[fd]);
        world->is_open[fd] = false;
}

static bool has_peer(void *userdata, int fd) {
        World *world = userdata;

        return random_below(&world->random, 2);
}

/* A monitor receives events from the beginning, so that it meets structures that the core frees too
 * early. */
static void begin_monitor(Session *session) {
        static const char line[] = "{\"jsonrpc\":\"2.0\",\"method\":\"server.monitor\"}";

        rpc_input(session, line, sizeof(line) - 1);
}

static void begin_session(World *world, unsigned i) {
        static const uid_t uids[WORLD_SESSIONS] = {0, 1000, 1000, 2000, 2000, 0, 3000, 0};
        Peer peer = {.pid = (pid_t)(100 + i), .uid = uids[i], .gid = uids[i], .comm = "fuzz"};

        WORLD_EXPECT(session_new(&world->core, &peer, &world->sessions[i]) == 0);
        unread_init(&world->unread[i]);
        memset(&world->ids[i], 0, sizeof(world->ids[i]));
        if (i == WORLD_MONITOR)
                begin_monitor(world->sessions[i]);
}

static void end_session(World *world, unsigned i) {
        world->sessions[i] = session_end(world->sessions[i]);
        unread_deinit(&world->unread[i]);
}

void world_end_session(World *world, unsigned i) {
        end_session(world, i);
        begin_session(world, i);
}

/* The limits are so small that calls meet them; but no message of a script is refused as a whole. */
static void set_limits(World *world, Limits *limits, bool is_large) {
        *limits = limits_default;
        world->n_elements = is_large ? 4000 : 300;
        limits->frame_bytes = is_large ? 512 << 10 : 32 << 10;
        limits->frame_members = is_large ? 32000 : 2000;
        limits->batch_calls = 6;
        limits->call_work = is_large ? 20000 : 1000;
        limits->bytes = is_large ? 24 << 20 : 1 << 20;
        limits->bytes_per_uid = is_large ? 8 << 20 : 256 << 10;
        limits->objects_per_uid = 40;
        limits->waits_per_session = 20;
        limits->waits_per_uid = 30;
        limits->handles_per_session = 30;
        limits->handles_per_uid = 40;
        limits->holds_per_session = 12;
        limits->holds_per_uid = 16;
        limits->descriptors = 30;
        limits->descriptors_per_uid = 20;
        limits->monitors_per_uid = 2;
        limits->monitor_bytes = 4 << 10;
}

/* Every fourth world has room for values that take more than one turn to free. */
void world_init(World *world, uint64_t seed, bool is_wild) {
        Limits limits;

        memset(world, 0, sizeof(*world));
        world->random.state = world->pace.state = seed * 2 + 1;
        world->is_wild = is_wild;
        set_limits(world, &limits, seed % 4 >= 2 && seed % 8 < 4);
        world->source = (DescriptorSource){
                .make_pair = make_pair, .close = close_fd, .has_peer = has_peer, .userdata = world};
        WORLD_EXPECT(core_init(&world->core, &limits) == 0);
        world->core.source = &world->source;
        world->core.lent_min = 1 + seed % 20;
        /* In a third of the worlds almost all work that can be deferred is deferred. */
        if (seed % 3 == 0)
                world->core.n_at_once = world->core.n_allowed = 1 + seed / 3 % 40;
        world->now_ns = 1000000000;
        core_set_time(&world->core, world->now_ns, WALL_MS);
        for (unsigned i = 0; i < WORLD_SESSIONS; i++)
                begin_session(world, i);
}

/* ---- Output */

/* Memory was too short to read the line: one reply without an id came, and none of its calls ran. */
static void note_no_memory(World *world, unsigned session, struct json_object *reply) {
        struct json_object *error, *code;

        if (!json_object_object_get_ex(reply, "error", &error) ||
            !json_object_object_get_ex(error, "code", &code) || json_object_get_int(code) != -32000)
                return;
        for (unsigned id = 0; id < WORLD_IDS; id++)
                if (world->ids[session].is_new[id])
                        world->ids[session].is_waited[id] = false;
}

/* Notes a cursor of object.scan or server.scan_waits, for the next page. */
static void note_cursor(World *world, struct json_object *result) {
        struct json_object *cursor;

        if (!json_object_object_get_ex(result, "cursor", &cursor) ||
            !json_object_is_type(cursor, json_type_string))
                return;
        char *place = world->cursors[draw_below(world, ELEMENTSOF(world->cursors))];
        snprintf(place, sizeof(world->cursors[0]), "\"%s\"", json_object_get_string(cursor));
}

static void note_answer(World *world, unsigned session, struct json_object *reply) {
        struct json_object *id, *result = NULL;

        WORLD_EXPECT(json_object_is_type(reply, json_type_object));
        if (json_object_object_get_ex(reply, "result", &result) &&
            json_object_is_type(result, json_type_object) &&
            json_object_object_get_ex(result, "value", NULL) &&
            json_object_object_get_ex(result, "id", &id))
                world->last_item = json_object_get_int64(id);
        note_cursor(world, result);
        if (world->is_wild || !json_object_object_get_ex(reply, "id", &id))
                return;
        if (!id) {
                note_no_memory(world, session, reply);
                return;
        }
        int64_t i = json_object_get_int64(id);
        WORLD_EXPECT(i >= 0 && i < WORLD_IDS);
        WORLD_EXPECT(world->ids[session].is_waited[i]);
        world->ids[session].is_waited[i] = false;
}

static void read_line(World *world, unsigned session, const char *line, size_t n) {
        static const JsonLimits limits = {.max_depth = 64, .max_members = 1 << 20};
        struct json_object *reply;

        WORLD_EXPECT(json_parse(line, n, &limits, &reply, NULL) == 0);
        if (json_object_is_type(reply, json_type_array))
                for (size_t i = 0; i < json_object_array_length(reply); i++)
                        note_answer(world, session, json_object_array_get_idx(reply, i));
        else
                note_answer(world, session, reply);
        json_object_put(reply);
}

/* Every other session reads slowly. Descriptors do not stay on their way, since they belong to a
 * core, nor does any output while memory runs out, when the next line explains the reply. */
static size_t choose_size(World *world, unsigned i) {
        const Unread *unread = &world->unread[i];
        size_t n = unread_size(unread);
        bool is_slow = i % 2 && unread->attachments.n == 0 && !world->before_input &&
                       !world->sessions[i]->is_cut_off;

        return is_slow ? random_below(&world->pace, n + 1) : n;
}

static void read_lines(World *world, unsigned i) {
        Buffer *received = &world->unread[i].received;
        const char *start, *newline;

        while (buffer_size(received) > 0 &&
               (newline = memchr(start = buffer_bytes(received), '\n', buffer_size(received)))) {
                if (world->on_output)
                        world->on_output(world, i, start, (size_t)(newline - start) + 1);
                read_line(world, i, start, (size_t)(newline - start));
                buffer_consume(received, (size_t)(newline - start) + 1);
        }
}

static void receive(World *world, unsigned i, size_t n) {
        Unread *unread = &world->unread[i];

        unread_receive(unread, n);
        read_lines(world, i);
        WORLD_EXPECT(unread_size(unread) > 0 || buffer_size(&unread->received) == 0);
        core_session_set_unsent(world->sessions[i], unread_size(unread), unread->attachments.n);
}

void world_take_output(World *world, unsigned i) {
        Unread *unread = &world->unread[i];

        unread_take(unread, world->sessions[i]);
        core_session_set_unsent(world->sessions[i], unread_size(unread), unread->attachments.n);
        world->n_lent += unread->lent.first != NULL;
}

static void read_output(World *world, unsigned i) {
        world_take_output(world, i);
        receive(world, i, choose_size(world, i));
        if (world->sessions[i]->is_cut_off)
                world_end_session(world, i);
}

static void read_rest(World *world, unsigned i) {
        world_take_output(world, i);
        receive(world, i, unread_size(&world->unread[i]));
}

void world_keep_line(World *world, unsigned session, const char *line, size_t n) {
        Buffer *all = world->userdata;

        WORLD_EXPECT(buffer_append_format(all, "%u ", session) == 0);
        WORLD_EXPECT(buffer_append(all, line, n) == 0);
}

void world_expect_equal(uint64_t seed, const Buffer *a, const Buffer *b) {
        size_t n = buffer_size(a) < buffer_size(b) ? buffer_size(a) : buffer_size(b), at = 0;
        const char *x = buffer_bytes(a), *y = buffer_bytes(b);

        while (at < n && x[at] == y[at])
                at++;
        if (at == n && buffer_size(a) == buffer_size(b))
                return;
        size_t start = at;
        while (start > 0 && x[start - 1] != '\n' && at - start < 200)
                start--;
        fprintf(stderr, "world %llu, byte %zu:\n  %.*s\n  %.*s\n", (unsigned long long)seed, at,
                (int)min_size(buffer_size(a) - start, 400), x + start,
                (int)min_size(buffer_size(b) - start, 400), y + start);
        abort();
}

/* The monitor reads rarely, and so loses events. */
static void read_all_output(World *world) {
        for (unsigned i = 0; i < WORLD_SESSIONS; i++)
                if (i != WORLD_MONITOR || world->sessions[i]->is_cut_off || draw_once_in(world, 3))
                        read_output(world, i);
}

/* ---- Input */

static void put_message(World *world, Buffer *b, unsigned session) {
        if (!draw_once_in(world, 15)) {
                draw_request(world, b, session);
                return;
        }
        draw_text(b, "[");
        for (unsigned i = 0, n = 1 + draw_below(world, 5); i < n; i++) {
                draw_text(b, i ? "," : "");
                draw_request(world, b, session);
        }
        draw_text(b, "]");
}

static void damage(World *world, Buffer *b) {
        static const char bytes[] = "{}[]\",:\\0-.eEun \t\xff\xc3\x80\x01";
        char *text = buffer_bytes(b);
        size_t n = buffer_size(b);

        for (unsigned i = draw_below(world, 4); i > 0; i--)
                text[draw_below(world, (unsigned)n)] = bytes[draw_below(world, sizeof(bytes))];
        if (draw_once_in(world, 4))
                buffer_truncate(b, draw_below(world, (unsigned)n));
}

void world_send(World *world, unsigned session, const char *line, size_t n) {
        /* The copy has exactly this size, so that a memory checker reports a read of the first byte
         * behind it. */
        char *copy = malloc(n ? n : 1);

        WORLD_EXPECT(copy);
        memcpy(copy, line, n);
        if (world->on_input)
                world->on_input(world, session, line, n);
        if (world->before_input)
                world->before_input(world);
        spare_call_spoil(world->sessions[session]->core);
        rpc_input(world->sessions[session], copy, n);
        if (world->after_input)
                world->after_input(world);
        free(copy);
        read_all_output(world);
        memset(world->ids[session].is_new, 0, sizeof(world->ids[session].is_new));
}

void world_send_buffer(World *world, unsigned session, Buffer *line) {
        if (world->is_wild && draw_once_in(world, 3))
                damage(world, line);
        if (buffer_size(line) > 0)
                world_send(world, session, buffer_bytes(line), buffer_size(line));
        buffer_truncate(line, 0);
}

static void send_something(World *world) {
        unsigned session = draw_below(world, WORLD_TALKERS);
        Buffer line = {0};

        put_message(world, &line, session);
        world_send_buffer(world, session, &line);
        buffer_deinit(&line);
}

void world_advance(World *world, unsigned ms) {
        world->now_ns += ms * INT64_C(1000000);
        core_set_time(&world->core, world->now_ns, WALL_MS + world->now_ns / 1000000);
        core_advance(&world->core);
        read_all_output(world);
}

void world_do_anything(World *world) {
        if (draw_once_in(world, 60))
                world_end_session(world, draw_below(world, WORLD_SESSIONS));
        else if (draw_once_in(world, 20))
                world_advance(world, draw_below(world, STEP_MS_MAX));
        else
                send_something(world);
        read_all_output(world);
        check_world(world);
}

void world_step(World *world) {
        if (draw_once_in(world, 2))
                core_work_off(&world->core, draw_below(world, 500));
        if (draw_once_in(world, 12))
                unit_play(world);
        else
                world_do_anything(world);
}

/* ---- The end */

static void delete_all(World *world) {
        Table *objects = &world->core.objects;
        Buffer line = {0};

        for (TableEntry *entry; (entry = table_first(objects));) {
                size_t n = table_size(objects);
                draw_text(&line, "{\"jsonrpc\":\"2.0\",\"method\":\"object.delete\",\"params\":[");
                WORLD_EXPECT(json_write_string(&line, entry->key, strlen(entry->key)) == 0);
                draw_text(&line, "]}");
                world_send(world, 0, buffer_bytes(&line), buffer_size(&line));
                WORLD_EXPECT(table_size(objects) < n);
                buffer_truncate(&line, 0);
        }
        buffer_deinit(&line);
}

static void expect_answers(World *world) {
        for (unsigned i = 0; i < WORLD_SESSIONS && !world->is_wild; i++)
                for (unsigned id = 0; id < WORLD_IDS; id++)
                        WORLD_EXPECT(!world->ids[i].is_waited[id]);
}

static void expect_clean(World *world) {
        const Core *core = &world->core;

        while (core_has_leftovers(core))
                core_work_off(&world->core, 1000);
        WORLD_EXPECT(core->n_waits == 0 && core->n_bytes == 0 && core->n_descriptors == 0);
        TABLE_FOREACH (entry, &core->accounts) {
                const Account *a = entry->value;
                WORLD_EXPECT(a->n_objects == 0 && a->n_waits == 0 && a->n_bytes == 0 &&
                             a->n_descriptors == 0 && a->n_handles == 0 && a->n_holds == 0);
        }
        for (int fd = 0; fd < WORLD_FDS; fd++)
                WORLD_EXPECT(!world->is_open[fd]);
}

void world_end(World *world) {
        core_shutdown(&world->core);
        for (unsigned i = 0; i < WORLD_SESSIONS; i++)
                read_rest(world, i);
        expect_answers(world);
        for (unsigned i = 1; i < WORLD_SESSIONS; i++)
                end_session(world, i);
        for (unsigned i = 1; i < WORLD_SESSIONS; i++)
                begin_session(world, i);
        delete_all(world);
        WORLD_EXPECT(world->core.n_sessions == WORLD_SESSIONS);
        for (unsigned i = 0; i < WORLD_SESSIONS; i++)
                end_session(world, i);
        expect_clean(world);
        core_deinit(&world->core);
}
