/* object.wait_any: waits until one of several objects is ready, and takes none of them: another
 * session may be faster than the caller.
 *
 * So the call keeps no turn. It is linked in the queues of all objects, and is tried when one of
 * them may be ready: watch() of each type tells whether it is, or at which level of which queue the
 * call waits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call/call.h"
#include "core-state.h"
#include "denied.h"
#include "idle.h"
#include "json/json-util.h"
#include "object.h"
#include "registry.h"
#include "services/wait-any.h"
#include "session.h"
#include "types/types.h"
#include "wait/park.h"
#include "work.h"

enum { CONDITIONS_MAX = 64 };

/* The state of the call: its conditions. */
typedef struct Conditions {
        size_t n;
        Object *objects[CONDITIONS_MAX];
} Conditions;

/* Returns the type whose name is a key of the condition, with the name of the object as value. */
static const Type *find_type(struct json_object *condition, const char **ret_name, size_t *ret_n) {
        for (const Type *const *type = types; *type; type++) {
                struct json_object *name;
                if (!json_object_object_get_ex(condition, (*type)->name, &name) ||
                    !json_object_is_type(name, json_type_string))
                        continue;
                *ret_name = json_object_get_string(name);
                *ret_n = json_object_get_string_len(name);
                return *type;
        }
        return NULL;
}

static bool has_right_keys(const Type *type, struct json_object *condition) {
        size_t n = 1;

        for (const char *const *key = type->watch_keys; key && *key; key++, n++)
                if (!json_object_object_get_ex(condition, *key, NULL))
                        return false;
        return (size_t)json_object_object_length(condition) == n;
}

static int read_condition(Call *call, struct json_object *condition, Object **ret) {
        const char *name = NULL;
        size_t n = 0;
        const Type *type = json_object_is_type(condition, json_type_object)
                                   ? find_type(condition, &name, &n)
                                   : NULL;

        if (!type)
                return call_refuse_arg(call, "conditions",
                                       "conditions: each is an object such as {\"event\": NAME}");
        if (!type->watch)
                return call_refuse_arg(call, "conditions",
                                       "conditions: a %s is never ready, so a call cannot wait "
                                       "for it",
                                       type->name);
        if (!has_right_keys(type, condition))
                return call_refuse_arg(call, "conditions",
                                       "conditions: a member beside the %s %s is missing or "
                                       "unknown",
                                       type->name, call_quote(name, n));
        const char *fault = type->watch_fault ? type->watch_fault(condition) : NULL;
        if (fault)
                return call_refuse_arg(call, "conditions", "conditions: %s", fault);
        *ret = object_find(call->core, name, n);
        if (!*ret)
                return call_refuse(call, ENOENT, "no object has the name %s", call_quote(name, n));
        if ((*ret)->type != type)
                return call_refuse(call, EPROTOTYPE, "%s is %s %s, not %s %s", call_quote(name, n),
                                   type_article((*ret)->type), (*ret)->type->name,
                                   type_article(type), type->name);
        return OUTCOME_DONE;
}

static int read_conditions(Call *call, struct json_object *given) {
        size_t n = json_object_array_length(given);
        int r = OUTCOME_DONE;

        if (n == 0 || n > CONDITIONS_MAX)
                return call_refuse_arg(call, "conditions", "conditions: 1 to %d of them, not %zu",
                                       CONDITIONS_MAX, n);
        Conditions *conditions = call->state = calloc(1, sizeof(*conditions));
        if (!conditions)
                return -ENOMEM;
        conditions->n = n;
        for (size_t i = 0; i < n && r == OUTCOME_DONE; i++)
                r = read_condition(call, json_object_array_get_idx(given, i),
                                   &conditions->objects[i]);
        return r;
}

static int return_ready(Call *call, size_t i, const Object *object) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || json_put_int(o, "index", (int64_t)i) < 0 ||
            json_put_string(o, "name", object->name) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(o));
}

/* Adds a place, unless the call already waits at this level of this queue for another condition. */
static size_t add_place(Place *places, size_t n, const Place *place) {
        for (size_t i = 0; i < n; i++)
                if (places[i].queue == place->queue && places[i].level == place->level)
                        return n;
        places[n] = *place;
        return n + 1;
}

int object_wait_any(Call *call, Object *none) {
        struct json_object *given;
        int r = call_tree(call, 0, &given);
        if (r == 0 && !call->state)
                r = read_conditions(call, given);
        const Conditions *conditions = call->state;
        Place places[CONDITIONS_MAX];
        size_t n_places = 0;

        for (size_t i = 0; r == OUTCOME_DONE && i < conditions->n; i++) {
                Object *object = conditions->objects[i];
                struct json_object *what = json_object_array_get_idx(given, i);
                Place place = {.claim = {.n = 1}};
                if (!object_allows(object, call->session, ACCESS_READ))
                        return object_deny(call, object, "read");
                work_count(call->core, 1);
                object_use(object);
                r = object->type->watch(call, object, what, &place);
                if (r == OUTCOME_DONE)
                        return return_ready(call, i, object);
                if (r != OUTCOME_PARKED)
                        return r;
                n_places = add_place(places, n_places, &place);
                r = OUTCOME_DONE;
        }
        return r == OUTCOME_DONE ? call_park_any(call, places, n_places) : r;
}

int wait_any_restore(Call *call, Object **ret, size_t most, bool *ret_any) {
        struct json_object *given;
        int r = call_tree(call, 0, &given);
        if (r == 0)
                r = read_conditions(call, given);
        const Conditions *conditions = call->state;

        for (size_t i = 0; r == OUTCOME_DONE && i < conditions->n; i++)
                ret[i] = conditions->objects[i];
        *ret_any = true;
        return r < 0 ? r : r == OUTCOME_DONE ? (int)conditions->n : -EINVAL;
}

#define READY_SCHEMA(type)                                                                         \
        "{\"type\":\"object\",\"required\":[\"" type "\"],\"properties\":{\"" type                 \
        "\":{\"type\":\"string\"}},\"additionalProperties\":false},"

static const char conditions_schema[] = "{\"type\":\"array\",\"minItems\":1,\"maxItems\":64,"
                                        "\"items\":{\"oneOf\":[" /* each of a type */
        READY_SCHEMA("event") READY_SCHEMA("queue") READY_SCHEMA("lock") READY_SCHEMA("rlock")
                READY_SCHEMA("rwlock") READY_SCHEMA(
                        "semaphore") "{\"type\":\"object\",\"required\":[\"counter\",\"op\","
                                     "\"value\"],\"properties\":{"
                                     "\"counter\":{\"type\":\"string\"},"
                                     "\"op\":{\"type\":\"string\",\"pattern\":\"^(>=|<=|==)$\",\"x-"
                                     "choices\":[\">=\",\"<=\",\"==\"]},"
                                     "\"value\":{\"type\":\"integer\",\"minimum\":-"
                                     "9223372036854775808,"
                                     "\"maximum\":9223372036854775807}},\"additionalProperties\":"
                                     "false}]}}";
_Static_assert(CONDITIONS_MAX == 64, "the schema above tells it");

const Arg wait_any_args[] = {
        {.name = "conditions",
         .kind = ARG_ARRAY,
         .schema = conditions_schema,
         .help = "each {TYPE: NAME}: an event that is set, a queue that is not empty, a lock, "
                 "rlock or rwlock that is free, a semaphore with a permit; or {\"counter\": NAME, "
                 "\"op\", \"value\"}"},
        TIMEOUT_ARG,
        {0},
};
