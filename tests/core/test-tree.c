/* The balanced tree against a plain array. */
#include <check.h>

#include "base/macros.h"
#include "base/tree.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"

enum { N_NODES = 200, N_STEPS = 40000, N_MANY = 1 << 16 };

static TreeNode *find_plainly(TreeNode *nodes, int64_t from, int64_t to) {
        TreeNode *least = NULL;

        for (int i = 0; i < N_NODES; i++)
                if (tree_node_is_linked(&nodes[i]) && nodes[i].key >= from && nodes[i].key <= to &&
                    (!least || nodes[i].rank < least->rank))
                        least = &nodes[i];
        return least;
}

static TreeNode *find_first_plainly(TreeNode *nodes) {
        TreeNode *first = NULL;

        for (int i = 0; i < N_NODES; i++)
                if (tree_node_is_linked(&nodes[i]) &&
                    (!first || nodes[i].key < first->key ||
                     (nodes[i].key == first->key && nodes[i].rank < first->rank)))
                        first = &nodes[i];
        return first;
}

static int64_t draw_key(Random *random) {
        switch (random_below(random, 20)) {
        case 0:
                return INT64_MIN;
        case 1:
                return INT64_MAX;
        default:
                return (int64_t)random_below(random, 30) - 15;
        }
}

/* Asserts the shape: a left child is one level lower, a right child on the level of its parent or one lower, and never two
 * right children in a row on one level. Each node stores the least rank below it. */
static bool is_sound(const TreeNode *node) {
        const TreeNode *left = node->left, *right = node->right;
        unsigned left_height = left ? left->height : 0, right_height = right ? right->height : 0;
        int64_t least = node->rank;

        if (left && left->least < least)
                least = left->least;
        if (right && right->least < least)
                least = right->least;
        return node->least == least && left_height + 1 == node->height &&
               (right_height + 1 == node->height || right_height == node->height) &&
               (!right || !right->right || right->right->height < node->height) &&
               (!left || is_sound(left)) && (!right || is_sound(right));
}

START_TEST(test_random) {
        Random random = {.state = 7};
        TreeNode nodes[N_NODES] = {0};
        Tree tree = {0};
        unsigned n_found = 0;

        for (int step = 0; step < N_STEPS; step++) {
                int i = (int)random_below(&random, N_NODES);
                if (tree_node_is_linked(&nodes[i]))
                        tree_remove(&tree, &nodes[i]);
                else
                        tree_insert(&tree, &nodes[i], draw_key(&random),
                                    (int64_t)random_below(&random, 50) * N_NODES + i);
                EXPECT(!tree.root || is_sound(tree.root));
                int64_t from = draw_key(&random), to = draw_key(&random);
                TreeNode *found = tree_find_least(&tree, from, to);
                ck_assert_ptr_eq(found, find_plainly(nodes, from, to));
                n_found += found != NULL;
                ck_assert_ptr_eq(tree_first(&tree), find_first_plainly(nodes));
        }
        ck_assert_uint_gt(n_found, N_STEPS / 10);
        for (int i = 0; i < N_NODES; i++)
                tree_remove(&tree, &nodes[i]);
        ck_assert_ptr_null(tree.root);
}
END_TEST

/* The tree stays balanced in whatever order ranks are inserted. */
START_TEST(test_depth) {
        static TreeNode nodes[N_MANY];
        Tree tree = {0};

        for (int i = 0; i < N_MANY; i++)
                tree_insert(&tree, &nodes[i], i, i);
        ck_assert_uint_le(tree.root->height, 17);
        for (int i = 0; i < N_MANY; i += 2)
                tree_remove(&tree, &nodes[i]);
        ck_assert_uint_le(tree.root->height, 16);
        ck_assert_ptr_eq(tree_find_least(&tree, 100, INT64_MAX), &nodes[101]);
        ck_assert_ptr_eq(tree_find_least(&tree, INT64_MIN, INT64_MAX), &nodes[1]);
        ck_assert_ptr_null(tree_find_least(&tree, 100, 100));
        ck_assert_ptr_null(tree_find_least(&tree, 101, 100));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("tree");
        TCase *c = tcase_create("tree");

        tcase_add_test(c, test_random);
        tcase_add_test(c, test_depth);
        suite_add_tcase(suite, c);
        return suite;
}
