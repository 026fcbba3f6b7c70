/* The fuzzer's worlds with an allocation that fails now and then: each call still gets one reply, or its
 * session is disconnected, and nothing leaks.
 *
 * Under a sanitizer or valgrind this program has no test cases: see failing-malloc.h. */
#include "failing-malloc.h"
#include "fuzz/fuzz-world.h"
#include "tap-main.h"

enum { STEPS = 3000, MOST_ALLOCATIONS = 60 };

static World world;
static long n_failed;

static void fail_one(World *w) {
        if (random_below(&w->random, 2) == 0)
                failing_malloc_set(1 + (long)random_below(&w->random, MOST_ALLOCATIONS));
}

static void fail_none(World *w) {
        n_failed += failing_malloc_left() == 0;
        failing_malloc_set(0);
}

static void live(uint64_t seed) {
        world_init(&world, seed, false);
        world.before_input = fail_one;
        world.after_input = fail_none;
        for (int i = random_rounds(STEPS); i > 0; i--)
                world_step(&world);
        world.before_input = world.after_input = NULL;
        world_end(&world);
}

START_TEST(poor_worlds) {
        live(1000);
        long n_before = failing_malloc_count();
        live((uint64_t)_i + 1);
        ck_assert_int_eq(failing_malloc_count(), n_before);
        ck_assert_int_gt(n_failed, 100);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("fuzz, out of memory");

        if (!failing_malloc_works())
                return suite;
        TCase *tcase = tcase_create("fuzz, out of memory");
        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, poor_worlds, 0, 8);
        suite_add_tcase(suite, tcase);
        return suite;
}
