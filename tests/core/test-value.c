/* value, namespace and array: every method, every error, and the charges. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "random.h"
#include "tap-main.h"

/* One call on a fresh object "o", and its contents afterwards; `open` is the part of the params of
 * open behind name and create. */
typedef struct Row {
        const char *open, *method, *params, *expected, *after;
} Row;

static void run_row(const Row *row, const char *type, const char *look) {
        char open[512], method[64];
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        snprintf(open, sizeof(open), "{'name':'o','create':true%s}", row->open);
        snprintf(method, sizeof(method), "%s.open", type);
        json_object_put(fixture_call(a, method, "%s", open));
        snprintf(method, sizeof(method), "%s.%s", type, row->method);
        fixture_expect(a, method, row->params, row->expected);
        fixture_expect(a, look, "['o']", row->after);
        ck_assert_uint_eq(table_size(&f.core.objects), 1);
        fixture_expect(a, "object.delete", "['o']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}

static const Row value_rows[] = {
        {"", "get", "['o']", "null", "null"},
        {"", "get", "{'name':'o'}", "null", "null"},
        {",'value':{'a':[1,2.5]}", "get", "['o']", "{'a':[1,2.5]}", "{'a':[1,2.5]}"},
        {",'type':'int64'", "get", "['o']", "0", "0"},
        {",'type':'int64','value':null", "get", "['o']", "0", "0"},
        {",'type':'double'", "get", "['o']", "0.0", "0.0"},
        {",'type':'bool'", "get", "['o']", "false", "false"},
        {",'type':'string'", "get", "['o']", "''", "''"},
        {",'type':'any'", "get", "['o']", "null", "null"},
        {",'type':'double','value':3", "get", "['o']", "3.0", "3.0"},
        {"", "get", "['o',1]", "!EINVAL", "null"},
        {"", "get", "['p']", "!ENOENT", "null"},
        {"", "set", "['o','x']", "null", "'x'"},
        {"", "set", "{'value':[null],'name':'o'}", "null", "[null]"},
        {"", "set", "['o',null]", "null", "null"},
        {"", "set", "['o']", "!EINVAL", "null"},
        {",'type':'int64'", "set", "['o',-9223372036854775808]", "null", "-9223372036854775808"},
        {",'type':'int64'", "set", "['o',1.0]", "!EINVAL", "0"},
        {",'type':'int64'", "set", "['o','1']", "!EINVAL", "0"},
        {",'type':'int64'", "set", "['o',true]", "!EINVAL", "0"},
        {",'type':'int64'", "set", "['o',null]", "!EINVAL", "0"},
        {",'type':'double'", "set", "['o',7]", "null", "7.0"},
        {",'type':'double'", "set", "['o',0.1]", "null", "0.1"},
        {",'type':'double'", "set", "['o','0.1']", "!EINVAL", "0.0"},
        {",'type':'bool'", "set", "['o',true]", "null", "true"},
        {",'type':'bool'", "set", "['o',1]", "!EINVAL", "false"},
        {",'type':'string'", "set", "['o','x']", "null", "'x'"},
        {",'type':'string'", "set", "['o',['x']]", "!EINVAL", "''"},
        {",'value':1", "exchange", "['o','new']", "1", "'new'"},
        {",'value':1", "exchange", "{'name':'o','value':null}", "1", "null"},
        {"", "exchange", "['o']", "!EINVAL", "null"},
        {",'value':2,'type':'double'", "exchange", "['o',3]", "2.0", "3.0"},
        {",'type':'bool'", "exchange", "['o','x']", "!EINVAL", "false"},
        {",'value':1", "cas", "['o',1,2]", "true", "2"},
        {",'value':1", "cas", "['o',1.0,2]", "true", "2"},
        {",'value':1", "cas", "['o',true,2]", "false", "1"},
        {",'value':1", "cas", "{'name':'o','value':5,'expected':2}", "false", "1"},
        {",'value':{'a':1,'b':2}", "cas", "['o',{'b':2,'a':1},null]", "true", "null"},
        {"", "cas", "['o',null,0]", "true", "0"},
        {",'type':'double'", "cas", "['o',0,4]", "true", "4.0"},
        {",'type':'int64'", "cas", "['o',0,'x']", "!EINVAL", "0"},
        {",'type':'int64'", "cas", "['o',1,'x']", "!EINVAL", "0"},
        {"", "cas", "['o',1]", "!EINVAL", "null"},
        {",'value':1", "add", "['o']", "2", "2"},
        {",'value':1", "add", "['o',-3]", "-2", "-2"},
        {",'value':1", "add", "{'name':'o','delta':0.5}", "1.5", "1.5"},
        {",'type':'int64'", "add", "['o',0.5]", "!EINVAL", "0"},
        {",'type':'double'", "add", "['o',2]", "2.0", "2.0"},
        {",'type':'double','value':1e308", "add", "['o',1e308]", "!ERANGE", "1e+308"},
        {",'value':9223372036854775807", "add", "['o',1]", "!ERANGE", "9223372036854775807"},
        {",'value':-9223372036854775808", "add", "['o',-1]", "!ERANGE", "-9223372036854775808"},
        {"", "add", "['o',1]", "!EINVAL", "null"},
        {",'value':'1'", "add", "['o',1]", "!EINVAL", "'1'"},
        {",'type':'bool'", "add", "['o',1]", "!EINVAL", "false"},
        {",'value':1", "add", "['o','1']", "!EINVAL", "1"},
        {"", "add", "['o',5,null,10]", "15", "15"},
        {"", "add", "{'name':'o','default':0.5}", "1.5", "1.5"},
        {",'value':2", "add", "['o',5,null,10]", "7", "7"},
        {",'type':'double'", "add", "['o',1,null,10]", "1.0", "1.0"},
        {"", "add", "['o',1,'int64',0.5]", "!EINVAL", "null"},
        {"", "add", "['o',1,null,9223372036854775807]", "!ERANGE", "null"},
        {"", "add", "['o',1,null,'0']", "!EINVAL", "null"},
        {"", "add", "['o',1,null,null]", "!EINVAL", "null"},
        {",'value':false", "add", "['o',1,null,0]", "!EINVAL", "false"},
        {"", "open", "{'name':'q','create':true,'type':'float'}", "!EINVAL", "null"},
        {"", "open", "{'name':'q','create':true,'type':'int64','value':1.5}", "!EINVAL", "null"},
        {"", "open", "{'name':'q'}", "!ENOENT", "null"},
};

START_TEST(test_value) {
        run_row(&value_rows[_i], "value", "value.get");
}
END_TEST

static const Row namespace_rows[] = {
        {"", "items", "['o']", "[]", "[]"},
        {",'value':{'x':1,'_y2':[null]}", "items", "{'name':'o'}", "[['x',1],['_y2',[null]]]",
         "[['x',1],['_y2',[null]]]"},
        {"", "items", "['o',1]", "!EINVAL", "[]"},
        {",'value':{'x':null}", "get", "['o','x']", "null", "[['x',null]]"},
        {",'value':{'x':{'a':2}}", "get", "{'key':'x','name':'o'}", "{'a':2}", "[['x',{'a':2}]]"},
        {"", "get", "['o','x']", "!ENODATA", "[]"},
        {"", "get", "['o','1x']", "!EINVAL", "[]"},
        {"", "get", "['o']", "!EINVAL", "[]"},
        {"", "get", "['o',1]", "!EINVAL", "[]"},
        {"", "set", "['o','x',1]", "null", "[['x',1]]"},
        {"", "set", "{'name':'o','value':null,'key':'x'}", "null", "[['x',null]]"},
        {",'value':{'x':1,'y':2}", "set", "['o','x',3]", "null", "[['x',3],['y',2]]"},
        {"", "set", "['o','x']", "!EINVAL", "[]"},
        {"", "set", "['o','',1]", "!EINVAL", "[]"},
        {"", "set", "['o','9',1]", "!EINVAL", "[]"},
        {"", "set", "['o','a-b',1]", "!EINVAL", "[]"},
        {"", "set", "['o','\xc3\xa4',1]", "!EINVAL", "[]"},
        {"", "set", "['o','_9Az',1]", "null", "[['_9Az',1]]"},
        {",'value':{'x':1,'y':2}", "delete", "['o','x']", "null", "[['y',2]]"},
        {",'value':{'x':1}", "delete", "{'name':'o','key':'y'}", "!ENODATA", "[['x',1]]"},
        {"", "delete", "['o','a b']", "!EINVAL", "[]"},
        {"", "delete", "['o']", "!EINVAL", "[]"},
        {",'value':{'x':1}", "contains", "['o','x']", "true", "[['x',1]]"},
        {",'value':{'x':1}", "contains", "{'name':'o','key':'y'}", "false", "[['x',1]]"},
        {"", "contains", "['o','-']", "!EINVAL", "[]"},
        {",'value':{'x':1}", "add", "['o','x',2]", "3", "[['x',3]]"},
        {",'value':{'x':1}", "add", "{'name':'o','key':'x','delta':-0.5}", "0.5", "[['x',0.5]]"},
        {"", "add", "['o','x',2]", "!ENODATA", "[]"},
        {"", "add", "['o','x',2,null,40]", "42", "[['x',42]]"},
        {"", "add", "{'name':'o','key':'x','delta':1,'default':0}", "1", "[['x',1]]"},
        {",'value':{'x':1}", "add", "['o','x',2,null,40]", "3", "[['x',3]]"},
        {",'value':{'x':1.5}", "add", "['o','x',1,'int64']", "!EINVAL", "[['x',1.5]]"},
        {"", "add", "['o','x',1,'int64',0.5]", "!EINVAL", "[]"},
        {",'value':{'x':null}", "add", "['o','x',1,null,0]", "!EINVAL", "[['x',null]]"},
        {",'value':{'x':'1'}", "add", "['o','x',1]", "!EINVAL", "[['x','1']]"},
        {",'value':{'x':9223372036854775807}", "add", "['o','x',1]", "!ERANGE",
         "[['x',9223372036854775807]]"},
        {"", "add", "['o','1x',1,null,0]", "!EINVAL", "[]"},
        {"", "add", "['o','x']", "!EINVAL", "[]"},
        {"", "open", "{'name':'q','create':true,'value':{'a':1,'no-name':2}}", "!EINVAL", "[]"},
        {"", "open", "{'name':'q','create':true,'value':[]}", "!EINVAL", "[]"},
};

START_TEST(test_namespace) {
        run_row(&namespace_rows[_i], "namespace", "namespace.items");
}
END_TEST

static const Row array_rows[] = {
        {",'value':[1,2,3]", "get", "['o',0]", "1", "[1,2,3]"},
        {",'value':[1,2,3]", "get", "{'index':-1,'name':'o'}", "3", "[1,2,3]"},
        {",'value':[1,2,3]", "get", "['o',3]", "!ERANGE", "[1,2,3]"},
        {",'value':[1,2,3]", "get", "['o',-4]", "!ERANGE", "[1,2,3]"},
        {",'value':[1,2,3]", "get", "['o',-9223372036854775808]", "!ERANGE", "[1,2,3]"},
        {",'value':[1,2,3]", "get", "['o',9223372036854775807]", "!ERANGE", "[1,2,3]"},
        {",'value':[1,2,3]", "get", "['o','0']", "!EINVAL", "[1,2,3]"},
        {",'value':[1,2,3]", "get", "['o']", "!EINVAL", "[1,2,3]"},
        {",'value':[]", "get", "['o',0]", "!ERANGE", "[]"},
        {",'length':2", "get", "['o',1]", "0", "[0,0]"},
        {",'length':0", "length", "['o']", "0", "[]"},
        {",'length':3,'type':'bool'", "length", "{'name':'o'}", "3", "[false,false,false]"},
        {",'length':2,'type':'double'", "length", "['o']", "2", "[0.0,0.0]"},
        {",'value':[1,2.5],'type':'double'", "get", "['o',0]", "1.0", "[1.0,2.5]"},
        {",'length':2", "set", "['o',1,7]", "null", "[0,7]"},
        {",'length':2", "set", "{'name':'o','value':-9223372036854775808,'index':-2}", "null",
         "[-9223372036854775808,0]"},
        {",'length':2", "set", "['o',2,7]", "!ERANGE", "[0,0]"},
        {",'length':2", "set", "['o',1,7.0]", "!EINVAL", "[0,0]"},
        {",'length':2", "set", "['o',1,true]", "!EINVAL", "[0,0]"},
        {",'length':2", "set", "['o',1,null]", "!EINVAL", "[0,0]"},
        {",'length':2", "set", "['o',1]", "!EINVAL", "[0,0]"},
        {",'length':2,'type':'double'", "set", "['o',0,7]", "null", "[7.0,0.0]"},
        {",'length':2,'type':'double'", "set", "['o',0,'7']", "!EINVAL", "[0.0,0.0]"},
        {",'length':2,'type':'bool'", "set", "['o',0,true]", "null", "[true,false]"},
        {",'length':2,'type':'bool'", "set", "['o',0,1]", "!EINVAL", "[false,false]"},
        {",'value':[0,1,2,3,4]", "slice", "['o',1,3]", "[1,2]", "[0,1,2,3,4]"},
        {",'value':[0,1,2,3,4]", "slice", "['o',-2]", "[3,4]", "[0,1,2,3,4]"},
        {",'value':[0,1,2,3,4]", "slice", "['o',null,-2]", "[0,1,2]", "[0,1,2,3,4]"},
        {",'value':[0,1,2,3,4]", "slice", "['o',null,null,-2]", "[4,2,0]", "[0,1,2,3,4]"},
        {",'value':[0,1,2,3,4]", "slice", "{'name':'o','step':3}", "[0,3]", "[0,1,2,3,4]"},
        {",'value':[0,1,2,3,4]", "slice", "['o',3,1]", "[]", "[0,1,2,3,4]"},
        {",'value':[0,1,2,3,4]", "slice", "['o',3,0,-1]", "[3,2,1]", "[0,1,2,3,4]"},
        {",'value':[0,1,2,3,4]", "slice",
         "['o',-9223372036854775808,9223372036854775807,9223372036854775807]", "[0]",
         "[0,1,2,3,4]"},
        {",'value':[0,1,2,3,4]", "slice",
         "['o',9223372036854775807,-9223372036854775808,-9223372036854775808]", "[4]",
         "[0,1,2,3,4]"},
        {",'value':[0,1,2]", "slice", "['o',0,1,0]", "!EINVAL", "[0,1,2]"},
        {",'value':[0,1,2]", "slice", "['o',0.5]", "!EINVAL", "[0,1,2]"},
        {",'value':[]", "slice", "['o',null,null,-1]", "[]", "[]"},
        {",'value':[0,1,2,3]", "set_slice", "['o',1,3,1,[8,9]]", "null", "[0,8,9,3]"},
        {",'value':[0,1,2,3]", "set_slice", "['o',null,null,-1,[9,8,7,6]]", "null", "[6,7,8,9]"},
        {",'value':[0,1,2,3]", "set_slice", "{'name':'o','step':2,'values':[7,7]}", "null",
         "[7,1,7,3]"},
        {",'value':[0,1,2,3]", "set_slice", "['o',1,3,1,[8]]", "!EINVAL", "[0,1,2,3]"},
        {",'value':[0,1,2,3]", "set_slice", "['o',1,3,1,[8,9,10]]", "!EINVAL", "[0,1,2,3]"},
        {",'value':[0,1,2,3]", "set_slice", "['o',2,2,1,[]]", "null", "[0,1,2,3]"},
        {",'value':[0,1,2,3]", "set_slice", "['o',2,2,1,[1]]", "!EINVAL", "[0,1,2,3]"},
        {",'value':[0,1,2,3]", "set_slice", "['o',1,3,1,[8,'9']]", "!EINVAL", "[0,1,2,3]"},
        {",'value':[0,1,2,3]", "set_slice", "['o',1,3,0,[8,9]]", "!EINVAL", "[0,1,2,3]"},
        {",'value':[0,1,2,3]", "set_slice", "['o',1,3,1]", "!EINVAL", "[0,1,2,3]"},
        {",'value':[0,1]", "add", "['o',1,5]", "6", "[0,6]"},
        {",'value':[0,1]", "add", "{'name':'o','delta':-1,'index':-1}", "0", "[0,0]"},
        {",'value':[0,1]", "add", "['o',2,5]", "!ERANGE", "[0,1]"},
        {",'value':[0,1]", "add", "['o',0]", "!EINVAL", "[0,1]"},
        {",'value':[0,1]", "add", "['o',0,0.5]", "!EINVAL", "[0,1]"},
        {",'value':[0,9223372036854775807]", "add", "['o',1,1]", "!ERANGE",
         "[0,9223372036854775807]"},
        {",'value':[0.5],'type':'double'", "add", "['o',0,1]", "1.5", "[1.5]"},
        {",'value':[-1e308],'type':'double'", "add", "['o',0,-1e308]", "!ERANGE", "[-1e+308]"},
        {",'value':[true],'type':'bool'", "add", "['o',0,1]", "!EINVAL", "[true]"},
        {",'length':1", "open", "{'name':'q','create':true}", "!EINVAL", "[0]"},
        {",'length':1", "open", "{'name':'q','create':true,'value':[1],'length':1}", "!EINVAL",
         "[0]"},
        {",'length':1", "open", "{'name':'q','create':true,'length':-1}", "!EINVAL", "[0]"},
        {",'length':1", "open", "{'name':'q','create':true,'length':1000000000000}", "!EDQUOT",
         "[0]"},
        {",'length':1", "open", "{'name':'q','create':true,'length':9223372036854775807}",
         "!EINVAL", "[0]"},
        {",'length':1", "open", "{'name':'q','create':true,'value':[1,2.5]}", "!EINVAL", "[0]"},
        {",'length':1", "open", "{'name':'q','create':true,'value':[1],'type':'string'}", "!EINVAL",
         "[0]"},
};

START_TEST(test_array) {
        run_row(&array_rows[_i], "array", "array.slice");
}
END_TEST

/* The error of a refused value names the parameter, what it expects, and what was given. */
static const struct {
        const char *method, *params, *message, *param;
} refusals[] = {
        {"value.set", "['v','x']", "value: it must be of type int64, not of kind string", "value"},
        {"value.add", "['v',0.5]", "delta: it must be of type int64, not of kind number", "delta"},
        {"array.set", "['a',0,null]", "value: it must be of type bool, not of kind null", "value"},
        {"array.set_slice", "['a',null,null,null,[true]]",
         "values: the slice has 2 elements, and the number of values is 1; an array keeps its "
         "length",
         "values"},
        {"namespace.set", "['n','a b',1]",
         "key: 'a b' is not an identifier: letters, digits and _, at most 255 bytes, and no digit "
         "first",
         "key"},
};

START_TEST(test_refusal_says_what_was_expected_and_given) {
        struct json_object *reply, *error, *message, *data, *param;
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(a, "value.open", "{'name':'v','create':true,'type':'int64'}"));
        json_object_put(fixture_call(a, "array.open",
                                     "{'name':'a','create':true,'type':'bool','length':2}"));
        json_object_put(fixture_call(a, "namespace.open", "{'name':'n','create':true}"));
        fixture_start(a, 1, refusals[_i].method, refusals[_i].params);
        reply = fixture_receive(a);
        ck_assert(json_object_object_get_ex(reply, "error", &error));
        ck_assert(json_object_object_get_ex(error, "message", &message));
        ck_assert(json_object_object_get_ex(error, "data", &data));
        ck_assert(json_object_object_get_ex(data, "param", &param));
        ck_assert_str_eq(json_object_get_string(message), refusals[_i].message);
        ck_assert_str_eq(json_object_get_string(param), refusals[_i].param);
        json_object_put(reply);
        fixture_deinit(&f);
}
END_TEST

/* A name of an attribute has at most 255 bytes. */
START_TEST(test_namespace_name_bound) {
        char name[257];
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(a, "namespace.open", "{'name':'n','create':true}"));
        memset(name, 'x', sizeof(name));
        name[255] = '\0';
        json_object_put(fixture_call(a, "namespace.set", "['n','%s',1]", name));
        name[255] = 'x';
        name[256] = '\0';
        ck_assert_str_eq(fixture_call_error(a, "namespace.set", "['n','%s',1]", name), "EINVAL");
        ck_assert_str_eq(fixture_call_error(a, "namespace.open",
                                            "{'name':'m','create':true,'value':{'%s':1}}", name),
                         "EINVAL");
        fixture_deinit(&f);
}
END_TEST

