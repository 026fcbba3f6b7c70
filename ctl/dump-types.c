/* Dumps objects of each type. A dump consists of calls, so restoring it produces only states that a
 * client could have made. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "dump-types.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "status.h"

enum { PAGE = 500, OPTIONS = 3 };

struct DumpType {
        const char *name;
        /* The name of an option in object.stat, and in an open. */
        struct {
                const char *stat, *open;
        } options[OPTIONS];
        const char *page; /* the method that reads a page of the contents; NULL: no contents */
        const char *fill; /* the method that stores them */
        int (*contents)(Ctl *ctl, const DumpType *type, struct json_object *stat);
};

int dump_begin(Ctl *ctl, bool observes, bool *ret_has_store) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *result = NULL;
        int r = params ? json_put_bool(params, "observes", observes) : -ENOMEM;

        *ret_has_store = false;
        if (r == 0)
                r = ctl_try(ctl, "session.hello", params, &result);
        if (r == -EINVAL)
                return STATUS_OK;
        if (r < 0)
                return ctl_explain(ctl, "session.hello", r);
        const char *source = json_object_get_string(json_object_object_get(result, "token_source"));
        *ret_has_store = source && strcmp(source, "stored") == 0;
        return STATUS_OK;
}

int dump_put_call(const char *method, struct json_object *params) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = params ? buffer_append_format(&b, "{\"method\":\"%s\",\"params\":", method)
                       : -ENOMEM;

        if (r == 0)
                r = json_write(&b, params);
        if (r == 0)
                r = buffer_append_string(&b, "}\n");
        if (r == 0)
                fwrite(buffer_bytes(&b), 1, buffer_size(&b), stdout);
        json_object_put(params);
        return r;
}

static struct json_object *name_of(struct json_object *stat) {
        return json_object_get(json_object_object_get(stat, "name"));
}

/* Returns {"name": NAME}. */
static struct json_object *begin_params(struct json_object *stat) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();

        if (!params || json_put(params, "name", name_of(stat)) < 0)
                return NULL;
        return TAKE_PTR(params);
}

/* Returns {"name": NAME, key: value}. Takes ownership of value. */
static struct json_object *make_params(struct json_object *stat, const char *key,
                                       struct json_object *value) {
        CLEANUP(json_putp) struct json_object *params = begin_params(stat);
        int r = json_put_nullable(params ? params : value, key, params ? value : NULL);

        return params && r == 0 ? TAKE_PTR(params) : NULL;
}

/* Adds 'durable' unless it is the default of a daemon with a state directory. A daemon without one makes no object durable,
 * so its 'no' is not the choice of a user. */
static int put_durable(struct json_object *stat, bool has_store, struct json_object *params) {
        struct json_object *durable = json_object_object_get(stat, "durable");
        const char *text = json_object_get_string(durable);

        if (!has_store || !text || strcmp(text, "async") == 0)
                return 0;
        return json_put(params, "durable", json_object_get(durable));
}

int dump_put_open(const DumpType *type, struct json_object *stat, bool has_store) {
        CLEANUP(json_putp) struct json_object *params = begin_params(stat);
        char method[64];

        if (!params || json_put_bool(params, "create", true) < 0 ||
            json_put_bool(params, "exclusive", true) < 0 ||
            json_put(params, "mode", json_object_get(json_object_object_get(stat, "mode"))) < 0)
                return -ENOMEM;
        for (int i = 0; i < OPTIONS && type->options[i].stat; i++) {
                struct json_object *value;
                if (json_object_object_get_ex(stat, type->options[i].stat, &value) && value &&
                    json_put(params, type->options[i].open, json_object_get(value)) < 0)
                        return -ENOMEM;
        }
        struct json_object *ttl = json_object_object_get(stat, "idle_ttl_ms");
        if (ttl && json_put(params, "idle_ttl_ms", json_object_get(ttl)) < 0)
                return -ENOMEM;
        if (put_durable(stat, has_store, params) < 0)
                return -ENOMEM;
        snprintf(method, sizeof(method), "%s.open", type->name);
        return dump_put_call(method, TAKE_PTR(params));
}

int dump_put_contents(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        return type->contents ? type->contents(ctl, type, stat) : STATUS_OK;
}

static int say(int r) {
        return r < 0 ? status_failure("dump", r) : STATUS_OK;
}

/* Turns pairs [key, value] into an object. */
static struct json_object *make_items(struct json_object *pairs) {
        CLEANUP(json_putp) struct json_object *items = json_object_new_object();
        size_t n = items ? json_object_array_length(pairs) : 0;

        for (size_t i = 0; i < n; i++) {
                struct json_object *pair = json_object_array_get_idx(pairs, i);
                const char *key = json_object_get_string(json_object_array_get_idx(pair, 0));
                if (!key ||
                    json_put_nullable(items, key,
                                      json_object_get(json_object_array_get_idx(pair, 1))) < 0)
                        return NULL;
        }
        return TAKE_PTR(items);
}

