/* Records of the core itself: numbers, statistics, users, descriptors. */
#include <errno.h>
#include <string.h>

#include "account.h"
#include "call/methods.h"
#include "core-state.h"
#include "descriptor.h"
#include "save/records.h"
#include "snapshot/fields.h"

#define NUMBER(member) FIELD_OF_64(Core, member)

static const SnapshotField numbers[] = {
        NUMBER(now_ns),
        NUMBER(wall_ms),
        NUMBER(start_ns),
        FIELD_OF_32(Core, n_turns),
        NUMBER(n_at_once),
        NUMBER(n_allowed),
        NUMBER(n_steps),
        NUMBER(last_wait),
        NUMBER(last_session_id),
        NUMBER(last_object_id),
        NUMBER(last_call),
        NUMBER(last_token),
        NUMBER(last_commit),
        NUMBER(last_reservation),
        NUMBER(last_serial),
        {"last_relation", offsetof(Core, relations.last), FIELD_64},
        {"last_deadline", offsetof(Core, deadlines.last_serial), FIELD_64},
        {"last_object_serial", offsetof(Core, objects.last_serial), FIELD_64},
};

#define STATISTIC(member)                                                                          \
        { #member, offsetof(Core, stats.member), FIELD_64 }

static const SnapshotField statistics[] = {
        STATISTIC(n_calls),          STATISTIC(n_errors),         STATISTIC(n_notifications),
        STATISTIC(n_batches),        STATISTIC(n_bad_frames),     STATISTIC(n_parked),
        STATISTIC(n_served),         STATISTIC(n_timed_out),      STATISTIC(n_cancelled),
        STATISTIC(n_sessions_begun), STATISTIC(n_sessions_ended), STATISTIC(n_sessions_cut_off),
        STATISTIC(n_owners_died),    STATISTIC(n_deadlocks),
};

/* From format 2 on. */
static const SnapshotField later_statistics[] = {STATISTIC(n_expired)};

static const SnapshotField loop[] = {
        {"turns", offsetof(LoopTime, n_turns), FIELD_64},
        {"max_ns", offsetof(LoopTime, max_ns), FIELD_64},
};

void core_numbers_save(const Core *core, SnapshotWriter *w) {
        snapshot_begin(w, "core");
        snapshot_put_fields(w, core, numbers, ELEMENTSOF(numbers));
        snapshot_put_fields(w, core, statistics, ELEMENTSOF(statistics));
        snapshot_put_fields(w, core, later_statistics, ELEMENTSOF(later_statistics));
        snapshot_open_object(w, "loop");
        snapshot_put_fields(w, &core->loop, loop, ELEMENTSOF(loop));
        snapshot_open_array(w, "longer");
        for (unsigned i = 0; i < LOOP_BOUNDS; i++)
                snapshot_put_uint(w, NULL, core->loop.n_longer[i]);
        snapshot_close_array(w);
        snapshot_close_object(w);
}

static void loop_load(LoopTime *into, SnapshotRecord *record) {
        SnapshotReader *r = record->reader;
        SnapshotRecord saved;
        JsonCursor cursor;
        JsonSpan span;

        snapshot_get_record(record, "loop", &saved);
        snapshot_get_fields(&saved, into, loop, ELEMENTSOF(loop));
        snapshot_get_array(&saved, "longer", &cursor);
        for (unsigned i = 0; snapshot_next_element(r, &cursor, &span); i++)
                if (i < LOOP_BOUNDS)
                        into->n_longer[i] = (uint64_t)snapshot_read_int(r, &span);
        snapshot_check_record(&saved);
}

void core_numbers_load(Core *into, SnapshotReader *r) {
        if (!snapshot_is(r, "core")) {
                snapshot_fail(r, -EBADMSG, "the record of kind 'core' is missing");
                return;
        }
        snapshot_get_fields(&r->record, into, numbers, ELEMENTSOF(numbers));
        snapshot_get_fields(&r->record, into, statistics, ELEMENTSOF(statistics));
        if (r->format != SNAPSHOT_FORMAT_WITHOUT_USE)
                snapshot_get_fields(&r->record, into, later_statistics,
                                    ELEMENTSOF(later_statistics));
        loop_load(&into->loop, &r->record);
        if (r->error == 0 && (into->now_ns < 0 || into->relations.last < 0 || into->last_wait < 0))
                snapshot_fail(r, -EBADMSG, "a time or a counter is negative");
        snapshot_next(r);
}

void core_numbers_set(Core *core, const Core *saved) {
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                memcpy((char *)core + numbers[i].offset, (const char *)saved + numbers[i].offset,
                       numbers[i].kind == FIELD_32 ? sizeof(unsigned) : sizeof(int64_t));
        core->stats = saved->stats;
        core->loop = saved->loop;
}

static const SnapshotField method_numbers[] = {
        FIELD_OF_64(MethodRef, n_calls),
        FIELD_OF_64(MethodRef, n_errors),
        FIELD_OF_64(MethodRef, n_steps),
        {"total_ns", offsetof(MethodRef, time.total_ns), FIELD_64},
        {"max_ns", offsetof(MethodRef, time.max_ns), FIELD_64},
};

void methods_save(const Core *core, SnapshotWriter *w) {
        TABLE_FOREACH (entry, &core->methods) {
                const MethodRef *ref = entry->value;
                if (!ref->n_calls || strcmp(entry->key, ref->name) != 0)
                        continue;
                snapshot_begin(w, "method");
                snapshot_put_string(w, "name", ref->name);
                snapshot_put_fields(w, ref, method_numbers, ELEMENTSOF(method_numbers));
        }
}

/* The statistics of a method that no longer exists are dropped. */
void methods_load(Core *core, SnapshotReader *r) {
        for (; snapshot_is(r, "method"); snapshot_next(r)) {
                char name[METHOD_NAME_MAX];
                MethodRef none, *ref;
                snapshot_get_string(&r->record, "name", name, sizeof(name));
                ref = method_find(core, name, strlen(name));
                snapshot_get_fields(&r->record, ref ? ref : &none, method_numbers,
                                    ELEMENTSOF(method_numbers));
        }
}

void accounts_save(const Core *core, SnapshotWriter *w) {
        TABLE_FOREACH (entry, &core->accounts) {
                snapshot_begin(w, "account");
                snapshot_put_int(w, "uid", ((const Account *)entry->value)->uid);
        }
}

void accounts_load(Core *core, SnapshotReader *r) {
        for (; snapshot_is(r, "account"); snapshot_next(r)) {
                Account *account;
                uid_t uid = (uid_t)snapshot_get_range(&r->record, "uid", 0, UINT32_MAX);
                if (r->error == 0 && account_get(core, uid, &account) < 0)
                        snapshot_fail(r, -ENOMEM, "memory ran out");
        }
}

/* The shell also has some of these descriptors, in transit to clients. */
void descriptors_save(const Core *core, SnapshotWriter *w) {
        LIST_FOREACH (node, &core->descriptors) {
                const Descriptor *descriptor = LIST_ENTRY(node, Descriptor, in_core);
                snapshot_begin(w, "descriptor");
                snapshot_put_int(w, "descriptor", descriptor->fd);
                snapshot_put_int(w, "uid", descriptor->account->uid);
        }
}

void descriptors_load(Core *core, SnapshotReader *r) {
        for (; snapshot_is(r, "descriptor"); snapshot_next(r)) {
                Descriptor *descriptor;
                Account *account;
                int fd = (int)snapshot_get_range(&r->record, "descriptor", 0, INT32_MAX);
                uid_t uid = (uid_t)snapshot_get_range(&r->record, "uid", 0, UINT32_MAX);
                if (!core->source)
                        snapshot_fail(r, -EBADMSG, "this daemon makes no descriptors");
                if (r->error < 0)
                        continue;
                if (account_get(core, uid, &account) < 0 ||
                    descriptor_restore(core, account, fd, &descriptor) < 0)
                        snapshot_fail(r, -ENOMEM, "memory ran out");
                else if (snapshot_mark(r, SNAPSHOT_DESCRIPTOR, (uint64_t)fd, descriptor) < 0)
                        descriptor_unref(descriptor);
        }
}

void descriptors_release(Core *core) {
        LIST_FOREACH_SAFE (node, next, &core->descriptors) {
                Descriptor *descriptor = LIST_ENTRY(node, Descriptor, in_core);
                if (descriptor->is_loaded) {
                        descriptor->is_loaded = false;
                        descriptor_unref(descriptor);
                }
        }
}
