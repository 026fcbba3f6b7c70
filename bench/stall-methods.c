/* Makes acts from the table of methods. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "stall-act.h"
#include "stall-fill.h"
#include "stall-methods.h"
#include "stall-params.h"

enum { N_BATCH = 100, N_PIPELINED = 32 };

void stall_field_open(StallField *field) {
        static const char *const simple[] = {"lock",  "rlock", "rwlock",  "semaphore", "condition",
                                             "event", "value", "counter", "pipe"};

        stall_world_begin();
        for (size_t i = 0; i < STALL_SESSIONS; i++)
                client_open(&field->clients[i], STALL_UID);
        for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
                char method[32];
                snprintf(method, sizeof(method), "%s.open", simple[i]);
                client_call(&field->clients[0], method, "{'name':'%s','create':true}", simple[i]);
        }
        client_call(&field->clients[0], "barrier.open",
                    "{'name':'barrier','create':true,'parties':2}");
        fill_object(&field->clients[0], "set", "other", field->n_elements, false);
        fill_object(&field->clients[0], "queue", "queue", 1, false);
        field->is_open = true;
}

void stall_field_close(StallField *field) {
        if (!field->is_open)
                return;
        for (size_t i = 0; i < STALL_SESSIONS; i++)
                client_close(&field->clients[i]);
        stall_world_end();
        field->is_open = false;
}

bool stall_is_container(const char *type) {
        static const char *const containers[] = {"list",  "dict",  "set",
                                                 "queue", "array", "namespace"};

        for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++)
                if (strcmp(type, containers[i]) == 0)
                        return true;
        return false;
}

bool stall_keeps_size(struct json_object *method) {
        static const char *const small[] = {"get", "set", "append", "insert",
                                            "pop", "add", "discard"};
        const char *verb =
                strchr(json_object_get_string(json_object_object_get(method, "name")), '.');

        if (!json_object_get_boolean(json_object_object_get(method, "x-writes")))
                return true;
        for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
                if (strcmp(verb + 1, small[i]) == 0)
                        return true;
        return false;
}

/* ---- Ways of sending */

typedef struct Way {
        const char *name;
        bool in_batch, from_all;
        unsigned n_calls;
} Way;

static const Way ways[] = {
        {.name = "alone", .n_calls = 1},
        {.name = "batch", .n_calls = N_BATCH, .in_batch = true},
        {.name = "pipelined", .n_calls = N_PIPELINED},
        {.name = "sessions", .n_calls = 4, .from_all = true},
};

static void add_calls(Client *c, const Way *way, const char *method, const Buffer *params) {
        if (way->in_batch)
                client_begin_batch(c);
        for (unsigned i = 0; i < way->n_calls; i++)
                client_add_text(c, method, buffer_bytes(params), buffer_size(params));
        if (way->in_batch)
                client_end_batch(c);
}

static bool run_way(StallField *field, const Way *way, const char *method, const Buffer *params) {
        Client *clients[STALL_SESSIONS];
        size_t n = way->from_all ? STALL_SESSIONS : 1;
        char name[96];

        snprintf(name, sizeof(name), "%s %zu %s", method, field->n_elements, way->name);
        if (!stall_is_wanted(name))
                return true;
        for (size_t i = 0; i < n; i++) {
                clients[i] = &field->clients[i];
                add_calls(clients[i], way, method, params);
        }
        return stall_act(name, clients, n);
}

/* ---- Methods */

bool stall_is_left_out(const char *method) {
        return strcmp(method, "server.monitor") == 0;
}

const char *stall_object_of(const char *method, char *type, size_t n) {
        size_t n_type = strcspn(method, ".");

        snprintf(type, n, "%.*s", (int)n_type, method);
        if (strcmp(type, "object") == 0)
                return "list";
        return strcmp(method + n_type, ".open") == 0 ? NULL : type;
}

/* Each way of sending begins with a full object. It is filled again, unless the method keeps its size, or was refused when it was
 * called alone. */
static void run_method(StallField *field, struct json_object *method) {
        const char *name = json_object_get_string(json_object_object_get(method, "name"));
        bool is_filled = false, keeps_size = stall_keeps_size(method);
        char type[32];
        const char *object = stall_object_of(name, type, sizeof(type));

        if (!stall_options.only)
                fprintf(stderr, "%s %zu\n", name, field->n_elements);
        for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
                char act[96];
                Buffer params = {0};
                snprintf(act, sizeof(act), "%s %zu %s", name, field->n_elements, ways[i].name);
                if (!stall_is_wanted(act))
                        continue;
                if (!field->is_open) {
                        stall_field_open(field);
                        is_filled = false;
                }
                if (object && stall_is_container(object) && !is_filled)
                        fill_object(&field->clients[0], object, object, field->n_elements, false);
                params_write(&params, method, type, object, field->n_elements);
                if (!run_way(field, &ways[i], name, &params))
                        stall_field_close(field);
                keeps_size = keeps_size || (i == 0 && field->clients[0].error[0]);
                is_filled = keeps_size;
                buffer_deinit(&params);
        }
}

struct json_object *stall_discover(void) {
        stall_world_begin();
        struct json_object *document = stall_ask("rpc.discover");
        stall_world_end();
        return document;
}

void stall_methods_run(size_t n_elements) {
        struct json_object *document = stall_discover(), *methods;
        StallField field = {.n_elements = n_elements};
        bool has_begun = !stall_options.from;

        if (json_object_object_get_ex(document, "methods", &methods))
                for (size_t i = 0; i < json_object_array_length(methods); i++) {
                        struct json_object *method = json_object_array_get_idx(methods, i);
                        const char *name =
                                json_object_get_string(json_object_object_get(method, "name"));
                        has_begun = has_begun || strcmp(name, stall_options.from) == 0;
                        if (has_begun && !stall_is_left_out(name))
                                run_method(&field, method);
                }
        stall_field_close(&field);
        json_object_put(document);
}
