/* The world of the fuzzers. */
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
#include "fuzz/fuzz-world.h"
#include "json/json-text.h"
#include "session.h"
#include "type.h"

enum { WALL_MS = 1700000000, STEP_MS_MAX = 20 };

void world_expect(bool holds, const char *what, int line) {
        if (holds)
                return;
        fprintf(stderr, "fuzz-world.c:%d: not so: %s\n", line, what);
        abort();
}

/* Descriptors without anything behind them. */
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

static unsigned below(World *world, unsigned n) {
        return (unsigned)random_below(&world->random, n);
}

static bool once_in(World *world, unsigned n) {
        return below(world, n) == 0;
}

static void begin_session(World *world, unsigned i) {
        static const uid_t uids[WORLD_SESSIONS] = {0, 1000, 1000, 2000, 2000, 0};
        Peer peer = {.pid = (pid_t)(100 + i), .uid = uids[i], .gid = uids[i], .comm = "fuzz"};

        WORLD_EXPECT(session_new(&world->core, &peer, &world->sessions[i]) == 0);
        memset(&world->ids[i], 0, sizeof(world->ids[i]));
}

void world_init(World *world, uint64_t seed, bool is_wild) {
        Limits limits = limits_default;

        /* Small enough to be met. */
        limits.frame_bytes = 16 << 10;
        limits.frame_members = 1000;
        limits.batch_calls = 6;
        limits.bytes = 1 << 20;
        limits.bytes_per_uid = 256 << 10;
        limits.objects_per_uid = 40;
        limits.waits_per_session = 20;
        limits.waits_per_uid = 30;
        limits.handles_per_session = 30;
        limits.holds_per_session = 12;
        limits.descriptors_per_uid = 20;
        memset(world, 0, sizeof(*world));
        world->random.state = seed * 2 + 1;
        world->is_wild = is_wild;
        world->source = (DescriptorSource){
                .make_pair = make_pair, .close = close_fd, .has_peer = has_peer, .userdata = world};
        WORLD_EXPECT(core_init(&world->core, &limits) == 0);
        world->core.source = &world->source;
        world->now_ns = 1000000000;
        core_set_time(&world->core, world->now_ns, WALL_MS);
        for (unsigned i = 0; i < WORLD_SESSIONS; i++)
                begin_session(world, i);
}

/* ---- What comes back */

