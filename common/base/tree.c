/* Arne Andersson's balanced tree, in which each node also has the least rank of its subtree.
 *
 * The height of a left child is one less than that of its parent. The height of a right child is the same or one less, but a node,
 * its right child and the right child of that never have the same height. Two operations restore that: skew() rotates a left child
 * of the same height to the right, split() lifts the middle one of three nodes of the same height.
 *
 * Keys may be equal; ranks are not, and tell equal keys apart. `least` makes tree_find_least() cost O(log n): the node of the
 * least rank among all whose key is in a range. A queue by level uses it to find the oldest waiter that can continue.
 *
 * Nodes are embedded in their owners, so nothing here allocates or fails. The recursion is as deep as the tree, some 2 log n. */
#include <stddef.h>

#include "base/tree.h"

static int compare(const TreeNode *a, const TreeNode *b) {
        if (a->key != b->key)
                return a->key < b->key ? -1 : 1;
        return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static unsigned height_of(const TreeNode *node) {
        return node ? node->height : 0;
}

static void update(TreeNode *node) {
        node->least = node->rank;
        if (node->left && node->left->least < node->least)
                node->least = node->left->least;
        if (node->right && node->right->least < node->least)
                node->least = node->right->least;
}

/* Rotates a left child of the same height to the right. */
static TreeNode *skew(TreeNode *node) {
        if (!node || height_of(node->left) != node->height)
                return node;
        TreeNode *left = node->left;
        node->left = left->right;
        left->right = node;
        update(node);
        update(left);
        return left;
}

/* Lifts the middle one of three nodes of the same height. */
static TreeNode *split(TreeNode *node) {
        if (!node || !node->right || height_of(node->right->right) != node->height)
                return node;
        TreeNode *right = node->right;
        node->right = right->left;
        right->left = node;
        right->height++;
        update(node);
        update(right);
        return right;
}

static TreeNode *insert_below(TreeNode *at, TreeNode *node) {
        if (!at)
                return node;
        int order = compare(node, at);
        if (order < 0)
                at->left = insert_below(at->left, node);
        else
                at->right = insert_below(at->right, node);
        update(at);
        return split(skew(at));
}

void tree_insert(Tree *tree, TreeNode *node, int64_t key, int64_t rank) {
        *node = (TreeNode){.key = key, .rank = rank, .least = rank, .height = 1};
        tree->root = insert_below(tree->root, node);
}

/* Returns whether the invariant at the top of this file holds for a node, given that it holds for all nodes below it. */
static bool is_balanced(const TreeNode *at, unsigned left, unsigned right) {
        return left + 1 == at->height &&
               (right + 1 == at->height ||
                (right == at->height && height_of(at->right->right) < at->height));
}

/* Restores the invariant after a node below was removed. Most nodes on the path to the root satisfy it still. */
static TreeNode *rebalance(TreeNode *at) {
        unsigned left = height_of(at->left), right = height_of(at->right);
        unsigned height = (left < right ? left : right) + 1;

        update(at);
        if (is_balanced(at, left, right))
                return at;
        if (height < at->height) {
                at->height = height;
                if (right > height)
                        at->right->height = height;
        }
        at = skew(at);
        at->right = skew(at->right);
        if (at->right)
                at->right->right = skew(at->right->right);
        at = split(at);
        at->right = split(at->right);
        return at;
}

static TreeNode *remove_below(TreeNode *at, const TreeNode *node);

/* Replaces a node that is removed by its predecessor or successor. */
static TreeNode *replace(TreeNode *node) {
        TreeNode *other = node->left ? node->left : node->right;

        if (!other)
                return NULL;
        while (node->left ? other->right : other->left)
                other = node->left ? other->right : other->left;
        TreeNode *left = node->left ? remove_below(node->left, other) : NULL;
        TreeNode *right = node->left ? node->right : remove_below(node->right, other);
        other->left = left;
        other->right = right;
        other->height = node->height;
        return other;
}

static TreeNode *remove_below(TreeNode *at, const TreeNode *node) {
        int order = compare(node, at);

        if (order < 0)
                at->left = remove_below(at->left, node);
        else if (order > 0)
                at->right = remove_below(at->right, node);
        else
                at = replace(at);
        return at ? rebalance(at) : NULL;
}

void tree_remove(Tree *tree, TreeNode *node) {
        if (!tree_node_is_linked(node))
                return;
        tree->root = remove_below(tree->root, node);
        *node = (TreeNode){0};
}

static TreeNode *least_below(TreeNode *at) {
        while (at->rank != at->least)
                at = at->left && at->left->least == at->least ? at->left : at->right;
        return at;
}

/* The node of least rank found so far: `at` or, with is_below, the node of least rank in its subtree. */
typedef struct Best {
        TreeNode *at;
        int64_t rank;
        bool is_below;
} Best;

static void try_node(Best *best, TreeNode *node) {
        if (!best->at || node->rank < best->rank)
                *best = (Best){.at = node, .rank = node->rank};
}

/* Tries a subtree whose keys are all within the range. */
static void try_all_below(Best *best, TreeNode *node) {
        if (node && (!best->at || node->least < best->rank))
                *best = (Best){.at = node, .rank = node->least, .is_below = true};
}

/* Finds the node at which the paths to both ends of the range part, then follows each path once. */
TreeNode *tree_find_least(const Tree *tree, int64_t from, int64_t to) {
        TreeNode *at = from <= to ? tree->root : NULL, *node;
        Best best = {0};

        while (at && (at->key < from || at->key > to))
                at = at->key < from ? at->right : at->left;
        if (!at)
                return NULL;
        try_node(&best, at);
        for (node = at->left; node; node = node->key < from ? node->right : node->left)
                if (node->key >= from) {
                        try_node(&best, node);
                        try_all_below(&best, node->right);
                }
        for (node = at->right; node; node = node->key > to ? node->left : node->right)
                if (node->key <= to) {
                        try_node(&best, node);
                        try_all_below(&best, node->left);
                }
        return best.is_below ? least_below(best.at) : best.at;
}

TreeNode *tree_first(const Tree *tree) {
        TreeNode *at = tree->root;

        while (at && at->left)
                at = at->left;
        return at;
}
