/* Accounts: what a user makes is charged to this user, and no user can use up another one's share. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "base/macros.h"
#include "core/core-fixture.h"
#include "object.h"
#include "registry.h"
#include "tap-main.h"

enum { OWNER = 1000, STRANGER = 2000 };

typedef struct Run {
        Fixture f;
        Session *owner, *stranger, *root;
} Run;

static void run_init(Run *r, const Limits *limits) {
        fixture_init(&r->f, limits);
        r->owner = fixture_session(&r->f, 100, OWNER, "owner");
        r->stranger = fixture_session(&r->f, 200, STRANGER, "stranger");
        r->root = fixture_session(&r->f, 1, 0, "root");
}

static void run_deinit(Run *r) {
        while (table_size(&r->f.core.objects) > 0)
                json_object_put(fixture_call(r->root, "object.delete", "['%s']",
                                             table_first(&r->f.core.objects)->key));
        fixture_expect_clean(&r->f);
        fixture_deinit(&r->f);
}

static const Object *object_of(const Run *r, const char *name) {
        return table_get(&r->f.core.objects, name, strlen(name));
}

/* Appends texts of a thousand bytes until an append is refused; returns how many were appended. */
static unsigned fill(Session *session, const char *name) {
        static char params[1100];
        unsigned n = 0;

        snprintf(params, sizeof(params), "['%s','%01000d']", name, 0);
        while (strcmp(fixture_call_error(session, "list.append", "%s", params), "") == 0)
                n++;
        ck_assert_str_eq(fixture_call_error(session, "list.append", "%s", params), "EDQUOT");
        return n;
}

static void make_list(Session *session, const char *name, const char *options) {
        json_object_put(fixture_call(session, "list.open",
                                     "{'name':'%s','create':true,'mode':'0666'%s}", name, options));
}

/* Without max_bytes the bound is a sixteenth of the owner's bytes. */
START_TEST(others_fill_an_object_to_its_bound) {
        Limits limits = limits_default;
        Run r;

        limits.bytes_per_uid = 1 << 20;
        run_init(&r, &limits);
        make_list(r.owner, "l", "");
        unsigned n = fill(r.stranger, "l");
        ck_assert_uint_ge(n, 50);
        ck_assert_uint_le(object_of(&r, "l")->n_bytes, (1 << 20) / 16);
        /* The owner and root can still append, and the object still works for others. */
        fixture_expect(r.owner, "list.append", "['l',1]", "null");
        fixture_expect(r.root, "list.append", "['l',2]", "null");
        ck_assert_uint_eq(fill(r.stranger, "l"), 0);
        fixture_expect(r.stranger, "list.pop", "['l']", "2");
        fixture_expect(r.stranger, "list.delete_slice", "['l',0,9]", "null");
        fixture_expect(r.stranger, "list.append", "['l',3]", "null");
        run_deinit(&r);
}
END_TEST

/* Without the bound, sixty-eight items of 15 MiB used up the share of a queue's owner. */
START_TEST(others_do_not_use_up_what_an_owner_may_store) {
        Limits limits = limits_default;
        Run r;

        limits.bytes_per_uid = 1 << 20;
        run_init(&r, &limits);
        make_list(r.owner, "l", "");
        make_list(r.owner, "m", "");
        fill(r.stranger, "l");
        ck_assert_uint_ge(fill(r.owner, "m"), 900 - 64);
        run_deinit(&r);
}
END_TEST

START_TEST(the_owner_sets_the_bound_at_open) {
        Run r;

        run_init(&r, NULL);
        make_list(r.owner, "l", ",'max_bytes':5000");
        ck_assert_uint_eq(fill(r.stranger, "l"), 4);
        struct json_object *stat = fixture_call(r.stranger, "object.stat", "['l']");
        ck_assert_int_eq(json_object_get_int64(json_object_object_get(stat, "max_bytes")), 5000);
        json_object_put(stat);
        make_list(r.owner, "none", ",'max_bytes':0");
        fixture_expect(r.stranger, "list.append", "['none',1]", "!EDQUOT");
        fixture_expect(r.owner, "list.append", "['none',1]", "null");
        fixture_expect(r.owner, "list.open", "{'name':'x','create':true,'max_bytes':-1}",
                       "!EINVAL");
        /* As a positional argument, max_bytes comes after the arguments of the type. */
        fixture_expect(r.owner, "list.open", "['y',true,false,'0600',null,[1],'many']", "!EINVAL");
        run_deinit(&r);
}
END_TEST