/* Writes the contents of a dict, a set or a queue, read by a cursor that is 0 at the end. */
static int put_scanned(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        bool is_dict = strcmp(type->name, "dict") == 0;

        for (int64_t cursor = 0;;) {
                CLEANUP(json_putp) struct json_object *page = NULL;
                CLEANUP(json_putp) struct json_object *params = begin_params(stat);
                if (!params || json_put_int(params, "cursor", cursor) < 0 ||
                    json_put_int(params, "count", PAGE) < 0)
                        return say(-ENOMEM);
                int status = ctl_call(ctl, type->page, params, &page);
                if (status != STATUS_OK)
                        return status;
                struct json_object *items = json_object_object_get(page, "items");
                cursor = json_object_get_int64(json_object_object_get(page, "cursor"));
                if (!json_object_is_type(items, json_type_array))
                        return say(-EBADMSG);
                if (json_object_array_length(items) > 0) {
                        struct json_object *stored =
                                is_dict ? make_items(items) : json_object_get(items);
                        int r = stored ? dump_put_call(type->fill,
                                                       make_params(stat,
                                                                   is_dict ? "items" : "values",
                                                                   stored))
                                       : -ENOMEM;
                        if (r < 0)
                                return say(r);
                }
                if (cursor == 0)
                        return STATUS_OK;
        }
}

static struct json_object *make_slice(struct json_object *stat, int64_t start, int64_t n) {
        CLEANUP(json_putp) struct json_object *params = begin_params(stat);

        if (!params || json_put_int(params, "start", start) < 0 ||
            json_put_int(params, "stop", start + n) < 0)
                return NULL;
        return TAKE_PTR(params);
}

static int put_slice(const DumpType *type, struct json_object *stat, int64_t start,
                     struct json_object *values) {
        bool is_array = strcmp(type->name, "array") == 0;
        int64_t n = (int64_t)json_object_array_length(values);
        struct json_object *params = is_array ? make_slice(stat, start, n) : begin_params(stat);

        if (params && json_put(params, "values", json_object_get(values)) < 0) {
                json_object_put(params);
                params = NULL;
        }
        return dump_put_call(type->fill, params);
}

/* Writes the contents of a list or an array. If the values are so large that they exceed a reply,
 * the next page is smaller. */
static int put_sliced(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        int64_t start = 0, n = PAGE;

        for (;;) {
                CLEANUP(json_putp) struct json_object *values = NULL;
                CLEANUP(json_putp) struct json_object *params = make_slice(stat, start, n);
                int r = params ? ctl_try(ctl, type->page, params, &values) : -ENOMEM;
                if (r == -EMSGSIZE && n > 1) {
                        n /= 2;
                        continue;
                }
                if (r < 0)
                        return ctl_explain(ctl, type->page, r);
                if (!json_object_is_type(values, json_type_array))
                        return say(-EBADMSG);
                if (json_object_array_length(values) == 0)
                        return STATUS_OK;
                r = put_slice(type, stat, start, values);
                if (r < 0)
                        return say(r);
                start += (int64_t)json_object_array_length(values);
        }
}

static int put_attributes(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        CLEANUP(json_putp) struct json_object *params = begin_params(stat);
        CLEANUP(json_putp) struct json_object *items = NULL;
        int status = params ? ctl_call(ctl, type->page, params, &items) : say(-ENOMEM);
        size_t n =
                json_object_is_type(items, json_type_array) ? json_object_array_length(items) : 0;

        for (size_t i = 0; i < n && status == STATUS_OK; i++) {
                struct json_object *pair = json_object_array_get_idx(items, i);
                struct json_object *set = make_params(
                        stat, "key", json_object_get(json_object_array_get_idx(pair, 0)));
                if (set &&
                    json_put_nullable(set, "value",
                                      json_object_get(json_object_array_get_idx(pair, 1))) < 0) {
                        json_object_put(set);
                        set = NULL;
                }
                status = say(dump_put_call(type->fill, set));
        }
        return status;
}

static int put_value(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        CLEANUP(json_putp) struct json_object *params = begin_params(stat);
        CLEANUP(json_putp) struct json_object *value = NULL;
        int status = params ? ctl_call(ctl, type->page, params, &value) : say(-ENOMEM);

        if (status != STATUS_OK)
                return status;
        return say(dump_put_call(type->fill, make_params(stat, "value", json_object_get(value))));
}

static bool is_true(struct json_object *stat, const char *key) {
        return json_object_get_boolean(json_object_object_get(stat, key));
}

static int put_event(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        return is_true(stat, "set") ? say(dump_put_call(type->fill, begin_params(stat)))
                                    : STATUS_OK;
}

static int put_barrier(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        return is_true(stat, "broken") ? say(dump_put_call(type->fill, begin_params(stat)))
                                       : STATUS_OK;
}

/* Writes the permits of a semaphore without owners. Owned permits are restored when the sessions
 * that hold them end. */
static int put_permits(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        int64_t more = json_object_get_int64(json_object_object_get(stat, "value")) -
                       json_object_get_int64(json_object_object_get(stat, "initial"));

        if (is_true(stat, "owned") || more == 0)
                return STATUS_OK;
        struct json_object *params =
                make_params(stat, "n", json_object_new_int64(more < 0 ? -more : more));
        if (params && more < 0 && json_put_int(params, "timeout_ms", 0) < 0) {
                json_object_put(params);
                params = NULL;
        }
        return say(dump_put_call(more < 0 ? "semaphore.acquire" : type->fill, params));
}