static void note_answer(World *world, unsigned session, struct json_object *reply) {
        struct json_object *id, *result;

        WORLD_EXPECT(json_object_is_type(reply, json_type_object));
        if (json_object_object_get_ex(reply, "result", &result) &&
            json_object_is_type(result, json_type_object) &&
            json_object_object_get_ex(result, "value", NULL) &&
            json_object_object_get_ex(result, "id", &id))
                world->last_item = json_object_get_int64(id);
        if (world->is_wild || !json_object_object_get_ex(reply, "id", &id) || !id)
                return;
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

static void read_output(World *world, unsigned i) {
        Session *session = world->sessions[i];

        for (size_t n; (n = buffer_size(&session->output));) {
                const char *start = buffer_bytes(&session->output);
                const char *newline = memchr(start, '\n', n);
                WORLD_EXPECT(newline);
                read_line(world, i, start, (size_t)(newline - start));
                attachments_consume(&session->attachments, (size_t)(newline - start) + 1);
                buffer_consume(&session->output, (size_t)(newline - start) + 1);
        }
        if (session->is_cut_off) {
                session_end(session);
                begin_session(world, i);
        }
}

static void read_all_output(World *world) {
        for (unsigned i = 0; i < WORLD_SESSIONS; i++)
                read_output(world, i);
}

/* ---- What is sent */

static void put(Buffer *b, const char *text) {
        WORLD_EXPECT(buffer_append_string(b, text) == 0);
}

static void put_int(Buffer *b, int64_t i) {
        WORLD_EXPECT(buffer_append_format(b, "%lld", (long long)i) == 0);
}

static const char *const type_names[] = {
        "list",  "dict",   "set",       "namespace", "value", "array",   "counter", "lock",
        "rlock", "rwlock", "semaphore", "condition", "event", "barrier", "queue",   "pipe"};

/* Objects are few, and most are of the type that is wanted. */
static void put_name(World *world, Buffer *b, const char *type) {
        if (!type || once_in(world, 30))
                type = type_names[below(world, ELEMENTSOF(type_names))];
        WORLD_EXPECT(buffer_append_format(b, "\"%s%u\"", type, below(world, 2)) == 0);
}

static int64_t some_int(World *world) {
        static const int64_t ints[] = {0,  1,  -1,    2,         3,         5,  10,
                                       -2, 63, 65536, INT64_MAX, INT64_MIN, 100};

        return once_in(world, 3) ? ints[below(world, ELEMENTSOF(ints))] : below(world, 6);
}

static void put_value(World *world, Buffer *b, unsigned depth) {
        static const char *const scalars[] = {"null", "true", "false", "0.5",           "-1e3",
                                              "1.0",  "\"\"", "\"x\"", "\"\u00e9\\n\"", "[]"};
        unsigned kind = below(world, depth ? 10 : 6), n = below(world, 4);

        if (kind < 3)
                put_int(b, some_int(world));
        else if (kind < 6)
                put(b, scalars[below(world, ELEMENTSOF(scalars))]);
        else if (kind == 6) {
                put(b, "{\"$object\":");
                put_name(world, b, NULL);
                put(b, "}");
        } else if (kind == 7) {
                put(b, "{");
                for (unsigned i = 0; i < n; i++) {
                        WORLD_EXPECT(buffer_append_format(b, "%s\"k%u\":", i ? "," : "", i) == 0);
                        put_value(world, b, depth - 1);
                }
                put(b, "}");
        } else {
                put(b, "[");
                for (unsigned i = 0; i < n; i++) {
                        put(b, i ? "," : "");
                        put_value(world, b, depth - 1);
                }
                put(b, "]");
        }
}

/* Arrays of what lock.acquire_many and object.wait_any want. */
static void put_several(World *world, Buffer *b, const char *name) {
        static const char *const kinds[] = {"lock",      "rlock", "rwlock",
                                            "semaphore", "event", "queue"};
        bool is_conditions = strcmp(name, "conditions") == 0;
        unsigned n = 1 + below(world, 4);

        put(b, "[");
        for (unsigned i = 0; i < n; i++) {
                const char *kind = kinds[below(world, is_conditions ? 6 : 4)];
                put(b, i ? ",{" : "{");
                WORLD_EXPECT(buffer_append_format(b, "\"%s\":", is_conditions ? kind : "name") ==
                             0);
                put_name(world, b, kind);
                if (!is_conditions && strcmp(kind, "rwlock") == 0)
                        put(b, once_in(world, 2) ? ",\"mode\":\"read\"" : ",\"mode\":\"write\"");
                put(b, "}");
        }
        put(b, "]");
}

/* The id of a call that waits, if there is one. */
static void put_waiting_id(World *world, Buffer *b, unsigned session) {
        unsigned i = world->ids[session].n_ids;

        while (i > 1 && !world->ids[session].is_waited[(i - 1) % WORLD_IDS])
                i--;
        put_int(b, i - 1);
}

static void put_argument(World *world, Buffer *b, unsigned session, const MethodRef *ref,
                         const Arg *arg) {
        static const char *const keys[] = {"\"a\"", "\"b\"", "\"c\"", "\"\"", "\"k0\""};
        unsigned n_choices = 0;

        switch (arg->kind) {
        case ARG_BOOL:
                put(b, once_in(world, 2) ? "true" : "false");
                return;
        case ARG_INT:
                if (strcmp(arg->name, "id") == 0) {
                        put_int(b, world->last_item);
                        return;
                }
                put_int(b, arg->bounded && arg->minimum > 0 ? arg->minimum + below(world, 4)
                                                            : some_int(world));
                return;
        case ARG_NUMBER:
                put(b, once_in(world, 3) ? "1.5" : once_in(world, 2) ? "1" : "-2");
                return;
        case ARG_KEY:
        case ARG_STRING:
                put(b, keys[below(world, ELEMENTSOF(keys))]);
                return;
        case ARG_NAME:
                put_name(world, b,
                         strcmp(arg->name, "name") == 0 && ref->type ? ref->type->name
                         : strcmp(arg->name, "other") == 0           ? "set"
                         : strcmp(arg->name, "lock") == 0            ? "lock"
                                                                     : NULL);
                return;
        case ARG_TIMEOUT:
                put(b, once_in(world, 8) ? "0" : once_in(world, 2) ? "null" : "40");
                return;
        case ARG_MODE:
                put(b, once_in(world, 12) ? "\"0600\"" : "438");
                return;
        case ARG_CHOICE:
                while (arg->choices[n_choices])
                        n_choices++;
                WORLD_EXPECT(buffer_append_format(b, "\"%s\"",
                                                  arg->choices[below(world, n_choices)]) == 0);
                return;
        case ARG_ID:
                put_waiting_id(world, b, session);
                return;
        case ARG_ARRAY:
                if (strcmp(arg->name, "objects") == 0 || strcmp(arg->name, "conditions") == 0) {
                        put_several(world, b, arg->name);
                        return;
                }
                put(b, "[");
                for (unsigned i = 0, n = below(world, 6); i < n; i++) {
                        put(b, i ? "," : "");
                        put_value(world, b, 1);
                }
                put(b, "]");
                return;
        case ARG_OBJECT:
                put(b, "{\"k0\":");
                put_value(world, b, 2);
                put(b, "}");
                return;
        case ARG_ANY:
                put_value(world, b, 3);
                return;
        }
}

static void put_params(World *world, Buffer *b, unsigned session, const MethodRef *ref) {
        bool is_open = ref->method->flags & METHOD_OPENS;
        unsigned n = 0;

        put(b, "{");
        for (unsigned i = 0; i < ref->n_args; i++) {
                const Arg *arg = ref->args[i];
                bool is_create = strcmp(arg->name, "create") == 0;
                bool is_named = is_open && strcmp(arg->name, "name") == 0;
                bool is_mode = strcmp(arg->name, "mode") == 0;
                if (arg->optional && !is_create && !is_mode && !(is_named && !once_in(world, 20)) &&
                    once_in(world, 2))
                        continue;
                WORLD_EXPECT(buffer_append_format(b, "%s\"%s\":", n++ ? "," : "", arg->name) == 0);
                if (is_create)
                        put(b, "true");
                else if (once_in(world, 40))
                        put_value(world, b, 2);
                else
                        put_argument(world, b, session, ref, arg);
        }
        put(b, "}");
}

static bool is_waited_for(const char *type) {
        static const char *const names[] = {"lock",  "rlock",   "rwlock", "semaphore", "condition",
                                            "event", "barrier", "queue",  "counter"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(type, names[i]) == 0)
                        return true;
        return false;
}

static const MethodRef *choose_method(World *world) {
        const Table *methods = &world->core.methods;

        for (;;) {
                const TableEntry *entry =
                        &methods->entries[below(world, (unsigned)methods->n_entries)];
                const MethodRef *ref = entry->value;
                if (!entry->key || (!ref->type && !once_in(world, 2)))
                        continue;
                /* Who waits is what may go wrong most. */
                bool is_of_waits = ref->type && is_waited_for(ref->type->name);
                if (!is_of_waits && !once_in(world, 4))
                        continue;
                /* Deleting and closing all the time leaves nothing to work with. */
                if (strcmp(entry->key, "object.delete") == 0 && !once_in(world, 3))
                        continue;
                return ref;
        }
}

static void put_request(World *world, Buffer *b, unsigned session) {
        const MethodRef *ref = choose_method(world);

        WORLD_EXPECT(buffer_append_format(b, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":",
                                          ref->name) == 0);
        put_params(world, b, session, ref);
        if (!once_in(world, 25)) {
                unsigned id = world->ids[session].n_ids++ % WORLD_IDS;
                WORLD_EXPECT(!world->ids[session].is_waited[id]);
                world->ids[session].is_waited[id] = true;
                put(b, ",\"id\":");
                put_int(b, id);
        }
        put(b, "}");
}

static void put_message(World *world, Buffer *b, unsigned session) {
        if (!once_in(world, 15)) {
                put_request(world, b, session);
                return;
        }
        put(b, "[");
        for (unsigned i = 0, n = 1 + below(world, 5); i < n; i++) {
                put(b, i ? "," : "");
                put_request(world, b, session);
        }
        put(b, "]");
}

static void damage(World *world, Buffer *b) {
        static const char bytes[] = "{}[]\",:\\0-.eEun \t\xff\xc3\x80\x01";
        char *text = buffer_bytes(b);
        size_t n = buffer_size(b);

        for (unsigned i = below(world, 4); i > 0; i--)
                text[below(world, (unsigned)n)] = bytes[below(world, sizeof(bytes))];
        if (once_in(world, 4))
                buffer_truncate(b, below(world, (unsigned)n));
}

void world_send(World *world, unsigned session, const char *line, size_t n) {
        /* A copy of exactly this size, so that a memory checker sees the first byte read behind it. */
        char *copy = malloc(n ? n : 1);

        WORLD_EXPECT(copy);
        memcpy(copy, line, n);
        if (world->before_input)
                world->before_input(world);
        rpc_input(world->sessions[session], copy, n);
        if (world->after_input)
                world->after_input(world);
        free(copy);
        read_all_output(world);
}

static void send_something(World *world) {
        unsigned session = below(world, WORLD_SESSIONS);
        Buffer line = {0};

        put_message(world, &line, session);
        if (world->is_wild && once_in(world, 3))
                damage(world, &line);
        if (buffer_size(&line) > 0)
                world_send(world, session, buffer_bytes(&line), buffer_size(&line));
        buffer_deinit(&line);
}

void world_step(World *world) {
        if (once_in(world, 60)) {
                unsigned i = below(world, WORLD_SESSIONS);
                session_end(world->sessions[i]);
                begin_session(world, i);
        } else if (once_in(world, 20)) {
                world->now_ns += below(world, STEP_MS_MAX) * INT64_C(1000000);
                core_set_time(&world->core, world->now_ns, WALL_MS + world->now_ns / 1000000);
                core_advance(&world->core);
        } else
                send_something(world);
        read_all_output(world);
}

/* ---- The end */

static void delete_all(World *world) {
        Table *objects = &world->core.objects;
        Buffer line = {0};

        for (TableEntry *entry; (entry = table_first(objects));) {
                size_t n = table_size(objects);
                put(&line, "{\"jsonrpc\":\"2.0\",\"method\":\"object.delete\",\"params\":[\"");
                put(&line, entry->key);
                put(&line, "\"]}");
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
        read_all_output(world);
        expect_answers(world);
        for (unsigned i = 1; i < WORLD_SESSIONS; i++)
                world->sessions[i] = session_end(world->sessions[i]);
        begin_session(world, 1);
        for (unsigned i = 2; i < WORLD_SESSIONS; i++)
                begin_session(world, i);
        delete_all(world);
        WORLD_EXPECT(world->core.n_sessions == WORLD_SESSIONS);
        for (unsigned i = 0; i < WORLD_SESSIONS; i++)
                world->sessions[i] = session_end(world->sessions[i]);
        expect_clean(world);
        core_deinit(&world->core);
}