START_TEST(the_owner_changes_the_bound) {
        Limits limits = limits_default;
        Run r;

        limits.bytes_per_uid = 160000;
        run_init(&r, &limits);
        make_list(r.owner, "l", ",'max_bytes':0");
        fixture_expect(r.stranger, "object.limit", "['l',5000]", "!EACCES");
        fixture_expect(r.owner, "object.limit", "['l',5000]", "null");
        ck_assert_uint_eq(fill(r.stranger, "l"), 4);
        fixture_expect(r.root, "object.limit", "['l']", "null");
        ck_assert_uint_eq(object_max_bytes(object_of(&r, "l")), 10000);
        ck_assert_uint_eq(fill(r.stranger, "l"), 5);
        fixture_expect(r.owner, "object.limit", "['none',1]", "!ENOENT");
        run_deinit(&r);
}
END_TEST

/* After chown the bytes count on the new owner's account, and the new owner is exempt from the bound. */
START_TEST(the_bound_goes_with_the_owner) {
        Run r;

        run_init(&r, NULL);
        make_list(r.owner, "l", ",'max_bytes':0");
        fixture_expect(r.root, "object.chown", "['l',2000,2000]", "null");
        fixture_expect(r.stranger, "list.append", "['l',1]", "null");
        fixture_expect(r.owner, "list.append", "['l',1]", "!EDQUOT");
        run_deinit(&r);
}
END_TEST

static const char *text_of_error(Session *session, const char *method, const char *params) {
        fixture_start(session, 1, method, params);
        return fixture_receive_text(session);
}

START_TEST(the_error_names_the_object_and_the_bound) {
        Run r;

        run_init(&r, NULL);
        make_list(r.owner, "mine", ",'max_bytes':10");
        const char *text = text_of_error(r.stranger, "list.append", "['mine',1]");
        ck_assert_ptr_nonnull(strstr(text, "'mine'"));
        ck_assert_ptr_nonnull(strstr(text, "up to 10"));
        ck_assert_ptr_nonnull(strstr(text, "max_bytes"));
        ck_assert_ptr_nonnull(strstr(text, "uid 1000"));
        run_deinit(&r);
}
END_TEST

static Account *account_of(const Session *session) {
        return session->account;
}

/* Opening a pipe that has lost an end makes a new pipe; its descriptors are charged to the user who opens it. */
START_TEST(a_pipe_counts_for_those_who_open_it) {
        Run r;

        run_init(&r, NULL);
        json_object_put(fixture_call(r.owner, "pipe.open",
                                     "{'name':'p','create':true,'mode':'0666','end':'reader'}"));
        ck_assert_uint_eq(account_of(r.owner)->n_descriptors, 2);
        ck_assert_uint_eq(account_of(r.owner)->n_handles, 1);
        json_object_put(fixture_call(r.stranger, "pipe.open", "{'name':'p','end':'writer'}"));
        ck_assert_uint_eq(account_of(r.stranger)->n_descriptors, 0);
        ck_assert_uint_eq(account_of(r.stranger)->n_handles, 1);
        fixture_expect(r.owner, "pipe.close", "['p','reader']", "null");
        ck_assert_uint_eq(account_of(r.owner)->n_handles, 0);
        /* The pipe's reader is gone, so this open makes a new pair, charged to the stranger. */
        json_object_put(
                fixture_call(r.stranger, "pipe.open", "{'name':'p','create':true,'end':'reader'}"));
        ck_assert_uint_eq(account_of(r.owner)->n_descriptors, 0);
        ck_assert_uint_eq(account_of(r.stranger)->n_descriptors, 2);
        fixture_expect(r.stranger, "pipe.close", "['p','reader']", "null");
        run_deinit(&r);
}
END_TEST

