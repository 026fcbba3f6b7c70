/* A binary min-heap of intrusive nodes by a 64-bit key, ties in the order of
 * insertion. Removal of any node is O(log n). Zero-initialised is empty. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HeapNode {
        int64_t key;
        uint64_t serial; /* breaks ties: set by heap_insert() */
        size_t position; /* 1-based; 0 when in no heap */
} HeapNode;

typedef struct Heap {
        HeapNode **nodes;
        size_t n_nodes, n_capacity;
        uint64_t last_serial;
} Heap;

void heap_deinit(Heap *h);
/* Returns 0, or -ENOMEM with the heap unchanged. The node must be in no heap. */
int heap_insert(Heap *h, HeapNode *node, int64_t key);
/* Does nothing if the node is in no heap. */
void heap_remove(Heap *h, HeapNode *node);
/* Returns the node with the smallest key, or NULL. */
HeapNode *heap_min(const Heap *h);

static inline bool heap_is_linked(const HeapNode *node) {
        return node->position != 0;
}
