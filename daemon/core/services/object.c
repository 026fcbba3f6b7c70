/* object.*: methods for objects of any type. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "change.h"
#include "core-state.h"
#include "handle.h"
#include "idle.h"
#include "json/json-util.h"
#include "object.h"
#include "open.h"
#include "registry.h"
#include "services/listing.h"
#include "services/object-describe.h"
#include "services/services.h"
#include "services/wait-any.h"
#include "session.h"
#include "types/types.h"

/* Finds the object named by the first parameter. Returns OUTCOME_DONE or OUTCOME_REFUSED. */
static int find(Call *call, Object **ret) {
        size_t n;
        const char *name = call_string(call, 0, &n);

        *ret = object_find(call->core, name, n);
        if (!*ret)
                return call_refuse(call, ENOENT, "no object has the name %s", call_quote(name, n));
        return OUTCOME_DONE;
}

/* Like find(), for methods that only the owner may call. */
static int find_own(Call *call, Object **ret) {
        int r = find(call, ret);

        if (r == OUTCOME_DONE && !object_is_owned_by(*ret, call->session))
                return call_refuse(call, EACCES,
                                   "%s: only the owner, uid %u, and root may change %s in this way",
                                   call->ref->name, (*ret)->uid,
                                   call_quote((*ret)->name, strlen((*ret)->name)));
        return r;
}

/* The call uses the object. */
static int find_owned(Call *call, Object **ret) {
        int r = find_own(call, ret);

        if (r == OUTCOME_DONE)
                object_use(*ret);
        return r;
}

enum { STAT_NAME, STAT_COUNT, STAT_COUNT_USUAL = 100, STAT_COUNT_MOST = 1000 };

static size_t stat_count(const Call *call) {
        return (size_t)call_int(call, STAT_COUNT, STAT_COUNT_USUAL);
}

static uint64_t work_stat(const Call *call, const Object *none) {
        size_t n;
        const char *name = call_string(call, STAT_NAME, &n);
        const Object *object = object_find(call->core, name, n);

        if (!object || !object_allows(object, call->session, ACCESS_READ))
                return 1;
        return object_describe_work(object, stat_count(call));
}

static int object_stat(Call *call, Object *none) {
        Object *object;
        int r = find(call, &object);
        if (r != OUTCOME_DONE)
                return r;
        return call_return_made(call, object_describe(object, call->session, stat_count(call)));
}

enum { DELETE_NAME, DELETE_UNUSED };

/* The object may have been used since the caller has seen it. */
static int check_unused(Call *call, const Object *object) {
        if (!call_has(call, DELETE_UNUSED) ||
            object_is_unused(object, call_int(call, DELETE_UNUSED, 0)))
                return OUTCOME_DONE;
        const char *name = call_quote(object->name, strlen(object->name));
        if (object_is_in_use(object))
                return call_refuse(call, EBUSY, "%s is in use", name);
        return call_refuse(call, EBUSY, "%s was used %lld ms ago", name,
                           (long long)((call->core->now_ns - object->used_ns) / 1000000));
}

static int object_delete(Call *call, Object *none) {
        Object *object;
        int r = find_own(call, &object);
        if (r == OUTCOME_DONE)
                r = check_unused(call, object);
        if (r != OUTCOME_DONE)
                return r;
        /* For monitors, since the name no longer leads to the object. */
        call->object = object;
        object_doom(object);
        return call_return_null(call);
}

static int object_close(Call *call, Object *none) {
        Object *object;
        int r = find(call, &object);
        if (r != OUTCOME_DONE)
                return r;
        if (handle_close(call->session, object) < 0)
                return call_refuse(call, EINVAL, "this session has not opened %s",
                                   call_quote(object->name, strlen(object->name)));
        object_use(object);
        return call_return_null(call);
}

static int object_chmod(Call *call, Object *none) {
        Object *object;
        int r = find_owned(call, &object);
        if (r != OUTCOME_DONE)
                return r;
        object->mode = mode_of_value(call_value(call, 1));
        change_report(object, 0, 0);
        return call_return_null(call);
}

static int object_chown(Call *call, Object *none) {
        Object *object;
        int r = find_owned(call, &object);
        if (r != OUTCOME_DONE)
                return r;
        uid_t uid = call_int(call, 1, object->uid);
        gid_t gid = call_int(call, 2, object->gid);
        bool is_root = call->session->peer.uid == 0;
        if (uid != object->uid && !is_root)
                return call_refuse(call, EACCES, "object.chown: only root may give an object away");
        if (gid != object->gid && !is_root && !session_in_group(call->session, gid))
                return call_refuse(call, EACCES, "object.chown: uid %u is not a member of group %u",
                                   call->session->peer.uid, gid);
        r = object_set_owner(object, uid, gid);
        change_report(object, 0, 0);
        return r < 0 ? r : call_return_null(call);
}

