/* Worlds that continue in another core: see fuzz-snapshot.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core.h"
#include "core/reload.h"
#include "fuzz/fuzz-snapshot.h"
#include "session.h"

/* The output of every other session is taken before, with the values that are lent to it; that of the others is saved. */
void world_reload(World *world) {
        for (unsigned i = 0; i < WORLD_SESSIONS; i++)
                if (i % 2 && world->sessions[i]->attachments.n == 0)
                        world_take_output(world, i);
                else
                        WORLD_EXPECT(core_session_gather_output(world->sessions[i]) == 0);
        core_reload(&world->core, world->sessions, WORLD_SESSIONS);
}

/* ---- Damaged snapshots */

static void keep_open(void *userdata, int fd) {
}

static int make_no_pair(void *userdata, bool duplex, int ret_fds[2]) {
        return -24; /* EMFILE */
}

static bool has_peer(void *userdata, int fd) {
        return true;
}

/* All sessions read, release and end, and all timeouts expire. */
static void go_on(Core *core) {
        static const char look[] =
                "{\"jsonrpc\":\"2.0\",\"id\":\"look\",\"method\":\"server.waits\"}";
        static const char list[] =
                "{\"jsonrpc\":\"2.0\",\"id\":\"list\",\"method\":\"object.list\"}";

        for (Session *session = NULL; (session = core_next_session(core, session));) {
                core_session_receive(session, look, sizeof(look) - 1);
                core_session_receive(session, list, sizeof(list) - 1);
        }
        core_work_off(core, 100);
        core_set_time(core, INT64_MAX / 2, 0);
        core_advance(core);
        for (Session *session; (session = core_next_session(core, NULL));)
                core_session_end(session);
        for (int i = 0; i < 1000 && core_has_leftovers(core); i++)
                core_work_off(core, 1000);
}

bool snapshot_try(const char *text, size_t n) {
        static const DescriptorSource source = {
                .make_pair = make_no_pair, .close = keep_open, .has_peer = has_peer};
        char fault[CORE_FAULT_MAX];
        Core core;

        WORLD_EXPECT(core_init(&core, NULL) == 0);
        core.source = &source;
        int r = core_load(&core, text, n, fault);
        WORLD_EXPECT(r == 0 || fault[0]);
        if (r == 0) {
                core_end_load(&core);
                go_on(&core);
        }
        core_deinit(&core);
        return r == 0;
}

void snapshot_of_world(uint64_t seed, int n_steps, Buffer *ret) {
        static World world;

        world_init(&world, seed, false);
        for (int i = 0; i < n_steps; i++)
                world_step(&world);
        WORLD_EXPECT(core_save(&world.core, ret) == 0);
        world_end(&world);
}

static const char *find_line(const char *text, const char *end, uint64_t n) {
        const char *at = text;

        for (; n > 0; n--) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));
                if (!newline || newline + 1 == end)
                        return at;
                at = newline + 1;
        }
        return at;
}

static size_t count_lines(const Buffer *text) {
        size_t n = 0;

        for (size_t i = 0; i < buffer_size(text); i++)
                n += buffer_bytes(text)[i] == '\n';
        return n;
}

/* Replaces the n bytes at `at` by a text. */
static void replace(Buffer *text, size_t at, size_t n, const char *with, size_t n_with) {
        Buffer made = {0};

        WORLD_EXPECT(
                buffer_append(&made, buffer_bytes(text), at) == 0 &&
                buffer_append(&made, with, n_with) == 0 &&
                buffer_append(&made, buffer_bytes(text) + at + n, buffer_size(text) - at - n) == 0);
        buffer_deinit(text);
        *text = made;
}

/* Changes a number, often to one that occurs elsewhere in the snapshot. */
static void damage_number(Random *random, Buffer *text) {
        static const char *const numbers[] = {
                "0", "1", "-1", "2", "9223372036854775807", "-9223372036854775808", "true", "null"};
        const char *bytes = buffer_bytes(text);
        size_t size = buffer_size(text), at = random_below(random, size);
        char other[24];

        while (at < size && !isdigit((unsigned char)bytes[at]))
                at++;
        size_t n = 0, n_other = 0;
        while (at + n < size && isdigit((unsigned char)bytes[at + n]))
                n++;
        size_t from = random_below(random, size);
        while (from < size && !isdigit((unsigned char)bytes[from]))
                from++;
        while (from < size && n_other + 1 < sizeof(other) && isdigit((unsigned char)bytes[from]))
                other[n_other++] = bytes[from++];
        other[n_other] = '\0';
        const char *with = random_below(random, 2) ? other : numbers[random_below(random, 8)];
        replace(text, at, n, with, strlen(with));
}

static void damage_line(Random *random, Buffer *text) {
        const char *bytes = buffer_bytes(text), *end = bytes + buffer_size(text);
        size_t n_lines = count_lines(text);
        const char *line = find_line(bytes, end, random_below(random, n_lines));
        const char *to = find_line(bytes, end, random_below(random, n_lines));
        size_t n = (size_t)((const char *)memchr(line, '\n', (size_t)(end - line)) + 1 - line);
        Buffer copy = {0};

        WORLD_EXPECT(buffer_append(&copy, line, n) == 0);
        if (random_below(random, 2))
                replace(text, (size_t)(line - bytes), n, "", 0);
        else
                replace(text, (size_t)(to - bytes), 0, buffer_bytes(&copy), n);
        buffer_deinit(&copy);
}

/* Corrects, most of the time, the number of lines that the last line has, after lines were added
 * or removed. */
static void correct_count(Buffer *text) {
        static const char last[] = "{\"kind\":\"end_of_snapshot\"";
        char right[80];
        char *at = memmem(buffer_bytes(text), buffer_size(text), last, sizeof(last) - 1);

        if (!at)
                return;
        size_t offset = (size_t)(at - buffer_bytes(text)), n = count_lines(text) - 1;
        int n_right = snprintf(right, sizeof(right), "%s,\"records\":%zu}\n", last, n);
        replace(text, offset, buffer_size(text) - offset, right, (size_t)n_right);
}

void snapshot_damage(Random *random, Buffer *text) {
        for (uint64_t n = 1 + random_below(random, 2); n > 0; n--)
                switch (random_below(random, 8)) {
                case 0:
                        buffer_bytes(text)[random_below(random, buffer_size(text))] =
                                "{}[]\",:0x\n\xff"[random_below(random, 11)];
                        break;
                case 1:
                        buffer_truncate(text, 1 + random_below(random, buffer_size(text)));
                        break;
                case 2:
                case 3:
                        damage_line(random, text);
                        break;
                default:
                        damage_number(random, text);
                }
        if (random_below(random, 4))
                correct_count(text);
}
