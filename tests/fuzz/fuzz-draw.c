/* Draws requests for the fuzzers: see fuzz-draw.h. */
#include <string.h>

#include "base/macros.h"
#include "call/call.h"
#include "call/method.h"
#include "fuzz/fuzz-draw.h"
#include "type.h"

unsigned draw_below(World *world, unsigned n) {
        return (unsigned)random_below(&world->random, n);
}

bool draw_once_in(World *world, unsigned n) {
        return draw_below(world, n) == 0;
}

void draw_text(Buffer *b, const char *text) {
        WORLD_EXPECT(buffer_append_string(b, text) == 0);
}

void draw_int(Buffer *b, int64_t i) {
        WORLD_EXPECT(buffer_append_format(b, "%lld", (long long)i) == 0);
}

void draw_elements(World *world, Buffer *b) {
        unsigned n = draw_below(world, world->n_elements), shift = draw_below(world, 3) * n / 2;

        for (unsigned i = 0; i < n; i++) {
                draw_text(b, i ? "," : "");
                draw_int(b, i + shift);
        }
}

void draw_members(World *world, Buffer *b) {
        unsigned n = draw_below(world, world->n_elements), shift = draw_below(world, 3) * n / 2;

        for (unsigned i = 0; i < n; i++)
                WORLD_EXPECT(buffer_append_format(b, "%s\"k%u\":%u", i ? "," : "", i + shift, i) ==
                             0);
}

static const char *const type_names[] = {
        "list",  "dict",   "set",       "namespace", "value", "array",   "counter", "lock",
        "rlock", "rwlock", "semaphore", "condition", "event", "barrier", "queue",   "pipe"};

/* Names come from a small set, and most of them are of objects of the wanted type. */
static void put_name(World *world, Buffer *b, const char *type) {
        if (!type || draw_once_in(world, 30))
                type = type_names[draw_below(world, ELEMENTSOF(type_names))];
        WORLD_EXPECT(buffer_append_format(b, "\"%s%u\"", type, draw_below(world, 2)) == 0);
}

static int64_t some_int(World *world) {
        static const int64_t ints[] = {0,  1,  -1,    2,         3,         5,  10,
                                       -2, 63, 65536, INT64_MAX, INT64_MIN, 100};

        return draw_once_in(world, 3) ? ints[draw_below(world, ELEMENTSOF(ints))]
                                      : draw_below(world, 6);
}

/* Draws a string that has a block of its own; now and then one that a daemon lends to the output. */
static void put_long_string(World *world, Buffer *b) {
        unsigned n = draw_once_in(world, 60) ? 16000 + draw_below(world, 4000)
                                             : 15 + draw_below(world, 200);
        char c = (char)('a' + draw_below(world, 26));

        draw_text(b, draw_once_in(world, 4) ? "\"\\n" : "\"");
        WORLD_EXPECT(buffer_reserve(b, n) == 0);
        for (unsigned i = 0; i < n; i++)
                WORLD_EXPECT(buffer_append_byte(b, c) == 0);
        draw_text(b, "\"");
}

static void put_value(World *world, Buffer *b, unsigned depth) {
        static const char *const scalars[] = {"null", "true", "false", "0.5",           "-1e3",
                                              "1.0",  "\"\"", "\"x\"", "\"\u00e9\\n\"", "[]"};
        unsigned kind = draw_below(world, depth ? 10 : 6), n = draw_below(world, 4);

        if (draw_once_in(world, 8))
                put_long_string(world, b);
        else if (kind < 3)
                draw_int(b, some_int(world));
        else if (kind < 6)
                draw_text(b, scalars[draw_below(world, ELEMENTSOF(scalars))]);
        else if (kind == 6) {
                draw_text(b, "{\"$object\":");
                put_name(world, b, NULL);
                draw_text(b, "}");
        } else if (kind == 7) {
                draw_text(b, "{");
                for (unsigned i = 0; i < n; i++) {
                        WORLD_EXPECT(buffer_append_format(b, "%s\"k%u\":", i ? "," : "", i) == 0);
                        put_value(world, b, depth - 1);
                }
                draw_text(b, "}");
        } else {
                draw_text(b, "[");
                for (unsigned i = 0; i < n; i++) {
                        draw_text(b, i ? "," : "");
                        put_value(world, b, depth - 1);
                }
                draw_text(b, "]");
        }
}

/* Draws the arrays that lock.acquire_many and object.wait_any take. */
static void put_several(World *world, Buffer *b, const char *name) {
        static const char *const kinds[] = {"lock",      "rlock", "rwlock",
                                            "semaphore", "event", "queue"};
        bool is_conditions = strcmp(name, "conditions") == 0;
        unsigned n = 1 + draw_below(world, 4);

        draw_text(b, "[");
        for (unsigned i = 0; i < n; i++) {
                const char *kind = kinds[draw_below(world, is_conditions ? 6 : 4)];
                draw_text(b, i ? ",{" : "{");
                WORLD_EXPECT(buffer_append_format(b, "\"%s\":", is_conditions ? kind : "name") ==
                             0);
                put_name(world, b, kind);
                if (!is_conditions && strcmp(kind, "rwlock") == 0)
                        draw_text(b, draw_once_in(world, 2) ? ",\"mode\":\"read\""
                                                            : ",\"mode\":\"write\"");
                draw_text(b, "}");
        }
        draw_text(b, "]");
}

void draw_waiting_id(World *world, Buffer *b, unsigned session) {
        unsigned i = world->ids[session].n_ids;

        while (i > 1 && !world->ids[session].is_waited[(i - 1) % WORLD_IDS])
                i--;
        draw_int(b, i - 1);
}

