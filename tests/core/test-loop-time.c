/* The durations of the loop's turns, as server.stats reports them. */
#include "core/core-fixture.h"
#include "tap-main.h"

static Fixture f;

static void begin(void) {
        fixture_init(&f, NULL);
}

static void end(void) {
        fixture_deinit(&f);
}

static void expect(const char *expected) {
        Session *session = fixture_session(&f, 1, 0, "test");
        struct json_object *stats = fixture_call(session, "server.stats", "[]"), *loop;

        ck_assert(json_object_object_get_ex(stats, "loop", &loop));
        ck_assert_str_eq(json_object_to_json_string_ext(loop, JSON_C_TO_STRING_PLAIN), expected);
        json_object_put(stats);
}

START_TEST(before_the_first_turn) {
        expect("{\"turns\":0,\"max_us\":0,\"longer_than_ms\":{\"1\":0,\"2\":0,\"5\":0,\"10\":0,"
               "\"20\":0,\"50\":0,\"100\":0,\"200\":0,\"1000\":0},\"spins\":0,\"spin_hits\":0,"
               "\"spin_burnt_us\":0}");
}
END_TEST

START_TEST(each_turn_counts_above_the_bounds_that_it_exceeds) {
        core_note_turn(&f.core, 1000000);
        core_note_turn(&f.core, 1000001);
        core_note_turn(&f.core, 10000001);
        core_note_turn(&f.core, INT64_C(1500000000));
        core_note_turn(&f.core, 0);
        core_note_spin(&f.core, 7000, true);
        core_note_spin(&f.core, 20000, false);
        expect("{\"turns\":5,\"max_us\":1500000,\"longer_than_ms\":{\"1\":3,\"2\":2,\"5\":2,"
               "\"10\":2,\"20\":1,\"50\":1,\"100\":1,\"200\":1,\"1000\":1},\"spins\":2,\"spin_"
               "hits\":1,\"spin_burnt_us\":20}");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("loop time");
        TCase *tcase = tcase_create("loop time");

        tcase_add_checked_fixture(tcase, begin, end);
        tcase_add_test(tcase, before_the_first_turn);
        tcase_add_test(tcase, each_turn_counts_above_the_bounds_that_it_exceeds);
        suite_add_tcase(suite, tcase);
        return suite;
}
