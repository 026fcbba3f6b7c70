/* Rows of durable objects: writes what has changed, and reads all of it at the start. change.h has
 * the model. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "change.h"
#include "core-state.h"
#include "core.h"
#include "idle.h"
#include "inherited.h"
#include "object.h"
#include "reference.h"
#include "save/records.h"
#include "session.h"
#include "stored.h"

/* ---- Writing */

/* The rows taken so far, and how many are enough for one turn. */
typedef struct Taking {
        Buffer *to;
        size_t n_most; /* size of the buffer at which to stop */
} Taking;

static bool is_enough(const Taking *taking) {
        return buffer_size(taking->to) >= taking->n_most;
}

static int put_op(Taking *taking, const StoredOp *op) {
        return buffer_append(taking->to, op, sizeof(*op));
}

/* Completes the operation that begins at `at`: its bytes follow it. After an error removes it. */
static int end_op(Taking *taking, size_t at, StoredOp *op, int error) {
        size_t n = buffer_size(taking->to) - at;

        if (error == 0 && n - sizeof(*op) > UINT32_MAX)
                error = -EOVERFLOW;
        if (error < 0) {
                buffer_truncate(taking->to, at);
                return error;
        }
        op->n = (uint32_t)(n - sizeof(*op));
        memcpy(buffer_bytes(taking->to) + at, op, sizeof(*op));
        return 0;
}

/* Writes the first element from *key to last. Returns 1, 0 if none exists, or -ENOMEM. */
static int put_element(Taking *taking, const Object *object, int64_t *key, int64_t last) {
        StoredOp op = {.kind = STORED_PUT_ELEMENT, .id = object->id};
        size_t at = buffer_size(taking->to);
        SnapshotWriter w = {.out = taking->to};
        int r = put_op(taking, &op);

        if (r < 0)
                return r;
        if (!object->type->save_next(object, key, last, &w)) {
                buffer_truncate(taking->to, at);
                return 0;
        }
        op.first = *key;
        r = end_op(taking, at, &op, w.error);
        return r < 0 ? r : 1;
}

static int drop_elements(Taking *taking, uint64_t id, const KeyRange *range) {
        return put_op(taking, &(StoredOp){.kind = STORED_DROP_ELEMENTS,
                                          .id = id,
                                          .first = range->first,
                                          .last = range->last});
}

/* Takes the elements of a range. Returns 1 when all are taken, 0 when enough are, or -ENOMEM. The
 * range is then what is left. */
static int take_range(Taking *taking, const Object *object, KeyRange *range) {
        int64_t key = range->first;
        int r = 0;

        if (range->first < range->last)
                r = drop_elements(taking, object->id, range);
        if (r < 0)
                return r;
        while ((r = put_element(taking, object, &key, range->last)) > 0 && key < range->last) {
                range->first = ++key;
                if (is_enough(taking))
                        return 0;
        }
        if (r == 0 && range->first == range->last)
                r = drop_elements(taking, object->id, range);
        return r < 0 ? r : 1;
}

static int take_elements(Taking *taking, Durable *durable) {
        KeyLog *log = &durable->log;
        int r = 1;

        change_log_tidy(log);
        while (r > 0 && log->n_taken < log->n) {
                if (is_enough(taking))
                        return 0;
                r = take_range(taking, durable->object, &log->ranges[log->n_taken]);
                log->n_taken += r > 0;
        }
        if (r > 0)
                log->n = log->n_taken = log->n_tidy = 0;
        return r;
}

static int put_state(Taking *taking, const Object *object) {
        void (*save)(const Object *, SnapshotWriter *) = object->type->save_state;
        SnapshotWriter w = {.out = taking->to};

        if (!save && !object->type->save_next)
                save = object->type->save;
        snapshot_open_object(&w, NULL);
        if (save)
                save(object, &w);
        snapshot_close_object(&w);
        return w.error;
}

static int put_object(Taking *taking, const Durable *durable) {
        const Object *object = durable->object;
        StoredOp op = {.kind = STORED_PUT_OBJECT, .id = object->id};
        StoredObject row = {
                .uid = object->uid,
                .gid = object->gid,
                .mode = object->mode,
                .durability = durable->durability,
                .max_bytes = object->max_bytes,
                .created_ms = object->created_ms,
                .base = durable->base,
                .used_ms = object_used_ms(object),
                .idle_ttl_ms = object->idle ? object->idle->ttl_ms : 0,
                .n_name = (uint32_t)strlen(object->name),
        };
        size_t at = buffer_size(taking->to);

        strncpy(row.type, object->type->name, sizeof(row.type) - 1);
        int r = put_op(taking, &op);
        if (r == 0)
                r = buffer_append(taking->to, &row, sizeof(row));
        if (r == 0)
                r = buffer_append(taking->to, object->name, row.n_name);
        size_t n_before = buffer_size(taking->to);
        if (r == 0)
                r = put_state(taking, object);
        r = end_op(taking, at, &op, r);
        if (r < 0)
                return r;
        row.n_state = (uint32_t)(buffer_size(taking->to) - n_before);
        memcpy(buffer_bytes(taking->to) + at + sizeof(op), &row, sizeof(row));
        return 0;
}

