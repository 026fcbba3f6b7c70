/* A few of the fuzzer's worlds: each call gets one reply, and nothing is left. tests/fuzz/fuzz.c runs more. */
#include <string.h>

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

/* Counts calls that were refused for their work. */
static void count_refusal(World *w, unsigned session, const char *line, size_t n) {
        unsigned *n_refusals = w->userdata;

        if (memmem(line, n, "(max-call-work)", strlen("(max-call-work)")))
                ++*n_refusals;
}

/* The bound of work is small enough that calls meet it, and large enough that others do not. */
START_TEST(the_bound_of_work_is_met) {
        unsigned n_refusals = 0;

        world_init(&world, 1, false);
        world.on_output = count_refusal;
        world.userdata = &n_refusals;
        for (int i = STEPS; i > 0; i--)
                world_step(&world);
        world_end(&world);
        ck_assert_uint_gt(n_refusals, 0);
        ck_assert_uint_lt(n_refusals, STEPS / 2);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("fuzz");
        TCase *tcase = tcase_create("fuzz");

        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, tame_worlds, 0, 8);
        tcase_add_loop_test(tcase, wild_worlds, 0, 8);
        tcase_add_test(tcase, the_bound_of_work_is_met);
        suite_add_tcase(suite, tcase);
        return suite;
}
