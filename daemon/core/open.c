/* Finds or makes an object in one atomic step. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "change.h"
#include "core-state.h"
#include "denied.h"
#include "handle.h"
#include "idle.h"
#include "json/json-util.h"
#include "object.h"
#include "object-new.h"
#include "open.h"
#include "open-options.h"
#include "registry.h"
#include "session.h"

enum { OPEN_NAME, OPEN_CREATE, OPEN_EXCLUSIVE, OPEN_MODE, OPEN_LIFETIME };
enum { LAST_MAX_BYTES, LAST_CHECK, LAST_GROUP, LAST_DURABLE, LAST_IDLE_TTL, N_LAST };

enum { LIFETIME_PERSISTENT, LIFETIME_EPHEMERAL, LIFETIME_EPHEMERAL_IF_NEW };
static const char *const lifetimes[] = {[LIFETIME_PERSISTENT] = "persistent",
                                        [LIFETIME_EPHEMERAL] = "ephemeral",
                                        [LIFETIME_EPHEMERAL_IF_NEW] = "ephemeral_if_new",
                                        NULL};

static int get_lifetime(const Object *object, struct json_object **ret) {
        return present_string(lifetimes[object->is_ephemeral], ret);
}

static int get_durability(const Object *object, struct json_object **ret) {
        return present_string(durabilities[durability_of(object)], ret);
}

static int get_idle_ttl(const Object *object, struct json_object **ret) {
        *ret = NULL;
        return object->idle ? present_int(object->idle->ttl_ms, ret) : 0;
}

static const Arg open_args[] = {
        [OPEN_NAME] = {.name = "name",
                       .kind = ARG_NAME,
                       .optional = true,
                       .role = OPEN_CALL,
                       .help = "the object's name; without one, an anonymous object is made"},
        [OPEN_CREATE] = {.name = "create",
                         .kind = ARG_BOOL,
                         .optional = true,
                         .fallback = "false",
                         .role = OPEN_CALL,
                         .help = "create the object if it does not exist"},
        [OPEN_EXCLUSIVE] = {.name = "exclusive",
                            .kind = ARG_BOOL,
                            .optional = true,
                            .fallback = "false",
                            .role = OPEN_CALL,
                            .help = "with create: fail if the object exists (EEXIST)"},
        [OPEN_MODE] = {.name = "mode",
                       .kind = ARG_MODE,
                       .optional = true,
                       .fallback = "\"0600\"",
                       .role = OPEN_START,
                       .help = "permission bits of a new object"},
        [OPEN_LIFETIME] =
                {.name = "lifetime",
                 .kind = ARG_CHOICE,
                 .optional = true,
                 .choices = lifetimes,
                 .role = OPEN_FOR_GOOD,
                 .get_present = get_lifetime,
                 .agrees = "ephemeral_if_new",
                 .help = "of a new object: until deleted (default for a name), or until the last "
                         "session that opened it is gone (default without a name); with "
                         "ephemeral_if_new an existing object is opened whatever it has"},
        {0},
};

const Arg open_last_args[] = {
        [LAST_MAX_BYTES] =
                {.name = "max_bytes",
                 .kind = ARG_INT,
                 .optional = true,
                 .bounded = true,
                 .maximum = INT64_MAX,
                 .role = OPEN_START,
                 .help = "of a new object: the bytes up to which users other than its owner and "
                         "root "
                         "may fill it (default: a sixteenth of what its owner may store)"},
        [LAST_CHECK] =
                {.name = "check",
                 .kind = ARG_BOOL,
                 .optional = true,
                 .fallback = "true",
                 .role = OPEN_CALL,
                 .help = "fail if the object exists and was made with other options (EINVAL)"},
        [LAST_GROUP] = {.name = "group",
                        .kind = ARG_INT,
                        .optional = true,
                        .bounded = true,
                        .maximum = UINT32_MAX - 1,
                        .role = OPEN_START,
                        .schema = GID_SCHEMA,
                        .help = "the group of a new object, by number, one of the caller's own "
                                "(default: that of the daemon's socket, if the caller is in it)"},
        [LAST_DURABLE] =
                {.name = "durable",
                 .kind = ARG_CHOICE,
                 .optional = true,
                 .choices = durabilities,
                 .role = OPEN_FOR_GOOD,
                 .get_present = get_durability,
                 .help = "whether a new object is stored on the disk; with sync a reply waits "
                         "until the change is there, with async it gets there a little later "
                         "(default: async, if the daemon has a state directory, for what keeps "
                         "values and is not ephemeral)"},
        [LAST_IDLE_TTL] = {.name = "idle_ttl_ms",
                           .kind = ARG_INT,
                           .optional = true,
                           .bounded = true,
                           .minimum = 1,
                           .maximum = IDLE_TTL_MOST,
                           .role = OPEN_FOR_GOOD,
                           .get_present = get_idle_ttl,
                           .help = "of a new persistent object: it is deleted when nothing has "
                                   "used it for so long (default: never)"},
        {0},
};

/* Returns the index of a common parameter: they follow those of the type. */
static unsigned last_arg(const Call *call, unsigned i) {
        return call->ref->n_args - N_LAST + i;
}