START_TEST(ends_are_bounded_per_user) {
        Limits limits = limits_default;
        Run r;

        limits.handles_per_uid = 2;
        run_init(&r, &limits);
        json_object_put(fixture_call(r.owner, "pipe.open",
                                     "{'name':'p','create':true,'mode':'0666','end':'reader'}"));
        json_object_put(fixture_call(r.stranger, "pipe.open", "{'name':'p','end':'writer'}"));
        Session *second = fixture_session(&r.f, 201, STRANGER, "second");
        Session *third = fixture_session(&r.f, 202, STRANGER, "third");
        json_object_put(fixture_call(second, "pipe.open", "{'name':'p','end':'writer'}"));
        fixture_expect(third, "pipe.open", "{'name':'p','end':'writer'}", "!EDQUOT");
        json_object_put(fixture_call(r.root, "pipe.open", "{'name':'p','end':'writer'}"));
        fixture_expect(second, "pipe.close", "['p','writer']", "null");
        json_object_put(fixture_call(third, "pipe.open", "{'name':'p','end':'writer'}"));
        run_deinit(&r);
}
END_TEST

/* The arguments of a call that waits are charged to the caller, not to the owner of the object. */
START_TEST(a_call_that_waits_counts_for_its_caller) {
        static char params[20000];
        Run r;

        run_init(&r, NULL);
        json_object_put(fixture_call(r.owner, "queue.open",
                                     "{'name':'q','create':true,'mode':'0666','maxsize':1}"));
        fixture_expect(r.owner, "queue.put", "['q',1]", "null");
        uint64_t n_owner = account_of(r.owner)->n_bytes;
        snprintf(params, sizeof(params), "['q','%010000d']", 0);
        fixture_start(r.stranger, 1, "queue.put", params);
        fixture_expect_reply(r.stranger, 0, "?");
        ck_assert_uint_eq(account_of(r.owner)->n_bytes, n_owner);
        ck_assert_uint_eq(account_of(r.owner)->n_waits, 0);
        ck_assert_uint_ge(account_of(r.stranger)->n_bytes, 10000);
        ck_assert_uint_eq(account_of(r.stranger)->n_waits, 1);
        run_deinit(&r);
}
END_TEST

/* Users have used up their share: root can still store something, also in their objects; and users who write
 * to an object of root's get nothing of the reserve. */
START_TEST(some_bytes_are_left_for_root) {
        Limits limits = limits_default;
        Run r;

        limits.bytes = 160000;
        limits.bytes_of_root = 1 << 20; /* an eighth of `bytes`, 20000, at most */
        limits.bytes_per_uid = 1 << 20;
        run_init(&r, &limits);
        make_list(r.owner, "l", "");
        make_list(r.root, "roots", ",'max_bytes':1000000");
        fill(r.owner, "l");
        ck_assert_uint_le(r.f.core.n_bytes, 140000);
        ck_assert_uint_eq(fill(r.stranger, "roots"), 0);
        fixture_expect(r.root, "list.append", "['l',1]", "null");
        ck_assert_uint_ge(fill(r.root, "roots"), 15);
        run_deinit(&r);
}
END_TEST

/* Objects, handles and sessions leave fewer bytes for values; a user who has used up the share can still lock
 * and wait. */
