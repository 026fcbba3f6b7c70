/* The end of objects. object-end.h has the model.
 *
 *   doomed     Core.doomed   object_end() ends its relations: waits, holds, ends, handles
 *   remains    in no list    its contents are dropped in slices (remains.c)
 *   ended      Core.ended    object_finish() drops reservations and references in slices, and frees it
 *
 * Must never happen: an object is freed while a session, a wait or a reference still points to
 * it. */
#include <assert.h>
#include <stdlib.h>

#include "account.h"
#include "core-state.h"
#include "end/object-end.h"
#include "handle.h"
#include "object.h"
#include "pipe-end.h"
#include "reference.h"
#include "registry.h"
#include "remains.h"
#include "wait/hold.h"
#include "wait/reservation.h"
#include "wait/serve.h"
#include "work.h"

/* Anything still linked here would leave a dangling pointer in a session, so the daemon aborts
 * instead. */
static void object_free(Object *object) {
        assert(object->n_bytes == 0 && list_is_empty(&object->holds));
        assert(list_is_empty(&object->reservations) && list_is_empty(&object->ends));
        assert(list_is_empty(&object->remains) && list_is_empty(&object->references_in));
        object_drop_structure(object, object->n_structure_bytes);
        free(object->name);
        free(object);
}

/* Ends the waits, holds and handles of the object. Its contents become remains, which are freed in
 * slices. */
static void object_end(Object *object) {
        waits_end_with_object(object);
        holds_end_with_object(object);
        pipe_ends_forget(object);
        handles_end_with_object(object);
        if (object->type->deinit)
                object->type->deinit(object);
        object->has_ended = true;
}

/* Called when the remains of the object are gone: drops its reservations and references, and frees
 * it. Returns false if the allowance was spent first; the object then stays in Core.ended. */
static bool object_finish(Object *object) {
        if (!reservations_end_with_object(object) || !references_end_with_object(object))
                return false;
        list_unlink(&object->in_doomed);
        object_free(object);
        return true;
}

void objects_end_doomed(Core *core) {
        assert(core->n_running == 0);
        for (List *node; (node = list_first(&core->doomed));) {
                Object *object = LIST_ENTRY(node, Object, in_doomed);
                list_unlink(node);
                object_end(object);
                if (list_is_empty(&object->remains) && !object_finish(object))
                        list_append(&core->ended, node);
        }
}

void objects_finish(Core *core) {
        assert(core->n_running == 0);
        for (List *node; (node = list_first(&core->ended));)
                if (!object_finish(LIST_ENTRY(node, Object, in_doomed)))
                        return;
}

/* Called at the end of the core: nothing is deferred, however long it takes. */
void objects_end_all(Core *core) {
        for (TableEntry *entry; (entry = table_last(&core->objects));)
                object_doom(entry->value);
        objects_end_doomed(core);
        while (remains_drop(core, NULL, UINT64_MAX) > 0)
                ;
        objects_finish(core);
        table_deinit(&core->objects);
}
