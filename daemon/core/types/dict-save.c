/* Saves and loads dicts. */
#include "types/dict.h"
#include "types/entries.h"

void dict_save(const Object *object, SnapshotWriter *w) {
        entries_save(&((const Dict *)object)->entries, w);
}

void dict_save_state(const Object *object, SnapshotWriter *w) {
        entries_save_state(&((const Dict *)object)->entries, w);
}

bool dict_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w) {
        return entries_save_next(&((const Dict *)object)->entries, key, last, w);
}

int dict_load(Object *object, SnapshotRecord *state) {
        return entries_load(object, dict_entries(object), state);
}