/* Returns NULL if it is absent. */
static const Value *open_value(const Call *call, unsigned i) {
        return call->present & 1u << i ? &call->values[i] : NULL;
}

static const Value *open_last(const Call *call, unsigned i) {
        return open_value(call, last_arg(call, i));
}

static uint64_t open_max_bytes(const Call *call) {
        const Value *value = open_last(call, LAST_MAX_BYTES);

        return value ? (uint64_t)value->i : MAX_BYTES_DEFAULT;
}

static bool open_flag(const Call *call, unsigned i) {
        return call->values[i].is_true;
}

bool open_may_create(const Call *call) {
        return open_flag(call, OPEN_CREATE);
}

mode_t mode_of_value(const Value *value) {
        size_t n;

        return (mode_t)(value_is(value, JSON_STRING) ? strtol(value_bytes(value, &n), NULL, 8)
                                                     : value->i);
}

/* Returns the group of a new object. It is that of the socket if the maker is a member, and not the
 * maker's own group, so that two members of the socket's group share objects by the mode alone. */
static gid_t default_gid(const Session *session) {
        const Peer *peer = &session->peer;

        if (peer->has_socket_gid && (peer->uid == 0 || session_in_group(session, peer->socket_gid)))
                return peer->socket_gid;
        return peer->gid;
}

/* Reads the group. Returns OUTCOME_DONE, or OUTCOME_REFUSED with EPERM. */
static int open_gid(Call *call, gid_t *ret) {
        const Session *session = call->session;
        const Value *group = open_last(call, LAST_GROUP);

        *ret = group ? (gid_t)group->i : default_gid(session);
        if (!group || session->peer.uid == 0 || session_in_group(session, *ret))
                return OUTCOME_DONE;
        return call_refuse(call, EPERM,
                           "group: uid %u is not a member of group %u; a process has the groups "
                           "that it had when it connected",
                           session->peer.uid, *ret);
}

/* Reads "durable". Returns OUTCOME_DONE or OUTCOME_REFUSED. */
static int open_durability(Call *call, bool is_ephemeral, Durability *ret) {
        const Changes *changes = &call->core->changes;
        const Value *given = open_last(call, LAST_DURABLE);
        const Type *type = call->ref->type;
        const char *fault =
                !type->can_be_durable
                        ? "objects of this type have no state that outlives their sessions"
                : is_ephemeral    ? "an ephemeral object ends with the sessions that opened it"
                : !changes->is_on ? "the daemon has no state directory (shmgrd --state)"
                                  : NULL;

        *ret = fault ? DURABLE_NO : DURABLE_ASYNC;
        for (Durability i = DURABLE_NO; given && i <= DURABLE_SYNC; i++)
                if (value_is_text(given, durabilities[i]))
                        *ret = i;
        if (fault && *ret != DURABLE_NO)
                return call_refuse(call, EINVAL, "durable: %s", fault);
        return *ret != DURABLE_NO && changes->fault ? call_refuse_unstored(call) : OUTCOME_DONE;
}

/* Reads "idle_ttl_ms". Returns OUTCOME_DONE or OUTCOME_REFUSED. */
static int open_idle_ttl(Call *call, bool is_ephemeral, int64_t *ret) {
        const Value *given = open_last(call, LAST_IDLE_TTL);

        *ret = given ? given->i : 0;
        if (given && is_ephemeral)
                return call_refuse(call, EINVAL,
                                   "idle_ttl_ms: an ephemeral object ends with the sessions that "
                                   "opened it; ask for 'lifetime' persistent");
        return OUTCOME_DONE;
}

