/* The pass that finds unreachable objects. reachability.h has the model.
 *
 * Each list is a phase and a work list at once: pass_step() takes the first object of the first
 * non-empty list, so the pass can stop after any step and continue later. The order of the lists is
 * that of the phases: gathering is complete when `found` and `accused` are empty, and propagating
 * when `reached` is. The objects left in `gathered` are then unreachable.
 *
 * Must never happen: an object is doomed while one that could reach it has not been visited. A
 * reference that is made between two steps moves its target to `reached` (reachability_keep()),
 * whichever list it is in. */
#include "collect.h"
#include "core-state.h"
#include "object.h"
#include "reference.h"
#include "registry.h"
#include "unreachable.h"
#include "work.h"

static void accuse(Reachability *r, Object *object) {
        list_unlink(&object->in_suspects);
        if (object->search == SEARCH_NOT && !object_is_root(object))
                search_move(object, &r->found, SEARCH_FOUND);
}

/* Visits the objects that refer to this one. If one of them is a root, the object is reached, and
 * the others need no visit. */
static void gather(Reachability *r, Object *object) {
        search_move(object, &r->gathered, SEARCH_GATHERED);
        LIST_FOREACH (node, &object->references_in) {
                Object *from = LIST_ENTRY(node, Reference, by_target)->from;
                work_spend(object->core, 1);
                if (from->is_doomed)
                        continue;
                if (object_is_root(from)) {
                        search_move(object, &r->reached, SEARCH_REACHED);
                        return;
                }
                if (from->search == SEARCH_NOT)
                        search_move(from, &r->found, SEARCH_FOUND);
        }
}

/* Removes an object from the pass as reached, and reaches those that it refers to. Only gathered
 * objects matter: others concern no suspect. */
static void propagate(Reachability *r, Object *object) {
        search_move(object, NULL, SEARCH_NOT);
        TABLE_FOREACH (entry, &object->references) {
                Object *to = ((Reference *)entry->value)->to;
                work_spend(object->core, 1);
                if (to && to->search == SEARCH_GATHERED)
                        search_move(to, &r->reached, SEARCH_REACHED);
        }
}

/* Runs one step of the first phase that has work. Returns false when the pass is over. */
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

/* Suspects found during a pass are accused in the next one, which begins when this pass has doomed
 * the unreachable objects. */
void objects_collect(Core *core) {
        Reachability *r = &core->reachability;

        while (work_is_allowed(core) && reachability_is_pending(core))
                if (!pass_step(core)) {
                        r->is_condemning = false;
                        list_splice(&r->accused, &r->suspects);
                }
}
