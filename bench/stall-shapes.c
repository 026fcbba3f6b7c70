/* Shapes: calls of values. stall-crowds.c has those of many objects, waits and sessions. */
#include <stdio.h>
#include <string.h>

#include "stall-act.h"
#include "stall-crowds.h"
#include "stall-daemon.h"
#include "stall-fill.h"
#include "stall-shapes.h"
#include "stall-users.h"

enum { MILLION = 1000000 };

static void add_times(Client *c, unsigned n, const char *method, const char *params) {
        for (unsigned i = 0; i < n; i++)
                client_add(c, method, "%s", params);
}

static void batch_of(Client *c, unsigned n, const char *method, const char *params) {
        client_begin_batch(c);
        add_times(c, n, method, params);
        client_end_batch(c);
}

static void make_sets(Client *c) {
        fill_object(c, "set", "a", MILLION, false);
        fill_object(c, "set", "b", MILLION, false);
}

static void set_questions(Client *c) {
        fill_object(c, "set", "a", MILLION, false);
        fill_object(c, "set", "b", MILLION, true);
        batch_of(c, 200, "set.isdisjoint", "{'name':'a','other':'b'}");
        stall_act_of("sets: isdisjoint, 1 M, batch of 200", c);
        add_times(c, 32, "set.isdisjoint", "{'name':'a','other':'b'}");
        stall_act_of("sets: isdisjoint, 1 M, 32 in one write", c);
        client_add(c, "set.union", "{'name':'a','other':'b'}");
        stall_act_of("sets: union, 1 M", c);
        client_add(c, "set.intersection", "{'name':'a','other':'a'}");
        stall_act_of("sets: intersection, 1 M", c);
}

static void set_updates(Client *c) {
        static const char *const verbs[] = {"update", "intersection_update", "difference_update",
                                            "symmetric_difference_update"};
        char method[64], name[96];

        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && c->fd >= 0; i++) {
                make_sets(c);
                snprintf(method, sizeof(method), "set.%s", verbs[i]);
                snprintf(name, sizeof(name), "set updates: %s, 1 M", verbs[i]);
                client_add(c, method, "{'name':'a','other':'b'}");
                stall_act_of(name, c);
        }
}

static void list_searches(Client *c) {
        fill_object(c, "list", "l", MILLION, false);
        batch_of(c, 100, "list.count", "['l','absent']");
        stall_act_of("list searches: count, 1 M, batch of 100", c);
        add_times(c, 32, "list.count", "['l','absent']");
        stall_act_of("list searches: count, 1 M, 32 in one write", c);
        client_add(c, "list.repeat", "['l',8]");
        stall_act_of("list searches: repeat x8, 1 M", c);
}

static void list_sorts(Client *c) {
        fill_object(c, "list", "l", MILLION, false);
        client_add(c, "list.sort", "['l']");
        stall_act_of("list sorts: 1 M integers", c);
        fill_object(c, "list", "s", MILLION, true);
        client_add(c, "list.sort", "['s']");
        stall_act_of("list sorts: 1 M strings", c);
        for (unsigned i = 0; i < 10; i++) {
                client_add(c, "list.reverse", "['s']");
                client_add(c, "list.sort", "['s']");
        }
        stall_act_of("list sorts: reverse and sort, x10, 1 M strings", c);
}

/* Arrays that differ only in their last element. */
static void list_sorts_of_arrays(Client *c) {
        Buffer params = {0};

        client_call(c, "list.open", "{'name':'l','create':true}");
        for (unsigned i = 0; i < 200; i++) {
                buffer_truncate(&params, 0);
                buffer_append_string(&params, "[\"l\",[");
                fill_ints(&params, 0, 60000);
                buffer_append_format(&params, ",%u]]", (i * 77) % 200);
                client_add_text(c, "list.append", buffer_bytes(&params), buffer_size(&params));
                client_run(c);
        }
        client_add(c, "list.sort", "['l']");
        stall_act_of("list sorts of arrays: 200 of 60,000, nearly equal", c);
        client_add(c, "list.count", "['l',[1]]");
        stall_act_of("list sorts of arrays: count", c);
        buffer_deinit(&params);
}

static void ends(Client *c) {
        static const char *const types[] = {"list", "dict", "set", "queue"};
        char name[96], method[32];

        for (size_t i = 0; i < 4 && c->fd >= 0; i++) {
                fill_object(c, types[i], "o", MILLION, false);
                client_add(c, "object.delete", "['o']");
                snprintf(name, sizeof(name), "ends: deletion of a %s of 1 M", types[i]);
                stall_act_of(name, c);
                if (i == 3)
                        break;
                fill_object(c, types[i], "o", MILLION, false);
                snprintf(method, sizeof(method), "%s.clear", types[i]);
                snprintf(name, sizeof(name), "ends: clear of a %s of 1 M", types[i]);
                client_add(c, method, "['o']");
                stall_act_of(name, c);
                client_call(c, "object.delete", "['o']");
        }
}

