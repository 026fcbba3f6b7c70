/* The objects that a session holds, noted from its own calls, so that a loss of the session can be told by their names.
 *
 * Each call that takes or releases something is a change (holding_change_of()). Its entry is made before the call is sent
 * (holdings_prepare()), since making it may fail, and filled in when the reply has come (holdings_apply()), which cannot.
 *
 *   n > 0               held
 *   n = 0, n_coming     calls that may take it are under way: their connection may break before the reply
 *   neither             the entry is removed
 *
 * Permits count here only if the daemon says that they are owned; the others are not lost with a session. The table of methods
 * is the one place to change when a type gets a method that takes something. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "holding.h"
#include "json/json-util.h"

/* In the tables. */
typedef struct Held {
        int64_t n;
        unsigned n_coming; /* calls under way that may add to it */
} Held;

static const struct {
        const char *method;
        int delta;
} methods[] = {
        {"lock.acquire", 1},    {"lock.release", -1},       {"rlock.acquire", 1},
        {"rlock.release", -1},  {"rwlock.acquire_read", 1}, {"rwlock.acquire_write", 1},
        {"rwlock.release", -1}, {"condition.acquire", 1},   {"condition.release", -1},
        {"queue.reserve", 1},   {"queue.ack", -1},          {"queue.nack", -1},
};

static void clear(Table *table) {
        TABLE_FOREACH (entry, table)
                free(entry->value);
        table_deinit(table);
}

void holdings_deinit(Holdings *holdings) {
        clear(&holdings->held);
        clear(&holdings->lost);
}

void holding_change_deinit(HoldingChange *change) {
        free(TAKE_PTR(change->name));
        json_object_put(TAKE_PTR(change->names));
}

static int add_name(HoldingChange *change, struct json_object *name) {
        return json_object_is_type(name, json_type_string)
                       ? json_push(change->names, json_object_get(name))
                       : 0;
}

/* Each is a name, or an object with one. */
static int add_names(HoldingChange *change, struct json_object *objects) {
        size_t n = json_object_is_type(objects, json_type_array) ? json_object_array_length(objects)
                                                                 : 0;
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                struct json_object *name = json_object_array_get_idx(objects, i);
                if (json_object_is_type(name, json_type_object))
                        name = json_object_object_get(name, "name");
                r = add_name(change, name);
        }
        return r;
}

static struct json_object *first_param(struct json_object *params, const char *key) {
        if (json_object_is_type(params, json_type_object))
                return json_object_object_get(params, key);
        return json_object_is_type(params, json_type_array) && json_object_array_length(params) > 0
                       ? json_object_array_get_idx(params, 0)
                       : NULL;
}

static int change_new(HoldingChange *change, int64_t delta) {
        *change = (HoldingChange){.names = json_object_new_array(), .delta = delta};
        return change->names ? 0 : -ENOMEM;
}

/* Frees a change that failed. */
static int change_end(HoldingChange *change, int r) {
        if (r < 0)
                holding_change_deinit(change);
        return r;
}

int holding_change_init(HoldingChange *change, const char *name, int64_t delta) {
        *change = (HoldingChange){.name = strdup(name), .delta = delta};
        return change->name ? 0 : -ENOMEM;
}

int holding_change_init_many(HoldingChange *change, struct json_object *objects) {
        int r = change_new(change, 1);

        if (r == 0)
                r = add_names(change, objects);
        return change_end(change, r);
}

int holding_change_of(const char *method, struct json_object *params, HoldingChange *ret) {
        size_t n = sizeof(methods) / sizeof(methods[0]), i = 0;

        *ret = (HoldingChange){0};
        if (strcmp(method, "lock.acquire_many") == 0)
                return holding_change_init_many(ret, first_param(params, "objects"));
        while (i < n && strcmp(methods[i].method, method) != 0)
                i++;
        if (i == n)
                return 0;
        int r = change_new(ret, methods[i].delta);
        if (r == 0)
                r = add_name(ret, first_param(params, "name"));
        return change_end(ret, r);
}

static const char *name_at(const HoldingChange *change, size_t i) {
        return change->name ? change->name
                            : json_object_get_string(json_object_array_get_idx(change->names, i));
}

static size_t n_names(const HoldingChange *change) {
        return change->name ? 1 : change->names ? json_object_array_length(change->names) : 0;
}

int holdings_prepare(Holdings *holdings, const HoldingChange *change) {
        for (size_t i = 0; change->delta > 0 && i < n_names(change); i++) {
                const char *name = name_at(change, i);
                Held *held = table_get(&holdings->held, name, strlen(name));
                if (!held) {
                        held = calloc(1, sizeof(*held));
                        int r = held ? table_add(&holdings->held, name, strlen(name), held)
                                     : -ENOMEM;
                        if (r < 0) {
                                free(held);
                                return r;
                        }
                }
                held->n_coming++;
        }
        return 0;
}

/* Returns whether element i of the result was acquired for the session: a grant with a token is a lock's; permits may belong
 * to no session. */
static bool is_held(struct json_object *result, size_t i) {
        struct json_object *grants, *grant, *owned;

        /* A lock that anyone may release is not lost with this session. */
        if (json_object_is_type(result, json_type_object) &&
            json_object_object_get_ex(result, "owned", &owned) && !json_object_get_boolean(owned))
                return false;
        if (!json_object_is_type(result, json_type_object) ||
            !json_object_object_get_ex(result, "grants", &grants))
                return true;
        grant = json_object_array_get_idx(grants, i);
        return json_object_object_get_ex(grant, "token", NULL) &&
               !json_object_object_get_ex(grant, "owned", NULL);
}

void holdings_apply(Holdings *holdings, const HoldingChange *change, bool succeeded,
                    struct json_object *result) {
        for (size_t i = 0; i < n_names(change); i++) {
                const char *name = name_at(change, i);
                Held *held = table_get(&holdings->held, name, strlen(name));
                if (!held)
                        continue;
                if (succeeded && is_held(result, i))
                        held->n += change->delta;
                if (change->delta > 0 && held->n_coming > 0)
                        held->n_coming--;
                if (held->n <= 0 && held->n_coming == 0)
                        free(table_remove(&holdings->held, name, strlen(name)));
        }
}

static bool has_some(const Table *table) {
        TABLE_FOREACH (entry, table)
                if (((const Held *)entry->value)->n > 0)
                        return true;
        return false;
}

static void drop_unheld(Table *table) {
        uint64_t at = 0;

        for (TableEntry *entry; (entry = table_after(table, at));) {
                const Held *held = entry->value;
                at = entry->serial;
                if (held->n <= 0)
                        free(table_remove_entry(table, entry));
        }
}

/* Needs no memory: the table of held objects becomes the table of lost ones. The list of losses is empty
 * before, since losses are reported before the next session begins. Calls under way may be sent again, and are expected still. */
void holdings_lose(Holdings *holdings) {
        if (!has_some(&holdings->held))
                return;
        drop_unheld(&holdings->held);
        clear(&holdings->lost);
        holdings->lost = holdings->held;
        holdings->held = (Table){0};
}

struct json_object *holdings_names_of_lost(const Holdings *holdings) {
        CLEANUP(json_putp) struct json_object *names = json_object_new_array();

        if (!names)
                return NULL;
        TABLE_FOREACH (entry, &holdings->lost)
                if (json_push(names, json_object_new_string(entry->key)) < 0)
                        return NULL;
        return TAKE_PTR(names);
}

void holdings_forget_lost(Holdings *holdings) {
        clear(&holdings->lost);
}