START_TEST(structures_count_and_are_not_refused) {
        Limits limits = limits_default;
        Run r;

        limits.bytes_per_uid = 100000;
        run_init(&r, &limits);
        make_list(r.owner, "l", "");
        unsigned n_before = fill(r.owner, "l");
        fixture_expect(r.owner, "list.clear", "['l']", "null");
        for (int i = 0; i < 20; i++)
                json_object_put(fixture_call(r.owner, "lock.open", "['k%d',true]", i));
        unsigned n_after = fill(r.owner, "l");
        ck_assert_uint_lt(n_after, n_before);
        json_object_put(fixture_call(r.owner, "lock.acquire", "['k1']"));
        json_object_put(fixture_call(r.owner, "lock.open", "['more',true]"));
        json_object_put(fixture_call(r.owner, "counter.open", "['c',true]"));
        fixture_start(r.owner, 7, "counter.wait", "['c','==',1]");
        fixture_expect_reply(r.owner, 0, "?");
        run_deinit(&r);
}
END_TEST

/* The end of a session gives back all that its structures were charged. */
START_TEST(structures_come_back) {
        Run r;

        run_init(&r, NULL);
        uint64_t n_all = r.f.core.n_structure_bytes;
        Session *more = fixture_session(&r.f, 300, OWNER, "more");
        uint64_t n_with_session = r.f.core.n_structure_bytes;
        ck_assert_uint_gt(n_with_session, n_all + sizeof(*more));
        json_object_put(fixture_call(more, "lock.open",
                                     "{'create':true,'name':'k','lifetime':'ephemeral'}"));
        json_object_put(fixture_call(more, "lock.acquire", "['k']"));
        json_object_put(fixture_call(more, "list.open", "{'value':[{'$object':'k'}]}"));
        json_object_put(fixture_call(more, "queue.open",
                                     "{'create':true,'name':'q','lifetime':'ephemeral'}"));
        fixture_expect(more, "queue.put", "['q',1]", "null");
        json_object_put(fixture_call(more, "queue.reserve", "['q']"));
        fixture_start(more, 9, "queue.get", "['q']");
        fixture_start(r.root, 10, "queue.get", "['q']");
        fixture_expect(r.root, "object.chown", "['k',2000]", "null");
        ck_assert_uint_gt(account_of(r.stranger)->n_structure_bytes, session_memory(r.stranger));
        ck_assert_uint_gt(r.f.core.n_structure_bytes, n_with_session + 2 * sizeof(Object));
        session_end(more);
        ck_assert_uint_eq(r.f.core.n_structure_bytes, n_all);
        ck_assert_uint_eq(account_of(r.stranger)->n_structure_bytes, session_memory(r.stranger));
        ck_assert_uint_eq(account_of(r.owner)->n_structure_bytes, session_memory(r.owner));
        run_deinit(&r);
}
END_TEST

static void expect_durable(const Session *session, size_t n_objects, uint64_t n_bytes) {
        ck_assert_uint_eq(account_of(session)->n_durable_objects, n_objects);
        ck_assert_uint_eq(account_of(session)->n_durable_bytes, n_bytes);
}

/* The bytes of a durable object count as durable ones from its open to its end, whatever the object holds. */
START_TEST(durable_bytes_are_those_of_durable_objects) {
        static const struct {
                const char *options, *method, *params;
        } cases[] = {
                {"'value':[1,'a long enough text to have a block of its own']", "list.append",
                 "['o','another text that has a block of its own']"},
                {"'value':{'k':1}", "dict.set", "['o','key',[1,2,3,4,5,6,7,8,9]]"},
                {"'value':[1,2]", "set.add", "['o','a text that has a block of its own']"},
                {"'value':{'k':1}", "namespace.set", "['o','name',[1,2,3,4,5,6,7,8,9]]"},
                {"'value':[1,2]", "value.set", "['o','a text that has a block of its own']"},
                {"'value':[1,2,3]", "array.set", "['o',0,4]"},
                {"'value':3", "counter.add", "['o',1]"},
                {"'maxsize':9", "queue.put", "['o','a text that has a block of its own']"},
        };
        char method[32];
        Run r;

        run_init(&r, NULL);
        core_set_store(&r.f.core, true);
        json_object_put(fixture_call(r.owner, "list.open",
                                     "{'name':'no','create':true,'value':["
                                     "1,2,3],'durable':'no'}"));
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                int n = (int)strcspn(cases[i].method, ".");
                snprintf(method, sizeof(method), "%.*s.open", n, cases[i].method);
                json_object_put(fixture_call(r.owner, method, "{'name':'o','create':true,%s}",
                                             cases[i].options));
                expect_durable(r.owner, 1, object_of(&r, "o")->n_bytes);
                json_object_put(fixture_call(r.owner, cases[i].method, "%s", cases[i].params));
                expect_durable(r.owner, 1, object_of(&r, "o")->n_bytes);
                fixture_expect(r.root, "object.chown", "['o',2000]", "null");
                expect_durable(r.owner, 0, 0);
                expect_durable(r.stranger, 1, object_of(&r, "o")->n_bytes);
                fixture_expect(r.root, "object.delete", "['o']", "null");
                expect_durable(r.stranger, 0, 0);
        }
        run_deinit(&r);
}
END_TEST

