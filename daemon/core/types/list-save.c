/* Saves and loads lists. */
#include "change.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/shared-list.h"

void shared_list_save(const Object *object, SnapshotWriter *w) {
        vector_save(&((const SharedList *)object)->vector, w);
}

bool shared_list_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w) {
        const Vector *v = &((const SharedList *)object)->vector;
        int64_t base = object->durable->base;

        if (*key < base)
                *key = base;
        if (*key > last || *key - base >= (int64_t)v->n)
                return false;
        snapshot_write_value(w, NULL, vector_at(v, (size_t)(*key - base)));
        return true;
}

int shared_list_load(Object *object, SnapshotRecord *state) {
        return vector_load(object, shared_list_vector(object), state->reader);
}
