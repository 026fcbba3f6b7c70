/* Records of objects, with the state and the contents that their types write, their references, and
 * their remains. An object that has ended has only memory to give back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "base/memory.h"
#include "change.h"
#include "core-state.h"
#include "idle.h"
#include "name.h"
#include "object.h"
#include "reference.h"
#include "registry.h"
#include "remains.h"
#include "save/records.h"
#include "types/entries.h"
#include "types/queue.h"
#include "types/types.h"
#include "types/vector.h"

static const RemainsKind *const remains_kinds[] = {&entries_remains, &vector_remains,
                                                   &queue_remains, &queue_entry_remains};

static void each_ended(const Core *core, void (*call)(const Object *object, void *userdata),
                       void *userdata) {
        TABLE_FOREACH (entry, &core->accounts) {
                const Account *account = entry->value;
                LIST_FOREACH (node, &account->remains) {
                        const Remains *remains = LIST_ENTRY(node, Remains, in_account);
                        const Object *object = remains->object;
                        if (object->has_ended &&
                            list_first(&object->remains) == &remains->in_object)
                                call(object, userdata);
                }
        }
        LIST_FOREACH (node, &core->ended)
                call(LIST_ENTRY(node, Object, in_doomed), userdata);
}

void objects_for_each(const Core *core, void (*call)(const Object *object, void *userdata),
                      void *userdata) {
        TABLE_FOREACH (entry, &core->objects)
                call(entry->value, userdata);
        each_ended(core, call, userdata);
}

/* A timer that is off has no time. */
static void idle_save(const Idle *idle, SnapshotWriter *w) {
        snapshot_put_int(w, "idle_ttl_ms", idle->ttl_ms);
        if (tree_node_is_linked(&idle->by_due))
                snapshot_put_int(w, "idle_due_ns", idle->by_due.key);
}

static void object_save(const Object *object, uint64_t serial, SnapshotWriter *w) {
        snapshot_begin(w, "object");
        snapshot_put_uint(w, "id", object->id);
        snapshot_put_string(w, "type", object->type->name);
        snapshot_put_string(w, "name", object->name);
        snapshot_put_int(w, "uid", object->uid);
        snapshot_put_int(w, "gid", object->gid);
        snapshot_put_int(w, "mode", object->mode);
        snapshot_put_bool(w, "ephemeral", object->is_ephemeral);
        snapshot_put_uint(w, "max_bytes", object->max_bytes);
        snapshot_put_int(w, "created_ms", object->created_ms);
        snapshot_put_bool(w, "ended", object->has_ended);
        snapshot_put_uint(w, "serial", serial);
        if (object->durable) {
                snapshot_put_string(w, "durable", durabilities[object->durable->durability]);
                snapshot_put_int(w, "base", object->durable->base);
                snapshot_put_int(w, "noted_ns", object->durable->noted_ns);
        }
        snapshot_put_int(w, "used_ns", object->used_ns);
        if (object->idle)
                idle_save(object->idle, w);
        if (object->has_ended)
                return;
        snapshot_begin(w, "state");
        object->type->save(object, w);
}

static void save_ended(const Object *object, void *w) {
        object_save(object, 0, w);
}

void objects_save(const Core *core, SnapshotWriter *w) {
        TABLE_FOREACH (entry, &core->objects)
                object_save(entry->value, entry->serial, w);
        each_ended(core, save_ended, w);
}

static const Type *read_type(SnapshotReader *r) {
        char name[64];

        snapshot_get_string(&r->record, "type", name, sizeof(name));
        for (const Type *const *type = types; *type; type++)
                if (strcmp((*type)->name, name) == 0)
                        return *type;
        snapshot_fail(r, -EBADMSG, "unknown type '%s'", name);
        return NULL;
}

static char *read_name(SnapshotReader *r) {
        size_t n;
        CLEANUP(freep) char *name = snapshot_get_text(&r->record, "name", &n);

        if (r->error == 0 && (!name || name_fault(name, n)))
                snapshot_fail(r, -EBADMSG, "the name of the object is not valid");
        return r->error == 0 ? TAKE_PTR(name) : NULL;
}