/* The first rows of an object may be written without the others, if it is deleted before these are
 * taken. */
static int take_object(Taking *taking, Durable *durable) {
        durable->is_stored = true;
        int r = durable->object->type->save_next ? take_elements(taking, durable) : 1;

        if (r <= 0)
                return r;
        r = put_object(taking, durable);
        if (r < 0)
                return r;
        list_unlink(&durable->in_changed);
        durable->epoch = durable->object->core->changes.epoch;
        durable->noted_ns = durable->object->used_ns;
        return 1;
}

static int take_dropped(Taking *taking, Durable *durable) {
        int r = put_op(taking, &(StoredOp){.kind = STORED_DROP_OBJECT, .id = durable->id});

        if (r == 0)
                durable_free(durable);
        return r < 0 ? r : 1;
}

/* Takes the objects of a list. Returns 1 when all are taken, 0 when enough are, or -ENOMEM. */
static int take_all(Taking *taking, List *list) {
        for (List *node; (node = list_first(list));) {
                Durable *durable = LIST_ENTRY(node, Durable, in_changed);
                if (is_enough(taking))
                        return 0;
                int r = durable->object ? take_object(taking, durable)
                                        : take_dropped(taking, durable);
                if (r <= 0)
                        return r;
        }
        return 1;
}

bool core_has_changes(const Core *core, bool with_async) {
        const Changes *changes = &core->changes;

        return !list_is_empty(&changes->sync) || (with_async && !list_is_empty(&changes->async));
}

/* Changes made while an epoch is taken belong to it. A user who changes as much between two parts
 * as a part holds would keep the epoch from ever ending, and with it the replies of all other
 * users. So later parts are larger and larger. */
static size_t part_size(const Changes *changes, size_t n_bytes) {
        enum { PARTS_EQUAL = 64, PARTS_DOUBLED = 2 };
        uint64_t n = changes->n_parts > PARTS_EQUAL ? changes->n_parts - PARTS_EQUAL : 0;

        for (n /= PARTS_DOUBLED; n > 0 && n_bytes < SIZE_MAX / 4; n--)
                n_bytes *= 2;
        return n_bytes;
}

int core_take_changes(Core *core, bool with_async, size_t n_bytes, Buffer *to,
                      uint64_t *ret_epoch) {
        Changes *changes = &core->changes;
        Taking taking = {.to = to, .n_most = buffer_size(to) + part_size(changes, n_bytes)};

        int r = take_all(&taking, &changes->sync);
        if (r > 0 && with_async)
                r = take_all(&taking, &changes->async);
        changes->n_parts = r > 0 ? 0 : changes->n_parts + 1;
        if (r > 0)
                *ret_epoch = changes->epoch++;
        return r;
}

/* Releases output that was held for an epoch. Sessions that wait for no other epoch are not counted
 * as held any more. */
static void release_held(Core *core) {
        LIST_FOREACH_SAFE (node, next, &core->changes.held) {
                Session *session = LIST_ENTRY(node, Session, in_held);
                session_free_output(session);
                session_mark_dirty(session);
        }
}

size_t core_count_held(const Core *core) {
        return core->changes.n_held;
}

bool core_take_resume(Core *core) {
        bool wants_resume = core->changes.wants_resume;

        core->changes.wants_resume = false;
        return wants_resume;
}

void core_note_committed(Core *core, uint64_t epoch, int64_t took_ns) {
        Changes *changes = &core->changes;

        changes->committed = epoch;
        changes->n_committed++;
        changes->last_ns = took_ns;
        if (took_ns > changes->max_ns)
                changes->max_ns = took_ns;
        release_held(core);
}

void core_set_store(Core *core, bool is_on) {
        core->changes.is_on = is_on;
}

void core_set_stored_tokens(Core *core, uint64_t below) {
        core->changes.tokens = below;
}

void core_pass_tokens(Core *core, uint64_t tokens) {
        if (tokens > core->last_token)
                core->last_token = tokens;
}

uint64_t core_last_token(const Core *core) {
        return core->last_token;
}

void core_set_store_fault(Core *core, int error) {
        core->changes.fault = error;
}

/* ---- Reading */

/* The time in which no daemon ran counts as unused, by the wall clock. If that went back, it does
 * not. A row of the first format does not know. */
static int64_t used_ns_of(const Core *core, const StoredObject *row) {
        int64_t age_ms = core->wall_ms - row->used_ms;

        if (row->used_ms <= 0 || age_ms < 0)
                age_ms = 0;
        return core->now_ns - (age_ms < IDLE_TTL_MOST ? age_ms : IDLE_TTL_MOST) * 1000000;
}

