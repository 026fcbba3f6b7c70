/* A balanced tree of nodes that live in their owners' structures: no operation allocates or fails.
 *
 * Nodes are sorted by key, and those of one key by rank. Each node knows the least rank below it, so
 * the node of least rank within a range of keys is found in logarithmic time. Two nodes of one tree
 * never have both the same key and the same rank. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct TreeNode TreeNode;

/* It ends without padding, so that its owner may have small members behind it. */
struct TreeNode {
        TreeNode *left, *right;
        int64_t key, rank, least; /* the least rank of this node and of all below it */
        unsigned height;          /* 0 while the node is in no tree */
} __attribute__((packed, aligned(4)));

typedef struct Tree {
        TreeNode *root;
} Tree;

/* Inserts a node, which must be in no tree; no node of the tree may have both its key and its
 * rank. */
void tree_insert(Tree *tree, TreeNode *node, int64_t key, int64_t rank);
/* Removes a node; does nothing if it is in no tree. */
void tree_remove(Tree *tree, TreeNode *node);
/* Returns the node of least rank with from <= key <= to, or NULL. */
TreeNode *tree_find_least(const Tree *tree, int64_t from, int64_t to);
/* Returns the node of the least key and, among equal keys, of the least rank; or NULL. */
TreeNode *tree_first(const Tree *tree);

static inline bool tree_node_is_linked(const TreeNode *node) {
        return node->height > 0;
}
