/* lock.acquire_many: acquires several objects at once, all or none.
 *
 * Nothing is held while the call waits, so the order in which callers name the objects does not
 * matter, and two such calls never block each other. The call is linked at the first object that it
 * cannot have. When that object is free, the call is tried: it takes all objects, or moves to the
 * next one that blocks it. Changes of the other objects cost it nothing. In each queue its place is
 * by its age, before all later waiters that keep no turn. With a single object the call waits in
 * turn; with several, calls for one of them alone may overtake it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "denied.h"
#include "json/json-util.h"
#include "object.h"
#include "registry.h"
#include "services/services.h"
#include "session.h"
#include "types/types.h"
#include "wait/grant.h"
#include "wait/park.h"
#include "work.h"

enum { MANY_MAX = 64 };

/* The state of the call: the objects that it asks for. */
typedef struct Many {
        size_t n;
        struct {
                Object *object;
                Claim claim;
        } wants[MANY_MAX];
} Many;

static int refuse_objects(Call *call, const char *name, const char *text) {
        call_refuse_arg(call, "objects", "objects: %s: %s", call_quote(name, strlen(name)), text);
        return OUTCOME_REFUSED;
}

/* A member of the array: a name, or {"name", "mode", "n"}. */
typedef struct Want {
        struct json_object *name, *mode, *n;
} Want;

/* Reads an option of the member. Returns what is wrong with it, or NULL. */
static const char *want_read_option(Want *want, const char *key, struct json_object *value) {
        int64_t n;

        if (strcmp(key, "mode") == 0) {
                want->mode = value;
                return json_is_text(value, "read") || json_is_text(value, "write")
                               ? NULL
                               : "'mode' is read or write";
        }
        if (strcmp(key, "n") == 0) {
                want->n = value;
                return json_is_whole(value, &n) && n > 0 ? NULL : "'n' is a number of at least 1";
        }
        return "the members are 'name', for an rwlock also 'mode', for a semaphore also 'n'";
}

static const char *want_read(Want *want, struct json_object *given) {
        const char *fault = NULL;

        *want = (Want){.name = given};
        if (json_object_is_type(given, json_type_object)) {
                want->name = json_object_object_get(given, "name");
                json_object_object_foreach (given, key, value)
                        if (!fault && strcmp(key, "name") != 0)
                                fault = want_read_option(want, key, value);
        }
        if (!json_object_is_type(want->name, json_type_string))
                return "each is a name, or an object with a 'name'";
        return fault;
}

/* Parses the options for an object of this type. */
static int want_claim(Call *call, const Want *want, const Object *object, Claim *ret) {
        const Grantor *grantor = object->type->grantor;
        int64_t n = 1;

        if ((want->mode && !grantor->has_modes) || (want->n && !grantor->has_number))
                return refuse_objects(call, object->name,
                                      "the members are 'name', for an rwlock also 'mode', for a "
                                      "semaphore also 'n'");
        if (want->n)
                json_is_whole(want->n, &n);
        *ret = (Claim){.n = (uint64_t)n,
                       .is_shared = want->mode && json_is_text(want->mode, "read")};
        return OUTCOME_DONE;
}

/* Each object may be named only once: the check of the second claim would not count the first. */
static int read_want(Call *call, Many *many, struct json_object *given) {
        Want want;
        const char *fault = want_read(&want, given);

        if (fault)
                return call_refuse_arg(call, "objects", "objects: %s", fault);
        const char *text = json_object_get_string(want.name);
        Object *object = object_find(call->core, text, json_object_get_string_len(want.name));
        if (!object)
                return call_refuse(call, ENOENT, "no object has the name %s",
                                   call_quote(text, json_object_get_string_len(want.name)));
        if (!object->type->grantor)
                return call_refuse(call, EPROTOTYPE, "%s is a %s, which cannot be acquired",
                                   call_quote(text, strlen(text)), object->type->name);
        for (size_t i = 0; i < many->n; i++)
                if (many->wants[i].object == object)
                        return refuse_objects(call, object->name, "it is named twice");
        int r = want_claim(call, &want, object, &many->wants[many->n].claim);
        if (r == OUTCOME_DONE)
                many->wants[many->n++].object = object;
        return r;
}

static int read_wants(Call *call) {
        struct json_object *objects;
        int r = call_tree(call, 0, &objects);
        if (r < 0)
                return r;
        size_t n = json_object_array_length(objects);

        if (n == 0 || n > MANY_MAX)
                return call_refuse_arg(call, "objects", "objects: 1 to %d of them, not %zu",
                                       MANY_MAX, n);
        Many *many = call->state = calloc(1, sizeof(*many));
        if (!many)
                return -ENOMEM;
        for (size_t i = 0; i < n && r == OUTCOME_DONE; i++)
                r = read_want(call, many, json_object_array_get_idx(objects, i));
        return r;
}

/* Returns OUTCOME_DONE if all objects can be taken; otherwise OUTCOME_PARKED, with the index of the
 * first that blocks. A new call gets all places, and the error of any object; a call that is tried
 * learns only what blocks it now. */
