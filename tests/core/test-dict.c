/* The dict: every method, every error, order, cursors, and what is left behind. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "core/rows.h"
#include "json/json-cost.h"
#include "tap-main.h"

/* The contents afterwards are read with dict.copy, in the order of the keys. */
static const Row rows[] = {
        {"{'a':1,'b':[2]}", "get", "['o','b']", "[2]", NULL},
        {"{'a':null}", "get", "{'key':'a','name':'o'}", "null", NULL},
        {"{'a':null}", "get", "['o','a',7]", "null", NULL},
        {"{'a':1}", "get", "['o','b']", "!ENODATA", NULL},
        {"{'a':1}", "get", "['o','b',7]", "7", NULL},
        {"{'a':1}", "get", "['o','b',null]", "null", NULL},
        {"{'a':1}", "get", "{'name':'o','default':{'x':[]},'key':'b'}", "{'x':[]}", NULL},
        {"{'':1}", "get", "['o','']", "1", NULL},
        {"{'\xc3\xa4':1}", "get", "['o','\xc3\xa4']", "1", NULL},
        {"{'\xc3\xa4':1}", "get", "['o','\\u00e4']", "1", NULL},
        {"{'a':1}", "get", "['o','a\\u0000']", "!EINVAL", NULL},
        {"{'a':1}", "get", "['o',1]", "!EINVAL", NULL},
        {"{'a':1}", "get", "['o',null]", "!EINVAL", NULL},
        {"{'a':1}", "get", "['o',['a']]", "!EINVAL", NULL},
        {"{'a':1}", "get", "['o']", "!EINVAL", NULL},
        {"{'a':1}", "get", "['p','a']", "!ENOENT", NULL},
        {"{'a':1,'b':2}", "set", "['o','a',3]", "null", "{'a':3,'b':2}"},
        {"{'a':1,'b':2}", "set", "['o','c',null]", "null", "{'a':1,'b':2,'c':null}"},
        {"{}", "set", "{'value':[1],'key':'$object','name':'o'}", "null", "{'$object':[1]}"},
        {"{}", "set", "['o','a']", "!EINVAL", NULL},
        {"{}", "set", "['o',1,2]", "!EINVAL", NULL},
        {"{}", "set", "['o','a\\u0000b',2]", "!EINVAL", NULL},
        {"{}", "set", "['o','a',1,2]", "!EINVAL", NULL},
        {"{'a':1}", "set", "['o','a',{'$object':'nobody'}]", "!ENOENT", NULL},
        {"{'a':1}", "set", "['o','b',{'$object':'nobody'}]", "!ENOENT", NULL},
        {"{'a':1,'b':2}", "delete", "['o','a']", "null", "{'b':2}"},
        {"{'a':1,'b':2}", "delete", "{'name':'o','key':'c'}", "!ENODATA", NULL},
        {"{'a':1}", "delete", "['o']", "!EINVAL", NULL},
        {"{'a':1}", "delete", "['o',null]", "!EINVAL", NULL},
        {"{'a':null}", "contains", "['o','a']", "true", NULL},
        {"{'a':null}", "contains", "{'name':'o','key':'A'}", "false", NULL},
        {"{'a':1}", "contains", "['o',1]", "!EINVAL", NULL},
        {"{'a':1}", "contains", "['o']", "!EINVAL", NULL},
        {"{}", "length", "['o']", "0", NULL},
        {"{'a':1,'b':{'c':2}}", "length", "{'name':'o'}", "2", NULL},
        {"{}", "length", "['o','a']", "!EINVAL", NULL},
        {"{'b':1,'a':2}", "keys", "['o']", "['b','a']", NULL},
        {"{}", "keys", "{'name':'o'}", "[]", NULL},
        {"{}", "keys", "['o',1]", "!EINVAL", NULL},
        {"{'b':1,'a':null}", "values", "['o']", "[1,null]", NULL},
        {"{}", "values", "{'name':'o'}", "[]", NULL},
        {"{}", "values", "['o',1]", "!EINVAL", NULL},
        {"{'b':1,'a':[null]}", "items", "['o']", "[['b',1],['a',[null]]]", NULL},
        {"{'a':null}", "items", "{'name':'o'}", "[['a',null]]", NULL},
        {"{}", "items", "['o',1]", "!EINVAL", NULL},
        {"{'b':1,'a':{'c':[2.5]}}", "copy", "['o']", "{'b':1,'a':{'c':[2.5]}}", NULL},
        {"{}", "copy", "{'name':'o'}", "{}", NULL},
        {"{}", "copy", "['o',1]", "!EINVAL", NULL},
        {"{'b':1,'a':2}", "clear", "['o']", "null", "{}"},
        {"{}", "clear", "{'name':'o'}", "null", NULL},
        {"{'a':1}", "clear", "['o','a']", "!EINVAL", NULL},
        {"{'a':1,'b':2}", "pop", "['o','a']", "1", "{'b':2}"},
        {"{'a':null}", "pop", "{'name':'o','key':'a'}", "null", "{}"},
        {"{'a':1}", "pop", "['o','b']", "!ENODATA", NULL},
        {"{'a':1}", "pop", "['o','b',null]", "null", NULL},
        {"{'a':1}", "pop", "['o','b',[7]]", "[7]", NULL},
        {"{'a':1}", "pop", "['o','a',[7]]", "1", "{}"},
        {"{'a':1}", "pop", "['o',1]", "!EINVAL", NULL},
        {"{'a':1}", "pop", "['o']", "!EINVAL", NULL},
        {"{'b':1,'a':[2]}", "popitem", "['o']", "['a',[2]]", "{'b':1}"},
        {"{'a':null}", "popitem", "{'name':'o'}", "['a',null]", "{}"},
        {"{}", "popitem", "['o']", "!ENODATA", NULL},
        {"{'a':1}", "popitem", "['o','a']", "!EINVAL", NULL},
        {"{'a':1}", "setdefault", "['o','a',2]", "1", NULL},
        {"{'a':null}", "setdefault", "['o','a',2]", "null", NULL},
        {"{'a':1}", "setdefault", "['o','b',[2]]", "[2]", "{'a':1,'b':[2]}"},
        {"{'a':1}", "setdefault", "{'key':'b','name':'o'}", "null", "{'a':1,'b':null}"},
        {"{'a':1}", "setdefault", "['o']", "!EINVAL", NULL},
        {"{'a':1}", "setdefault", "['o',null,1]", "!EINVAL", NULL},
        {"{'a':1}", "setdefault", "['o','b',{'$object':'nobody'}]", "!ENOENT", NULL},
        {"{'a':1,'b':2}", "update", "['o',{'c':3,'a':[4]}]", "null", "{'a':[4],'b':2,'c':3}"},
        {"{'a':1}", "update", "{'name':'o','items':{}}", "null", NULL},
        {"{'a':1}", "update", "['o',[['b',2]]]", "!EINVAL", NULL},
        {"{'a':1}", "update", "['o',null]", "!EINVAL", NULL},
        {"{'a':1}", "update", "['o']", "!EINVAL", NULL},
        {"{'a':1,'b':2}", "update", "['o',{'c':3,'b':4,'x':{'$object':'nobody'}}]", "!ENOENT",
         NULL},
        {"{'a':1,'b':2}", "update", "['o',{'c':3,'a':4,'b':{'$object':'nobody'}}]", "!ENOENT",
         NULL},
        {"{'a':1}", "add", "['o','a',5]", "6", "{'a':6}"},
        {"{'a':1,'b':2}", "add", "{'name':'o','delta':-0.5,'key':'a'}", "0.5", "{'a':0.5,'b':2}"},
        {"{'a':0.5}", "add", "['o','a',1]", "1.5", "{'a':1.5}"},
        {"{'a':9223372036854775807}", "add", "['o','a',1]", "!ERANGE", NULL},
        {"{'a':-9223372036854775808}", "add", "['o','a',-1]", "!ERANGE", NULL},
        {"{'a':-1e+308}", "add", "['o','a',-1e308]", "!ERANGE", NULL},
        {"{'a':1}", "add", "['o','b',1]", "!ENODATA", NULL},
        {"{'a':1}", "add", "['o','b',5,null,10]", "15", "{'a':1,'b':15}"},
        {"{}", "add", "{'name':'o','key':'b','delta':1,'default':0}", "1", "{'b':1}"},
        {"{'a':1}", "add", "['o','a',5,null,10]", "6", "{'a':6}"},
        {"{}", "add", "['o','b',1,'int64',0.5]", "!EINVAL", NULL},
        {"{}", "add", "['o','b',1,null,9223372036854775807]", "!ERANGE", NULL},
        {"{}", "add", "['o','b',1,null,null]", "!ENODATA", NULL},
        {"{'a':null}", "add", "['o','a',1,null,0]", "!EINVAL", NULL},
        {"{'a':'1'}", "add", "['o','a',1]", "!EINVAL", NULL},
        {"{'a':null}", "add", "['o','a',1]", "!EINVAL", NULL},
        {"{'a':true}", "add", "['o','a',1]", "!EINVAL", NULL},
        {"{'a':1}", "add", "['o','a','1']", "!EINVAL", NULL},
        {"{'a':1}", "add", "['o','a']", "!EINVAL", NULL},
        {"{'a':1,'b':2}", "cas", "['o','a',1,'x']", "true", "{'a':'x','b':2}"},
        {"{'a':1}", "cas", "{'name':'o','value':null,'expected':1.0,'key':'a'}", "true",
         "{'a':null}"},
        {"{'a':1}", "cas", "['o','a',true,'x']", "false", NULL},
        {"{'a':null}", "cas", "['o','a',null,'x']", "true", "{'a':'x'}"},
        {"{'a':1}", "cas", "['o','b',null,'x']", "!ENODATA", NULL},
        {"{'a':1}", "cas", "['o','a',1]", "!EINVAL", NULL},
        {"{'a':1}", "cas", "['o','a',1,{'$object':'nobody'}]", "!ENOENT", NULL},
        {"{'b':1,'a':null}", "scan", "['o']", "{'cursor':0,'items':[['b',1],['a',null]]}", NULL},
        {"{'b':1,'a':2}", "scan", "['o',0,1]", "{'cursor':1,'items':[['b',1]]}", NULL},
        {"{'b':1,'a':2}", "scan", "{'name':'o','cursor':1}", "{'cursor':0,'items':[['a',2]]}",
         NULL},
        {"{'b':1,'a':2}", "scan", "['o',0,2]", "{'cursor':0,'items':[['b',1],['a',2]]}", NULL},
        {"{'b':1}", "scan", "['o',9223372036854775807,9223372036854775807]",
         "{'cursor':0,'items':[]}", NULL},
        {"{}", "scan", "['o']", "{'cursor':0,'items':[]}", NULL},
        {"{}", "scan", "['o',-1]", "!EINVAL", NULL},
        {"{}", "scan", "['o',0,0]", "!EINVAL", NULL},
        {"{}", "scan", "['o',0,-5]", "!EINVAL", NULL},
        {"{}", "scan", "['o','0']", "!EINVAL", NULL},
        {"{}", "open", "{'name':'q','create':true,'value':[]}", "!EINVAL", NULL},
        {"{}", "open", "{'name':'q','create':true,'value':{'a':1,'b':{'$object':'nobody'}}}",
         "!ENOENT", NULL},
        {"{}", "open", "{'name':'q'}", "!ENOENT", NULL},
};