/* If the account is full, a change fails as a whole and the old contents stay. */
START_TEST(test_quota) {
        Limits limits = limits_default;
        Fixture f;

        limits.bytes_per_uid = 2000;
        fixture_init(&f, &limits);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(a, "value.open", "{'name':'v','create':true,'value':'old'}"));
        json_object_put(fixture_call(a, "namespace.open", "{'name':'n','create':true}"));
        ck_assert_str_eq(fixture_call_error(a, "value.set", "['v','%02000d']", 0), "EDQUOT");
        ck_assert_str_eq(fixture_call_error(a, "value.exchange", "['v','%02000d']", 0), "EDQUOT");
        ck_assert_str_eq(fixture_call_error(a, "value.cas", "['v','old','%02000d']", 0), "EDQUOT");
        fixture_expect(a, "value.get", "['v']", "'old'");
        ck_assert_str_eq(fixture_call_error(a, "namespace.set", "['n','k','%02000d']", 0),
                         "EDQUOT");
        fixture_expect(a, "namespace.items", "['n']", "[]");
        fixture_expect(a, "array.open", "{'name':'r','create':true,'length':1000}", "!EDQUOT");
        fixture_expect(a, "object.stat", "['r']", "!ENOENT");
        fixture_expect(a, "object.delete", "['v']", "null");
        fixture_expect(a, "object.delete", "['n']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* The read bit allows no change, and the write bit allows no read. */
START_TEST(test_permission) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *owner = fixture_session(&f, 100, 1000, "owner");
        Session *other = fixture_session(&f, 200, 2000, "other");
        json_object_put(fixture_call(owner, "value.open",
                                     "{'name':'v','create':true,'value':1,'mode':'0604'}"));
        fixture_expect(other, "value.get", "['v']", "1");
        fixture_expect(other, "value.set", "['v',2]", "!EACCES");
        fixture_expect(other, "value.add", "['v',2]", "!EACCES");
        fixture_expect(other, "value.cas", "['v',1,2]", "!EACCES");
        fixture_expect(other, "value.exchange", "['v',2]", "!EACCES");
        fixture_expect(owner, "object.chmod", "['v','0602']", "null");
        fixture_expect(other, "value.get", "['v']", "!EACCES");
        fixture_expect(other, "value.set", "['v',3]", "null");
        fixture_expect(owner, "value.get", "['v']", "3");
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_stat_tells_the_type) {
        struct json_object *stat, *type, *length;
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(
                fixture_call(a, "value.open", "{'name':'v','create':true,'type':'string'}"));
        json_object_put(fixture_call(a, "array.open", "{'name':'r','create':true,'length':5}"));
        stat = fixture_call(a, "object.stat", "['v']");
        ck_assert(json_object_object_get_ex(stat, "value_type", &type));
        ck_assert_str_eq(json_object_get_string(type), "string");
        json_object_put(stat);
        stat = fixture_call(a, "object.stat", "['r']");
        ck_assert(json_object_object_get_ex(stat, "element_type", &type));
        ck_assert_str_eq(json_object_get_string(type), "int64");
        ck_assert(json_object_object_get_ex(stat, "length", &length));
        ck_assert_int_eq(json_object_get_int(length), 5);
        json_object_put(stat);
        fixture_deinit(&f);
}
END_TEST

