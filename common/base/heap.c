/* A binary min-heap of intrusive nodes: deadlines.
 *
 * Nodes know their position, so removing one costs O(log n). Among equal keys the one that was inserted first comes first
 * (serial), since the order of timeouts is visible to clients. */
#include <errno.h>
#include <stdlib.h>

#include "base/heap.h"

/* Below this many places the array is never shrunk. */
#define CAPACITY_MIN ((size_t)64)

void heap_deinit(Heap *h) {
        for (size_t i = 0; i < h->n_nodes; i++)
                h->nodes[i]->position = 0;
        free(h->nodes);
        *h = (Heap){};
}

static bool node_before(const HeapNode *a, const HeapNode *b) {
        return a->key != b->key ? a->key < b->key : a->serial < b->serial;
}

static void heap_place(Heap *h, size_t i, HeapNode *node) {
        h->nodes[i] = node;
        node->position = i + 1;
}

/* Moves larger nodes down from place i on, toward the root, until the node fits. */
static void heap_sift_up(Heap *h, size_t i, HeapNode *node) {
        while (i > 0) {
                size_t parent = (i - 1) / 2;
                if (!node_before(node, h->nodes[parent]))
                        break;
                heap_place(h, i, h->nodes[parent]);
                i = parent;
        }
        heap_place(h, i, node);
}

/* Moves smaller nodes up from place i on, toward the leaves, until the node fits. */
static void heap_sift_down(Heap *h, size_t i, HeapNode *node) {
        for (;;) {
                size_t child = 2 * i + 1;
                if (child >= h->n_nodes)
                        break;
                if (child + 1 < h->n_nodes && node_before(h->nodes[child + 1], h->nodes[child]))
                        child++;
                if (!node_before(h->nodes[child], node))
                        break;
                heap_place(h, i, h->nodes[child]);
                i = child;
        }
        heap_place(h, i, node);
}

static int heap_resize(Heap *h, size_t n_capacity) {
        HeapNode **nodes = reallocarray(h->nodes, n_capacity, sizeof(*nodes));
        if (!nodes)
                return -ENOMEM;
        h->nodes = nodes;
        h->n_capacity = n_capacity;
        return 0;
}

int heap_insert(Heap *h, HeapNode *node, int64_t key) {
        if (h->n_nodes == h->n_capacity) {
                int r = heap_resize(h, h->n_capacity ? 2 * h->n_capacity : CAPACITY_MIN);
                if (r < 0)
                        return r;
        }
        node->key = key;
        node->serial = ++h->last_serial;
        heap_sift_up(h, h->n_nodes++, node);
        return 0;
}

void heap_remove(Heap *h, HeapNode *node) {
        if (!heap_is_linked(node))
                return;

        size_t i = node->position - 1;
        node->position = 0;
        HeapNode *last = h->nodes[--h->n_nodes];
        if (last != node) {
                if (i > 0 && node_before(last, h->nodes[(i - 1) / 2]))
                        heap_sift_up(h, i, last);
                else
                        heap_sift_down(h, i, last);
        }

        if (h->n_capacity > CAPACITY_MIN && h->n_nodes < h->n_capacity / 4)
                (void)heap_resize(h, h->n_capacity / 2); /* without memory the larger array stays */
}

HeapNode *heap_min(const Heap *h) {
        return h->n_nodes > 0 ? h->nodes[0] : NULL;
}