static int make(Call *call, const char *name, size_t n_name, Object **ret) {
        const Value *lifetime = open_value(call, OPEN_LIFETIME),
                    *mode = open_value(call, OPEN_MODE);
        ObjectOptions options = {
                .name = name,
                .n_name = n_name,
                .mode = mode ? mode_of_value(mode) : 0600,
                .is_ephemeral = lifetime ? !value_is_text(lifetime, lifetimes[LIFETIME_PERSISTENT])
                                         : name == NULL,
                .max_bytes = open_max_bytes(call),
        };

        int r = open_gid(call, &options.gid);
        if (r == OUTCOME_DONE)
                r = open_durability(call, options.is_ephemeral, &options.durability);
        if (r == OUTCOME_DONE)
                r = open_idle_ttl(call, options.is_ephemeral, &options.idle_ttl_ms);

        return r == OUTCOME_DONE ? object_new(call, call->ref->type, &options, ret) : r;
}

static int check_found(Call *call, Object *object) {
        const char *shown = call_quote(object->name, strlen(object->name));

        if (object->type != call->ref->type)
                return call_refuse(call, EPROTOTYPE, "%s is %s %s, not %s %s", shown,
                                   type_article(object->type), object->type->name,
                                   type_article(call->ref->type), call->ref->type->name);
        if (open_flag(call, OPEN_EXCLUSIVE))
                return call_refuse(call, EEXIST, "%s exists already", shown);
        if (!object_allows(object, call->session, ACCESS_READ) &&
            !object_allows(object, call->session, ACCESS_WRITE))
                return object_deny(call, object, "open");
        object_use(object);
        const Value *check = open_last(call, LAST_CHECK);
        if (check && !check->is_true)
                return OUTCOME_DONE;
        return open_check_options(call, object);
}

static struct json_object *answer(const Object *object, bool created) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || json_put_string(o, "name", object->name) < 0 ||
            json_put_bool(o, "created", created) < 0 || json_put_int(o, "id", object->id) < 0 ||
            json_put_string(o, "lifetime", object->is_ephemeral ? "ephemeral" : "persistent") < 0)
                return NULL;
        return TAKE_PTR(o);
}

int open_handle(Call *call, Object *object) {
        int r = handle_open(call->session, object);

        if (r == -EDQUOT)
                return call_refuse(call, EDQUOT,
                                   "this session, or its user, has too many objects open already "
                                   "(max-handles, max-handles-per-uid)");
        return r;
}

static int give(Call *call, Object *object, bool created, struct json_object *result) {
        const Type *type = object->type;

        return type->open ? type->open(call, object, created, result) : open_handle(call, object);
}

static int open_run(Call *call, Object *none) {
        const Value *given = open_value(call, OPEN_NAME);
        size_t n = 0;
        const char *name = given ? value_bytes(given, &n) : NULL;
        Object *object = name ? object_find(call->core, name, n) : NULL;
        bool created = !object;
        int r;

        if (name && open_flag(call, OPEN_EXCLUSIVE) && !open_flag(call, OPEN_CREATE))
                return call_refuse_arg(call, "exclusive", "exclusive: it requires create");
        if (object)
                r = check_found(call, object);
        else if (name && !open_flag(call, OPEN_CREATE))
                r = call_refuse(call, ENOENT,
                                "no object has the name %s: open it with create to make it",
                                call_quote(name, n));
        else
                r = make(call, name, n, &object);
        if (r != OUTCOME_DONE)
                return r;

        CLEANUP(json_putp) struct json_object *result = answer(object, created);
        r = result ? give(call, object, created, result) : -ENOMEM;
        if (r == OUTCOME_DONE)
                return call_return_json(call, TAKE_PTR(result));
        if (created)
                object_doom(object);
        return r;
}

const Method open_method = {
        .name = "open",
        .run = open_run,
        .work = work_enter,
        .instead = "begin with fewer elements, and add the others afterwards",
        .flags = METHOD_OPENS,
        .args = open_args,
        .result =
                "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"created\":{"
                "\"type\":\"boolean\"},\"id\":{\"type\":\"integer\"},\"lifetime\":{\"type\":"
                "\"string\"}}}",
        .help = "find or make an object in one atomic step",
};