static struct json_object *reversed(struct json_object *values) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        for (size_t i = array ? json_object_array_length(values) : 0; i > 0; i--) {
                struct json_object *value =
                        json_object_get(json_object_array_get_idx(values, i - 1));
                if (json_object_array_add(array, value) < 0) {
                        json_object_put(value);
                        return NULL;
                }
        }
        return TAKE_PTR(array);
}

/* Writes the contents of a stack from the bottom; the cursor counts from the top. If a page exceeds
 * a reply, the next one is smaller. */
static int put_stack(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        int64_t end = json_object_get_int64(json_object_object_get(stat, "size")) +
                      json_object_get_int64(json_object_object_get(stat, "reserved"));

        for (int64_t page = PAGE; end > 0;) {
                CLEANUP(json_putp) struct json_object *result = NULL;
                CLEANUP(json_putp) struct json_object *params = begin_params(stat);
                int64_t n = page < end ? page : end;
                if (!params || json_put_int(params, "cursor", end - n) < 0 ||
                    json_put_int(params, "count", n) < 0)
                        return say(-ENOMEM);
                int status = ctl_call(ctl, type->page, params, &result);
                if (status != STATUS_OK)
                        return status;
                struct json_object *items = json_object_object_get(result, "items");
                int64_t n_got = items ? (int64_t)json_object_array_length(items) : 0;
                page = n_got > 0 && n_got < n ? n_got : page;
                if (n_got < n && n_got > 0)
                        continue;
                struct json_object *stored = n_got > 0 ? reversed(items) : NULL;
                int r = n_got > 0
                                ? dump_put_call(type->fill,
                                                stored ? make_params(stat, "values", stored) : NULL)
                                : 0;
                if (r < 0)
                        return say(r);
                end -= n;
        }
        return STATUS_OK;
}

static int put_queue(Ctl *ctl, const DumpType *type, struct json_object *stat) {
        const char *order = json_object_get_string(json_object_object_get(stat, "order"));
        bool is_stack = order && strcmp(order, "lifo") == 0;
        int status = is_stack ? put_stack(ctl, type, stat) : put_scanned(ctl, type, stat);

        if (status == STATUS_OK && is_true(stat, "closed"))
                status = say(dump_put_call("queue.close", begin_params(stat)));
        return status;
}

#define POLICY                                                                                     \
        { "on_owner_death", "on_owner_death" }

static const DumpType types[] = {
        {.name = "list", .page = "list.slice", .fill = "list.extend", .contents = put_sliced},
        {.name = "dict", .page = "dict.scan", .fill = "dict.update", .contents = put_scanned},
        {.name = "set", .page = "set.scan", .fill = "set.update", .contents = put_scanned},
        {.name = "namespace",
         .page = "namespace.items",
         .fill = "namespace.set",
         .contents = put_attributes},
        {.name = "value",
         .options = {{"value_type", "type"}},
         .page = "value.get",
         .fill = "value.set",
         .contents = put_value},
        {.name = "array",
         .options = {{"element_type", "type"}, {"length", "length"}},
         .page = "array.slice",
         .fill = "array.set_slice",
         .contents = put_sliced},
        {.name = "counter",
         .options = {{"value", "value"}, {"minimum", "minimum"}, {"maximum", "maximum"}}},
        {.name = "lock", .options = {POLICY, {"owned", "owned"}}},
        {.name = "rlock", .options = {POLICY}},
        {.name = "rwlock", .options = {POLICY}},
        {.name = "semaphore",
         .options = {{"initial", "value"}, {"bounded", "bounded"}, {"owned", "owned"}},
         .fill = "semaphore.release",
         .contents = put_permits},
        {.name = "condition", .options = {{"lock", "lock"}, POLICY}},
        {.name = "event", .fill = "event.set", .contents = put_event},
        {.name = "barrier",
         .options = {{"parties", "parties"}},
         .fill = "barrier.abort",
         .contents = put_barrier},
        {.name = "queue",
         .options = {{"maxsize", "maxsize"}, {"order", "order"}},
         .page = "queue.scan",
         .fill = "queue.put_many",
         .contents = put_queue},
};

const DumpType *dump_type_find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (strcmp(types[i].name, name) == 0)
                        return &types[i];
        return NULL;
}

bool dump_has_method(const char *method) {
        static const char *const others[] = {"semaphore.acquire", "queue.close", "object.chown"};
        const char *dot = strchr(method, '.');

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (strcmp(others[i], method) == 0)
                        return true;
        for (size_t i = 0; dot && i < ELEMENTSOF(types); i++) {
                size_t n = (size_t)(dot - method);
                bool is_of_type = strncmp(types[i].name, method, n) == 0 && !types[i].name[n];
                if ((is_of_type && strcmp(dot, ".open") == 0) ||
                    (types[i].fill && strcmp(types[i].fill, method) == 0))
                        return true;
        }
        return false;
}
