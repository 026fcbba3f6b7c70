/* The list: every method, every error, and what is left afterwards. test-list-slice.c tests
 * slices. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "core/rows.h"
#include "json/json-cost.h"
#include "tap-main.h"

static const Row rows[] = {
        {"[1,2,3]", "get", "['o',0]", "1", NULL},
        {"[1,2,3]", "get", "{'index':-1,'name':'o'}", "3", NULL},
        {"[1,2,3]", "get", "['o',-3]", "1", NULL},
        {"[1,2,3]", "get", "['o',3]", "!ERANGE", NULL},
        {"[1,2,3]", "get", "['o',-4]", "!ERANGE", NULL},
        {"[1,2,3]", "get", "['o',9223372036854775807]", "!ERANGE", NULL},
        {"[1,2,3]", "get", "['o',-9223372036854775808]", "!ERANGE", NULL},
        {"[]", "get", "['o',0]", "!ERANGE", NULL},
        {"[]", "get", "['o',-1]", "!ERANGE", NULL},
        {"[null,{'a':[1,2.5]}]", "get", "['o',0]", "null", NULL},
        {"[null,{'a':[1,2.5]}]", "get", "['o',1]", "{'a':[1,2.5]}", NULL},
        {"[1]", "get", "['o']", "!EINVAL", NULL},
        {"[1]", "get", "['o',null]", "!EINVAL", NULL},
        {"[1]", "get", "['o',0.0]", "1", NULL},
        {"[1]", "get", "['o',0.5]", "!EINVAL", NULL},
        {"[1]", "get", "['o','0']", "!EINVAL", NULL},
        {"[1]", "get", "['o',false]", "!EINVAL", NULL},
        {"[1]", "get", "['p',0]", "!ENOENT", NULL},
        {"[1,2,3]", "set", "['o',1,'x']", "null", "[1,'x',3]"},
        {"[1,2,3]", "set", "{'name':'o','value':null,'index':-3}", "null", "[null,2,3]"},
        {"[1,2,3]", "set", "['o',3,0]", "!ERANGE", NULL},
        {"[1,2,3]", "set", "['o',-4,0]", "!ERANGE", NULL},
        {"[1,2,3]", "set", "['o',1]", "!EINVAL", NULL},
        {"[1,2,3]", "set", "['o',1,{'$object':'nobody'}]", "!ENOENT", NULL},
        {"[1]", "append", "['o',[2]]", "null", "[1,[2]]"},
        {"[1]", "append", "{'name':'o','value':null}", "null", "[1,null]"},
        {"[1]", "append", "['o']", "!EINVAL", NULL},
        {"[1]", "append", "['o',2,3]", "!EINVAL", NULL},
        {"[1]", "append", "['o',{'$object':'nobody'}]", "!ENOENT", NULL},
        {"[1]", "extend", "['o',[2,[3],null]]", "null", "[1,2,[3],null]"},
        {"[1]", "extend", "{'name':'o','values':[]}", "null", NULL},
        {"[1]", "extend", "['o','ab']", "!EINVAL", NULL},
        {"[1]", "extend", "['o',{'a':1}]", "!EINVAL", NULL},
        {"[1]", "extend", "['o',null]", "!EINVAL", NULL},
        {"[1]", "extend", "['o',[2,3,{'$object':'nobody'}]]", "!ENOENT", NULL},
        {"[1,2]", "insert", "['o',0,'x']", "null", "['x',1,2]"},
        {"[1,2]", "insert", "{'value':'x','index':1,'name':'o'}", "null", "[1,'x',2]"},
        {"[1,2]", "insert", "['o',2,'x']", "null", "[1,2,'x']"},
        {"[1,2]", "insert", "['o',9223372036854775807,'x']", "null", "[1,2,'x']"},
        {"[1,2]", "insert", "['o',-1,'x']", "null", "[1,'x',2]"},
        {"[1,2]", "insert", "['o',-2,'x']", "null", "['x',1,2]"},
        {"[1,2]", "insert", "['o',-9223372036854775808,'x']", "null", "['x',1,2]"},
        {"[]", "insert", "['o',-1,'x']", "null", "['x']"},
        {"[1,2]", "insert", "['o','x']", "!EINVAL", NULL},
        {"[1,2]", "insert", "['o',0]", "!EINVAL", NULL},
        {"[1,2,3]", "pop", "['o']", "3", "[1,2]"},
        {"[1,2,3]", "pop", "['o',null]", "3", "[1,2]"},
        {"[1,2,3]", "pop", "['o',0]", "1", "[2,3]"},
        {"[1,2,3]", "pop", "{'name':'o','index':-2}", "2", "[1,3]"},
        {"[null]", "pop", "['o']", "null", "[]"},
        {"[1,2,3]", "pop", "['o',3]", "!ERANGE", NULL},
        {"[1,2,3]", "pop", "['o',-4]", "!ERANGE", NULL},
        {"[]", "pop", "['o']", "!ENODATA", NULL},
        {"[]", "pop", "['o',5]", "!ENODATA", NULL},
        {"[1]", "pop", "['o','0']", "!EINVAL", NULL},
        {"[1,2,1]", "remove", "['o',1]", "null", "[2,1]"},
        {"[1,2,1]", "remove", "{'name':'o','value':1.0}", "null", "[2,1]"},
        {"[1,{'a':1,'b':[2]}]", "remove", "['o',{'b':[2.0],'a':1}]", "null", "[1]"},
        {"[0,null]", "remove", "['o',null]", "null", "[0]"},
        {"[1,2,1]", "remove", "['o',3]", "!ENODATA", NULL},
        {"[1]", "remove", "['o',true]", "!ENODATA", NULL},
        {"[1]", "remove", "['o','1']", "!ENODATA", NULL},
        {"[1]", "remove", "['o']", "!EINVAL", NULL},
        {"[5,6,5,6]", "index", "['o',6]", "1", NULL},
        {"[5,6,5,6]", "index", "['o',6,2]", "3", NULL},
        {"[5,6,5,6]", "index", "{'name':'o','value':6,'stop':-1}", "1", NULL},
        {"[5,6,5,6]", "index", "['o',6,-1]", "3", NULL},
        {"[5,6,5,6]", "index", "['o',5,-9223372036854775808,9223372036854775807]", "0", NULL},
        {"[5,6,5,6]", "index", "['o',6,null,1]", "!ENODATA", NULL},
        {"[5,6,5,6]", "index", "['o',6,2,3]", "!ENODATA", NULL},
        {"[5,6,5,6]", "index", "['o',6,4]", "!ENODATA", NULL},
        {"[5,6,5,6]", "index", "['o',6,3,1]", "!ENODATA", NULL},
        {"[5,6,5,6]", "index", "['o',7]", "!ENODATA", NULL},
        {"[5]", "index", "['o',5,'0']", "!EINVAL", NULL},
        {"[5]", "index", "['o',5,0,1.5]", "!EINVAL", NULL},
        {"[5]", "index", "['o']", "!EINVAL", NULL},
        {"[1,1.0,true,'1',[1]]", "count", "['o',1]", "2", NULL},
        {"[1,true,'1']", "count", "{'name':'o','value':[1]}", "0", NULL},
        {"[]", "count", "['o',null]", "0", NULL},
        {"[1]", "count", "['o']", "!EINVAL", NULL},
        {"[1,[2,null]]", "contains", "['o',[2,null]]", "true", NULL},
        {"[1,[2,null]]", "contains", "{'name':'o','value':[2]}", "false", NULL},
        {"[9007199254740993]", "contains", "['o',9007199254740992.0]", "false", NULL},
        {"[1]", "contains", "['o']", "!EINVAL", NULL},
        {"[]", "length", "['o']", "0", NULL},
        {"[1,[2,3]]", "length", "{'name':'o'}", "2", NULL},
        {"[1]", "length", "['o',1]", "!EINVAL", NULL},
        {"[1,2,3]", "delete", "['o',1]", "null", "[1,3]"},
        {"[1,2,3]", "delete", "{'name':'o','index':-1}", "null", "[1,2]"},
        {"[1,2,3]", "delete", "['o',3]", "!ERANGE", NULL},
        {"[1,2,3]", "delete", "['o',-4]", "!ERANGE", NULL},
        {"[1]", "delete", "['o']", "!EINVAL", NULL},
        {"[]", "reverse", "['o']", "null", NULL},
        {"[1]", "reverse", "['o']", "null", NULL},
        {"[1,2]", "reverse", "['o']", "null", "[2,1]"},
        {"[1,2,3,4,5]", "reverse", "{'name':'o'}", "null", "[5,4,3,2,1]"},
        {"[1]", "reverse", "['o',1]", "!EINVAL", NULL},
        {"[]", "sort", "['o']", "null", NULL},
        {"[3,1,2]", "sort", "['o']", "null", "[1,2,3]"},
        {"[3,1,2]", "sort", "['o',true]", "null", "[3,2,1]"},
        {"[3,1,2]", "sort", "{'name':'o','reverse':false}", "null", "[1,2,3]"},
        {"[2,1.5,-1,1e+300,2.0]", "sort", "['o']", "null", "[-1,1.5,2,2.0,1e+300]"},
        {"[1.0,0,1,1.0]", "sort", "['o']", "null", "[0,1.0,1,1.0]"},
        {"[1.0,0,1,1.0]", "sort", "['o',true]", "null", "[1.0,1,1.0,0]"},
        {"['b','B','','ba','\xc3\xa4']", "sort", "['o']", "null", "['','B','b','ba','\xc3\xa4']"},
        {"[true,false,true]", "sort", "['o']", "null", "[false,true,true]"},
        {"[[2],[1,5],[1],[]]", "sort", "['o']", "null", "[[],[1],[1,5],[2]]"},
        {"[[1,'a'],[0,null]]", "sort", "['o']", "null", "[[0,null],[1,'a']]"},
        {"[{'b':1}]", "sort", "['o']", "null", NULL},
        {"[3,'a',1]", "sort", "['o']", "!EINVAL", NULL},
        {"[3,2,1,true]", "sort", "['o']", "!EINVAL", NULL},
        {"[null,null]", "sort", "['o']", "!EINVAL", NULL},
        {"[{},{}]", "sort", "['o']", "!EINVAL", NULL},
        {"[[1],['a']]", "sort", "['o']", "!EINVAL", NULL},
        {"[2,1]", "sort", "['o',1]", "!EINVAL", NULL},
        {"[2,1]", "sort", "['o','yes']", "!EINVAL", NULL},
        {"[1,[2]]", "repeat", "['o',3]", "null", "[1,[2],1,[2],1,[2]]"},
        {"[1]", "repeat", "{'name':'o','n':1}", "null", NULL},
        {"[1]", "repeat", "['o',0]", "null", "[]"},
        {"[1]", "repeat", "['o',-9223372036854775808]", "null", "[]"},
        {"[]", "repeat", "['o',9223372036854775807]", "null", NULL},
        {"[1,2]", "repeat", "['o',9223372036854775807]", "!EDQUOT", NULL},
        {"[1,2,3]", "repeat", "['o',6148914691236517206]", "!EDQUOT", NULL},
        {"[1]", "repeat", "['o',1000000000]", "!EDQUOT", NULL},
        {"[1]", "repeat", "['o',2.0]", "null", "[1,1]"},
        {"[1]", "repeat", "['o',2.5]", "!EINVAL", NULL},
        {"[1]", "repeat", "['o']", "!EINVAL", NULL},
        {"[1,2]", "clear", "['o']", "null", "[]"},
        {"[]", "clear", "{'name':'o'}", "null", NULL},
        {"[1]", "clear", "['o',1]", "!EINVAL", NULL},
        {"[1,[2,{'a':null}]]", "copy", "['o']", "[1,[2,{'a':null}]]", NULL},
        {"[]", "copy", "{'name':'o'}", "[]", NULL},
        {"[]", "copy", "['o',0]", "!EINVAL", NULL},
        {"[1,2]", "add", "['o',0,5]", "6", "[6,2]"},
        {"[1,2]", "add", "{'name':'o','delta':-3,'index':-1}", "-1", "[1,-1]"},
        {"[1]", "add", "['o',0,0.5]", "1.5", "[1.5]"},
        {"[0.5]", "add", "['o',0,1]", "1.5", "[1.5]"},
        {"[0.5]", "add", "['o',0,0.5]", "1.0", "[1.0]"},
        {"[9223372036854775807]", "add", "['o',0,1]", "!ERANGE", NULL},
        {"[-9223372036854775808]", "add", "['o',0,-1]", "!ERANGE", NULL},
        {"[9223372036854775806]", "add", "['o',0,1]", "9223372036854775807",
         "[9223372036854775807]"},
        {"[-1]", "add", "['o',0,-9223372036854775808]", "!ERANGE", NULL},
        {"[1e+308]", "add", "['o',0,1e308]", "!ERANGE", NULL},
        {"[1]", "add", "['o',1,1]", "!ERANGE", NULL},
        {"['1']", "add", "['o',0,1]", "!EINVAL", NULL},
        {"[true]", "add", "['o',0,1]", "!EINVAL", NULL},
        {"[null]", "add", "['o',0,1]", "!EINVAL", NULL},
        {"[[1]]", "add", "['o',0,1]", "!EINVAL", NULL},
        {"[1]", "add", "['o',0,'1']", "!EINVAL", NULL},
        {"[1]", "add", "['o',0,null]", "!EINVAL", NULL},
        {"[1]", "add", "['o',0]", "!EINVAL", NULL},
        {"[1,2]", "cas", "['o',1,2,'x']", "true", "[1,'x']"},
        {"[1,2]", "cas", "{'name':'o','value':null,'expected':2.0,'index':-1}", "true", "[1,null]"},
        {"[1,2]", "cas", "['o',1,1,'x']", "false", NULL},
        {"[1,true]", "cas", "['o',1,1,'x']", "false", NULL},
        {"[{'a':1,'b':2}]", "cas", "['o',0,{'b':2,'a':1},0]", "true", "[0]"},
        {"[null]", "cas", "['o',0,null,[]]", "true", "[[]]"},
        {"[1]", "cas", "['o',1,1,2]", "!ERANGE", NULL},
        {"[1]", "cas", "['o',0,1]", "!EINVAL", NULL},
        {"[1]", "cas", "['o',0,1,{'$object':'nobody'}]", "!ENOENT", NULL},
        {"[1]", "open", "{'name':'q','create':true,'value':{}}", "!EINVAL", NULL},
        {"[1]", "open", "{'name':'q','create':true,'value':'ab'}", "!EINVAL", NULL},
        {"[1]", "open", "{'name':'q','create':true,'value':[1,{'$object':'nobody'}]}", "!ENOENT",
         NULL},
        {"[1]", "open", "{'name':'q'}", "!ENOENT", NULL},
        {"[1]", "open", "{'name':'o','value':[2]}",
         "{'name':'o','created':false,'id':1,'lifetime':'persistent'}", NULL},
};

START_TEST(test_method) {
        row_run(&rows[_i], "list", "list.copy");
}
END_TEST

static const Refusal refusals[] = {
        {"[3,'a']", "sort", "['o']",
         "the list has values that cannot be compared, such as integer and string; it was not "
         "sorted",
         NULL},
        {"[1]", "get", "['o',-2]", "index -2 is out of range: the length is 1", "index"},
        {"[1]", "get", "{'name':'o','index':'0'}", "index: it must be an integer, not string",
         "index"},
        {"[1,2,3]", "set_slice", "['o',null,null,2,[7]]",
         "values: 1 values for a slice of 2; with a step other than 1 their numbers must be the "
         "same",
         "values"},
        {"[1]", "slice", "['o',0,1,0]", "step: it cannot be 0", "step"},
        {"['a']", "add", "['o',0,1]", "the value is of kind string; only a number can be added to",
         NULL},
};

START_TEST(test_refusal_says_why) {
        refusal_run(&refusals[_i], "list");
}
END_TEST

typedef struct One {
        Fixture f;
        Session *a;
} One;

static void one_init(One *t, const Limits *limits, const char *value) {
        fixture_init(&t->f, limits);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
        json_object_put(fixture_call(t->a, "list.open",
                                     "{'name':'o','create':true,'mode':'0666','value':%s}", value));
}

static void one_deinit(One *t) {
        fixture_expect(t->a, "object.delete", "['o']", "null");
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

/* Calls that need room for values, on a list that has none left: each is refused as a whole. */
static const struct {
        const char *method, *params;
} greedy[] = {
        {"list.set", "['o',0,'a text that is longer than a number']"},
        {"list.append", "['o',1]"},
        {"list.append", "['o',null]"},
        {"list.extend", "['o',[1,2,3,4]]"},
        {"list.insert", "['o',0,1]"},
        {"list.set_slice", "['o',0,1,1,[1,2,3]]"},
        {"list.set_slice", "['o',null,null,-1,['long','longer',{'the':'longest'}]]"},
        {"list.repeat", "['o',2]"},
        {"list.cas", "['o',0,1,'a text that is longer than a number']"},
        {"list.open", "{'name':'q','create':true,'value':[1,2,3]}"},
};

