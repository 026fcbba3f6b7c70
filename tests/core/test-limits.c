/* Each bound of the core: N is allowed, N + 1 is refused with the documented error, and other
 * clients do not notice. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "base/buffer.h"
#include "base/macros.h"
#include "call/rpc.h"
#include "core/core-fixture.h"
#include "tap-main.h"

typedef struct Run {
        Fixture f;
        Session *a, *b, *root; /* a and b are of one user */
} Run;

static void run_init(Run *r, const Limits *limits) {
        fixture_init(&r->f, limits);
        r->a = fixture_session(&r->f, 100, 1000, "alpha");
        r->b = fixture_session(&r->f, 200, 1000, "beta");
        r->root = fixture_session(&r->f, 1, 0, "root");
}

/* Deletes the objects of these names, one character each. */
static void run_deinit(Run *r, const char *names) {
        for (; *names; names++)
                json_object_put(fixture_call(r->root, "object.delete", "['%c']", *names));
        fixture_expect_clean(&r->f);
        fixture_deinit(&r->f);
}

static void open_object(Session *session, const char *type, char name) {
        char method[32];

        snprintf(method, sizeof(method), "%s.open", type);
        json_object_put(
                fixture_call(session, method, "{'name':'%c','create':true,'mode':'0666'}", name));
}

static void start_wait(Session *session, int id) {
        fixture_start(session, id, "counter.wait", "['c','==',1]");
}

START_TEST(test_frame_depth) {
        Limits limits = limits_default;
        Run r;

        limits.frame_depth = 4;
        run_init(&r, &limits);
        open_object(r.a, "list", 'l');
        fixture_expect(r.a, "list.append", "['l',[[]]]", "null");
        fixture_expect(r.a, "list.append", "['l',[{}]]", "null");
        fixture_send(r.a, "{'jsonrpc':'2.0','id':1,'method':'list.append','params':['l',[[[]]]]}");
        const char *line = fixture_receive_text(r.a);
        ck_assert_ptr_nonnull(strstr(line, "-32700"));
        ck_assert_ptr_nonnull(strstr(line, "EMSGSIZE"));
        fixture_expect(r.a, "list.copy", "['l']", "[[[]],[{}]]");
        run_deinit(&r, "l");
}
END_TEST

START_TEST(test_frame_members) {
        Limits limits = limits_default;
        Run r;

        /* four members of the envelope, two parameters */
        limits.frame_members = 10;
        run_init(&r, &limits);
        open_object(r.a, "list", 'l');
        fixture_expect(r.a, "list.extend", "['l',[1,2,3,4]]", "null");
        fixture_expect(r.a, "list.append", "['l',{'a':1,'b':[2,3]}]", "null");
        fixture_expect(r.a, "list.extend", "['l',[1,2,3,4,5]]", "!EMSGSIZE");
        fixture_expect(r.a, "list.append", "['l',{'a':1,'b':[2,3,4]}]", "!EMSGSIZE");
        fixture_expect(r.a, "list.length", "['l']", "5");
        run_deinit(&r, "l");
}
END_TEST

/* A reply larger than the bound is not sent; one of exactly that size is. */
START_TEST(test_frame_bytes_of_a_reply) {
        Limits limits = limits_default;
        Run r;

        run_init(&r, &limits);
        open_object(r.a, "list", 'l');
        json_object_put(fixture_call(r.a, "list.append", "['l','0123456789']"));
        fixture_start(r.a, 1, "list.get", "['l',0]");
        r.f.core.limits.frame_bytes = strlen(fixture_receive_text(r.a));
        fixture_expect(r.a, "list.get", "['l',0]", "'0123456789'");
        r.f.core.limits.frame_bytes--;
        fixture_expect(r.a, "list.get", "['l',0]", "!EMSGSIZE");
        run_deinit(&r, "l");
}
END_TEST

START_TEST(test_batch_calls) {
        Limits limits = limits_default;
        Run r;

        limits.batch_calls = 2;
        run_init(&r, &limits);
        fixture_send(r.a, "[1,2]");
        struct json_object *replies = fixture_receive(r.a);
        ck_assert_uint_eq(json_object_array_length(replies), 2);
        json_object_put(replies);
        fixture_send(r.a, "[1,2,3]");
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(r.a), "EMSGSIZE"));
        run_deinit(&r, "");
}
END_TEST

