/* dict: in a snapshot. */
#include "types/dict.h"
#include "types/entries.h"

void dict_save(const Object *object, SnapshotWriter *w) {
        entries_save(&((const Dict *)object)->entries, w);
}

int dict_load(Object *object, SnapshotRecord *state) {
        return entries_load(object, dict_entries(object), state);
}
