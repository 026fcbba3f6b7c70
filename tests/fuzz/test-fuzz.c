/* A few of the fuzzer's worlds: each call is answered once, and nothing is left behind. tests/fuzz/fuzz.c goes on. */
#include "fuzz/fuzz-world.h"
#include "tap-main.h"

enum { STEPS = 2000 };

static World world;

static void live(uint64_t seed, bool is_wild) {
        world_init(&world, seed, is_wild);
        for (int i = random_rounds(STEPS); i > 0; i--)
                world_step(&world);
        world_end(&world);
}

START_TEST(tame_worlds) {
        live((uint64_t)_i + 1, false);
}
END_TEST

START_TEST(wild_worlds) {
        live((uint64_t)_i + 1, true);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("fuzz");
        TCase *tcase = tcase_create("fuzz");

        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, tame_worlds, 0, 8);
        tcase_add_loop_test(tcase, wild_worlds, 0, 8);
        suite_add_tcase(suite, tcase);
        return suite;
}