/* The row may not have the uses of the last hour (IDLE_NOTED_NS), and the clients come back with
 * the machine: so the object stays for an hour at least, or for its idle_ttl_ms if that is
 * shorter. */
static int64_t due_ns_of(const Core *core, const StoredObject *row) {
        int64_t ttl_ns = row->idle_ttl_ms * 1000000, due_ns = used_ns_of(core, row) + ttl_ns;

        return (due_ns > core->now_ns ? due_ns : core->now_ns) +
               (ttl_ns < IDLE_NOTED_NS ? ttl_ns : IDLE_NOTED_NS);
}

static void put_use(const Core *core, const StoredObject *row, SnapshotWriter *w) {
        int64_t used_ns = used_ns_of(core, row);

        snapshot_put_int(w, "used_ns", used_ns);
        snapshot_put_int(w, "noted_ns", used_ns);
        if (row->idle_ttl_ms == 0)
                return;
        snapshot_put_int(w, "idle_ttl_ms", row->idle_ttl_ms);
        snapshot_put_int(w, "idle_due_ns", due_ns_of(core, row));
}

static void put_head(const Core *core, const StoredObject *row, const char *name, uint64_t id,
                     SnapshotWriter *w) {
        snapshot_begin(w, "object");
        snapshot_put_uint(w, "id", id);
        snapshot_put_string(w, "type", row->type);
        snapshot_put_text(w, "name", name, row->n_name);
        snapshot_put_int(w, "uid", row->uid);
        snapshot_put_int(w, "gid", row->gid);
        snapshot_put_int(w, "mode", row->mode);
        snapshot_put_bool(w, "ephemeral", false);
        snapshot_put_uint(w, "max_bytes", row->max_bytes);
        snapshot_put_int(w, "created_ms", row->created_ms);
        snapshot_put_bool(w, "ended", false);
        snapshot_put_uint(w, "serial", core->objects.last_serial + 1);
        snapshot_put_string(w, "durable", durabilities[row->durability]);
        snapshot_put_int(w, "base", row->base);
        put_use(core, row, w);
        snapshot_end(w);
}

/* Appends the state, the text of an object, as a record with the same members. */
static int put_record(Buffer *text, const char *state, size_t n) {
        int r = buffer_append_string(text, "{\"kind\":\"state\"");

        if (n < 2 || *state != '{')
                return r < 0 ? r : -EBADMSG;
        if (r == 0 && n > 2)
                r = buffer_append_byte(text, ',');
        if (r == 0)
                r = buffer_append(text, state + 1, n - 1);
        return r == 0 ? buffer_append_byte(text, '\n') : r;
}

static int make_text(Core *core, uint64_t id, const StoredObject *row, const char *name,
                     const Buffer *contents, Buffer *text) {
        SnapshotWriter w = {.out = text};

        if (row->durability > DURABLE_SYNC || row->idle_ttl_ms < 0 ||
            row->idle_ttl_ms > IDLE_TTL_MOST)
                return -EBADMSG;
        put_head(core, row, name, id, &w);
        int r = w.error;
        if (r == 0)
                r = put_record(text, name + row->n_name, row->n_state);
        return r == 0 ? buffer_append(text, buffer_bytes(contents), buffer_size(contents)) : r;
}

int core_load_stored(Core *core, uint64_t id, const StoredObject *row, const char *name,
                     const Buffer *contents, char fault[CORE_FAULT_MAX]) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        SnapshotReader r;

        int error = make_text(core, id, row, name, contents, &text);
        if (error < 0) {
                snprintf(fault, CORE_FAULT_MAX, "%s", strerror(-error));
                return error;
        }
        snapshot_reader_init(&r, buffer_bytes(&text), buffer_size(&text));
        r.now_ns = core->now_ns;
        core->changes.is_loading = true;
        objects_load(core, &r);
        core->changes.is_loading = false;
        if (r.error == 0 && r.record.span.text)
                snapshot_fail(&r, -EBADMSG, "unknown kind of record: %.*s",
                              (int)(r.kind.n < 40 ? r.kind.n : 40), r.kind.text);
        if (r.error == 0 && id > core->last_object_id)
                core->last_object_id = id;
        Object *object = r.error == 0 ? table_get(&core->objects, name, row->n_name) : NULL;
        if (object)
                inherited_note(object);
        if (object && row->used_ms == 0)
                change_note_use(object->durable);
        snprintf(fault, CORE_FAULT_MAX, "%s", r.fault);
        error = r.error;
        snapshot_reader_deinit(&r);
        return error;
}

void core_end_loading(Core *core) {
        TABLE_FOREACH (entry, &core->objects)
                references_resolve(entry->value);
}