START_TEST(test_without_room_nothing_changes) {
        const size_t n_slack = 8;
        Limits limits = limits_default;
        One t;

        one_init(&t, &limits, "[1,2,3]");
        uint64_t n_bytes = t.f.core.n_bytes;
        t.f.core.limits.bytes_per_uid = n_bytes + t.f.core.n_structure_bytes + n_slack;
        fixture_expect(t.a, greedy[_i].method, greedy[_i].params, "!EDQUOT");
        fixture_expect(t.a, "list.copy", "['o']", "[1,2,3]");
        ck_assert_uint_eq(table_size(&t.f.core.objects), 1);
        ck_assert_uint_eq(t.f.core.n_bytes, n_bytes);
        /* Stored values can always be removed, which makes room. */
        fixture_expect(t.a, "list.pop", "['o']", "3");
        fixture_expect(t.a, "list.append", "['o',4]", "null");
        one_deinit(&t);
}
END_TEST

/* The charge depends on the contents alone, however they were made, and falls with them. */
START_TEST(test_same_contents_cost_the_same) {
        One t;

        one_init(&t, NULL, "['x',[1,2],null]");
        uint64_t n_bytes = t.f.core.n_bytes;
        fixture_expect(t.a, "list.repeat", "['o',3]", "null");
        ck_assert_uint_eq(t.f.core.n_bytes, 3 * n_bytes);
        fixture_expect(t.a, "list.delete_slice", "['o',null,null,2]", "null");
        fixture_expect(t.a, "list.clear", "['o']", "null");
        ck_assert_uint_eq(t.f.core.n_bytes, 0);
        fixture_expect(t.a, "list.append", "['o',null]", "null");
        fixture_expect(t.a, "list.insert", "['o',0,[1,2]]", "null");
        fixture_expect(t.a, "list.insert", "['o',0,'x']", "null");
        ck_assert_uint_eq(t.f.core.n_bytes, n_bytes);
        one_deinit(&t);
}
END_TEST

