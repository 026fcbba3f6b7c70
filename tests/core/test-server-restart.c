/* The core's part of server.restart: the call stays parked, also in a snapshot, until the shell reports the outcome. */
#include <errno.h>
#include <string.h>

#include "core.h"
#include "core/core-fixture.h"
#include "core/reload.h"
#include "tap-main.h"

typedef struct Run {
        Fixture f;
        Session *root, *owner, *alpha; /* the daemon runs as the uid of `owner` */
} Run;

static void begin(Run *r) {
        fixture_init(&r->f, NULL);
        r->f.core.uid = 500;
        r->root = fixture_session(&r->f, 1, 0, "root");
        r->owner = fixture_session(&r->f, 50, 500, "owner");
        r->alpha = fixture_session(&r->f, 100, 1000, "alpha");
}

static void end(Run *r) {
        fixture_expect_clean(&r->f);
        fixture_deinit(&r->f);
}

START_TEST(answered_when_it_is_over) {
        Run r;

        begin(&r);
        ck_assert_str_eq(fixture_call_error(r.alpha, "server.restart", "[]"), "EACCES");
        ck_assert(!core_take_restart(&r.f.core));
        fixture_start(r.root, 7, "server.restart", "[]");
        ck_assert(core_take_restart(&r.f.core));
        ck_assert(!core_take_restart(&r.f.core));
        fixture_start(r.owner, 8, "server.restart", "[]");
        ck_assert_ptr_null(fixture_receive(r.root));
        ck_assert_str_eq(fixture_call_error(r.root, "server.restart", "[]"), "EDQUOT");
        fixture_expect(r.root, "server.ping", "[]", "'pong'");
        core_note_restart(&r.f.core, 12345678);
        fixture_expect_reply(r.root, 7, "{'version':'" PACKAGE_VERSION "','pause_ms':12}");
        fixture_expect_reply(r.owner, 8, "{'version':'" PACKAGE_VERSION "','pause_ms':12}");
        fixture_start(r.root, 9, "server.restart", "[]");
        core_refuse_restart(&r.f.core, ENOEXEC, "it is broken");
        const char *text = fixture_receive_text(r.root);
        ck_assert_msg(strstr(text, "was not restarted: it is broken") && strstr(text, "ENOEXEC"),
                      "%s", text);
        end(&r);
}
END_TEST

START_TEST(without_an_answer) {
        Run r;

        begin(&r);
        fixture_send(r.root, "{'jsonrpc':'2.0','method':'server.restart'}");
        ck_assert(core_take_restart(&r.f.core));
        fixture_send(r.root, "[{'jsonrpc':'2.0','method':'server.restart','id':1}]");
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(r.root), "EAGAIN"));
        ck_assert(!core_take_restart(&r.f.core));
        core_note_restart(&r.f.core, 1);
        ck_assert_ptr_null(fixture_receive(r.root));
        end(&r);
}
END_TEST

START_TEST(ends) {
        Run r;

        begin(&r);
        fixture_start(r.root, 1, "server.restart", "[]");
        core_session_half_close(r.root);
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(r.root), "ECANCELED"));
        fixture_start(r.root, 2, "server.restart", "[]");
        core_session_end(r.root);
        fixture_start(r.owner, 3, "server.restart", "[]");
        core_shutdown(&r.f.core);
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(r.owner), "ECONNRESET"));
        core_note_restart(&r.f.core, 1);
        end(&r);
}
END_TEST

START_TEST(in_a_snapshot) {
        Run r;

        begin(&r);
        fixture_start(r.root, 1, "server.restart", "[]");
        fixture_send(r.owner, "{'jsonrpc':'2.0','method':'server.restart','id':'\\u00e4'}");
        Session *sessions[] = {r.root, r.owner, r.alpha};
        core_reload(&r.f.core, sessions, 3);
        ck_assert(!core_take_restart(&r.f.core));
        core_note_restart(&r.f.core, 2000000);
        fixture_expect_reply(sessions[0], 1, "{'version':'" PACKAGE_VERSION "','pause_ms':2}");
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(sessions[1]), "\"pause_ms\":2"));
        end(&r);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("server.restart");
        TCase *c = tcase_create("server.restart");

        tcase_add_test(c, answered_when_it_is_over);
        tcase_add_test(c, without_an_answer);
        tcase_add_test(c, ends);
        tcase_add_test(c, in_a_snapshot);
        suite_add_tcase(suite, c);
        return suite;
}
