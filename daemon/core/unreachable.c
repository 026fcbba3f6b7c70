/* Suspects: objects that may have become unreachable. reachability.h has the model.
 *
 * The functions here take a constant number of steps, since they run inside methods. The pass is in
 * collect.c. */
#include "core-state.h"
#include "object.h"
#include "unreachable.h"

void reachability_init(Reachability *r) {
        list_init(&r->suspects);
        list_init(&r->accused);
        list_init(&r->found);
        list_init(&r->gathered);
        list_init(&r->reached);
}

bool object_is_root(const Object *object) {
        return !object->is_ephemeral || !list_is_empty(&object->handles) ||
               !list_is_empty(&object->ends);
}

void object_may_be_unreachable(Object *object) {
        if (!object->is_doomed && !object_is_root(object) && !list_is_linked(&object->in_suspects))
                list_append(&object->core->reachability.suspects, &object->in_suspects);
}

void search_move(Object *object, List *to, SearchState state) {
        list_unlink(&object->in_search);
        if (to)
                list_append(to, &object->in_search);
        object->search = state;
}

/* An object of the running pass is reached by the new reference or handle. It stays a suspect,
 * since the object that refers to it may itself be unreachable, which the next pass finds. */
void reachability_keep(Object *object) {
        if (object->search == SEARCH_NOT)
                return;
        search_move(object, &object->core->reachability.reached, SEARCH_REACHED);
        object_may_be_unreachable(object);
}

bool object_is_condemned(const Object *object) {
        return object->search == SEARCH_GATHERED && object->core->reachability.is_condemning;
}

void reachability_forget(Object *object) {
        list_unlink(&object->in_suspects);
        search_move(object, NULL, SEARCH_NOT);
}

bool reachability_is_pending(const Core *core) {
        const Reachability *r = &core->reachability;

        return !list_is_empty(&r->suspects) || !list_is_empty(&r->accused) ||
               !list_is_empty(&r->found) || !list_is_empty(&r->gathered) ||
               !list_is_empty(&r->reached);
}