START_TEST(test_sessions) {
        const Peer peer = {.pid = 300, .uid = 1000}, root = {.pid = 1}, other = {.uid = 2000};
        Limits limits = limits_default;
        Session *fourth, *none = NULL;
        Run r;

        limits.sessions = 4;
        run_init(&r, &limits);
        ck_assert_int_eq(session_new(&r.f.core, &peer, &fourth), 0);
        ck_assert_int_eq(session_new(&r.f.core, &peer, &none), -EDQUOT);
        ck_assert_int_eq(session_new(&r.f.core, &other, &none), -EDQUOT);
        ck_assert_int_eq(session_new(&r.f.core, &root, &none), -EDQUOT);
        ck_assert_ptr_null(none);
        session_end(fourth);
        ck_assert_int_eq(session_new(&r.f.core, &other, &fourth), 0);
        run_deinit(&r, "");
}
END_TEST

START_TEST(test_sessions_per_uid) {
        const Peer peer = {.pid = 300, .uid = 1000}, root = {.pid = 1}, other = {.uid = 2000};
        Limits limits = limits_default;
        Session *more, *none = NULL;
        Run r;

        limits.sessions_per_uid = 2;
        run_init(&r, &limits);
        ck_assert_int_eq(session_new(&r.f.core, &peer, &none), -EDQUOT);
        ck_assert_ptr_null(none);
        ck_assert_int_eq(session_new(&r.f.core, &other, &more), 0);
        for (int i = 0; i < 3; i++)
                ck_assert_int_eq(session_new(&r.f.core, &root, &more), 0);
        session_end(r.b);
        ck_assert_int_eq(session_new(&r.f.core, &peer, &more), 0);
        run_deinit(&r, "");
}
END_TEST

START_TEST(test_objects_per_uid) {
        Limits limits = limits_default;
        Run r;

        limits.objects_per_uid = 2;
        run_init(&r, &limits);
        open_object(r.a, "counter", 'c');
        open_object(r.b, "list", 'l');
        fixture_expect(r.a, "dict.open", "['d',true]", "!EDQUOT");
        fixture_expect(r.a, "dict.open", "[]", "!EDQUOT");
        /* Existing objects can be opened and used; root may make more. */
        open_object(r.a, "counter", 'c');
        open_object(r.root, "dict", 'd');
        open_object(r.root, "dict", 'e');
        open_object(r.root, "dict", 'f');
        fixture_expect(r.b, "object.delete", "['l']", "null");
        open_object(r.a, "list", 'm');
        run_deinit(&r, "cdefm");
}
END_TEST

/* Returns the bytes that one more element takes. */
static uint64_t cost_of_append(Run *r) {
        uint64_t n_bytes = r->f.core.n_bytes;

        fixture_expect(r->a, "list.append", "['l',1]", "null");
        uint64_t cost = r->f.core.n_bytes - n_bytes;
        ck_assert_uint_gt(cost, sizeof(void *));
        return cost;
}

START_TEST(test_bytes_per_uid) {
        Run r;

        run_init(&r, NULL);
        open_object(r.a, "list", 'l');
        open_object(r.b, "list", 'm');
        open_object(r.root, "list", 'n');
        uint64_t cost = cost_of_append(&r);
        fixture_expect(r.root, "object.limit", "['n',1000000]", "null");
        r.f.core.limits.bytes_per_uid = r.a->account->n_structure_bytes + 3 * cost;
        fixture_expect(r.a, "list.append", "['l',2]", "null");
        /* The owner is charged, whichever user writes. */
        fixture_expect(r.root, "list.append", "['m',3]", "null");
        fixture_expect(r.root, "list.append", "['m',4]", "!EDQUOT");
        fixture_expect(r.a, "list.append", "['l',4]", "!EDQUOT");
        fixture_expect(r.a, "list.append", "['n',4]", "null");
        for (int i = 0; i < 5; i++)
                fixture_expect(r.root, "list.append", "['n',5]", "null");
        fixture_expect(r.a, "list.pop", "['l']", "2");
        r.f.core.limits.bytes_per_uid = r.a->account->n_structure_bytes + 3 * cost - 1;
        fixture_expect(r.b, "list.append", "['m',4]", "!EDQUOT");
        run_deinit(&r, "lmn");
}
END_TEST

