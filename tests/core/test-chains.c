/* Chains: a lookup by hash finds each node, also among others with an equal hash, while the buckets grow and
 * shrink. */
#include <stdbool.h>

#include "base/chains.h"
#include "base/macros.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"

enum { N = 5000, HASHES = 3000 };

static bool has(const Chains *c, const ChainNode *wanted, uint32_t hash) {
        size_t n = 0;

        for (ChainNode *node = chains_first(c, hash); node; node = chains_next(node)) {
                ck_assert_uint_eq(node->hash, hash);
                n += node == wanted;
        }
        ck_assert_uint_le(n, 1);
        return n == 1;
}

START_TEST(empty_chains_are_valid) {
        Chains c = {0};

        ck_assert_ptr_null(chains_first(&c, 0));
        chains_deinit(&c);
}
END_TEST

static uint32_t hash_of(size_t i) {
        return (uint32_t)(i % HASHES) * 2654435761u;
}

static void put(Chains *c, ChainNode *node, size_t i) {
        EXPECT(chains_reserve(c) == 0);
        chains_insert(c, node, hash_of(i));
}

START_TEST(each_node_is_found_until_it_is_removed) {
        static ChainNode nodes[N];
        static bool is_in[N];
        Chains c = {0};
        Random random = {.state = 7};

        for (size_t i = 0; i < N; i++) {
                put(&c, &nodes[i], i);
                is_in[i] = true;
        }
        for (int i = 0; i < 20 * N; i++) {
                size_t at = random_below(&random, N);
                EXPECT(has(&c, &nodes[at], hash_of(at)) == is_in[at]);
                /* first most steps remove nodes, then most add them again */
                bool is_wanted = random_below(&random, 10) < (i < 10 * N ? 1u : 9u);
                if (is_wanted && !is_in[at])
                        put(&c, &nodes[at], at);
                else if (!is_wanted && is_in[at])
                        chains_remove(&c, &nodes[at]);
                is_in[at] = is_wanted;
                ck_assert_uint_le(c.n_buckets, (i < N ? N : c.n) + c.n / 4 + 2 * N / 5);
        }
        for (size_t i = 0; i < N; i++) {
                EXPECT(has(&c, &nodes[i], hash_of(i)) == is_in[i]);
                if (is_in[i])
                        chains_remove(&c, &nodes[i]);
        }
        ck_assert_uint_eq(c.n, 0);
        ck_assert_uint_le(c.n_buckets, N);
        chains_deinit(&c);
}
END_TEST

START_TEST(buckets_are_given_back) {
        static ChainNode nodes[N];
        Chains c = {0};

        for (size_t i = 0; i < N; i++)
                put(&c, &nodes[i], i);
        ck_assert_uint_ge(c.buckets.capacity, N);
        for (size_t i = 0; i < N; i++)
                chains_remove(&c, &nodes[i]);
        ck_assert_uint_le(c.buckets.capacity, 2 * SEGMENT_LENGTH);
        chains_deinit(&c);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("chains");
        TCase *c = tcase_create("chains");

        tcase_add_test(c, empty_chains_are_valid);
        tcase_add_test(c, each_node_is_found_until_it_is_removed);
        tcase_add_test(c, buckets_are_given_back);
        suite_add_tcase(suite, c);
        return suite;
}