START_TEST(test_readers_may_not_change_it) {
        static const char *const readers[] = {"get",    "index", "count", "contains",
                                              "length", "slice", "copy"};
        const Row *row = &rows[_i];
        char method[32];
        One t;

        if (row->expected[0] == '!' || strcmp(row->verb, "open") == 0)
                return;
        bool reads = false;
        for (size_t i = 0; i < ELEMENTSOF(readers); i++)
                reads = reads || strcmp(row->verb, readers[i]) == 0;
        one_init(&t, NULL, row->value);
        fixture_expect(t.a, "object.chmod", "['o','0604']", "null");
        Session *other = fixture_session(&t.f, 200, 2000, "other");
        snprintf(method, sizeof(method), "list.%s", row->verb);
        fixture_expect(other, method, row->params, reads ? row->expected : "!EACCES");
        fixture_expect(t.a, "list.copy", "['o']", row->value);
        one_deinit(&t);
}
END_TEST

/* A result longer than a reader could parse is refused; slices of the list are returned. */
START_TEST(test_list_larger_than_a_message) {
        Limits limits = limits_default;
        One t;

        limits.frame_members = 100;
        one_init(&t, &limits, "[1,2,3,4,5,6,7,8,9,0]");
        fixture_expect(t.a, "list.repeat", "['o',20]", "null");
        fixture_expect(t.a, "list.length", "['o']", "200");
        fixture_expect(t.a, "list.copy", "['o']", "!EMSGSIZE");
        fixture_expect(t.a, "list.slice", "['o',50]", "!EMSGSIZE");
        fixture_expect(t.a, "list.slice", "['o',190]", "[1,2,3,4,5,6,7,8,9,0]");
        json_object_put(fixture_call(t.a, "list.slice", "['o',0,90]"));
        fixture_expect(t.a, "list.slice", "['o',0,200,20]", "[1,1,1,1,1,1,1,1,1,1]");
        one_deinit(&t);
}
END_TEST

