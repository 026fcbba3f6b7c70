/* How the time of several lines counts for their methods. */
#include "core/core-fixture.h"
#include "expect.h"
#include "line-time.h"
#include "tap-main.h"

START_TEST(time_counts_in_proportion_to_steps) {
        MethodTime small = {0}, large = {0};
        LineTimes times = {0};

        line_times_add(&times, &small, 1);
        line_times_add(&times, &small, 1);
        line_times_add(&times, &large, 5);
        line_times_add(&times, NULL, 9);
        line_times_note(&times, 2000);
        ck_assert_int_eq(small.total_ns, 400);
        ck_assert_int_eq(small.max_ns, 200);
        ck_assert_int_eq(large.total_ns, 600);
        ck_assert_int_eq(large.max_ns, 600);
        line_times_note(&times, 1000);
        ck_assert_int_eq(small.total_ns + large.total_ns, 1000);
        line_times_add(&times, &small, 0);
        line_times_note(&times, 77);
        ck_assert_int_eq(small.total_ns, 477);
}
END_TEST

/* Many lines, or much work. Later lines find no place, and their time counts for no method. */
START_TEST(time_is_due_after_many_steps_or_lines) {
        MethodTime times_of[2] = {0};
        LineTimes times = {0};

        for (unsigned i = 0; i < UNTIMED_LINES; i++) {
                EXPECT(!line_times_are_due(&times));
                line_times_add(&times, &times_of[i % 2], 1);
        }
        EXPECT(line_times_are_due(&times));
        for (unsigned i = 0; i < UNTIMED_LINES; i++)
                line_times_add(&times, &times_of[i % 2], 1);
        line_times_note(&times, 64000);
        EXPECT(times_of[0].total_ns + times_of[1].total_ns <= 64000);
        EXPECT(!line_times_are_due(&times));
        line_times_add(&times, NULL, UNTIMED_STEPS);
        EXPECT(line_times_are_due(&times));
}
END_TEST

/* No small call joins a long one that came before. */
START_TEST(a_long_call_is_due_at_once) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *session = fixture_session(&f, 1, 1000, "test");
        EXPECT(core_count_untimed(&f.core) == 0);
        json_object_put(fixture_call(session, "list.open", "['l',true]"));
        EXPECT(core_count_untimed(&f.core) > 0 && !core_time_is_due(&f.core));
        for (unsigned i = 0; i < 300; i++) {
                json_object_put(fixture_call(session, "list.append", "['l',%u]", i));
                core_note_time(&f.core, 1000);
        }
        json_object_put(fixture_call(session, "list.get", "['l',7]"));
        EXPECT(!core_time_is_due(&f.core));
        json_object_put(fixture_call(session, "list.index", "['l',299]"));
        EXPECT(core_time_is_due(&f.core));
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("line time");
        TCase *tcase = tcase_create("line time");

        tcase_add_test(tcase, time_counts_in_proportion_to_steps);
        tcase_add_test(tcase, time_is_due_after_many_steps_or_lines);
        tcase_add_test(tcase, a_long_call_is_due_at_once);
        suite_add_tcase(suite, tcase);
        return suite;
}
