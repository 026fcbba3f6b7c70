/* Saves and loads sets. Each element is [value, serial]; its key is computed again. */
#include <errno.h>

#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/entries.h"
#include "types/set.h"

static void put_element(const TableEntry *entry, SnapshotWriter *w) {
        Value value = entry_value(entry);

        snapshot_open_array(w, NULL);
        snapshot_write_value(w, NULL, &value);
        snapshot_put_uint(w, NULL, entry->serial);
        snapshot_close_array(w);
}

void set_save_state(const Object *object, SnapshotWriter *w) {
        entries_save_state(&((const Set *)object)->elements, w);
}

bool set_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w) {
        const TableEntry *entry = entries_find_key(&((const Set *)object)->elements, key, last);

        if (entry)
                put_element(entry, w);
        return entry != NULL;
}

void set_save(const Object *object, SnapshotWriter *w) {
        set_save_state(object, w);
        TABLE_FOREACH (entry, &((const Set *)object)->elements) {
                snapshot_put_content(w);
                put_element(entry, w);
        }
}

static void set_restore(Set *set, SnapshotReader *r, Value value, int64_t serial) {
        const char *key;
        size_t n_key;

        if (set_key(set->object.core, &value, &key, &n_key) == 0) {
                entries_restore(&set->object, &set->elements, r, key, n_key, value, serial);
                return;
        }
        value_deinit(&value);
        snapshot_fail(r, -ENOMEM, "memory ran out");
}

int set_load(Object *object, SnapshotRecord *state) {
        Set *set = (Set *)object;
        SnapshotReader *r = state->reader;
        int64_t last_serial = snapshot_get_int(state, "last_serial");
        JsonSpan element, parts[2];

        while (snapshot_next_content(r, &element)) {
                Value value;
                if (!snapshot_read_tuple(r, &element, parts, ELEMENTSOF(parts)))
                        break;
                int64_t serial = snapshot_read_int(r, &parts[1]);
                if (snapshot_read_value(r, &parts[0], &value) == 0)
                        set_restore(set, r, value, serial);
        }
        return entries_set_last(&set->elements, r, last_serial);
}
