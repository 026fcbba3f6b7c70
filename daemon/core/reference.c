/* References: made with a value, dropped with it. The model stands in reference.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "call/call.h"
#include "core-state.h"
#include "denied.h"
#include "handle.h"
#include "object.h"
#include "reference.h"
#include "registry.h"
#include "session.h"
#include "unreachable.h"
#include "work.h"

enum {
        WALK_DEPTH = 1024, /* more than any frame may have */
        REFERENCE_STEPS = 4,
        LEASE_STEPS = 4,
};

/* The name that a value refers to, or NULL if it is not a reference. */
static const char *reference_name(struct json_object *value, size_t *ret_n) {
        struct json_object *name;

        if (!json_object_is_type(value, json_type_object) ||
            json_object_object_length(value) != 1 ||
            !json_object_object_get_ex(value, REFERENCE_KEY, &name) ||
            !json_object_is_type(name, json_type_string))
                return NULL;
        *ret_n = json_object_get_string_len(name);
        return json_object_get_string(name);
}

typedef struct WalkLevel {
        struct json_object *container;
        size_t index;            /* of an array */
        struct lh_entry *member; /* of an object */
} WalkLevel;

/* Finds the references in a value, one after the other. */
typedef struct Walk {
        WalkLevel levels[WALK_DEPTH];
        size_t depth;
        struct json_object *next; /* to be looked at */
        bool has_next;
} Walk;

static bool is_container(struct json_object *value) {
        return json_object_is_type(value, json_type_array) ||
               json_object_is_type(value, json_type_object);
}

static void walk_enter(Walk *walk, struct json_object *container) {
        WalkLevel *level = &walk->levels[walk->depth++];

        *level = (WalkLevel){.container = container};
        if (json_object_is_type(container, json_type_object))
                level->member = json_object_get_object(container)->head;
}

static bool walk_step(WalkLevel *level, struct json_object **ret) {
        if (json_object_is_type(level->container, json_type_array)) {
                if (level->index >= json_object_array_length(level->container))
                        return false;
                *ret = json_object_array_get_idx(level->container, level->index++);
                return true;
        }
        if (!level->member)
                return false;
        *ret = (struct json_object *)lh_entry_v(level->member);
        level->member = level->member->next;
        return true;
}

static void walk_init(Walk *walk, struct json_object *value) {
        walk->depth = 0;
        walk->next = value;
        walk->has_next = is_container(value);
}

static const char *walk_next(Walk *walk, size_t *ret_n) {
        for (;;) {
                while (!walk->has_next) {
                        if (walk->depth == 0)
                                return NULL;
                        walk->has_next = walk_step(&walk->levels[walk->depth - 1], &walk->next);
                        if (!walk->has_next)
                                walk->depth--;
                }
                struct json_object *value = walk->next;
                walk->has_next = false;
                const char *name = reference_name(value, ret_n);
                if (name)
                        return name;
                if (is_container(value) && walk->depth < WALK_DEPTH)
                        walk_enter(walk, value);
        }
}

static size_t reference_memory(size_t n_name) {
        return memory_of(sizeof(Reference)) + table_entry_memory(n_name);
}

static void reference_unlink(Reference *reference, const char *name, size_t n) {
        Object *to = reference->to;

        object_drop_structure(reference->from, reference_memory(n));
        table_remove(&reference->from->references, name, n);
        list_unlink(&reference->by_target);
        free(reference);
        if (to)
                object_may_be_unreachable(to);
}

/* The reference between two objects, made when there is none: 0 or -ENOMEM. */
static int reference_get(Object *from, Object *to, Reference **ret) {
        Reference *reference = table_get(&from->references, to->name, strlen(to->name));

        if (!reference) {
                CLEANUP(freep) Reference *made = calloc(1, sizeof(*made));
                if (!made)
                        return -ENOMEM;
                made->from = from;
                list_init(&made->by_target);
                int r = table_add(&from->references, to->name, strlen(to->name), made);
                if (r < 0)
                        return r;
                object_add_structure(from, reference_memory(strlen(to->name)));
                reference = TAKE_PTR(made);
        }
        /* The name may have led nowhere for a while, or to an object that is about to go. */
        if (reference->to != to) {
                reference->to = to;
                list_unlink(&reference->by_target);
                list_append(&to->references_in, &reference->by_target);
                reachability_keep(to);
        }
        *ret = reference;
        return 0;
}

static int reference_add(Call *call, Object *from, const char *name, size_t n) {
        Object *to = object_find(call->core, name, n);
        Reference *reference;

        if (!to)
                return call_refuse(call, ENOENT,
                                   "the value refers to %s, but no object has this name",
                                   call_quote(name, n));
        if (!object_allows(to, call->session, ACCESS_READ) &&
            !object_allows(to, call->session, ACCESS_WRITE))
                return object_deny(call, to, "refer to");
        int r = reference_get(from, to, &reference);
        if (r < 0)
                return r;
        reference->n++;
        return OUTCOME_DONE;
}

