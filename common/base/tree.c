/* Arne Andersson's balanced tree, which also knows the least rank below each node.
 *
 * A node's height is that of the level that it stands on: a left child stands one level lower, a right child on the same level
 * or one lower, and never two in a row on the same. Two operations restore that: skew() turns a left child on the same level
 * away, split() lifts the middle one of three.
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

/* Turns a left child of the same height to the right. */
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

/* Lifts the middle one of three of the same height. */
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

/* After a node below was removed. */
static TreeNode *rebalance(TreeNode *at) {
        unsigned left = height_of(at->left), right = height_of(at->right);
        unsigned height = (left < right ? left : right) + 1;

        update(at);
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

/* The node's neighbour takes its place. */
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

static TreeNode *lesser(TreeNode *a, TreeNode *b) {
        return !b || (a && a->rank <= b->rank) ? a : b;
}

/* Not bounded on a side: all below is known to be within the range there. */
static TreeNode *find_below(TreeNode *at, const int64_t *from, const int64_t *to) {
        while (at && (from || to)) {
                if (from && at->key < *from) {
                        at = at->right;
                } else if (to && at->key > *to) {
                        at = at->left;
                } else {
                        TreeNode *sides = lesser(find_below(at->left, from, NULL),
                                                 find_below(at->right, NULL, to));
                        return lesser(at, sides);
                }
        }
        return at ? least_below(at) : NULL;
}

TreeNode *tree_find_least(const Tree *tree, int64_t from, int64_t to) {
        return from <= to ? find_below(tree->root, from == INT64_MIN ? NULL : &from,
                                       to == INT64_MAX ? NULL : &to)
                          : NULL;
}
