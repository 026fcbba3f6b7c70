/* Worlds of the fuzzer that lend values to the output: every session gets the output of the world that lends none, byte for
 * byte. Some sessions read slowly, so the objects drop and change values that are on their way. */
#include "fuzz/fuzz-snapshot.h"
#include "tap-main.h"

enum { STEPS = 1000 };

static World world;

/* Runs a world, and appends its output to one text. Returns how often a session had lent values in its output. */
static uint64_t live(uint64_t seed, bool lends, bool reloads, int n_steps, Buffer *ret) {
        world_init(&world, seed, seed % 2);
        world.on_output = world_keep_line;
        world.userdata = ret;
        world.core.lent_min = lends ? world.core.lent_min : 0;
        world.after_input = reloads ? world_reload : NULL;
        for (int i = n_steps; i > 0; i--)
                world_step(&world);
        world_end(&world);
        return world.n_lent;
}

static void compare(uint64_t seed, bool reloads) {
        int n_steps = random_rounds(reloads ? STEPS / 2 : STEPS);
        Buffer copied = {0}, lent = {0};

        ck_assert_uint_eq(live(seed, false, reloads, n_steps, &copied), 0);
        live(seed, true, reloads, n_steps, &lent);
        world_expect_equal(seed, &copied, &lent);
        buffer_deinit(&copied);
        buffer_deinit(&lent);
}

START_TEST(lent_values_are_those_that_were_read) {
        compare((uint64_t)_i + 1, false);
}
END_TEST

START_TEST(lent_values_outlive_the_core) {
        compare((uint64_t)_i * 4 + 4, true);
}
END_TEST

START_TEST(values_are_lent) {
        Buffer lent = {0};

        ck_assert_uint_gt(live(2, true, true, STEPS / 2, &lent), 10);
        buffer_deinit(&lent);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lent");
        TCase *tcase = tcase_create("lent");

        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, lent_values_are_those_that_were_read, 0, 8);
        tcase_add_loop_test(tcase, lent_values_outlive_the_core, 0, 4);
        tcase_add_test(tcase, values_are_lent);
        suite_add_tcase(suite, tcase);
        return suite;
}
