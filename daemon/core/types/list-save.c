/* list: in a snapshot. */
#include "snapshot/reader.h"
#include "types/shared-list.h"

void shared_list_save(const Object *object, SnapshotWriter *w) {
        vector_save(&((const SharedList *)object)->vector, w);
}

int shared_list_load(Object *object, SnapshotRecord *state) {
        return vector_load(object, shared_list_vector(object), state->reader);
}