/* An array may be too large for one reply; a slice of it is not. */
START_TEST(test_large_array_is_read_in_parts) {
        Limits limits = limits_default;
        Fixture f;

        limits.frame_members = 100;
        fixture_init(&f, &limits);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(a, "array.open", "{'name':'r','create':true,'length':100}"));
        fixture_expect(a, "array.slice", "['r']", "!EMSGSIZE");
        json_object_put(fixture_call(a, "array.slice", "['r',0,90]"));
        json_object_put(fixture_call(a, "array.slice", "['r',90]"));
        fixture_deinit(&f);
}
END_TEST

/* A value that refers to another object keeps this one alive as long as it is stored. */
START_TEST(test_reference) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(a, "value.open", "{'name':'v','create':true}"));
        json_object_put(fixture_call(
                a, "value.open", "{'name':'e','create':true,'lifetime':'ephemeral','value':7}"));
        fixture_expect(a, "value.set", "['v',{'$object':'nobody'}]", "!ENOENT");
        fixture_expect(a, "value.set", "['v',{'$object':'e'}]", "null");
        fixture_expect(a, "object.close", "['e']", "null");
        fixture_expect(a, "value.get", "['e']", "7");
        /* The session that takes the reference out may open the object with its next call. */
        fixture_expect(a, "value.exchange", "['v',null]", "{'$object':'e'}");
        fixture_expect(a, "value.get", "['e']", "7");
        fixture_expect(a, "value.get", "['e']", "!ENOENT");
        fixture_expect(a, "object.delete", "['v']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

enum { MODEL_LENGTH = 9, MODEL_STEPS = 4000 };

/* Counts the elements of a slice one by one, by the rule of Python's manual. */
static size_t model_slice(int64_t start, int64_t stop, int64_t step, size_t *ret) {
        size_t n = 0;

        for (int64_t i = start; step > 0 ? i < stop : i > stop; i += step)
                if (i >= 0 && i < MODEL_LENGTH)
                        ret[n++] = (size_t)i;
        return n;
}

static void model_text(const int64_t *model, char *text, size_t size) {
        size_t at = (size_t)snprintf(text, size, "[");

        for (size_t i = 0; i < MODEL_LENGTH; i++)
                at += (size_t)snprintf(text + at, size - at, "%s%lld", i ? "," : "",
                                       (long long)model[i]);
        snprintf(text + at, size - at, "]");
}

static void model_step(Random *random, Session *session, int64_t *model) {
        int64_t start = (int64_t)random_below(random, MODEL_LENGTH);
        int64_t stop = (int64_t)random_below(random, MODEL_LENGTH);
        int64_t step = (int64_t)random_below(random, 7) - 3;
        int64_t x = (int64_t)random_below(random, 1000);
        size_t at[MODEL_LENGTH];
        char values[256] = "";

        switch (random_below(random, 3)) {
        case 0:
                json_object_put(fixture_call(session, "array.set", "['r',%lld,%lld]",
                                             (long long)start, (long long)x));
                model[start] = x;
                break;
        case 1:
                json_object_put(fixture_call(session, "array.add", "['r',%lld,%lld]",
                                             (long long)start - MODEL_LENGTH, (long long)x));
                model[start] += x;
                break;
        default:
                if (step == 0)
                        return;
                size_t n = model_slice(start, stop, step, at), end = 0;
                for (size_t i = 0; i < n; i++) {
                        end += (size_t)snprintf(values + end, sizeof(values) - end, "%s%lld",
                                                i ? "," : "", (long long)x + (long long)i);
                        model[at[i]] = x + (int64_t)i;
                }
                json_object_put(fixture_call(session, "array.set_slice",
                                             "['r',%lld,%lld,%lld,[%s]]", (long long)start,
                                             (long long)stop, (long long)step, values));
        }
}

START_TEST(test_random_operations_against_a_model) {
        int64_t model[MODEL_LENGTH] = {0};
        Random random = {.state = 42};
        char text[512];
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(fixture_call(a, "array.open", "{'name':'r','create':true,'length':%d}",
                                     MODEL_LENGTH));
        for (int i = 0; i < MODEL_STEPS; i++) {
                model_step(&random, a, model);
                if (i % 50 == 0) {
                        model_text(model, text, sizeof(text));
                        fixture_expect(a, "array.slice", "['r']", text);
                }
        }
        model_text(model, text, sizeof(text));
        fixture_expect(a, "array.slice", "['r']", text);
        fixture_expect(a, "object.delete", "['r']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("value, namespace, array");
        TCase *c = tcase_create("value, namespace, array");

        tcase_set_timeout(c, 60);
        tcase_add_loop_test(c, test_value, 0, ELEMENTSOF(value_rows));
        tcase_add_loop_test(c, test_namespace, 0, ELEMENTSOF(namespace_rows));
        tcase_add_loop_test(c, test_array, 0, ELEMENTSOF(array_rows));
        tcase_add_loop_test(c, test_refusal_says_what_was_expected_and_given, 0,
                            ELEMENTSOF(refusals));
        tcase_add_test(c, test_namespace_name_bound);
        tcase_add_test(c, test_quota);
        tcase_add_test(c, test_permission);
        tcase_add_test(c, test_stat_tells_the_type);
        tcase_add_test(c, test_large_array_is_read_in_parts);
        tcase_add_test(c, test_reference);
        tcase_add_test(c, test_random_operations_against_a_model);
        suite_add_tcase(suite, c);
        return suite;
}
