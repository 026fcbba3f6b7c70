/* The pass that finds unreachable objects. The model stands in reachability.h.
 *
 * Each list is a phase and a work list at once: pass_step() takes the first object of the first list that has one, so the pass
 * can stop between any two steps and go on later. The order of the lists is the order of the phases: gathering is complete
 * when `found` and `accused` are empty, reaching when `reached` is, and what is in `gathered` then is unreachable.
 *
 * Must never happen: an object is doomed while one that could reach it has not been looked at. A reference that is made
 * between two steps moves its target to `reached` (reachability_keep()), whichever list it is in. */
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

/* Looks at the objects that refer to this one. A root among them settles it: the object is reached, and the others need not
 * be looked at. */
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

/* Leaves the pass, alive. Only gathered objects matter: one that was not gathered is no suspect's concern. */
static void propagate(Reachability *r, Object *object) {
        search_move(object, NULL, SEARCH_NOT);
        TABLE_FOREACH (entry, &object->references) {
                Object *to = ((Reference *)entry->value)->to;
                work_spend(object->core, 1);
                if (to && to->search == SEARCH_GATHERED)
                        search_move(to, &r->reached, SEARCH_REACHED);
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

/* Suspects that came up during a pass are accused in the next one, which begins when this one has doomed what it found. */
void objects_collect(Core *core) {
        Reachability *r = &core->reachability;

        while (work_is_allowed(core) && reachability_is_pending(core))
                if (!pass_step(core)) {
                        r->is_condemning = false;
                        list_splice(&r->accused, &r->suspects);
                }
}
