/* Finds the holds that this process runs under. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "convert.h"
#include "held.h"
#include "holder.h"
#include "json/json-text.h"
#include "json/json-util.h"

#define HELD_VARIABLE "SHMGR_HELD"

static struct json_object *get(struct json_object *o, const char *key) {
        return json_object_is_type(o, json_type_object) ? json_object_object_get(o, key) : NULL;
}

/* Returns $SHMGR_HELD as a new array, which is empty if the variable is unset or invalid. */
static struct json_object *read_held(void) {
        const char *text = getenv(HELD_VARIABLE), *fault;
        struct json_object *held = NULL;

        if (text && convert_json(text, &held, &fault) == 0 &&
            json_object_is_type(held, json_type_array))
                return held;
        json_object_put(held);
        return json_object_new_array();
}

static bool is_same(struct json_object *a, struct json_object *b, const char *key) {
        return json_object_get_int64(get(a, key)) == json_object_get_int64(get(b, key));
}

/* Returns whether an entry describes this hold. */
static bool is_hold(struct json_object *entry, struct json_object *stat,
                    struct json_object *holder) {
        if (get(holder, "token"))
                return is_same(entry, holder, "token");
        return get(entry, "session") && is_same(entry, holder, "session") &&
               is_same(entry, stat, "created_ms");
}

static bool is_held_around(const Ctl *ctl, struct json_object *held, struct json_object *stat,
                           struct json_object *holder) {
        const char *name = json_object_get_string(get(stat, "name"));
        char socket[ADDRESS_MAX];

        if (!name || address_find(ctl->socket, socket) < 0)
                return false;
        for (size_t i = 0; i < json_object_array_length(held); i++) {
                struct json_object *entry = json_object_array_get_idx(held, i);
                if (json_is_text(get(entry, "socket"), socket) &&
                    json_is_text(get(entry, "name"), name) && is_hold(entry, stat, holder))
                        return true;
        }
        return false;
}

/* Returns the id of the session of the shell, whose holds count as well, or 0 outside of a
 * shell. */
static int64_t own_session(Ctl *ctl) {
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!ctl->is_shell || ctl_try(ctl, "session.hello", NULL, &result) < 0)
                return 0;
        return json_object_get_int64(get(result, "session"));
}

static Around find_around(Ctl *ctl, struct json_object *stat) {
        CLEANUP(json_putp) struct json_object *held = read_held();
        Around around = {.total = json_object_get_int64(get(stat, "initial"))};
        struct json_object *holders = get(stat, "holders");
        int64_t session = own_session(ctl);
        size_t n = json_object_is_type(holders, json_type_array) ? json_object_array_length(holders)
                                                                 : 0;

        for (size_t i = 0; held && i < n; i++) {
                struct json_object *holder = json_object_array_get_idx(holders, i);
                if (!is_held_around(ctl, held, stat, holder) &&
                    !(session && json_object_get_int64(get(holder, "session")) == session))
                        continue;
                around.n += json_object_get_int64(get(holder, "n"));
                if (!around.holder)
                        around.holder = json_object_get(holder);
        }
        return around;
}

Around held_find(Ctl *ctl, const char *name) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *stat = NULL;

        if ((!getenv(HELD_VARIABLE) && !ctl->is_shell) || !params ||
            json_put_string(params, "name", name) < 0 || json_put_int(params, "count", 1000) < 0 ||
            ctl_try(ctl, "object.stat", params, &stat) < 0)
                return (Around){0};
        return find_around(ctl, stat);
}

static struct json_object *make_entry(const char *key, struct json_object *value) {
        CLEANUP(json_putp) struct json_object *entry = json_object_new_object();

        if (!entry || json_put(entry, key, json_object_get(value)) < 0)
                return NULL;
        return TAKE_PTR(entry);
}

struct json_object *held_lock(struct json_object *token) {
        return token ? make_entry("token", token) : NULL;
}

struct json_object *held_permits(uint64_t session, struct json_object *stat) {
        struct json_object *created = get(stat, "created_ms");
        CLEANUP(json_putp)
        struct json_object *entry = created ? make_entry("created_ms", created) : NULL;

        if (!entry || json_put_int(entry, "session", (int64_t)session) < 0)
                return NULL;
        return TAKE_PTR(entry);
}

static int add_entry(const Ctl *ctl, struct json_object *held, const char *name,
                     struct json_object **entry) {
        char socket[ADDRESS_MAX];

        if (address_find(ctl->socket, socket) < 0 ||
            json_put_string(*entry, "socket", socket) < 0 ||
            json_put_string(*entry, "name", name) < 0)
                return -ENOMEM;
        return json_push(held, TAKE_PTR(*entry));
}

int held_export(const Ctl *ctl, const char *name, struct json_object *entry, Buffer *env) {
        CLEANUP(json_putp) struct json_object *added = entry;
        CLEANUP(json_putp) struct json_object *held = read_held();
        CLEANUP(buffer_deinit) Buffer text = {0};

        if (!added || !held || add_entry(ctl, held, name, &added) < 0 ||
            json_write(&text, held) < 0 || buffer_append(&text, "", 1) < 0)
                return -ENOMEM;
        return holder_put_env(env, HELD_VARIABLE, buffer_bytes(&text));
}
