/* The record of the lists of the core: of sessions by id, of objects by id, of accounts by uid. It has
 * the lists whose entries are in no list of an owner.
 *
 * Each list exists before the record is read, as what its members say: loading only moves members to the end of their list, one after
 * the other, and rejects ids of sessions, objects and users that cannot be in it. */
#include <errno.h>

#include "account.h"
#include "core-state.h"
#include "monitor.h"
#include "object.h"
#include "save/records.h"
#include "session.h"
#include "unreachable.h"

static void put_session_ids(SnapshotWriter *w, const char *key, const List *list, size_t offset) {
        snapshot_open_array(w, key);
        LIST_FOREACH (node, list)
                snapshot_put_uint(w, NULL, ((const Session *)((const char *)node - offset))->id);
        snapshot_close_array(w);
}

static void put_object_ids(SnapshotWriter *w, const char *key, const List *list, size_t offset) {
        snapshot_open_array(w, key);
        LIST_FOREACH (node, list)
                snapshot_put_uint(w, NULL, ((const Object *)((const char *)node - offset))->id);
        snapshot_close_array(w);
}

void lists_save(const Core *core, SnapshotWriter *w) {
        const Reachability *reachability = &core->reachability;

        snapshot_begin(w, "lists");
        put_session_ids(w, "dirty", &core->dirty, offsetof(Session, in_dirty));
        put_session_ids(w, "lease_ends", &core->lease_ends, offsetof(Session, in_leases));
        snapshot_open_array(w, "monitors");
        LIST_FOREACH (node, &core->monitors)
                snapshot_put_uint(w, NULL, LIST_ENTRY(node, Monitor, in_core)->session->id);
        snapshot_close_array(w);
        snapshot_open_array(w, "leaving");
        LIST_FOREACH (node, &core->leaving)
                snapshot_put_int(w, NULL, LIST_ENTRY(node, Account, in_leaving)->uid);
        snapshot_close_array(w);
        put_object_ids(w, "ended", &core->ended, offsetof(Object, in_doomed));
        put_object_ids(w, "suspects", &reachability->suspects, offsetof(Object, in_suspects));
        put_object_ids(w, "accused", &reachability->accused, offsetof(Object, in_suspects));
        put_object_ids(w, "found", &reachability->found, offsetof(Object, in_search));
        put_object_ids(w, "gathered", &reachability->gathered, offsetof(Object, in_search));
        put_object_ids(w, "reached", &reachability->reached, offsetof(Object, in_search));
        snapshot_put_bool(w, "condemning", reachability->is_condemning);
}

/* Reads the next id of an array. Returns false at its end. */
static bool next_id(SnapshotReader *r, JsonCursor *cursor, uint64_t *ret) {
        JsonSpan span;

        if (!snapshot_next_element(r, cursor, &span))
                return false;
        *ret = (uint64_t)snapshot_read_int(r, &span);
        return r->error == 0;
}

/* Moves a member of the list to its end. */
static void move_to_end(List *list, List *node) {
        list_unlink(node);
        list_append(list, node);
}

/* Finds the link of a member of a list, or returns NULL if the id cannot be that of one. */
typedef ListLink *FindLink(const Core *core, SnapshotReader *r, uint64_t id);

static ListLink *find_dirty(const Core *core, SnapshotReader *r, uint64_t id) {
        Session *session = snapshot_find_session(r, id);

        return session && !session->has_ended ? &session->in_dirty : NULL;
}

static ListLink *find_lease_end(const Core *core, SnapshotReader *r, uint64_t id) {
        Session *session = snapshot_find_session(r, id);

        return session && !session->has_ended ? &session->in_leases : NULL;
}

static ListLink *find_monitor(const Core *core, SnapshotReader *r, uint64_t id) {
        Session *session = snapshot_find_session(r, id);

        return session && session->monitor ? &session->monitor->in_core : NULL;
}

static ListLink *find_leaving(const Core *core, SnapshotReader *r, uint64_t id) {
        uid_t uid = (uid_t)id;
        Account *account = table_get(&core->accounts, &uid, sizeof(uid));

        return account && list_is_linked(&account->in_leaving) ? &account->in_leaving : NULL;
}

static ListLink *find_ended(const Core *core, SnapshotReader *r, uint64_t id) {
        Object *object = snapshot_find_object(r, id);

        return object && list_is_linked(&object->in_doomed) ? &object->in_doomed : NULL;
}

static ListLink *find_suspect(const Core *core, SnapshotReader *r, uint64_t id) {
        Object *object = snapshot_find_object(r, id);

        return object && !object->has_ended ? &object->in_suspects : NULL;
}

static void order_load(Core *core, SnapshotReader *r, const char *key, List *list, FindLink *find,
                       const char *fault) {
        JsonCursor cursor;
        uint64_t id;

        snapshot_get_array(&r->record, key, &cursor);
        while (next_id(r, &cursor, &id)) {
                ListLink *link = find(core, r, id);
                if (link)
                        move_to_end(list, link);
                else
                        snapshot_fail(r, -EBADMSG, "%s: '%s'", fault, key);
        }
}

/* The pass over unreachable objects continues where it was: its phases are these lists
 * (collect.c). */
static void search_load(SnapshotReader *r, const char *key, List *list, SearchState state) {
        JsonCursor cursor;
        uint64_t id;

        snapshot_get_array(&r->record, key, &cursor);
        while (next_id(r, &cursor, &id)) {
                Object *object = snapshot_find_object(r, id);
                if (object && !object->has_ended && object->search == SEARCH_NOT)
                        search_move(object, list, state);
                else
                        snapshot_fail(r, -EBADMSG, "an object cannot be in '%s'", key);
        }
}

void lists_load(Core *core, SnapshotReader *r) {
        static const char in_end[] = "a session that has ended is in a list";
        static const char out_of_use[] = "an object that has ended is in a list";
        Reachability *reachability = &core->reachability;

        if (!snapshot_is(r, "lists")) {
                snapshot_fail(r, -EBADMSG, "the record of kind 'lists' is missing");
                return;
        }
        order_load(core, r, "dirty", &core->dirty, find_dirty, in_end);
        order_load(core, r, "lease_ends", &core->lease_ends, find_lease_end, in_end);
        /* Events reach monitors in the order in which these began. */
        order_load(core, r, "monitors", &core->monitors, find_monitor,
                   "the session is not a monitor");
        /* Accounts with remains take turns in this order. */
        order_load(core, r, "leaving", &core->leaving, find_leaving,
                   "the user has no deferred work");
        /* Objects whose contents were dropped, and which wait for their last slices
         * (object-end.c). */
        order_load(core, r, "ended", &core->ended, find_ended, "the object has not ended");
        order_load(core, r, "suspects", &reachability->suspects, find_suspect, out_of_use);
        order_load(core, r, "accused", &reachability->accused, find_suspect, out_of_use);
        search_load(r, "found", &reachability->found, SEARCH_FOUND);
        search_load(r, "gathered", &reachability->gathered, SEARCH_GATHERED);
        search_load(r, "reached", &reachability->reached, SEARCH_REACHED);
        reachability->is_condemning = snapshot_get_bool(&r->record, "condemning");
        snapshot_next(r);
}
