/* The end of objects. The model stands in object-end.h. */
#include <assert.h>
#include <stdlib.h>

#include "account.h"
#include "core.h"
#include "end/object-end.h"
#include "handle.h"
#include "object.h"
#include "pipe-end.h"
#include "reference.h"
#include "registry.h"
#include "wait/hold.h"
#include "wait/reservation.h"
#include "wait/wait.h"

static void object_free(Object *object) {
        assert(object->n_bytes == 0 && list_is_empty(&object->holds));
        assert(list_is_empty(&object->reservations) && list_is_empty(&object->ends));
        free(object->name);
        free(object);
}

static void object_end(Object *object) {
        list_unlink(&object->in_doomed);
        waits_end_with_object(object);
        holds_end_with_object(object);
        reservations_end_with_object(object);
        pipe_ends_forget(object);
        handles_end_with_object(object);
        if (object->type->deinit)
                object->type->deinit(object);
        references_end_with_object(object);
        object_free(object);
}

void objects_end_doomed(Core *core) {
        assert(core->n_running == 0);
        for (List *node; (node = list_first(&core->doomed));)
                object_end(LIST_ENTRY(node, Object, in_doomed));
}

void objects_end_all(Core *core) {
        for (TableEntry *entry; (entry = table_last(&core->objects));)
                object_doom(entry->value);
        objects_end_doomed(core);
        table_deinit(&core->objects);
}