static int object_limit(Call *call, Object *none) {
        Object *object;
        int r = find_owned(call, &object);
        if (r != OUTCOME_DONE)
                return r;
        object->max_bytes = call_has(call, 1) ? (uint64_t)call_int(call, 1, 0) : MAX_BYTES_DEFAULT;
        change_report(object, 0, 0);
        return call_return_null(call);
}

#define NAME_ARG                                                                                   \
        { .name = "name", .kind = ARG_NAME, .help = "the object's name" }

static const Arg name_args[] = {NAME_ARG, {0}};

static const Arg stat_args[] = {
        [STAT_NAME] = NAME_ARG,
        [STAT_COUNT] = {.name = "count",
                        .kind = ARG_INT,
                        .optional = true,
                        .bounded = true,
                        .minimum = 0,
                        .maximum = STAT_COUNT_MOST,
                        .fallback = "100",
                        .help = "the most handles, holders and waiters to list, of each kind"},
        {0},
};

static const Arg delete_args[] = {
        [DELETE_NAME] = NAME_ARG,
        [DELETE_UNUSED] = UNUSED_ARG("delete it only if it is not in use, and was not for so long"),
        {0},
};

static const Arg chmod_args[] = {
        NAME_ARG,
        {.name = "mode", .kind = ARG_MODE, .help = "the new permission bits"},
        {0},
};

static const Arg chown_args[] = {
        NAME_ARG,
        {.name = "uid",
         .kind = ARG_INT,
         .optional = true,
         .bounded = true,
         .maximum = UINT32_MAX - 1,
         .schema = UID_SCHEMA,
         .help = "the new owner (root only)"},
        {.name = "gid",
         .kind = ARG_INT,
         .optional = true,
         .bounded = true,
         .maximum = UINT32_MAX - 1,
         .schema = GID_SCHEMA,
         .help = "the new group, one of the caller's own (root: any)"},
        {0},
};

static const Arg limit_args[] = {
        NAME_ARG,
        {.name = "max_bytes",
         .kind = ARG_INT,
         .optional = true,
         .bounded = true,
         .maximum = INT64_MAX,
         .help = "bytes up to which users other than the owner and root may fill it; absent: a "
                 "sixteenth of what its owner may store"},
        {0},
};

static const Method methods[] = {
        {.name = "list",
         .run = object_list,
         .work = work_list,
         .instead = "use object.scan",
         .args = object_list_args,
         .result = ARRAY_SCHEMA,
         .help = "all objects, or those with a name or of a type"},
        {.name = "scan",
         .run = object_scan,
         .work = work_scan_objects,
         .args = object_scan_args,
         .result = "{\"type\":\"object\",\"required\":[\"objects\"],\"properties\":{"
                   "\"cursor\":{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]},\"objects\":"
                   "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}",
         .help = "some objects, and a cursor for the next; null when there are no more"},
        {.name = "stat",
         .run = object_stat,
         .work = work_stat,
         .args = stat_args,
         .result = OBJECT_SCHEMA,
         .help = "show one object: size, owner, holders, waiting calls, and since when"},
        {.name = "delete",
         .run = object_delete,
         .work = work_constant,
         .args = delete_args,
         .result = NULL_SCHEMA,
         .help = "delete an object; calls that wait for it get EIDRM"},
        {.name = "close",
         .run = object_close,
         .work = work_constant,
         .args = name_args,
         .result = NULL_SCHEMA,
         .help = "close the object: undo one open of this session"},
        {.name = "chmod",
         .run = object_chmod,
         .work = work_constant,
         .args = chmod_args,
         .result = NULL_SCHEMA,
         .help = "change the permission bits"},
        {.name = "chown",
         .run = object_chown,
         .work = work_constant,
         .args = chown_args,
         .result = NULL_SCHEMA,
         .help = "change the owner or the group"},
        {.name = "limit",
         .run = object_limit,
         .work = work_constant,
         .args = limit_args,
         .result = NULL_SCHEMA,
         .help = "change how many bytes users other than the owner may store in it"},
        {.name = "wait_any",
         .run = object_wait_any,
         .restore = wait_any_restore,
         .work = work_store,
         .flags = METHOD_BLOCKS,
         .args = wait_any_args,
         .result = "{\"type\":\"object\",\"required\":[\"index\",\"name\"]}",
         .help = "wait until one of several objects is ready, and return its index"},
        {0},
};

const Service service_object = {
        .name = "object",
        .help = "objects of any type",
        .methods = methods,
};