START_TEST(durable_objects_and_their_bytes_are_bounded) {
        Limits limits = limits_default;
        Run r;

        limits.durable_objects_per_uid = 2;
        limits.durable_bytes_per_uid = 1 << 16;
        run_init(&r, &limits);
        core_set_store(&r.f.core, true);
        make_list(r.owner, "l", "");
        make_list(r.owner, "no", ",'durable':'no'");
        unsigned n = fill(r.owner, "l");
        ck_assert_uint_ge(n, 50);
        ck_assert_uint_le(account_of(r.owner)->n_durable_bytes, 1 << 16);
        fixture_send(r.owner,
                     "{'jsonrpc':'2.0','id':1,'method':'list.append','params':['l','%01000d']}", 0);
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(r.owner), "max-stored-bytes-per-uid"));
        /* Other objects, other users and removed elements do not count. */
        fixture_expect(r.owner, "list.extend", "['no',[1,2,3]]", "null");
        fixture_expect(r.owner, "list.clear", "['l']", "null");
        ck_assert_uint_ge(fill(r.owner, "l"), n);
        /* The initial contents of a new object count, too. */
        ck_assert_str_eq(fixture_call_error(r.owner, "value.open",
                                            "{'name':'v','create':true,'value':'%01000d'}", 0),
                         "EDQUOT");
        expect_durable(r.owner, 1, object_of(&r, "l")->n_bytes);
        json_object_put(fixture_call(r.owner, "counter.open", "['a',true]"));
        fixture_expect(r.owner, "counter.open", "['b',true]", "!EDQUOT");
        json_object_put(
                fixture_call(r.owner, "counter.open", "{'name':'b','create':true,'durable':'no'}"));
        make_list(r.root, "roots", "");
        json_object_put(fixture_call(r.root, "counter.open", "['d',true]"));
        json_object_put(fixture_call(r.root, "counter.open", "['e',true]"));
        run_deinit(&r);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("accounts");
        TCase *c = tcase_create("accounts");

        tcase_add_test(c, others_fill_an_object_to_its_bound);
        tcase_add_test(c, others_do_not_use_up_what_an_owner_may_store);
        tcase_add_test(c, the_owner_sets_the_bound_at_open);
        tcase_add_test(c, the_owner_changes_the_bound);
        tcase_add_test(c, the_bound_goes_with_the_owner);
        tcase_add_test(c, the_error_names_the_object_and_the_bound);
        tcase_add_test(c, a_pipe_counts_for_those_who_open_it);
        tcase_add_test(c, ends_are_bounded_per_user);
        tcase_add_test(c, a_call_that_waits_counts_for_its_caller);
        tcase_add_test(c, some_bytes_are_left_for_root);
        tcase_add_test(c, structures_count_and_are_not_refused);
        tcase_add_test(c, structures_come_back);
        tcase_add_test(c, durable_bytes_are_those_of_durable_objects);
        tcase_add_test(c, durable_objects_and_their_bytes_are_bounded);
        suite_add_tcase(suite, c);
        return suite;
}