/* Draws a cursor that either scan returned to any session, or none. */
static void put_cursor(World *world, Buffer *b) {
        const char *cursor = world->cursors[draw_below(world, ELEMENTSOF(world->cursors))];

        draw_text(b, *cursor ? cursor : "null");
}

static void put_argument(World *world, Buffer *b, unsigned session, const MethodRef *ref,
                         const Arg *arg) {
        static const char *const keys[] = {"\"a\"", "\"b\"", "\"c\"", "\"\"", "\"k0\""};
        unsigned n_choices = 0;

        switch (arg->kind) {
        case ARG_BOOL:
                draw_text(b, draw_once_in(world, 2) ? "true" : "false");
                return;
        case ARG_INT:
                if (strcmp(arg->name, "id") == 0) {
                        draw_int(b, world->last_item);
                        return;
                }
                draw_int(b, arg->bounded && arg->minimum > 0 ? arg->minimum + draw_below(world, 4)
                                                             : some_int(world));
                return;
        case ARG_NUMBER:
                draw_text(b, draw_once_in(world, 3) ? "1.5" : draw_once_in(world, 2) ? "1" : "-2");
                return;
        case ARG_KEY:
        case ARG_PATTERN:
        case ARG_STRING:
                if (strcmp(arg->name, "cursor") == 0 && !draw_once_in(world, 10))
                        put_cursor(world, b);
                else
                        draw_text(b, keys[draw_below(world, ELEMENTSOF(keys))]);
                return;
        case ARG_NAME:
                put_name(world, b,
                         strcmp(arg->name, "name") == 0 && ref->type ? ref->type->name
                         : strcmp(arg->name, "other") == 0           ? "set"
                         : strcmp(arg->name, "lock") == 0            ? "lock"
                                                                     : NULL);
                return;
        case ARG_TIMEOUT:
                draw_text(b, draw_once_in(world, 8) ? "0" : draw_once_in(world, 2) ? "null" : "40");
                return;
        case ARG_MODE:
                draw_text(b, draw_once_in(world, 12) ? "\"0600\"" : "438");
                return;
        case ARG_CHOICE:
                while (arg->choices[n_choices])
                        n_choices++;
                WORLD_EXPECT(buffer_append_format(b, "\"%s\"",
                                                  arg->choices[draw_below(world, n_choices)]) == 0);
                return;
        case ARG_ID:
                draw_waiting_id(world, b, session);
                return;
        case ARG_ARRAY:
                if (strcmp(arg->name, "objects") == 0 || strcmp(arg->name, "conditions") == 0) {
                        put_several(world, b, arg->name);
                        return;
                }
                draw_text(b, "[");
                for (unsigned i = 0, n = draw_below(world, 6); i < n; i++) {
                        draw_text(b, i ? "," : "");
                        put_value(world, b, 1);
                }
                draw_text(b, "]");
                return;
        case ARG_OBJECT:
                draw_text(b, "{\"k0\":");
                put_value(world, b, 2);
                draw_text(b, "}");
                return;
        case ARG_ANY:
                put_value(world, b, 3);
                return;
        }
}

static void put_params(World *world, Buffer *b, unsigned session, const MethodRef *ref) {
        bool is_open = ref->method->flags & METHOD_OPENS;
        unsigned n = 0;

        draw_text(b, "{");
        for (unsigned i = 0; i < ref->n_args; i++) {
                const Arg *arg = ref->args[i];
                bool is_create = strcmp(arg->name, "create") == 0;
                bool is_named = is_open && strcmp(arg->name, "name") == 0;
                bool is_mode = strcmp(arg->name, "mode") == 0;
                if (arg->optional && !is_create && !is_mode &&
                    !(is_named && !draw_once_in(world, 20)) && draw_once_in(world, 2))
                        continue;
                WORLD_EXPECT(buffer_append_format(b, "%s\"%s\":", n++ ? "," : "", arg->name) == 0);
                if (is_create)
                        draw_text(b, "true");
                else if (draw_once_in(world, 40))
                        put_value(world, b, 2);
                else
                        put_argument(world, b, session, ref, arg);
        }
        draw_text(b, "}");
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
                        table_after(methods, draw_below(world, (unsigned)table_size(methods)));
                const MethodRef *ref = entry->value;
                if (!ref->type && !draw_once_in(world, 2))
                        continue;
                /* Faults are most likely in waiting, so these methods are drawn more often. */
                bool is_of_waits = ref->type && is_waited_for(ref->type->name);
                if (!is_of_waits && !draw_once_in(world, 4))
                        continue;
                /* Without objects most calls would fail, so deleting and closing are drawn less
                 * often. */
                if (strcmp(entry->key, "object.delete") == 0 && !draw_once_in(world, 3))
                        continue;
                return ref;
        }
}

void draw_begin(Buffer *b, const char *method) {
        WORLD_EXPECT(buffer_append_format(
                             b, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":", method) == 0);
}

void draw_end(World *world, Buffer *b, unsigned session) {
        if (!draw_once_in(world, 25)) {
                unsigned id = world->ids[session].n_ids++ % WORLD_IDS;
                WORLD_EXPECT(!world->ids[session].is_waited[id]);
                world->ids[session].is_waited[id] = true;
                world->ids[session].is_new[id] = true;
                draw_text(b, ",\"id\":");
                draw_int(b, id);
        }
        draw_text(b, "}");
}

void draw_request(World *world, Buffer *b, unsigned session) {
        const MethodRef *ref = choose_method(world);

        draw_begin(b, ref->name);
        put_params(world, b, session, ref);
        draw_end(world, b, session);
}
