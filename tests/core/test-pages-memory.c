/* Sequences in pages without memory: each allocation of a reservation fails once, in turn, at both ends and for few and for many elements.
 * All elements are then where they were, and what could not be done before can be done afterwards.
 *
 * Under a sanitizer or valgrind this program has no test cases: see failing-malloc.h. */
#include <errno.h>
#include <stdlib.h>

#include "base/macros.h"
#include "base/pages.h"
#include "expect.h"
#include "failing-malloc.h"
#include "tap-main.h"

enum { SIZE = sizeof(uint64_t) };

static void expect_numbers(const Pages *s, size_t from, size_t n, uint64_t first) {
        for (size_t i = 0; i < n; i++)
                EXPECT(*(uint64_t *)pages_at(s, SIZE, from + i) == first + i);
}

/* Inserts n numbers from `first` on before element `at`, or returns false. */
static bool insert(Pages *s, bool is_front, size_t at, size_t n, uint64_t first) {
        int r = pages_reserve(s, SIZE, is_front, n);

        if (r < 0) {
                EXPECT(r == -ENOMEM);
                return false;
        }
        pages_open(s, SIZE, is_front, at, n);
        for (size_t i = 0; i < n; i++)
                *(uint64_t *)pages_at(s, SIZE, at + i) = first + i;
        return true;
}

static const struct {
        size_t n, at, n_more;
} cases[] = {
        {0, 0, 1},
        {0, 0, 3 * PAGE_LENGTH},
        {10, 5, 10},
        {PAGE_LENGTH - 10, 100, 50},
        {3 * PAGE_LENGTH, PAGE_LENGTH + 7, 10},
        {3 * PAGE_LENGTH + 7, PAGE_LENGTH, PAGE_LENGTH - 5},
        {5 * PAGE_LENGTH + 100, 2 * PAGE_LENGTH + 50, 4 * PAGE_LENGTH + 9},
        {5 * PAGE_LENGTH + 100, 3 * PAGE_LENGTH, 9 * PAGE_LENGTH},
};

START_TEST(each_allocation_of_a_reservation_fails_once) {
        size_t n = cases[_i / 2].n, at = cases[_i / 2].at, n_more = cases[_i / 2].n_more;
        bool is_front = _i % 2;
        long n_before = failing_malloc_count(), n_failed = 0;
        Pages s = {0};

        EXPECT(n == 0 || insert(&s, false, 0, n, 0));
        for (bool is_done = false; !is_done; n_failed += !is_done) {
                failing_malloc_set(n_failed + 1);
                is_done = insert(&s, is_front, at, n_more, n);
                failing_malloc_set(0);
                ck_assert_uint_eq(s.n, is_done ? n + n_more : n);
                if (!is_done)
                        expect_numbers(&s, 0, n, 0);
        }
        ck_assert_int_gt(n_failed, 0);
        expect_numbers(&s, 0, at, 0);
        expect_numbers(&s, at, n_more, n);
        expect_numbers(&s, at + n_more, n - at, at);
        pages_deinit(&s);
        ck_assert_int_eq(failing_malloc_count(), n_before);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("pages, out of memory");

        if (!failing_malloc_works())
                return suite;
        TCase *c = tcase_create("pages, out of memory");
        tcase_add_loop_test(c, each_allocation_of_a_reservation_fails_once, 0,
                            2 * ELEMENTSOF(cases));
        suite_add_tcase(suite, c);
        return suite;
}
