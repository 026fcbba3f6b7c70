/* The events for the log that the core reports to its shell. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "core/core-fixture.h"
#include "news.h"
#include "object.h"
#include "stored.h"
#include "tap-main.h"
#include "wait/hold.h"

typedef struct Run {
        Fixture f;
        Buffer seen; /* one line for each event: "kind pid method object" and a part of the text */
        char text[256]; /* of the last event that had a text */
} Run;

static const char *const kinds[N_NEWS_KINDS] = {
        [NEWS_SESSION_BEGINS] = "begins", [NEWS_SESSION_ENDS] = "ends",
        [NEWS_NO_SESSION] = "none",       [NEWS_CUT_OFF] = "cut-off",
        [NEWS_DENIED] = "denied",         [NEWS_BOUND] = "bound",
        [NEWS_DEADLOCK] = "deadlock",     [NEWS_OWNER_DIED] = "owner-died",
        [NEWS_RELEASED] = "released",     [NEWS_STORED_BEFORE] = "stored-before",
        [NEWS_EXPIRED] = "expired",       [NEWS_SLOW] = "slow",
};

static void on_news(void *userdata, const News *news) {
        Run *r = userdata;

        ck_assert(!news->session == (news->kind == NEWS_EXPIRED));
        if (news->text)
                snprintf(r->text, sizeof(r->text), "%s", news->text);
        ck_assert_int_eq(buffer_append_format(&r->seen, "%s %d %s %.*s;", kinds[news->kind],
                                              news->session ? (int)news->session->peer.pid
                                                            : (int)news->owner,
                                              news->method ? news->method : "-",
                                              news->object ? (int)news->n_object : 1,
                                              news->object ? news->object : "-"),
                         0);
}

static void run_init(Run *r, const Limits *limits) {
        fixture_init(&r->f, limits);
        r->seen = (Buffer){0};
        r->f.core.news_reader = (NewsReader){.on_news = on_news, .userdata = r};
}

static void run_deinit(Run *r) {
        fixture_deinit(&r->f);
        buffer_deinit(&r->seen);
}

/* Asserts the events since the last call. */
static void expect_news(Run *r, const char *news) {
        ck_assert_int_eq(buffer_append(&r->seen, "", 1), 0);
        ck_assert_str_eq(buffer_bytes(&r->seen), news);
        buffer_consume(&r->seen, buffer_size(&r->seen));
}

static Session *begin(Run *r, pid_t pid, uid_t uid) {
        Session *session = fixture_session(&r->f, pid, uid, "someone");

        buffer_consume(&r->seen, buffer_size(&r->seen));
        return session;
}

START_TEST(test_sessions) {
        Run r;

        run_init(&r, NULL);
        Session *a = fixture_session(&r.f, 100, 1000, "alpha");
        expect_news(&r, "begins 100 - -;");
        fixture_expect(a, "server.ping", "[]", "'pong'");
        expect_news(&r, "");
        session_end(a);
        expect_news(&r, "ends 100 - -;");
        run_deinit(&r);
}
END_TEST

static void begin_by_border(Run *r, pid_t pid, uid_t uid) {
        const Peer peer = {.pid = pid, .uid = uid, .gid = uid};
        Session *session;

        ck_assert_int_eq(core_session_begin(&r->f.core, &peer, &session), 0);
}

/* When a uid passes to another person, the log says once that objects of the uid's earlier user
 * exist. */
START_TEST(test_objects_from_before_are_told_once) {
        static const char *const names[] = {"first", "second"};
        const Buffer none = {0};
        char fault[CORE_FAULT_MAX];
        Run r;

        run_init(&r, NULL);
        core_set_store(&r.f.core, true);
        for (uint64_t i = 0; i < ELEMENTSOF(names); i++) {
                char text[64];
                int n = snprintf(text, sizeof(text), "%s{\"value\":1,\"minimum\":0,\"maximum\":9}",
                                 names[i]);
                StoredObject row = {.type = "counter",
                                    .uid = 1000,
                                    .mode = 0600,
                                    .durability = DURABLE_ASYNC,
                                    .max_bytes = MAX_BYTES_DEFAULT,
                                    .created_ms = 1000000000000 - (int64_t)i * 1000,
                                    .n_name = (uint32_t)strlen(names[i]),
                                    .n_state = (uint32_t)(n - (int)strlen(names[i]))};
                ck_assert_msg(core_load_stored(&r.f.core, 7 + i, &row, text, &none, fault) == 0,
                              "%s", fault);
        }
        begin_by_border(&r, 200, 2000);
        expect_news(&r, "begins 200 - -;");
        begin_by_border(&r, 100, 1000);
        expect_news(&r, "begins 100 - -;stored-before 100 - -;");
        ck_assert_str_eq(r.text, "this user owns 2 durable objects from before the start of the "
                                 "daemon, the oldest made at 2001-09-09 01:46:39 UTC");
        begin_by_border(&r, 101, 1000);
        expect_news(&r, "begins 101 - -;");
        run_deinit(&r);
}
END_TEST