START_TEST(test_method) {
        row_run(&rows[_i], "dict", "dict.copy");
}
END_TEST

START_TEST(test_readers_may_not_change_it) {
        static const char *const readers[] = {"get",    "contains", "length", "keys",
                                              "values", "items",    "copy",   "scan"};
        const Row *row = &rows[_i];
        char method[32];
        Fixture f;

        if (row->expected[0] == '!')
                return;
        bool reads = false;
        for (size_t i = 0; i < ELEMENTSOF(readers); i++)
                reads = reads || strcmp(row->verb, readers[i]) == 0;
        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        Session *other = fixture_session(&f, 200, 2000, "other");
        json_object_put(fixture_call(
                a, "dict.open", "{'name':'o','create':true,'mode':'0604','value':%s}", row->value));
        snprintf(method, sizeof(method), "dict.%s", row->verb);
        fixture_expect(other, method, row->params, reads ? row->expected : "!EACCES");
        fixture_expect(a, "dict.copy", "['o']", row->value);
        fixture_expect(a, "object.delete", "['o']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

static const Refusal refusals[] = {
        {"{}", "get", "['o','a\\nb']", "the dict has no key 'a\\x0ab'", NULL},
        {"{}", "popitem", "['o']", "the dict is empty", NULL},
        {"{}", "get", "['o',1]", "key: it must be a string, not integer", "key"},
        {"{}", "update", "['o',1]", "items: it must be an object, not integer", "items"},
        {"{'a':[]}", "add", "['o','a',1]",
         "the value is of kind array; only a number can be added to", NULL},
};

START_TEST(test_refusal_says_why) {
        refusal_run(&refusals[_i], "dict");
}
END_TEST

typedef struct One {
        Fixture f;
        Session *a;
} One;

static void one_init(One *t, const Limits *limits, const char *value) {
        fixture_init(&t->f, limits);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
        json_object_put(
                fixture_call(t->a, "dict.open", "{'name':'o','create':true,'value':%s}", value));
}

static void one_deinit(One *t) {
        fixture_expect(t->a, "object.delete", "['o']", "null");
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

static const struct {
        const char *method, *params;
} greedy[] = {
        {"dict.set", "['o','a','a text that is longer than a number']"},
        {"dict.set", "['o','c',1]"},
        {"dict.setdefault", "['o','c']"},
        {"dict.update", "['o',{'a':'a text','c':'another','d':'a third'}]"},
        {"dict.update", "['o',{'c':null}]"},
        {"dict.cas", "['o','a',1,'a text that is longer than a number']"},
        {"dict.open", "{'name':'q','create':true,'value':{'a':1,'b':2,'c':3}}"},
};

START_TEST(test_without_room_nothing_changes) {
        const size_t n_slack = 8;
        Limits limits = limits_default;
        One t;

        one_init(&t, &limits, "{'a':1,'b':2}");
        uint64_t n_bytes = t.f.core.n_bytes;
        t.f.core.limits.bytes_per_uid = n_bytes + t.f.core.n_structure_bytes + n_slack;
        fixture_expect(t.a, greedy[_i].method, greedy[_i].params, "!EDQUOT");
        fixture_expect(t.a, "dict.copy", "['o']", "{'a':1,'b':2}");
        ck_assert_uint_eq(table_size(&t.f.core.objects), 1);
        ck_assert_uint_eq(t.f.core.n_bytes, n_bytes);
        fixture_expect(t.a, "dict.pop", "['o','a']", "1");
        fixture_expect(t.a, "dict.set", "['o','c',3]", "null");
        fixture_expect(t.a, "dict.keys", "['o']", "['b','c']");
        one_deinit(&t);
}
END_TEST

START_TEST(test_same_contents_cost_the_same) {
        One t;

        one_init(&t, NULL, "{'a':'x','key':[1],'n':null}");
        uint64_t n_bytes = t.f.core.n_bytes;
        fixture_expect(t.a, "dict.clear", "['o']", "null");
        ck_assert_uint_eq(t.f.core.n_bytes, 0);
        fixture_expect(t.a, "dict.set", "['o','key','other']", "null");
        fixture_expect(t.a, "dict.update", "['o',{'key':[1],'a':1,'n':null}]", "null");
        fixture_expect(t.a, "dict.cas", "['o','a',1,'x']", "true");
        ck_assert_uint_eq(t.f.core.n_bytes, n_bytes);
        one_deinit(&t);
}
END_TEST

/* A key keeps its place when its value changes; a key that is removed and added again comes
 * last. */
START_TEST(test_order_is_that_of_coming) {
        One t;

        one_init(&t, NULL, "{'c':1,'a':2,'b':3}");
        fixture_expect(t.a, "dict.set", "['o','c',4]", "null");
        fixture_expect(t.a, "dict.update", "['o',{'d':6,'a':5}]", "null");
        fixture_expect(t.a, "dict.items", "['o']", "[['c',4],['a',5],['b',3],['d',6]]");
        fixture_expect(t.a, "dict.delete", "['o','c']", "null");
        fixture_expect(t.a, "dict.set", "['o','c',7]", "null");
        fixture_expect(t.a, "dict.keys", "['o']", "['a','b','d','c']");
        fixture_expect(t.a, "dict.popitem", "['o']", "['c',7]");
        fixture_expect(t.a, "dict.values", "['o']", "[5,3,6]");
        one_deinit(&t);
}
END_TEST

START_TEST(test_key_has_at_most_1024_bytes) {
        char key[1026];
        One t;

        memset(key, 'k', sizeof(key));
        key[1025] = '\0';
        one_init(&t, NULL, "{}");
        ck_assert_str_eq(fixture_call_error(t.a, "dict.set", "['o','%s',1]", key), "EINVAL");
        ck_assert_str_eq(fixture_call_error(t.a, "dict.update", "['o',{'a':1,'%s':1}]", key),
                         "EINVAL");
        ck_assert_str_eq(
                fixture_call_error(t.a, "dict.open", "{'create':true,'value':{'%s':1}}", key),
                "EINVAL");
        fixture_expect(t.a, "dict.length", "['o']", "0");
        key[1024] = '\0';
        ck_assert_str_eq(fixture_call_error(t.a, "dict.set", "['o','%s',1]", key), "");
        ck_assert_str_eq(fixture_call_error(t.a, "dict.update", "['o',{'%s':2}]", key), "");
        fixture_expect(t.a, "dict.values", "['o']", "[2]");
        one_deinit(&t);
}
END_TEST

/* A scan returns each key that exists throughout exactly once, whatever keys are added or
 * removed meanwhile. */
START_TEST(test_scan_goes_on_while_the_dict_changes) {
        One t;

        one_init(&t, NULL, "{'a':1,'b':2,'c':3,'d':4,'e':5}");
        fixture_expect(t.a, "dict.scan", "['o',0,2]", "{'cursor':2,'items':[['a',1],['b',2]]}");
        fixture_expect(t.a, "dict.delete", "['o','b']", "null");
        fixture_expect(t.a, "dict.delete", "['o','c']", "null");
        fixture_expect(t.a, "dict.set", "['o','a',9]", "null");
        fixture_expect(t.a, "dict.set", "['o','f',6]", "null");
        fixture_expect(t.a, "dict.scan", "['o',2,2]", "{'cursor':5,'items':[['d',4],['e',5]]}");
        fixture_expect(t.a, "dict.scan", "['o',5,2]", "{'cursor':0,'items':[['f',6]]}");
        fixture_expect(t.a, "dict.clear", "['o']", "null");
        fixture_expect(t.a, "dict.scan", "['o',2]", "{'cursor':0,'items':[]}");
        fixture_expect(t.a, "dict.set", "['o','a',1]", "null");
        fixture_expect(t.a, "dict.scan", "['o',5]", "{'cursor':0,'items':[['a',1]]}");
        one_deinit(&t);
}
END_TEST

START_TEST(test_dict_larger_than_a_message_is_scanned) {
        enum { N_KEYS = 100 };
        Limits limits = limits_default;
        int64_t cursor = 0, n_seen = 0;
        One t;

        limits.frame_members = 64;
        one_init(&t, &limits, "{}");
        for (int i = 0; i < N_KEYS; i++)
                json_object_put(fixture_call(t.a, "dict.set", "['o','key %d',%d]", i, i));
        fixture_expect(t.a, "dict.keys", "['o']", "!EMSGSIZE");
        fixture_expect(t.a, "dict.values", "['o']", "!EMSGSIZE");
        fixture_expect(t.a, "dict.items", "['o']", "!EMSGSIZE");
        fixture_expect(t.a, "dict.copy", "['o']", "!EMSGSIZE");
        do {
                struct json_object *part =
                        fixture_call(t.a, "dict.scan", "['o',%lld,1000]", (long long)cursor);
                ck_assert_uint_le(json_count_values(part), limits.frame_members);
                cursor = json_object_get_int64(json_object_object_get(part, "cursor"));
                n_seen += json_object_array_length(json_object_object_get(part, "items"));
                json_object_put(part);
        } while (cursor);
        ck_assert_int_eq(n_seen, N_KEYS);
        one_deinit(&t);
}
END_TEST

/* A DEL takes six bytes in a reply (\u007f) and one in a request. */
START_TEST(test_value_too_large_to_answer_stays) {
        Limits limits = limits_default;
        char value[1001];
        One t;

        limits.frame_bytes = 4096;
        one_init(&t, &limits, "{}");
        memset(value, 0x7f, sizeof(value) - 1);
        value[sizeof(value) - 1] = '\0';
        json_object_put(fixture_call(t.a, "dict.set", "['o','a','%s']", value));
        fixture_expect(t.a, "dict.pop", "['o','a']", "!EMSGSIZE");
        fixture_expect(t.a, "dict.popitem", "['o']", "!EMSGSIZE");
        fixture_expect(t.a, "dict.scan", "['o']", "!EMSGSIZE");
        fixture_expect(t.a, "dict.copy", "['o']", "!EMSGSIZE");
        fixture_expect(t.a, "dict.keys", "['o']", "['a']");
        fixture_expect(t.a, "dict.delete", "['o','a']", "null");
        one_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("dict");
        TCase *c = tcase_create("dict");

        tcase_add_loop_test(c, test_method, 0, ELEMENTSOF(rows));
        tcase_add_loop_test(c, test_readers_may_not_change_it, 0, ELEMENTSOF(rows));
        tcase_add_loop_test(c, test_refusal_says_why, 0, ELEMENTSOF(refusals));
        tcase_add_loop_test(c, test_without_room_nothing_changes, 0, ELEMENTSOF(greedy));
        tcase_add_test(c, test_same_contents_cost_the_same);
        tcase_add_test(c, test_order_is_that_of_coming);
        tcase_add_test(c, test_key_has_at_most_1024_bytes);
        tcase_add_test(c, test_scan_goes_on_while_the_dict_changes);
        tcase_add_test(c, test_dict_larger_than_a_message_is_scanned);
        tcase_add_test(c, test_value_too_large_to_answer_stays);
        suite_add_tcase(suite, c);
        return suite;
}
