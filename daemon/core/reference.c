/* References: made with a value, dropped with it. reference.h has the model.
 *
 * A stored value is canonical text, so references are found by searching their only spelling, and a
 * value without the flag VALUE_HAS_REFERENCES is not searched. Adding counts all references of a
 * value or none: a refusal in the middle drops those that were counted (drop_first()), in the order
 * of the text. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem() */
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "call/call.h"
#include "core-state.h"
#include "idle.h"
#include "denied.h"
#include "handle.h"
#include "json/json-escape.h"
#include "json/json-string.h"
#include "object.h"
#include "reference.h"
#include "registry.h"
#include "session.h"
#include "unreachable.h"
#include "work.h"

enum {
        NAME_TEXT_MAX = 2 * ARG_NAME_MAX, /* of a name with all bytes escaped */
        REFERENCE_STEPS = 4,
        LEASE_STEPS = 4,
};

/* Finds the references in a value, one after the other. Canonical text has one spelling of a
 * reference, and no string can contain it, since quotes in a string are escaped. */
typedef struct Walk {
        const char *at, *end; /* of the text */
        char *long_name;      /* owned: the decoded name, if it is too long for an object */
        size_t n;
        char name[NAME_TEXT_MAX];
} Walk;

static const char spelling[] = "{\"" REFERENCE_KEY "\":\"";

static void walk_init(Walk *walk, const Value *value) {
        size_t n = 0;

        walk->at = walk->end = NULL;
        walk->long_name = NULL;
        if (!value_is_container(value) || !(value_flags(value) & VALUE_HAS_REFERENCES))
                return;
        walk->at = value_bytes(value, &n);
        walk->end = walk->at + n;
}

static void walk_deinit(Walk *walk) {
        free(walk->long_name);
}

/* Finds the literal of the next reference; false at the end. An object with other members is not a
 * reference. */
static bool walk_find(Walk *walk, JsonLiteral *ret) {
        while (walk->at) {
                const char *found = memmem(walk->at, (size_t)(walk->end - walk->at), spelling,
                                           strlen(spelling));
                if (!found)
                        break;
                const char *name = found + strlen(spelling);
                const char *quote = json_literal_end(name, walk->end);
                walk->at = quote + 1;
                if (*walk->at != '}')
                        continue;
                *ret = (JsonLiteral){.text = name, .n = (size_t)(quote - name)};
                ret->is_escaped = memchr(name, '\\', ret->n) != NULL;
                return true;
        }
        return false;
}

/* Decodes the name of the next reference; *ret is NULL at the end. Returns 0, or -ENOMEM, which
 * does not happen for names that an object may have. */
static int walk_next(Walk *walk, const char **ret) {
        JsonLiteral literal;
        char *name = walk->name;

        *ret = NULL;
        if (!walk_find(walk, &literal))
                return 0;
        if (literal.n > sizeof(walk->name)) {
                free(walk->long_name);
                name = walk->long_name = malloc(literal.n);
        }
        if (!name)
                return -ENOMEM;
        walk->n = json_literal_decode(&literal, name);
        *ret = name;
        return 0;
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
        if (!to)
                return;
        object_may_be_unreachable(to);
        object_let_go(to);
}

/* Returns the reference between two objects, made if necessary. Returns 0 or -ENOMEM. */
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
        /* The name may have led to no object for a while, or to one that is doomed. */
        if (reference->to != to) {
                reference->to = to;
                list_unlink(&reference->by_target);
                list_append(&to->references_in, &reference->by_target);
                reachability_keep(to);
        }
        *ret = reference;
        return 0;
}

/* Either permission is enough: a value may pass an object on to users who may read it. */
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

int references_add_name(Call *call, Object *from, const char *name, size_t n) {
        return reference_add(call, from, name, n);
}

static void drop_first(Object *from, const Value *value, size_t n_most) {
        const char *name;
        Walk walk;

        walk_init(&walk, value);
        for (; n_most > 0 && walk_next(&walk, &name) == 0 && name; n_most--)
                reference_drop(from, name, walk.n);
        walk_deinit(&walk);
}

int references_add(Call *call, Object *from, const Value *value) {
        size_t n_added = 0;
        const char *name;
        Walk walk;

        walk_init(&walk, value);
        int r = walk_next(&walk, &name);
        while (r == OUTCOME_DONE && name) {
                r = reference_add(call, from, name, walk.n);
                if (r != OUTCOME_DONE)
                        break;
                n_added++;
                r = walk_next(&walk, &name);
        }
        walk_deinit(&walk);
        if (r != OUTCOME_DONE)
                drop_first(from, value, n_added);
        return r;
}

void references_drop(Object *from, const Value *value) {
        if (table_size(&from->references) > 0)
                drop_first(from, value, SIZE_MAX);
}

/* Adds a lease, a handle that ends by itself. If memory runs out, the object gets no lease. */
static void lease_add(Call *call, Object *object) {
        Session *session = call->session;

        if (!call->n_id || !object->is_ephemeral)
                return;
        TableEntry *entry =
                table_find(&session_tables(session)->leases, &object->id, sizeof(object->id));
        if (entry && entry->serial > session->leases_over)
                return;
        if (handle_open(session, object) < 0)
                return;
        /* An expired lease ends now: the handle of the new one keeps the object. */
        if (entry)
                handle_close(session, table_remove_entry(&session->tables->leases, entry));
        if (table_add(&session->tables->leases, &object->id, sizeof(object->id), object) < 0)
                handle_close(session, object);
        else
                session->lease_call = call->number;
}

/* Called when a value leaves its object: without a lease the objects that it names could end before
 * the receiver opens them. */
void references_lease(Call *call, Object *from, const Value *value) {
        const char *name;
        Walk walk;

        if (table_size(&from->references) == 0)
                return;
        walk_init(&walk, value);
        while (walk_next(&walk, &name) == 0 && name) {
                const Reference *reference = table_get(&from->references, name, walk.n);
                if (reference && reference->to && !reference->to->is_doomed)
                        lease_add(call, reference->to);
        }
        walk_deinit(&walk);
}

/* Ends expired leases, the oldest first. Returns true when none is left. */
static bool leases_drop(Session *session) {
        Core *core = session->core;

        for (TableEntry *entry; (entry = table_first(&session_tables(session)->leases)) &&
                                entry->serial <= session->leases_over;) {
                if (!work_is_allowed(core))
                        return false;
                work_spend(core, LEASE_STEPS);
                handle_close(session, table_remove_entry(&session->tables->leases, entry));
        }
        return true;
}

void leases_end(Session *session, uint64_t except_call) {
        if (table_size(&session_tables(session)->leases) == 0 || session->lease_call >= except_call)
                return;
        session->leases_over = session->tables->leases.last_serial;
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

int references_restore_of(Object *from, const Value *value) {
        const char *name;
        Walk walk;
        int r;

        walk_init(&walk, value);
        while ((r = walk_next(&walk, &name)) == 0 && name) {
                Reference *reference = table_get(&from->references, name, walk.n);
                if (reference)
                        reference->n++;
                else
                        r = reference_restore(from, name, walk.n, NULL, 1);
                if (r < 0)
                        break;
        }
        walk_deinit(&walk);
        return r;
}

void references_resolve(Object *from) {
        TABLE_FOREACH (entry, &from->references) {
                Reference *reference = entry->value;
                Object *to = table_get(&from->core->objects, entry->key, entry->n_key);
                if (reference->to || !to)
                        continue;
                reference->to = to;
                list_append(&to->references_in, &reference->by_target);
        }
}