/* No session deletes an expired object, so the event names the owner instead of a process. */
START_TEST(test_an_expired_object_is_told) {
        Run r;

        run_init(&r, NULL);
        Session *a = begin(&r, 100, 1000);
        json_object_put(
                fixture_call(a, "list.open", "{'name':'l','create':true,'idle_ttl_ms':100}"));
        fixture_expect(a, "object.close", "['l']", "null");
        fixture_advance_ms(&r.f, 99);
        expect_news(&r, "");
        fixture_advance_ms(&r.f, 1);
        expect_news(&r, "expired 1000 - l;");
        ck_assert_uint_eq(r.f.core.stats.n_expired, 1);
        run_deinit(&r);
}
END_TEST

START_TEST(test_cut_off_is_told_once) {
        Run r;

        run_init(&r, NULL);
        Session *a = begin(&r, 100, 1000);
        session_cut_off(a, "it must");
        session_cut_off(a, "it must again");
        expect_news(&r, "cut-off 100 - -;");
        run_deinit(&r);
}
END_TEST

START_TEST(test_denials) {
        Run r;

        run_init(&r, NULL);
        Session *a = begin(&r, 100, 1000), *b = begin(&r, 200, 2000);
        json_object_put(
                fixture_call(a, "list.open", "{'name':'mine','create':true,'mode':'0640'}"));
        fixture_expect(b, "list.append", "['mine',1]", "!EACCES");
        fixture_expect(b, "list.copy", "{'name':'mine'}", "!EACCES");
        fixture_expect(b, "object.delete", "['mine']", "!EACCES");
        expect_news(&r, "denied 200 list.append mine;denied 200 list.copy mine;"
                        "denied 200 object.delete mine;");
        /* A refused notification has no reply, but it is reported to the log. */
        fixture_send(b, "{'jsonrpc':'2.0','method':'list.append','params':['mine',1]}");
        expect_news(&r, "denied 200 list.append mine;");
        /* Other errors are the client's own affair, and are not reported. */
        fixture_expect(a, "list.append", "['other',1]", "!ENOENT");
        fixture_expect(a, "list.get", "['mine',5]", "!ERANGE");
        fixture_expect(a, "list.get", "['mine','x']", "!EINVAL");
        expect_news(&r, "");
        run_deinit(&r);
}
END_TEST

START_TEST(test_bounds) {
        Limits limits = limits_default;
        Run r;

        limits.objects_per_uid = 1;
        run_init(&r, &limits);
        Session *a = begin(&r, 100, 1000);
        json_object_put(fixture_call(a, "list.open", "{'name':'one','create':true}"));
        fixture_expect(a, "list.open", "{'name':'two','create':true}", "!EDQUOT");
        expect_news(&r, "bound 100 list.open two;");
        run_deinit(&r);
}
END_TEST

START_TEST(test_deadlock_and_death) {
        Run r;

        run_init(&r, NULL);
        Session *a = begin(&r, 100, 1000), *b = begin(&r, 200, 1000);
        json_object_put(fixture_call(a, "lock.open", "{'name':'l','create':true}"));
        json_object_put(fixture_call(a, "semaphore.open",
                                     "{'name':'s','create':true,'value':2,'owned':true}"));
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        json_object_put(fixture_call(a, "semaphore.acquire", "['s']"));
        fixture_expect(a, "lock.acquire", "['l']", "!EDEADLK");
        expect_news(&r, "deadlock 100 lock.acquire l;");
        fixture_start(b, 1, "lock.acquire", "['l']");
        expect_news(&r, "");
        session_end(a);
        expect_news(&r, "ends 100 - -;owner-died 100 - l;owner-died 100 - s;");
        /* A lock that was released before the session ended makes no event. */
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(b), "owner_died"));
        fixture_expect(b, "lock.release", "['l']", "null");
        session_end(b);
        expect_news(&r, "ends 200 - -;");
        run_deinit(&r);
}
END_TEST

START_TEST(test_release_at_the_end) {
        Run r;

        run_init(&r, NULL);
        Session *a = begin(&r, 100, 1000);
        json_object_put(fixture_call(a, "lock.open", "{'name':'l','create':true}"));
        json_object_put(fixture_call(a, "lock.acquire", "['l']"));
        json_object_put(fixture_call(a, "session.hello", "{'end_releases':true}"));
        session_end(a);
        expect_news(&r, "ends 100 - -;released 100 - l;");
        run_deinit(&r);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("news");
        TCase *tcase = tcase_create("news");

        tcase_add_test(tcase, test_sessions);
        tcase_add_test(tcase, test_objects_from_before_are_told_once);
        tcase_add_test(tcase, test_an_expired_object_is_told);
        tcase_add_test(tcase, test_cut_off_is_told_once);
        tcase_add_test(tcase, test_denials);
        tcase_add_test(tcase, test_bounds);
        tcase_add_test(tcase, test_deadlock_and_death);
        tcase_add_test(tcase, test_release_at_the_end);
        suite_add_tcase(suite, tcase);
        return suite;
}
