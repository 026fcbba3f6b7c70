/* Relations: holds and waits in the order in which they began.
 *
 * server.scan_waits lists them with a serial as its cursor, so its pages stay right while relations come and go: a serial is
 * never used again, and the next page begins at the first one that is greater, whether or not that of the cursor still
 * exists. */
#include "base/macros.h"
#include "wait/relation.h"

void relation_link(Relations *relations, Relation *relation, RelationKind kind, size_t n_places) {
        relation_relink(relations, relation, kind, n_places, ++relations->last);
}

void relation_relink(Relations *relations, Relation *relation, RelationKind kind, size_t n_places,
                     int64_t serial) {
        relation->kind = (uint8_t)kind;
        relation->n_places = (uint8_t)n_places;
        tree_insert(&relations->by_serial, &relation->node, serial, serial);
        relations->n++;
        relations->n_places += n_places;
}

void relation_unlink(Relations *relations, Relation *relation) {
        if (!tree_node_is_linked(&relation->node))
                return;
        tree_remove(&relations->by_serial, &relation->node);
        relations->n--;
        relations->n_places -= relation->n_places;
}

Relation *relation_after(const Relations *relations, uint64_t serial) {
        if (serial >= INT64_MAX)
                return NULL;
        TreeNode *node = tree_find_least(&relations->by_serial, (int64_t)serial + 1, INT64_MAX);
        return node ? CONTAINER_OF(node, Relation, node) : NULL;
}
