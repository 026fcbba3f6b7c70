/* Which objects live on. The model stands in reachability.h. */
#include "core.h"
#include "object.h"
#include "reachability.h"
#include "reference.h"
#include "registry.h"
#include "work.h"

void reachability_init(Reachability *r) {
        list_init(&r->suspects);
        list_init(&r->accused);
        list_init(&r->found);
        list_init(&r->gathered);
        list_init(&r->reached);
}

static bool is_root(const Object *object) {
        return !object->is_ephemeral || !list_is_empty(&object->handles) ||
               !list_is_empty(&object->ends);
}

void object_may_be_unreachable(Object *object) {
        if (!object->is_doomed && !is_root(object) && !list_is_linked(&object->in_suspects))
                list_append(&object->core->reachability.suspects, &object->in_suspects);
}

static void object_move(Object *object, List *to, SearchState state) {
        list_unlink(&object->in_search);
        if (to)
                list_append(to, &object->in_search);
        object->search = state;
}

void reachability_keep(Object *object) {
        if (object->search == SEARCH_NOT)
                return;
        object_move(object, &object->core->reachability.reached, SEARCH_REACHED);
        object_may_be_unreachable(object);
}

bool object_is_condemned(const Object *object) {
        return object->search == SEARCH_GATHERED && object->core->reachability.is_condemning;
}

void reachability_forget(Object *object) {
        list_unlink(&object->in_suspects);
        object_move(object, NULL, SEARCH_NOT);
}

static void accuse(Reachability *r, Object *object) {
        list_unlink(&object->in_suspects);
        if (object->search == SEARCH_NOT && !is_root(object))
                object_move(object, &r->found, SEARCH_FOUND);
}

/* Those that refer to it are found, unless one of them is a root. */
static void gather(Reachability *r, Object *object) {
        object_move(object, &r->gathered, SEARCH_GATHERED);
        LIST_FOREACH (node, &object->references_in) {
                Object *from = LIST_ENTRY(node, Reference, by_target)->from;
                work_spend(object->core, 1);
                if (from->is_doomed)
                        continue;
                if (is_root(from)) {
                        object_move(object, &r->reached, SEARCH_REACHED);
                        return;
                }
                if (from->search == SEARCH_NOT)
                        object_move(from, &r->found, SEARCH_FOUND);
        }
}

static void propagate(Reachability *r, Object *object) {
        object_move(object, NULL, SEARCH_NOT);
        TABLE_FOREACH (entry, &object->references) {
                Object *to = ((Reference *)entry->value)->to;
                work_spend(object->core, 1);
                if (to && to->search == SEARCH_GATHERED)
                        object_move(to, &r->reached, SEARCH_REACHED);
        }
}

/* One step of the pass: of the first phase that has something to do. False when the pass is over. */
static bool pass_step(Core *core) {
        Reachability *r = &core->reachability;
        List *node;

        work_spend(core, 1);
        if ((node = list_first(&r->found)))
                gather(r, LIST_ENTRY(node, Object, in_search));
        else if ((node = list_first(&r->accused)))
                accuse(r, LIST_ENTRY(node, Object, in_suspects));
        else if ((node = list_first(&r->reached)))
                propagate(r, LIST_ENTRY(node, Object, in_search));
        else if ((node = list_first(&r->gathered))) {
                r->is_condemning = true;
                object_doom(LIST_ENTRY(node, Object, in_search));
        }
        return node != NULL;
}

void objects_collect(Core *core) {
        Reachability *r = &core->reachability;

        while (work_is_allowed(core) && reachability_is_pending(core))
                if (!pass_step(core)) {
                        r->is_condemning = false;
                        list_splice(&r->accused, &r->suspects);
                }
}

bool reachability_is_pending(const Core *core) {
        const Reachability *r = &core->reachability;

        return !list_is_empty(&r->suspects) || !list_is_empty(&r->accused) ||
               !list_is_empty(&r->found) || !list_is_empty(&r->gathered) ||
               !list_is_empty(&r->reached);
}