static void priority_queue(Client *c) {
        Buffer params = {0};

        client_call(c, "queue.open", "{'name':'q','create':true,'order':'priority'}");
        for (unsigned at = 0; at < MILLION; at += 1000) {
                buffer_truncate(&params, 0);
                buffer_append_string(&params, "[\"q\",[");
                fill_strings(&params, at, 1000);
                buffer_append_string(&params, "]]");
                client_add_text(c, "queue.put_many", buffer_bytes(&params), buffer_size(&params));
        }
        stall_act_of("priority queue: put_many of 1,000, 1,000 times", c);
        client_add(c, "queue.close", "['q',true]");
        stall_act_of("priority queue: close of 1 M", c);
        client_add(c, "object.delete", "['q']");
        stall_act_of("priority queue: deletion of 1 M", c);
        buffer_deinit(&params);
}

static void put_large(Buffer *params, const char *begin, const char *unit, size_t n_bytes,
                      const char *end) {
        buffer_truncate(params, 0);
        buffer_append_string(params, begin);
        for (size_t n = 0; n < n_bytes; n += strlen(unit))
                buffer_append_string(params, unit);
        buffer_append_string(params, end);
}

static void large_values(Client *c) {
        static const struct {
                const char *name, *begin, *unit, *end;
        } kinds[] = {
                {"a string", "[\"v\",\"", "0123456789abcdef", "\"]"},
                {"a string of escapes", "[\"v\",\"", "\\u00e9\\n\\\\", "\"]"},
                {"60,000 strings", "[\"v\",[\"\"",
                 ",\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
                 "]]"},
                {"blanks", "[\"v\",0", "                ", "]"},
        };
        Buffer params = {0};
        char name[96];

        client_call(c, "value.open", "{'name':'v','create':true}");
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && c->fd >= 0; i++) {
                put_large(&params, kinds[i].begin, kinds[i].unit, i == 2 ? 12 << 20 : 15 << 20,
                          kinds[i].end);
                client_add_text(c, "value.set", buffer_bytes(&params), buffer_size(&params));
                snprintf(name, sizeof(name), "large values: set of %s, 15 MiB", kinds[i].name);
                stall_act_of(name, c);
                client_add(c, "value.get", "['v']");
                snprintf(name, sizeof(name), "large values: get of %s, 15 MiB", kinds[i].name);
                stall_act_of(name, c);
        }
        buffer_deinit(&params);
}

static void growth(Client *c) {
        static const char *const types[] = {"dict", "set", "list"};
        Buffer params = {0};
        char name[96];

        for (size_t k = 0; k < 3 && c->fd >= 0; k++) {
                bool is_dict = k == 0;
                client_call(c,
                            k == 0   ? "dict.open"
                            : k == 1 ? "set.open"
                                     : "list.open",
                            "{'name':'g%zu','create':true}", k);
                for (unsigned at = 0; at < MILLION; at += 500) {
                        buffer_truncate(&params, 0);
                        buffer_append_format(&params, "[\"g%zu\",%c", k, is_dict ? '{' : '[');
                        if (is_dict)
                                fill_members(&params, at, 500);
                        else
                                fill_ints(&params, at, 500);
                        buffer_append_string(&params, is_dict ? "}]" : "]]");
                        client_add_text(c,
                                        k == 0   ? "dict.update"
                                        : k == 1 ? "set.update"
                                                 : "list.extend",
                                        buffer_bytes(&params), buffer_size(&params));
                }
                snprintf(name, sizeof(name), "growth: a %s to 1 M, 500 a call", types[k]);
                stall_act_of(name, c);
        }
        buffer_deinit(&params);
}

static const struct {
        const char *name;
        void (*run)(Client *c);
} shapes[] = {
        {"sets", set_questions},
        {"set updates", set_updates},
        {"list searches", list_searches},
        {"list sorts", list_sorts},
        {"list sorts of arrays", list_sorts_of_arrays},
        {"ends", ends},
        {"priority queue", priority_queue},
        {"large values", large_values},
        {"growth", growth},
        {"object.list", crowd_of_objects},
        {"references", crowd_of_references},
        {"acquire_many", crowd_of_acquirers},
        {"wait_any", crowd_of_any_waiters},
        {"counter waits", crowd_of_counter_waiters},
        {"event waits", crowd_of_event_waiters},
        {"condition waits", crowd_of_condition_waiters},
        {"handles", crowd_of_handles},
        {"connections", crowd_of_connections},
        {"unread output", crowd_of_deaf},
        {"four users", users_at_once},
};

/* Each shape has a daemon of its own, so that the state of one does not slow down the next. */
void stall_shapes_run(void) {
        for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
                Client c;
                if (!stall_is_wanted(shapes[i].name))
                        continue;
                stall_world_begin();
                client_open(&c, STALL_UID);
                shapes[i].run(&c);
                client_close(&c);
                stall_world_end();
        }
}
