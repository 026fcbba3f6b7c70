/* The settings of session.hello: a note, and what happens to holds when the session or their object ends. */
#include <string.h>

#include "account.h"
#include "core-state.h"
#include "core/core-fixture.h"
#include "tap-main.h"

static void hello(Session *session, const char *params) {
        json_object_put(fixture_call(session, "session.hello", "%s", params));
}

static void make_lock(Session *session, const char *policy) {
        json_object_put(fixture_call(session, "lock.open",
                                     "{'name':'l','create':true,'on_owner_death':'%s'}", policy));
}

/* Compares a member of the first holder in object.stat, as text. */
static void expect_of_holder(Session *session, const char *key, const char *expected) {
        struct json_object *stat = fixture_call(session, "object.stat", "['l']");
        struct json_object *holders = json_object_object_get(stat, "holders");
        struct json_object *value =
                json_object_object_get(json_object_array_get_idx(holders, 0), key);

        ck_assert_str_eq(value ? json_object_get_string(value) : "", expected);
        json_object_put(stat);
}

START_TEST(test_note_is_shown_beside_what_is_held) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        make_lock(a, "release");
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        expect_of_holder(a, "note", "");
        expect_of_holder(a, "expect_ms", "");
        hello(a, "{'note':'nightly','expect_ms':600000}");
        expect_of_holder(a, "note", "nightly");
        expect_of_holder(a, "expect_ms", "600000");
        hello(a, "{'client':'other'}");
        expect_of_holder(a, "note", "nightly");
        hello(a, "{'note':'','expect_ms':0}");
        expect_of_holder(a, "note", "");
        expect_of_holder(a, "expect_ms", "");
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_note_is_shown_where_it_waits) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha"),
                *b = fixture_session(&f, 200, 1000, "beta");
        make_lock(a, "release");
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        hello(b, "{'note':'hourly'}");
        fixture_start(b, 1, "lock.acquire", "['l']");
        struct json_object *waits = fixture_call(a, "server.waits", "[]");
        ck_assert_ptr_nonnull(
                strstr(json_object_to_json_string_ext(waits, 0), "\"note\":\"hourly\""));
        json_object_put(waits);
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_note_has_a_bound_and_is_charged) {
        Fixture f;
        char text[257];

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        uint64_t before = account_memory(a->account);
        memset(text, 'x', sizeof(text));
        text[256] = '\0';
        ck_assert_str_eq(fixture_call_error(a, "session.hello", "{'note':'%s'}", text), "EINVAL");
        fixture_expect(a, "session.hello", "{'note':'two\\nlines'}", "!EINVAL");
        fixture_expect(a, "session.hello", "{'expect_ms':-1}", "!EINVAL");
        fixture_expect(a, "session.hello", "{'ends_with':'never'}", "!EINVAL");
        ck_assert_uint_eq(account_memory(a->account), before);
        text[255] = '\0';
        json_object_put(fixture_call(a, "session.hello", "{'note':'%s'}", text));
        ck_assert_uint_ge(account_memory(a->account), before + 256);
        hello(a, "{'note':'x'}");
        ck_assert_uint_lt(account_memory(a->account), before + 256);
        hello(a, "{'note':''}");
        ck_assert_uint_eq(account_memory(a->account), before);
        hello(a, "{'note':'until the end'}");
        Account *account = a->account;
        core_session_end(a);
        ck_assert_uint_eq(account->n_structure_bytes, 0);
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_holder_is_told_of_deletion) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha"),
                *b = fixture_session(&f, 200, 1000, "beta");
        make_lock(a, "release");
        hello(a, "{'tell_lost':true}");
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        json_object_put(fixture_call(b, "object.delete", "['l']"));
        fixture_work_off(&f);
        ck_assert_str_eq(fixture_receive_text(a),
                         "{\"jsonrpc\":\"2.0\",\"method\":\"session.lost\",\"params\":{\"name\":"
                         "\"l\",\"type\":\"lock\"}}");
        /* The session is told once, and not of locks that it has released. */
        make_lock(a, "release");
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        json_object_put(fixture_call(a, "lock.release", "['l']"));
        json_object_put(fixture_call(b, "object.delete", "['l']"));
        fixture_work_off(&f);
        ck_assert_ptr_null(fixture_receive(a));
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_reserver_is_told_of_deletion) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(a, "queue.open", "{'name':'q','create':true}"));
        json_object_put(fixture_call(a, "queue.put", "['q',1]"));
        json_object_put(fixture_call(a, "queue.reserve", "['q']"));
        hello(a, "{'tell_lost':true}");
        json_object_put(fixture_call(a, "object.delete", "['q']"));
        fixture_work_off(&f);
        ck_assert_ptr_nonnull(
                strstr(fixture_receive_text(a), "{\"name\":\"q\",\"type\":\"queue\"}"));
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_nobody_is_told_without_asking) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        make_lock(a, "release");
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        json_object_put(fixture_call(a, "object.delete", "['l']"));
        fixture_work_off(&f);
        ck_assert_ptr_null(fixture_receive(a));
        fixture_deinit(&f);
}
END_TEST

/* Asserts whether the end of a session counts as the death of an owner. */
static void expect_end(const char *policy, const char *params, bool is_death) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha"),
                *b = fixture_session(&f, 200, 1000, "beta");
        make_lock(a, policy);
        hello(a, params);
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        fixture_start(b, 1, "lock.acquire", "['l']");
        core_session_end(a);
        const char *line = fixture_receive_text(b);
        ck_assert_ptr_nonnull(line);
        ck_assert_msg(!!strstr(line, "owner_died") == is_death, "%s", line);
        ck_assert_msg(!strstr(line, "\"token\"") == (is_death && strcmp(policy, "poison") == 0),
                      "%s", line);
        fixture_deinit(&f);
}

START_TEST(test_end_releases) {
        expect_end("release", "{'end_releases':true}", false);
        expect_end("release", "{'end_releases':false}", true);
        expect_end("poison", "{'end_releases':true}", false);
        expect_end("poison", "{}", true);
        expect_end("keep", "{'end_releases':true}", false);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("session");
        TCase *tcase = tcase_create("session");

        tcase_add_test(tcase, test_note_is_shown_beside_what_is_held);
        tcase_add_test(tcase, test_note_is_shown_where_it_waits);
        tcase_add_test(tcase, test_note_has_a_bound_and_is_charged);
        tcase_add_test(tcase, test_holder_is_told_of_deletion);
        tcase_add_test(tcase, test_reserver_is_told_of_deletion);
        tcase_add_test(tcase, test_nobody_is_told_without_asking);
        tcase_add_test(tcase, test_end_releases);
        suite_add_tcase(suite, tcase);
        return suite;
}
