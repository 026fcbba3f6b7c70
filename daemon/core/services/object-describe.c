/* The descriptions of an object in object.stat and object.list. */
#include <errno.h>
#include <stdio.h>

#include "change.h"
#include "core-state.h"
#include "handle.h"
#include "idle.h"
#include "json/json-util.h"
#include "object.h"
#include "services/object-describe.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "who.h"
#include "work.h"

enum { DESCRIBE_STEPS = 20 }; /* for a handle, a hold or a wait */

/* Returns the members that all users may see. */
static struct json_object *object_identify(const Object *object, bool may_read) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        char mode[8];

        snprintf(mode, sizeof(mode), "%04o", object->mode & 07777u);
        if (!o || json_put_string(o, "name", object->name) < 0 ||
            json_put_string(o, "type", object->type->name) < 0 ||
            json_put_int(o, "id", object->id) < 0 || json_put_int(o, "uid", object->uid) < 0 ||
            json_put_int(o, "gid", object->gid) < 0 || json_put_string(o, "mode", mode) < 0 ||
            json_put_string(o, "lifetime", object->is_ephemeral ? "ephemeral" : "persistent") < 0 ||
            json_put_string(o, "durable", durabilities[durability_of(object)]) < 0 ||
            json_put_int(o, "created_ms", object->created_ms) < 0 ||
            json_put_bool(o, "readable", may_read) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static struct json_object *object_summarize(Object *object, bool may_read) {
        CLEANUP(json_putp) struct json_object *o = object_identify(object, may_read);

        if (!o || !may_read)
                return TAKE_PTR(o);
        if (json_put_int(o, "used_ms", object_used_ms(object)) < 0 ||
            (object->idle && json_put_int(o, "idle_ttl_ms", object->idle->ttl_ms) < 0) ||
            json_put_int(o, "bytes", object->n_bytes) < 0)
                return NULL;
        if (object->type->length && json_put_int(o, "length", object->type->length(object)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

struct json_object *object_summary(Object *object, const Session *to) {
        return object_summarize(object, object_allows(object, to, ACCESS_READ));
}

/* Each of these lists ends after n_most entries. */

static struct json_object *object_describe_holders(Object *object, size_t n_most) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        LIST_FOREACH (node, &object->holds) {
                if (n_most-- == 0)
                        break;
                work_count(object->core, DESCRIBE_STEPS);
                if (json_push(array, hold_describe(LIST_ENTRY(node, Hold, by_object))) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

static int queue_describe_waiters(const WaitQueue *queue, struct json_object *array,
                                  size_t n_most) {
        LIST_FOREACH (node, &queue->waiters) {
                if (json_object_array_length(array) == n_most)
                        break;
                work_count(queue->object->core, DESCRIBE_STEPS);
                if (json_push(array, wait_describe(LIST_ENTRY(node, Waiter, in_queue)->wait)) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static struct json_object *object_describe_waiters(Object *object, size_t n_most) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        LIST_FOREACH (node, &object->queues)
                if (queue_describe_waiters(LIST_ENTRY(node, WaitQueue, in_object), array, n_most) <
                    0)
                        return NULL;
        return TAKE_PTR(array);
}

static struct json_object *object_describe_handles(Object *object, size_t n_most) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        LIST_FOREACH (node, &object->handles) {
                CLEANUP(json_putp) struct json_object *o = json_object_new_object();
                if (n_most-- == 0)
                        break;
                work_count(object->core, DESCRIBE_STEPS);
                if (!o || session_describe(LIST_ENTRY(node, Handle, by_object)->session, o) < 0 ||
                    json_push(array, TAKE_PTR(o)) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

static size_t object_count_waiters(const Object *object) {
        size_t n = 0;

        LIST_FOREACH (node, &object->queues)
                n += LIST_ENTRY(node, WaitQueue, in_object)->n_waiters;
        return n;
}

uint64_t object_describe_work(const Object *object, size_t n_most) {
        size_t n_waiters = object_count_waiters(object);
        uint64_t n = 0;

        n += object->n_handles < n_most ? object->n_handles : n_most;
        n += object->n_holds < n_most ? object->n_holds : n_most;
        n += n_waiters < n_most ? n_waiters : n_most;
        return 1 + n * DESCRIBE_STEPS;
}

struct json_object *object_describe(Object *object, const Session *to, size_t n_most) {
        bool may_read = object_allows(object, to, ACCESS_READ);
        CLEANUP(json_putp) struct json_object *o = object_summarize(object, may_read);

        if (!o || !may_read)
                return TAKE_PTR(o);
        if (object->durable &&
            json_put_bool(o, "unsynced",
                          durable_is_unsynced(object->durable, &object->core->changes)) < 0)
                return NULL;
        if (json_put_int(o, "max_bytes", (int64_t)object_max_bytes(object)) < 0 ||
            json_put_int(o, "n_handles", (int64_t)object->n_handles) < 0 ||
            json_put(o, "handles", object_describe_handles(object, n_most)) < 0 ||
            json_put_int(o, "n_holders", (int64_t)object->n_holds) < 0 ||
            json_put(o, "holders", object_describe_holders(object, n_most)) < 0 ||
            json_put_int(o, "n_waiters", (int64_t)object_count_waiters(object)) < 0 ||
            json_put(o, "waiters", object_describe_waiters(object, n_most)) < 0)
                return NULL;
        if (object->type->describe && object->type->describe(object, o) < 0)
                return NULL;
        return TAKE_PTR(o);
}
