/* The dict: functions for many entries at once are in dict-items.c, its snapshot is in dict-save.c,
 * all others are in dict.c. */
#pragma once

#include "base/table.h"
#include "object.h"

typedef struct Dict {
        Object object;
        Table entries;
} Dict;

static inline Table *dict_entries(Object *object) {
        return &((Dict *)object)->entries;
}

int dict_keys(Call *call, Object *object);
int dict_values(Call *call, Object *object);
int dict_items(Call *call, Object *object);
int dict_copy(Call *call, Object *object);
int dict_scan(Call *call, Object *object);
void dict_save(const Object *object, SnapshotWriter *w);
void dict_save_state(const Object *object, SnapshotWriter *w);
bool dict_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w);
int dict_load(Object *object, SnapshotRecord *state);
