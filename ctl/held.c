/* What is held around this process. */
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

/* A new array: that of the environment, or an empty one where it has none that can be read. */
static struct json_object *read_held(void) {
        const char *text = getenv(HELD_VARIABLE), *fault;
        struct json_object *held = NULL;

        if (text && convert_json(text, &held, &fault) == 0 &&
            json_object_is_type(held, json_type_array))
                return held;
        json_object_put(held);
        return json_object_new_array();
}

static bool is_entry(struct json_object *entry, const char *socket, const char *name,
                     struct json_object *token) {
        return json_is_text(get(entry, "socket"), socket) &&
               json_is_text(get(entry, "name"), name) &&
               json_object_get_int64(get(entry, "token")) == json_object_get_int64(token);
}

static bool is_held_around(const Ctl *ctl, struct json_object *held, const char *name,
                           struct json_object *holder) {
        struct json_object *token = get(holder, "token");
        char socket[ADDRESS_MAX];

        if (!token || address_find(ctl->socket, socket) < 0)
                return false;
        for (size_t i = 0; i < json_object_array_length(held); i++)
                if (is_entry(json_object_array_get_idx(held, i), socket, name, token))
                        return true;
        return false;
}

/* In the shell, what its session has: its number, or 0. */
static int64_t own_session(Ctl *ctl) {
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!ctl->is_shell || ctl_try(ctl, "session.hello", NULL, &result) < 0)
                return 0;
        return json_object_get_int64(get(result, "session"));
}

static struct json_object *find_holder(Ctl *ctl, const char *name, struct json_object *holders) {
        CLEANUP(json_putp) struct json_object *held = read_held();
        int64_t session = own_session(ctl);
        size_t n = json_object_is_type(holders, json_type_array) ? json_object_array_length(holders)
                                                                 : 0;

        for (size_t i = 0; held && i < n; i++) {
                struct json_object *holder = json_object_array_get_idx(holders, i);
                if (is_held_around(ctl, held, name, holder) ||
                    (session && json_object_get_int64(get(holder, "session")) == session))
                        return json_object_get(holder);
        }
        return NULL;
}

struct json_object *held_find(Ctl *ctl, const char *name) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *stat = NULL;

        if ((!getenv(HELD_VARIABLE) && !ctl->is_shell) || !params ||
            json_put_string(params, "name", name) < 0 ||
            ctl_try(ctl, "object.stat", params, &stat) < 0)
                return NULL;
        return find_holder(ctl, name, get(stat, "holders"));
}

static int add_entry(const Ctl *ctl, struct json_object *held, const char *name,
                     struct json_object *token) {
        CLEANUP(json_putp) struct json_object *entry = json_object_new_object();
        char socket[ADDRESS_MAX];

        if (!entry || address_find(ctl->socket, socket) < 0 ||
            json_put_string(entry, "socket", socket) < 0 ||
            json_put_string(entry, "name", name) < 0 ||
            json_put(entry, "token", json_object_get(token)) < 0)
                return -ENOMEM;
        return json_push(held, TAKE_PTR(entry));
}

int held_export(const Ctl *ctl, const char *name, struct json_object *token, Buffer *env) {
        CLEANUP(json_putp) struct json_object *held = read_held();
        CLEANUP(buffer_deinit) Buffer text = {0};

        if (!held || add_entry(ctl, held, name, token) < 0 || json_write(&text, held) < 0 ||
            buffer_append(&text, "", 1) < 0)
                return -ENOMEM;
        return holder_put_env(env, HELD_VARIABLE, buffer_bytes(&text));
}
