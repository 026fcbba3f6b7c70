/* The list: slices are in list-slice.c, searches in list-search.c, sorting is in list-sort.c, its
 * snapshot is in list-save.c, all else is in list.c.
 *
 * Its functions are named shared_list_..., since list_... is the intrusive list of the daemon
 * itself. */
#pragma once

#include "object.h"
#include "call/method.h"
#include "types/vector.h"

typedef struct SharedList {
        Object object;
        Vector vector;
} SharedList;

static inline Vector *shared_list_vector(Object *object) {
        return &((SharedList *)object)->vector;
}

int shared_list_slice(Call *call, Object *object);
int shared_list_copy(Call *call, Object *object);
int shared_list_set_slice(Call *call, Object *object);
int shared_list_delete_slice(Call *call, Object *object);
int shared_list_sort(Call *call, Object *object);
int shared_list_index(Call *call, Object *object);
int shared_list_count(Call *call, Object *object);
int shared_list_contains(Call *call, Object *object);
int shared_list_remove(Call *call, Object *object);

/* Their upper bounds: see call/call-work.h. */
WorkOf shared_list_work_slice, shared_list_work_set_slice, shared_list_work_delete_slice;
WorkOf shared_list_work_sort, shared_list_work_search, shared_list_work_index;

void shared_list_save(const Object *object, SnapshotWriter *w);
bool shared_list_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w);
int shared_list_load(Object *object, SnapshotRecord *state);