START_TEST(test_bytes) {
        Run r;

        run_init(&r, NULL);
        open_object(r.a, "list", 'l');
        open_object(r.root, "list", 'n');
        uint64_t cost = cost_of_append(&r);
        r.f.core.limits.bytes = r.f.core.n_structure_bytes + 2 * cost;
        r.f.core.limits.bytes_of_root = 0;
        fixture_expect(r.root, "list.append", "['n',2]", "null");
        fixture_expect(r.root, "list.append", "['n',3]", "!EDQUOT");
        fixture_expect(r.a, "list.append", "['l',3]", "!EDQUOT");
        fixture_expect(r.root, "list.clear", "['n']", "null");
        fixture_expect(r.a, "list.append", "['l',3]", "null");
        run_deinit(&r, "ln");
}
END_TEST

START_TEST(test_waits_per_session) {
        Limits limits = limits_default;
        Run r;

        limits.waits_per_session = 2;
        run_init(&r, &limits);
        open_object(r.a, "counter", 'c');
        start_wait(r.a, 1);
        start_wait(r.a, 2);
        fixture_expect_reply(r.a, 0, "?");
        start_wait(r.a, 3);
        fixture_expect_reply(r.a, 3, "!EDQUOT");
        start_wait(r.b, 4);
        fixture_expect_reply(r.b, 0, "?");
        fixture_start(r.a, 5, "session.cancel", "[1]");
        fixture_expect_reply(r.a, 1, "!ECANCELED");
        fixture_expect_reply(r.a, 5, "true");
        start_wait(r.a, 6);
        fixture_expect_reply(r.a, 0, "?");
        /* Calls that need not wait are served. */
        fixture_expect(r.a, "counter.wait", "['c','==',0]", "0");
        run_deinit(&r, "c");
}
END_TEST

START_TEST(test_waits_per_uid) {
        Limits limits = limits_default;
        Run r;

        limits.waits_per_uid = 2;
        run_init(&r, &limits);
        Session *other = fixture_session(&r.f, 300, 2000, "other");
        open_object(r.a, "counter", 'c');
        start_wait(r.a, 1);
        start_wait(r.b, 1);
        start_wait(r.b, 2);
        fixture_expect_reply(r.b, 2, "!EDQUOT");
        start_wait(other, 1);
        fixture_expect_reply(other, 0, "?");
        for (int i = 1; i <= 3; i++)
                start_wait(r.root, i);
        fixture_expect_reply(r.root, 0, "?");
        session_end(r.a);
        start_wait(r.b, 2);
        fixture_expect_reply(r.b, 0, "?");
        session_end(r.root);
        r.root = fixture_session(&r.f, 1, 0, "root");
        run_deinit(&r, "c");
}
END_TEST

START_TEST(test_handles_per_session) {
        Limits limits = limits_default;
        Run r;

        limits.handles_per_session = 2;
        run_init(&r, &limits);
        open_object(r.a, "counter", 'c');
        open_object(r.a, "counter", 'd');
        fixture_expect(r.a, "counter.open", "['e',true]", "!EDQUOT");
        fixture_expect(r.a, "counter.open", "[]", "!EDQUOT");
        ck_assert_uint_eq(table_size(&r.f.core.objects), 2);
        /* The session may open again the object that it has open. */
        open_object(r.a, "counter", 'c');
        open_object(r.b, "counter", 'e');
        fixture_expect(r.a, "counter.get", "['e']", "0");
        fixture_expect(r.a, "object.close", "['c']", "null");
        fixture_expect(r.a, "counter.open", "['e']", "!EDQUOT");
        fixture_expect(r.a, "object.close", "['c']", "null");
        open_object(r.a, "counter", 'e');
        run_deinit(&r, "cde");
}
END_TEST