static void reference_drop(Object *from, const char *name, size_t n) {
        Reference *reference = table_get(&from->references, name, n);

        if (reference && --reference->n == 0)
                reference_unlink(reference, name, n);
}

int references_add(Call *call, Object *from, struct json_object *value) {
        int r = OUTCOME_DONE;
        size_t n, n_added = 0;
        const char *name;
        Walk walk;

        walk_init(&walk, value);
        while (r == OUTCOME_DONE && (name = walk_next(&walk, &n))) {
                r = reference_add(call, from, name, n);
                if (r == OUTCOME_DONE)
                        n_added++;
        }
        if (r == OUTCOME_DONE)
                return r;
        walk_init(&walk, value);
        for (; n_added > 0 && (name = walk_next(&walk, &n)); n_added--)
                reference_drop(from, name, n);
        return r;
}

void references_drop(Object *from, struct json_object *value) {
        const char *name;
        size_t n;
        Walk walk;

        if (table_size(&from->references) == 0)
                return;
        walk_init(&walk, value);
        while ((name = walk_next(&walk, &n)))
                reference_drop(from, name, n);
}

/* A lease is a handle that ends by itself. If memory runs out, the object gets no lease. */
static void lease_add(Call *call, Object *object) {
        Session *session = call->session;

        if (!call->n_id || !object->is_ephemeral)
                return;
        TableEntry *entry = table_find(&session->leases, &object->id, sizeof(object->id));
        if (entry && entry->serial > session->leases_over)
                return;
        if (handle_open(session, object) < 0)
                return;
        /* One whose time is over ends now: the handle of the new one keeps the object. */
        if (entry)
                handle_close(session, table_remove_entry(&session->leases, entry));
        if (table_add(&session->leases, &object->id, sizeof(object->id), object) < 0)
                handle_close(session, object);
        else
                session->lease_call = call->number;
}

void references_lease(Call *call, Object *from, struct json_object *value) {
        const char *name;
        size_t n;
        Walk walk;

        if (table_size(&from->references) == 0)
                return;
        walk_init(&walk, value);
        while ((name = walk_next(&walk, &n))) {
                const Reference *reference = table_get(&from->references, name, n);
                if (reference && reference->to && !reference->to->is_doomed)
                        lease_add(call, reference->to);
        }
}

/* Ends those whose time is over, the oldest first. True when none is left. */
static bool leases_drop(Session *session) {
        Core *core = session->core;

        for (TableEntry *entry;
             (entry = table_first(&session->leases)) && entry->serial <= session->leases_over;) {
                if (!work_is_allowed(core))
                        return false;
                work_spend(core, LEASE_STEPS);
                handle_close(session, table_remove_entry(&session->leases, entry));
        }
        return true;
}

void leases_end(Session *session, uint64_t except_call) {
        if (table_size(&session->leases) == 0 || session->lease_call >= except_call)
                return;
        session->leases_over = session->leases.last_serial;
        if (!leases_drop(session) && !list_is_linked(&session->in_leases))
                list_append(&session->core->lease_ends, &session->in_leases);
}

void leases_work_off(Core *core) {
        for (List *node; (node = list_first(&core->lease_ends));) {
                if (!leases_drop(LIST_ENTRY(node, Session, in_leases)))
                        return;
                list_unlink(node);
        }
}

bool leases_end_with_session(Session *session) {
        list_unlink(&session->in_leases);
        session->leases_over = UINT64_MAX;
        return leases_drop(session);
}

bool references_end_with_object(Object *object) {
        Core *core = object->core;

        for (List *node; (node = list_first(&object->references_in));) {
                if (!work_is_allowed(core))
                        return false;
                LIST_ENTRY(node, Reference, by_target)->to = NULL;
                list_unlink(node);
                work_spend(core, 1);
        }
        for (TableEntry *entry; (entry = table_first(&object->references));) {
                if (!work_is_allowed(core))
                        return false;
                reference_unlink(entry->value, entry->key, entry->n_key);
                work_spend(core, REFERENCE_STEPS);
        }
        table_deinit(&object->references);
        return true;
}

int reference_restore(Object *from, const char *name, size_t n_name, Object *to, size_t n) {
        CLEANUP(freep) Reference *reference = calloc(1, sizeof(*reference));

        if (!reference)
                return -ENOMEM;
        *reference = (Reference){.from = from, .to = to, .n = n};
        list_init(&reference->by_target);
        int r = table_add(&from->references, name, n_name, reference);
        if (r < 0)
                return r;
        if (to)
                list_append(&to->references_in, &reference->by_target);
        object_add_structure(from, reference_memory(n_name));
        TAKE_PTR(reference);
        return 0;
}