static Object *object_make(Core *core, SnapshotReader *r) {
        uint64_t id = snapshot_get_uint(&r->record, "id");
        const Type *type = read_type(r);
        CLEANUP(freep) char *name = read_name(r);
        uid_t uid = (uid_t)snapshot_get_range(&r->record, "uid", 0, UINT32_MAX);
        Account *account;

        if (r->error == 0 && id == 0)
                snapshot_fail(r, -EBADMSG, "an id is 0");
        CLEANUP(freep) Object *object = r->error == 0 ? calloc(1, type->size) : NULL;
        if (!object || account_get(core, uid, &account) < 0) {
                snapshot_fail(r, -ENOMEM, "memory ran out");
                return NULL;
        }
        if (snapshot_mark(r, SNAPSHOT_OBJECT, id, object) < 0)
                return NULL;
        object->type = type;
        object->core = core;
        object->id = id;
        object->name = TAKE_PTR(name);
        object->uid = uid;
        object->account = account;
        object->account->n_objects++;
        object_init_lists(object);
        object_add_structure(object, memory_of(type->size));
        return TAKE_PTR(object);
}

/* Enters the object into the registry. Returns 0, or the reader's error. */
static int object_enter(Object *object, SnapshotReader *r, int64_t serial) {
        Table *objects = &object->core->objects;
        size_t n = strlen(object->name);

        if (serial <= 0 || (uint64_t)serial <= objects->last_serial)
                return snapshot_fail(r, -EBADMSG, "the serials of objects do not grow");
        objects->last_serial = (uint64_t)serial - 1;
        int error = table_add(objects, object->name, n, object);
        if (error < 0)
                return snapshot_fail_making(r, error, "an object of this name");
        object_add_structure(object, memory_of(n + 1) + table_entry_memory(n));
        return 0;
}

/* Brings the object into the state in which object_doom() and object-end.c leave it. */
static void object_enter_ended(Object *object) {
        size_t n = strlen(object->name);

        object_add_structure(object, memory_of(n + 1) + table_entry_memory(n));
        object->account->n_objects--;
        object->is_doomed = object->has_ended = true;
        list_append(&object->core->ended, &object->in_doomed);
}

/* Reads "durable". An object that is not durable has no such member. */
static Durability read_durability(SnapshotRecord *record, const Type *type, int64_t *ret_base) {
        JsonSpan span;

        if (!snapshot_find(record, "durable", &span))
                return DURABLE_NO;
        for (Durability i = DURABLE_ASYNC; type->can_be_durable && i <= DURABLE_SYNC; i++)
                if (json_span_equals(&span, durabilities[i])) {
                        *ret_base = snapshot_get_int(record, "base");
                        return i;
                }
        snapshot_fail(record->reader, -EBADMSG, "the object cannot be durable in this way");
        return DURABLE_NO;
}

/* The members of a record about the use of its object. */
typedef struct Use {
        int64_t used_ns, noted_ns, ttl_ms, due_ns;
        bool is_armed;
} Use;

static Use use_read(SnapshotReader *r, bool is_durable) {
        const int64_t least = INT64_MIN / 2;
        int64_t now_ns = r->now_ns;
        Use use = {.used_ns = now_ns, .noted_ns = least};
        JsonSpan span;

        if (r->format == SNAPSHOT_FORMAT_WITHOUT_USE)
                return use;
        use.used_ns = snapshot_get_range(&r->record, "used_ns", least, now_ns);
        if (is_durable)
                use.noted_ns = snapshot_get_range(&r->record, "noted_ns", least, now_ns);
        if (!snapshot_find(&r->record, "idle_ttl_ms", &span))
                return use;
        use.ttl_ms = snapshot_read_int(r, &span);
        if (use.ttl_ms < 1 || use.ttl_ms > IDLE_TTL_MOST)
                snapshot_fail(r, -EBADMSG, "an idle_ttl_ms is out of its bounds");
        use.is_armed = snapshot_find(&r->record, "idle_due_ns", &span);
        if (use.is_armed)
                use.due_ns = snapshot_read_int(r, &span);
        return use;
}

/* 0 or -ENOMEM. */
static int use_restore(Object *object, const Use *use) {
        object->used_ns = use->used_ns;
        if (object->durable)
                object->durable->noted_ns = use->noted_ns;
        return use->ttl_ms ? idle_restore(object, use->ttl_ms, use->is_armed, use->due_ns) : 0;
}

