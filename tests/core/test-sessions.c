/* server.sessions, session.kill and server.config. */
#include <string.h>

#include "core.h"
#include "core/core-fixture.h"
#include "core/scenario.h"
#include "json/json-util.h"
#include "tap-main.h"

enum { N_SESSIONS = 1200, PAGE_STEPS = 25000 };

static const Scenario scenarios[] = {
        {"sessions: a user's own",
         "a: server.sessions {'count':1} -> "
         "~'sessions':[{'pid':100,'uid':1000,'comm':'alpha','session':1,'connected_ms':0,'holds':0,"
         "'reserved':0,'waits':0,'opened':0,'monitors':false}]\n"
         "x: server.sessions -> {'cursor':null,'sessions':[{'pid':900,'uid':2000,"
         "'comm':'stranger','session':9,'connected_ms':0,'holds':0,'reserved':0,'waits':0,"
         "'opened':0,'monitors':false}]}\n"
         "r: server.sessions -> ~'comm':'stranger'\n"
         "r: server.sessions -> ~'comm':'root'\n"},
        {"sessions: what each has",
         "x: lock.open {'name':'l','create':true} -> *\n"
         "x: lock.acquire ['l'] -> *\n"
         "x: event.open {'name':'e','create':true} -> *\n"
         "x#5: event.wait ['e']\n"
         "x: session.hello {'client':'backup','note':'at night'} -> *\n"
         "advance 7\n"
         "x: server.sessions -> ~'client':'backup','note':'at night','connected_ms':7,'holds':1,"
         "'reserved':0,'waits':1,'opened':2,'monitors':false\n"},
        {"sessions: arguments", "a: server.sessions {'count':0} -> !EINVAL~\"param\":\"count\"\n"
                                "a: server.sessions ['o1-1-1'] -> !EINVAL~\"param\":\"cursor\"\n"
                                "a: object.scan ['s1-1-1'] -> !EINVAL~\"param\":\"cursor\"\n"},
        {"kill: a session of the same user", "a: session.kill [2] -> null\n"
                                             "a: session.kill [2] -> null\n"
                                             "a: session.kill [1] -> !EINVAL~close it\n"
                                             "a: session.kill [99] -> !ENOENT\n"
                                             "a: session.kill [0] -> !EINVAL\n"
                                             "kill b\n"
                                             "a: session.kill [2] -> !ENOENT\n"},
        {"kill: of another user", "a: session.kill [9] -> !EACCES\n"
                                  "x: session.kill [10] -> !EACCES\n"
                                  "r: session.kill [9] -> null\n"
                                  "r: session.kill [1] -> null\n"},
        {"config: none is known", "a: server.config -> {}\n"},
};

START_TEST(test_scenario) {
        scenario_run(&scenarios[_i]);
}
END_TEST

/* session.kill disconnects a session, and its transport gets a reason for the log. */
START_TEST(test_kill) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *killer = fixture_session(&f, 1, 1000, "killer");
        Session *victim = fixture_session(&f, 2, 1000, "victim");
        json_object_put(fixture_call(killer, "session.kill", "[2]"));
        ck_assert(!killer->is_cut_off);
        ck_assert(victim->is_cut_off);
        ck_assert_str_eq(core_session_cut_off_reason(victim), "session.kill ended it");
        ck_assert(list_is_linked(&victim->in_dirty));
        fixture_deinit(&f);
}
END_TEST

/* Each session that exists throughout is returned once, in pages of bounded work, however many
 * sessions other users have. */
START_TEST(test_pages) {
        CLEANUP(json_putp) struct json_object *cursor = NULL;
        Session *asks[2];
        Fixture f;
        Limits limits = limits_default;

        limits.sessions = limits.sessions_per_uid = 2 * N_SESSIONS + 100;
        fixture_init(&f, &limits);
        for (int i = 0; i < N_SESSIONS; i++) {
                fixture_session(&f, 1000 + i, 1000, "one");
                fixture_session(&f, 5000 + i, 2000, "two");
        }
        asks[0] = fixture_session(&f, 1, 1000, "asks");
        asks[1] = fixture_session(&f, 2, 3000, "alone");
        for (int k = 0; k < 2; k++) {
                size_t n = 0;
                do {
                        uint64_t before = f.core.n_steps;
                        struct json_object *page =
                                fixture_call(asks[k], "server.sessions", "[%s,500]",
                                             cursor ? json_object_to_json_string(cursor) : "null");
                        ck_assert_uint_le(f.core.n_steps - before, PAGE_STEPS);
                        n += json_object_array_length(json_object_object_get(page, "sessions"));
                        json_object_put(cursor);
                        cursor = json_object_get(json_object_object_get(page, "cursor"));
                        json_object_put(page);
                } while (cursor);
                ck_assert_uint_eq(n, k == 0 ? N_SESSIONS + 1 : 1);
        }
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_config) {
        static const char text[] = "{\"file\":null,\"options\":{\"max-frame\":\"16M\"}}";
        Fixture f;

        fixture_init(&f, NULL);
        Session *session = fixture_session(&f, 1, 1000, "asks");
        ck_assert_int_eq(core_set_config(&f.core, text, strlen(text)), 0);
        fixture_expect(session, "server.config", "[]",
                       "{'file':null,'options':{'max-frame':'16M'}}");
        ck_assert_int_lt(core_set_config(&f.core, "{", 1), 0);
        fixture_expect(session, "server.config", "[]",
                       "{'file':null,'options':{'max-frame':'16M'}}");
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("sessions");
        TCase *c = tcase_create("sessions");

        tcase_add_test(c, test_kill);
        tcase_add_test(c, test_pages);
        tcase_add_test(c, test_config);
        tcase_add_loop_test(c, test_scenario, 0, sizeof(scenarios) / sizeof(scenarios[0]));
        suite_add_tcase(suite, c);
        return suite;
}
