/* The identity of a process: from the kernel if the daemon can see it there, otherwise the client's claim,
 * which is marked as such. */
#include <errno.h>
#include <string.h>

#include "core/core-fixture.h"
#include "tap-main.h"
#include "who.h"

static void hello(Session *session, const char *client) {
        json_object_put(fixture_call(session, "session.hello", "['%s']", client));
}

static void expect_text(const Session *session, const char *text) {
        ck_assert_str_eq(who_text_of(session), text);
}

/* Asserts the result of lock.owner for the session that holds l. */
static void expect_owner(Session *session, const char *comm, const char *claimed,
                         const char *client) {
        struct json_object *owner = fixture_call(session, "lock.owner", "['l']");
        struct json_object *mark = json_object_object_get(owner, "comm_claimed");
        const char *name = json_object_get_string(json_object_object_get(owner, "client"));

        ck_assert_str_eq(json_object_get_string(json_object_object_get(owner, "comm")), comm);
        ck_assert_str_eq(mark ? json_object_to_json_string(mark) : "", claimed);
        ck_assert_str_eq(name ? name : "", client);
        json_object_put(owner);
}

START_TEST(test_kernels_word_goes_first) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(a, "lock.open", "{'name':'l','create':true}"));
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        expect_text(a, "pid 100 (alpha)");
        expect_owner(a, "alpha", "", "");
        hello(a, "root shell");
        expect_text(a, "pid 100 (alpha)");
        expect_owner(a, "alpha", "", "root shell");
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_claim_is_marked) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "");
        json_object_put(fixture_call(a, "lock.open", "{'name':'l','create':true}"));
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        expect_text(a, "pid 100");
        expect_owner(a, "", "", "");
        hello(a, "backup");
        expect_text(a, "pid 100 (says it is backup)");
        expect_owner(a, "backup", "true", "backup");
        fixture_deinit(&f);
}
END_TEST

/* The identity of a dead owner is kept. */
START_TEST(test_claim_of_a_dead_owner) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, ""),
                *b = fixture_session(&f, 200, 1000, "beta");
        hello(a, "backup");
        json_object_put(fixture_call(a, "lock.open",
                                     "{'name':'l','create':true,'on_owner_death':'poison'}"));
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        fixture_start(b, 1, "lock.acquire", "['l']");
        session_end(a);
        const char *line = fixture_receive_text(b);
        ck_assert_ptr_nonnull(strstr(line, "pid 100 (says it is backup) died while it owned"));
        ck_assert_ptr_nonnull(strstr(line, "\"comm\":\"backup\",\"comm_claimed\":true,"));
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_names_that_are_refused) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "");
        hello(a, "good");
        fixture_expect(a, "session.hello", "['two\\nlines']", "!EINVAL");
        fixture_expect(a, "session.hello", "['\\u001b[31mred']", "!EINVAL");
        fixture_expect(a, "session.hello", "['del\\u007f']", "!EINVAL");
        expect_text(a, "pid 100 (says it is good)");
        hello(a, "\xc3\xa4\xe2\x82\xac");
        expect_text(a, "pid 100 (says it is \xc3\xa4\xe2\x82\xac)");
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("who");
        TCase *tcase = tcase_create("who");

        tcase_add_test(tcase, test_kernels_word_goes_first);
        tcase_add_test(tcase, test_claim_is_marked);
        tcase_add_test(tcase, test_claim_of_a_dead_owner);
        tcase_add_test(tcase, test_names_that_are_refused);
        suite_add_tcase(suite, tcase);
        return suite;
}