static void object_load(Core *core, SnapshotReader *r) {
        Object *object = object_make(core, r);

        if (!object)
                return;
        object->gid = (gid_t)snapshot_get_range(&r->record, "gid", 0, UINT32_MAX);
        object->mode = (mode_t)snapshot_get_range(&r->record, "mode", 0, 0777);
        object->is_ephemeral = snapshot_get_bool(&r->record, "ephemeral");
        object->max_bytes = snapshot_get_uint(&r->record, "max_bytes");
        object->created_ms = snapshot_get_int(&r->record, "created_ms");
        bool has_ended = snapshot_get_bool(&r->record, "ended");
        int64_t serial = snapshot_get_int(&r->record, "serial"), base = 0;
        Durability durability = read_durability(&r->record, object->type, &base);
        Use use = use_read(r, durability != DURABLE_NO);
        snapshot_next(r);
        if (r->error == 0 && has_ended) {
                object_enter_ended(object);
                return;
        }
        if (!snapshot_is(r, "state"))
                snapshot_fail(r, -EBADMSG, "the object has no record of kind 'state'");
        if (r->error == 0)
                object->type->load(object, &r->record);
        if (snapshot_is(r, "state"))
                snapshot_next(r);
        if (r->error == 0 &&
            (durable_restore(object, durability, base) < 0 || use_restore(object, &use) < 0))
                snapshot_fail(r, -ENOMEM, "memory ran out");
        if (r->error < 0 || object_enter(object, r, serial) < 0)
                object_doom(object);
}

void objects_load(Core *core, SnapshotReader *r) {
        while (snapshot_is(r, "object"))
                object_load(core, r);
}

static void save_references(const Object *object, void *userdata) {
        SnapshotWriter *w = userdata;

        TABLE_FOREACH (entry, &object->references) {
                const Reference *reference = entry->value;
                snapshot_begin(w, "reference");
                snapshot_put_uint(w, "from", object->id);
                snapshot_put_uint(w, "to", reference->to ? reference->to->id : 0);
                snapshot_put_text(w, "name", entry->key, entry->n_key);
                snapshot_put_uint(w, "n", reference->n);
        }
}

void references_save(const Core *core, SnapshotWriter *w) {
        objects_for_each(core, save_references, w);
}

static void reference_load(SnapshotReader *r) {
        Object *from = snapshot_find_object(r, snapshot_get_uint(&r->record, "from"));
        uint64_t to_id = snapshot_get_uint(&r->record, "to");
        Object *to = to_id ? snapshot_find_object(r, to_id) : NULL;
        size_t n_name;
        CLEANUP(freep) char *name = snapshot_get_text(&r->record, "name", &n_name);
        int64_t n = snapshot_get_range(&r->record, "n", 1, INT64_MAX);

        if (r->error == 0 && (!name || (to && strcmp(to->name, name) != 0)))
                snapshot_fail(r, -EBADMSG, "the reference does not name its object");
        if (r->error < 0)
                return;
        int error = reference_restore(from, name, n_name, to, (size_t)n);
        if (error < 0)
                snapshot_fail_making(r, error, "a reference of this name");
}

void references_load(Core *core, SnapshotReader *r) {
        for (; snapshot_is(r, "reference"); snapshot_next(r))
                reference_load(r);
}

void remains_save(const Core *core, SnapshotWriter *w) {
        TABLE_FOREACH (entry, &core->accounts) {
                const Account *account = entry->value;
                LIST_FOREACH (node, &account->remains) {
                        const Remains *remains = LIST_ENTRY(node, Remains, in_account);
                        snapshot_begin(w, "remains");
                        snapshot_put_uint(w, "object", remains->object->id);
                        snapshot_put_string(w, "of", remains->kind->name);
                        remains->kind->save(remains, w);
                }
        }
}

static const RemainsKind *read_remains_kind(SnapshotReader *r) {
        char name[32];

        snapshot_get_string(&r->record, "of", name, sizeof(name));
        for (size_t i = 0; i < ELEMENTSOF(remains_kinds); i++)
                if (strcmp(remains_kinds[i]->name, name) == 0)
                        return remains_kinds[i];
        snapshot_fail(r, -EBADMSG, "'%s' leaves no remains", name);
        return NULL;
}

void remains_load(Core *core, SnapshotReader *r) {
        while (snapshot_is(r, "remains")) {
                Object *object = snapshot_find_object(r, snapshot_get_uint(&r->record, "object"));
                const RemainsKind *kind = read_remains_kind(r);
                if (r->error == 0 && (kind == &queue_remains || kind == &queue_entry_remains) &&
                    object->type != &type_queue)
                        snapshot_fail(r, -EBADMSG, "the object has no items");
                if (r->error < 0)
                        return;
                /* The object waits for its remains, and cannot be freed yet. */
                list_unlink(&object->in_doomed);
                kind->load(object, r);
        }
}
