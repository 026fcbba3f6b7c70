/* The heap: the smallest key comes out first, equal keys in the order of insertion. */
#include <stdlib.h>

#include "base/heap.h"
#include "base/macros.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"

START_TEST(an_empty_heap_is_valid) {
        Heap h = {};
        HeapNode node = {};
        ck_assert_ptr_null(heap_min(&h));
        heap_remove(&h, &node);
        ck_assert(!heap_is_linked(&node));
        heap_deinit(&h);
}
END_TEST

START_TEST(equal_keys_come_in_the_order_of_insertion) {
        Heap h = {};
        HeapNode nodes[100] = {};
        for (size_t i = 0; i < ELEMENTSOF(nodes); i++)
                ck_assert_int_eq(heap_insert(&h, &nodes[i], (int64_t)(i % 3)), 0);
        for (int64_t key = 0; key < 3; key++)
                for (size_t i = (size_t)key; i < ELEMENTSOF(nodes); i += 3) {
                        ck_assert_ptr_eq(heap_min(&h), &nodes[i]);
                        heap_remove(&h, &nodes[i]);
                }
        ck_assert_ptr_null(heap_min(&h));
        heap_deinit(&h);
}
END_TEST

START_TEST(extreme_keys_are_ordered) {
        static const int64_t keys[] = {0, INT64_MAX, -1, INT64_MIN, 1};
        static const int64_t sorted[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
        Heap h = {};
        HeapNode nodes[ELEMENTSOF(keys)] = {};
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                ck_assert_int_eq(heap_insert(&h, &nodes[i], keys[i]), 0);
        for (size_t i = 0; i < ELEMENTSOF(sorted); i++) {
                ck_assert_int_eq(heap_min(&h)->key, sorted[i]);
                heap_remove(&h, heap_min(&h));
        }
        heap_deinit(&h);
}
END_TEST

START_TEST(deinit_unlinks_what_is_left) {
        Heap h = {};
        HeapNode node = {};
        ck_assert_int_eq(heap_insert(&h, &node, 1), 0);
        ck_assert(heap_is_linked(&node));
        heap_deinit(&h);
        ck_assert(!heap_is_linked(&node));
        heap_remove(&h, &node);
}
END_TEST

#define N_NODES 300

static HeapNode *model_min(HeapNode *nodes) {
        HeapNode *min = NULL;
        for (size_t i = 0; i < N_NODES; i++)
                if (heap_is_linked(&nodes[i]) &&
                    (!min || nodes[i].key < min->key ||
                     (nodes[i].key == min->key && nodes[i].serial < min->serial)))
                        min = &nodes[i];
        return min;
}

/* Asserts that no node sorts before its parent, and that each node stores its index. */
static void assert_heap(const Heap *h) {
        for (size_t i = 0; i < h->n_nodes; i++) {
                const HeapNode *node = h->nodes[i], *above = h->nodes[i > 0 ? (i - 1) / 2 : 0];
                EXPECT(node->position == i + 1);
                EXPECT(node->key > above->key ||
                       (node->key == above->key && node->serial >= above->serial));
        }
}

START_TEST(random_operations_agree_with_a_search) {
        Random random = {.state = 2};
        Heap h = {};
        HeapNode nodes[N_NODES] = {};
        size_t n_linked = 0;
        for (int turn = 0; turn < 100000; turn++) {
                HeapNode *node = &nodes[random_below(&random, N_NODES)];
                bool filling = turn / 5000 % 2 == 0;
                if (!heap_is_linked(node) && random_below(&random, filling ? 1 : 4) == 0) {
                        int64_t key = (int64_t)random_below(&random, 50);
                        EXPECT(heap_insert(&h, node, key) == 0);
                        n_linked++;
                } else if (random_below(&random, filling ? 4 : 1) == 0) {
                        n_linked -= heap_is_linked(node);
                        heap_remove(&h, node);
                }
                EXPECT(h.n_nodes == n_linked);
                EXPECT(heap_min(&h) == model_min(nodes));
                if (turn % 16 == 0)
                        assert_heap(&h);
        }
        heap_deinit(&h);
}
END_TEST

START_TEST(a_heap_that_was_large_gives_memory_back) {
        static HeapNode nodes[100000];
        Heap h = {};
        for (size_t i = 0; i < ELEMENTSOF(nodes); i++)
                EXPECT(heap_insert(&h, &nodes[i], (int64_t)(i * 7919 % 100003)) == 0);
        int64_t last = -1;
        while (heap_min(&h)) {
                EXPECT(last <= heap_min(&h)->key);
                last = heap_min(&h)->key;
                heap_remove(&h, heap_min(&h));
        }
        EXPECT(h.n_capacity <= 64);
        heap_deinit(&h);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("heap");
        TCase *tcase = tcase_create("heap");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, an_empty_heap_is_valid);
        tcase_add_test(tcase, equal_keys_come_in_the_order_of_insertion);
        tcase_add_test(tcase, extreme_keys_are_ordered);
        tcase_add_test(tcase, deinit_unlinks_what_is_left);
        tcase_add_test(tcase, random_operations_agree_with_a_search);
        tcase_add_test(tcase, a_heap_that_was_large_gives_memory_back);
        suite_add_tcase(suite, tcase);
        return suite;
}
