/* Snapshots of the whole core: what is written, and what is read again. The records stand in
 * records.h.
 *
 * The order of the records is that of loading: an entry refers only to entries before it, so one
 * pass makes all pointers. Objects come before sessions, these before waits, waits before what is
 * in lists with them; the order of lists comes last, when their members exist.
 *
 * A snapshot is trusted with nothing: each record is checked, a member or kind that this version
 * does not know is an error, and types compare their state with what sessions have of them
 * (check_links()). A failure leaves a core that can only be freed.
 *
 * The core settles before it is saved: a state between two steps of settling has no form in the
 * snapshot. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "call/reply.h"
#include "core-state.h"
#include "core.h"
#include "descriptor.h"
#include "end/settle.h"
#include "object.h"
#include "save/records.h"
#include "session.h"

/* Between two inputs all due work has been done, except after a half-close, and if very many
 * deadlocks are left. */
static bool is_settled(const Core *core) {
        return list_is_empty(&core->ready) && list_is_empty(&core->doomed) &&
               list_is_empty(&core->retries) && list_is_empty(&core->unsure);
}

void core_prepare_save(Core *core) {
        while (!is_settled(core)) {
                core->n_allowed = UINT64_MAX;
                core_settle(core);
        }
        LIST_FOREACH (node, &core->sessions)
                replies_write_of(LIST_ENTRY(node, Session, in_core));
}

static void save(const Core *core, SnapshotWriter *w) {
        snapshot_begin(w, "shmgr_snapshot");
        snapshot_put_int(w, "format", SNAPSHOT_FORMAT);
        snapshot_put_string(w, "version", PACKAGE_VERSION);
        core_numbers_save(core, w);
        methods_save(core, w);
        accounts_save(core, w);
        descriptors_save(core, w);
        objects_save(core, w);
        references_save(core, w);
        sessions_save(core, w);
        waits_save(core, w);
        belongings_save(core, w);
        orders_save(core, w);
        remains_save(core, w);
        lists_save(core, w);
        snapshot_put_end(w, "end_of_snapshot");
}

int core_save(Core *core, Buffer *to) {
        size_t n_before = buffer_size(to);
        SnapshotWriter w = {.out = to};

        core_prepare_save(core);
        save(core, &w);
        if (w.error < 0)
                buffer_truncate(to, n_before);
        return w.error;
}

int core_save_to(Core *core, const SnapshotSink *sink) {
        CLEANUP(buffer_deinit) Buffer piece = {0};
        SnapshotWriter w = {.out = &piece, .sink = sink};

        core_prepare_save(core);
        save(core, &w);
        snapshot_flush(&w);
        return w.error;
}

/* ---- Loading */

Object *snapshot_find_object(SnapshotReader *r, uint64_t id) {
        Object *object = r->error == 0 ? snapshot_marked(r, SNAPSHOT_OBJECT, id) : NULL;

        if (!object)
                snapshot_fail(r, -EBADMSG, "no object has the id %lld", (long long)id);
        return object;
}

Session *snapshot_find_session(SnapshotReader *r, uint64_t id) {
        Session *session = r->error == 0 ? snapshot_marked(r, SNAPSHOT_SESSION, id) : NULL;

        if (!session)
                snapshot_fail(r, -EBADMSG, "no session has the id %lld", (long long)id);
        return session;
}

int snapshot_fail_making(SnapshotReader *r, int error, const char *what) {
        if (error == -EEXIST)
                return snapshot_fail(r, -EBADMSG, "the snapshot has %s twice", what);
        return snapshot_fail(r, error, "memory ran out");
}

static void head_load(SnapshotReader *r) {
        char version[64];

        if (!snapshot_is(r, "shmgr_snapshot")) {
                snapshot_fail(r, -EBADMSG, "this is not a snapshot of shmgrd");
                return;
        }
        int64_t format = snapshot_get_int(&r->record, "format");
        snapshot_get_string(&r->record, "version", version, sizeof(version));
        r->format = format;
        if (r->error == 0 && (format < SNAPSHOT_FORMAT_WITHOUT_USE || format > SNAPSHOT_FORMAT))
                snapshot_fail(r, -EPROTONOSUPPORT,
                              "the snapshot is of format %lld, written by version %s; this is "
                              "version " PACKAGE_VERSION ", which reads formats %d to %d",
                              (long long)format, version, SNAPSHOT_FORMAT_WITHOUT_USE,
                              SNAPSHOT_FORMAT);
        snapshot_next(r);
}

static void links_check(const Core *core, SnapshotReader *r) {
        TABLE_FOREACH (entry, &core->objects) {
                const Object *object = entry->value;
                if (r->error == 0 && object->type->check_links &&
                    !object->type->check_links(object))
                        snapshot_fail(r, -EBADMSG,
                                      "%s: its state contradicts the records of the sessions",
                                      object->name);
        }
}

static void load(Core *core, SnapshotReader *r, Core *numbers) {
        head_load(r);
        core_numbers_load(numbers, r);
        core->now_ns = r->now_ns = numbers->now_ns;
        core->n_allowed = 0; /* no deferred work is done */
        methods_load(core, r);
        accounts_load(core, r);
        descriptors_load(core, r);
        objects_load(core, r);
        references_load(core, r);
        sessions_load(core, r);
        waits_load(core, r);
        belongings_load(core, r);
        orders_load(core, r);
        remains_load(core, r);
        lists_load(core, r);
        snapshot_read_end(r, "end_of_snapshot");
        links_check(core, r);
}

static int make_no_pair(void *userdata, bool duplex, int ret_fds[2]) {
        return -ENOSYS;
}

static void keep_open(void *userdata, int fd) {
}

static bool has_no_peer(void *userdata, int fd) {
        return false;
}

/* After a failure the loaded part is freed with the core, and the caller keeps the descriptors. */
static const DescriptorSource no_source = {
        .make_pair = make_no_pair, .close = keep_open, .has_peer = has_no_peer};

void core_leave_descriptors(Core *core) {
        core->source = &no_source;
}

int core_load(Core *core, const char *text, size_t n, char fault[CORE_FAULT_MAX]) {
        SnapshotReader r;
        Core numbers = {0};
        const DescriptorSource *source = core->source;

        if (source)
                core_leave_descriptors(core);
        snapshot_reader_init(&r, text, n);
        load(core, &r, &numbers);
        core->n_steps_of_load = core->n_steps + r.n_steps;
        if (r.error == 0) {
                core_numbers_set(core, &numbers);
                core->source = source;
        } else
                descriptors_release(core);
        snprintf(fault, CORE_FAULT_MAX, "%s", r.fault);
        snapshot_reader_deinit(&r);
        return r.error;
}

void core_end_load(Core *core) {
        descriptors_release(core);
}