static int check_all(Call *call, const Many *many, Place *places, size_t *ret_in_the_way) {
        bool must_wait = false;

        for (size_t i = 0; i < many->n; i++) {
                Object *object = many->wants[i].object;
                places[i] = (Place){.claim = many->wants[i].claim};
                if (!object_allows(object, call->session, ACCESS_WRITE))
                        return object_deny(call, object, "acquire");
                int r = object->type->grantor->check(call, object, &places[i]);
                if (r != OUTCOME_DONE && r != OUTCOME_PARKED) {
                        object_hide_state(call, object, r);
                        call_add_data(call, "object", json_object_new_string(object->name));
                        return r;
                }
                work_count(call->core, 1);
                if (r == OUTCOME_PARKED && !must_wait)
                        *ret_in_the_way = i;
                must_wait = must_wait || r == OUTCOME_PARKED;
                if (must_wait && call_place_tried(call))
                        break;
        }
        return must_wait ? OUTCOME_PARKED : OUTCOME_DONE;
}

/* Prepares all grants and the answer. */
static int prepare_all(Call *call, const Many *many, Grant *grants, struct json_object *answers) {
        for (size_t i = 0; i < many->n; i++) {
                Object *object = many->wants[i].object;
                Grant *grant = &grants[i];
                *grant = (Grant){.object = object, .claim = many->wants[i].claim};
                int r = object->type->grantor->prepare(call, grant);
                if (r != OUTCOME_DONE)
                        return object_hide_state(call, object, r);
                if (!grant->answer)
                        grant->answer = json_object_new_object();
                if (!grant->answer || json_put_string(grant->answer, "name", object->name) < 0 ||
                    json_push(answers, json_object_get(grant->answer)) < 0)
                        return -ENOMEM;
        }
        return OUTCOME_DONE;
}

/* Takes all objects. Everything that may fail is prepared before the first is taken. */
static int take_all(Call *call, const Many *many) {
        CLEANUP(json_putp) struct json_object *result = json_object_new_object();
        CLEANUP(json_putp) struct json_object *answers = json_object_new_array();
        Grant grants[MANY_MAX];

        if (!result || !answers || json_put(result, "grants", json_object_get(answers)) < 0)
                return -ENOMEM;
        memset(grants, 0, many->n * sizeof(grants[0]));
        int r = prepare_all(call, many, grants, answers);
        for (size_t i = 0; i < many->n; i++) {
                if (r == OUTCOME_DONE)
                        grants[i].object->type->grantor->take(call, &grants[i]);
                grant_deinit(&grants[i]);
        }
        return r == OUTCOME_DONE ? call_return_json(call, TAKE_PTR(result)) : r;
}

static int lock_acquire_many(Call *call, Object *none) {
        Place places[MANY_MAX];
        size_t in_the_way = 0;
        int r = call->state ? OUTCOME_DONE : read_wants(call);
        const Many *many = call->state;

        if (r == OUTCOME_DONE)
                r = check_all(call, many, places, &in_the_way);
        if (r == OUTCOME_DONE)
                return take_all(call, many);
        if (r != OUTCOME_PARKED)
                return r;
        return many->n == 1 ? call_park_at(call, &places[0])
                            : call_park_all(call, places, many->n, in_the_way);
}

static int lock_restore(Call *call, Object **ret, size_t most, bool *ret_any) {
        int r = read_wants(call);
        const Many *many = call->state;

        for (size_t i = 0; r == OUTCOME_DONE && i < many->n; i++)
                ret[i] = many->wants[i].object;
        *ret_any = false;
        return r < 0 ? r : r == OUTCOME_DONE ? (int)many->n : -EINVAL;
}

static const char objects_schema[] =
        "{\"type\":\"array\",\"minItems\":1,\"maxItems\":64,\"items\":{\"oneOf\":["
        "{\"type\":\"string\"},{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{"
        "\"name\":{\"type\":\"string\"},\"mode\":{\"type\":\"string\",\"enum\":[\"read\",\"write\"]"
        "},"
        "\"n\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9223372036854775807}},"
        "\"additionalProperties\":false}]}}";
_Static_assert(MANY_MAX == 64, "the schema above tells it");

static const Arg acquire_many_args[] = {
        {.name = "objects",
         .kind = ARG_ARRAY,
         .schema = objects_schema,
         .help = "names of locks, rlocks, rwlocks and semaphores, or {name, mode, n} with the mode "
                 "of an rwlock (read or write) and the number of permits of a semaphore"},
        TIMEOUT_ARG,
        {0},
};

static const Method methods[] = {
        {.name = "acquire_many",
         .run = lock_acquire_many,
         .restore = lock_restore,
         .work = work_store,
         .flags = METHOD_WRITES | METHOD_BLOCKS | METHOD_TAKES,
         .args = acquire_many_args,
         .result = "{\"type\":\"object\",\"required\":[\"grants\"],\"properties\":{\"grants\":{"
                   "\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}",
         .help = "wait for several objects and take them at once, all or none"},
        {0},
};

const Service service_lock = {
        .name = "lock",
        .help = "several locks at once",
        .methods = methods,
};