START_TEST(test_holds_per_session) {
        Limits limits = limits_default;
        Run r;

        limits.holds_per_session = 2;
        run_init(&r, &limits);
        for (char name = 'k'; name <= 'm'; name++)
                open_object(r.a, "lock", name);
        json_object_put(fixture_call(r.a, "lock.acquire", "['k']"));
        json_object_put(fixture_call(r.a, "lock.acquire", "['l']"));
        fixture_expect(r.a, "lock.acquire", "['m']", "!EDQUOT");
        fixture_expect(r.b, "lock.locked", "['m']", "false");
        json_object_put(fixture_call(r.b, "lock.acquire", "['m']"));
        fixture_expect(r.a, "lock.release", "['k']", "null");
        fixture_start(r.a, 1, "lock.acquire", "['m']");
        fixture_expect(r.b, "lock.release", "['m']", "null");
        struct json_object *reply = fixture_receive(r.a);
        ck_assert_ptr_nonnull(json_object_object_get(reply, "result"));
        json_object_put(reply);
        run_deinit(&r, "klm");
}
END_TEST

START_TEST(test_bad_frames) {
        Limits limits = limits_default;
        Run r;

        limits.bad_frames = 3;
        run_init(&r, &limits);
        for (int i = 0; i < 4; i++) {
                fixture_send(r.a, "no JSON");
                ck_assert_ptr_nonnull(strstr(fixture_receive_text(r.a), "-32700"));
                fixture_send(r.a, "[1");
                ck_assert_ptr_nonnull(strstr(fixture_receive_text(r.a), "-32700"));
                ck_assert(!r.a->is_cut_off);
                /* A line of JSON resets the count, even if it is not a request. */
                fixture_send(r.a, "17");
                ck_assert_ptr_nonnull(strstr(fixture_receive_text(r.a), "-32600"));
        }
        fixture_send(r.a, "no JSON");
        fixture_send(r.a, "no JSON");
        ck_assert(!r.a->is_cut_off);
        rpc_refuse_long_line(r.a);
        ck_assert(r.a->is_cut_off);
        ck_assert(!r.b->is_cut_off);
        run_deinit(&r, "");
}
END_TEST

/* Objects of every type at once, with waits and holds, leave nothing in any account. */
START_TEST(test_accounts_are_empty_after_all) {
        static const char *const names = "cdlnqsv";
        static const char *const types[] = {"counter", "dict", "list", "namespace",
                                            "queue",   "set",  "value"};
        Run r;

        run_init(&r, NULL);
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                open_object(i % 2 ? r.a : r.b, types[i], names[i]);
        open_object(r.a, "lock", 'k');
        fixture_expect(r.a, "dict.update", "['d',{'a':[1,2,{'b':null}],'c':'text'}]", "null");
        fixture_expect(r.b, "list.extend", "['l',[1,'two',[3],{'$object':'d'}]]", "null");
        fixture_expect(r.a, "namespace.set", "['n','x',{'y':1.5}]", "null");
        fixture_expect(r.b, "queue.put", "['q',{'$object':'l'}]", "null");
        fixture_expect(r.a, "set.add", "['s',[1]]", "true");
        fixture_expect(r.b, "value.set", "['v','a value']", "null");
        json_object_put(fixture_call(r.a, "lock.acquire", "['k']"));
        start_wait(r.a, 7);
        fixture_start(r.b, 8, "lock.acquire", "['k']");
        ck_assert_uint_gt(r.f.core.n_bytes, 0);
        fixture_expect(r.root, "object.chown", "['l',2000,2000]", "null");
        run_deinit(&r, "cdlnqsvk");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("limits");
        TCase *c = tcase_create("limits");

        tcase_add_test(c, test_frame_depth);
        tcase_add_test(c, test_frame_members);
        tcase_add_test(c, test_frame_bytes_of_a_reply);
        tcase_add_test(c, test_batch_calls);
        tcase_add_test(c, test_sessions);
        tcase_add_test(c, test_sessions_per_uid);
        tcase_add_test(c, test_objects_per_uid);
        tcase_add_test(c, test_bytes_per_uid);
        tcase_add_test(c, test_bytes);
        tcase_add_test(c, test_waits_per_session);
        tcase_add_test(c, test_waits_per_uid);
        tcase_add_test(c, test_handles_per_session);
        tcase_add_test(c, test_holds_per_session);
        tcase_add_test(c, test_bad_frames);
        tcase_add_test(c, test_accounts_are_empty_after_all);
        suite_add_tcase(suite, c);
        return suite;
}
