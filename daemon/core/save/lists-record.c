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

static void sessions_of_list(SnapshotReader *r, const char *key, List *list, size_t offset) {
        JsonCursor cursor;
        uint64_t id;

        snapshot_get_array(&r->record, key, &cursor);
        while (next_id(r, &cursor, &id)) {
                Session *session = snapshot_find_session(r, id);
                if (session && session->has_ended)
                        snapshot_fail(r, -EBADMSG, "a session that has ended is in '%s'", key);
                else if (session)
                        move_to_end(list, (List *)((char *)session + offset));
        }
}

/* Events reach monitors in the order in which these began. */
static void monitors_load(Core *core, SnapshotReader *r) {
        JsonCursor cursor;
        uint64_t id;

        snapshot_get_array(&r->record, "monitors", &cursor);
        while (next_id(r, &cursor, &id)) {
                Session *session = snapshot_find_session(r, id);
                if (session && session->monitor)
                        move_to_end(&core->monitors, &session->monitor->in_core);
                else
                        snapshot_fail(r, -EBADMSG, "the session is not a monitor");
        }
}

/* Accounts with remains take turns in this order. */
static void leaving_load(Core *core, SnapshotReader *r) {
        JsonCursor cursor;
        uint64_t id;

        snapshot_get_array(&r->record, "leaving", &cursor);
        while (next_id(r, &cursor, &id)) {
                uid_t uid = (uid_t)id;
                Account *account = table_get(&core->accounts, &uid, sizeof(uid));
                if (account && list_is_linked(&account->in_leaving))
                        move_to_end(&core->leaving, &account->in_leaving);
                else
                        snapshot_fail(r, -EBADMSG, "the user has no deferred work");
        }
}

/* Reads the objects whose contents were dropped, and which wait for their last slices
 * (object-end.c). */
static void ended_load(Core *core, SnapshotReader *r) {
        JsonCursor cursor;
        uint64_t id;

        snapshot_get_array(&r->record, "ended", &cursor);
        while (next_id(r, &cursor, &id)) {
                Object *object = snapshot_find_object(r, id);
                if (object && list_is_linked(&object->in_doomed))
                        move_to_end(&core->ended, &object->in_doomed);
                else
                        snapshot_fail(r, -EBADMSG, "the object has not ended");
        }
}

static void suspects_load(SnapshotReader *r, const char *key, List *list) {
        JsonCursor cursor;
        uint64_t id;

        snapshot_get_array(&r->record, key, &cursor);
        while (next_id(r, &cursor, &id)) {
                Object *object = snapshot_find_object(r, id);
                if (object && !object->has_ended)
                        move_to_end(list, &object->in_suspects);
                else
                        snapshot_fail(r, -EBADMSG, "an object that has ended is in '%s'", key);
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
        Reachability *reachability = &core->reachability;

        if (!snapshot_is(r, "lists")) {
                snapshot_fail(r, -EBADMSG, "the record of kind 'lists' is missing");
                return;
        }
        sessions_of_list(r, "dirty", &core->dirty, offsetof(Session, in_dirty));
        sessions_of_list(r, "lease_ends", &core->lease_ends, offsetof(Session, in_leases));
        monitors_load(core, r);
        leaving_load(core, r);
        ended_load(core, r);
        suspects_load(r, "suspects", &reachability->suspects);
        suspects_load(r, "accused", &reachability->accused);
        search_load(r, "found", &reachability->found, SEARCH_FOUND);
        search_load(r, "gathered", &reachability->gathered, SEARCH_GATHERED);
        search_load(r, "reached", &reachability->reached, SEARCH_REACHED);
        reachability->is_condemning = snapshot_get_bool(&r->record, "condemning");
        snapshot_next(r);
}