START_TEST(test_value_too_large_to_answer_stays) {
        Limits limits = limits_default;
        One t;

        /* A DEL takes six bytes in a reply (\u007f) and one in a request. */
        limits.frame_bytes = 4096;
        one_init(&t, &limits, "[]");
        char value[1001];
        memset(value, 0x7f, sizeof(value) - 1);
        value[sizeof(value) - 1] = '\0';
        json_object_put(fixture_call(t.a, "list.append", "['o','%s']", value));
        fixture_expect(t.a, "list.pop", "['o']", "!EMSGSIZE");
        fixture_expect(t.a, "list.length", "['o']", "1");
        fixture_expect(t.a, "list.delete", "['o',0]", "null");
        one_deinit(&t);
}
END_TEST

/* The deepest value that a request can carry is returned within an array of one more level. */
START_TEST(test_deepest_value_can_be_read) {
        char value[128] = "";
        One t;

        one_init(&t, NULL, "[]");
        size_t n = t.f.core.limits.frame_depth - 2;
        memset(value, '[', n);
        memset(value + n, ']', n);
        json_object_put(fixture_call(t.a, "list.append", "['o',%s]", value));
        ck_assert_str_eq(fixture_call_error(t.a, "list.append", "['o',[%s]]", value), "EMSGSIZE");
        struct json_object *copy = fixture_call(t.a, "list.copy", "['o']");
        ck_assert_uint_eq(json_depth(copy), n + 1);
        json_object_put(copy);
        one_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("list");
        TCase *c = tcase_create("list");

        tcase_add_loop_test(c, test_method, 0, ELEMENTSOF(rows));
        tcase_add_loop_test(c, test_refusal_says_why, 0, ELEMENTSOF(refusals));
        tcase_add_loop_test(c, test_without_room_nothing_changes, 0, ELEMENTSOF(greedy));
        tcase_add_test(c, test_same_contents_cost_the_same);
        tcase_add_loop_test(c, test_readers_may_not_change_it, 0, ELEMENTSOF(rows));
        tcase_add_test(c, test_list_larger_than_a_message);
        tcase_add_test(c, test_value_too_large_to_answer_stays);
        tcase_add_test(c, test_deepest_value_can_be_read);
        suite_add_tcase(suite, c);
        return suite;
}
