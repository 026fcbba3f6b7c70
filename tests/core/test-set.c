/* The set: which values are equal, every method, and operations on two sets. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "random.h"
#include "tap-main.h"

static void open_set(Session *session, const char *name, const char *value) {
        json_object_put(fixture_call(session, "set.open", "{'name':'%s','create':true,'value':%s}",
                                     name, value));
}

/* One call on a set "s" beside a set "t" of [2,3,4], and the contents of s afterwards. */
static const struct {
        const char *value, *method, *params, *expected, *after;
} calls[] = {
        {"[1,2,1,2.0]", "length", "['s']", "2", "[1,2]"},
        {"[1]", "length", "['s',1]", "!EINVAL", "[1]"},
        {"[]", "add", "['s','x']", "true", "['x']"},
        {"['x']", "add", "{'value':'x','name':'s'}", "false", "['x']"},
        {"[1]", "add", "['s',1.0]", "false", "[1]"},
        {"[1]", "add", "['s',true]", "true", "[1,true]"},
        {"[1]", "add", "['s','1']", "true", "[1,'1']"},
        {"[0]", "add", "['s',-0.0]", "false", "[0]"},
        {"[0.5]", "add", "['s',5e-1]", "false", "[0.5]"},
        {"[9007199254740993]", "add", "['s',9007199254740992.0]", "true",
         "[9007199254740993,9007199254740992.0]"},
        {"[9223372036854775807]", "add", "['s',9223372036854775808.0]", "true",
         "[9223372036854775807,9.223372036854776e+18]"},
        {"[-9223372036854775808]", "add", "['s',-9223372036854775808.0]", "false",
         "[-9223372036854775808]"},
        {"[null]", "add", "['s',null]", "false", "[null]"},
        {"[[1,2]]", "add", "['s',[1.0,2]]", "false", "[[1,2]]"},
        {"[[1,2]]", "add", "['s',[2,1]]", "true", "[[1,2],[2,1]]"},
        {"[['1,2']]", "add", "['s',['1','2']]", "true", "[['1,2'],['1','2']]"},
        {"[[[],[]]]", "add", "['s',[[[]]]]", "true", "[[[],[]],[[[]]]]"},
        {"[{'a':1,'b':[2]}]", "add", "['s',{'b':[2.0],'a':1}]", "false", "[{'a':1,'b':[2]}]"},
        {"[{'a':1}]", "add", "['s',{'a':1,'b':null}]", "true", "[{'a':1},{'a':1,'b':null}]"},
        {"[{}]", "add", "['s',[]]", "true", "[{},[]]"},
        {"[]", "add", "['s']", "!EINVAL", "[]"},
        {"[]", "add", "['s',{'$object':'nobody'}]", "!ENOENT", "[]"},
        {"[]", "add", "['none',1]", "!ENOENT", "[]"},
        {"[1,2]", "discard", "['s',1]", "true", "[2]"},
        {"[1,2]", "discard", "{'name':'s','value':3}", "false", "[1,2]"},
        {"[1,2]", "discard", "['s']", "!EINVAL", "[1,2]"},
        {"[1,[2]]", "remove", "['s',[2.0]]", "null", "[1]"},
        {"[1,2]", "remove", "['s',3]", "!ENODATA", "[1,2]"},
        {"[1,2]", "remove", "['s']", "!EINVAL", "[1,2]"},
        {"['b','a']", "pop", "['s']", "'b'", "['a']"},
        {"[null]", "pop", "{'name':'s'}", "null", "[]"},
        {"[]", "pop", "['s']", "!ENODATA", "[]"},
        {"[1]", "pop", "['s',1]", "!EINVAL", "[1]"},
        {"[1,{'a':2}]", "contains", "['s',{'a':2.0}]", "true", "[1,{'a':2}]"},
        {"[1]", "contains", "{'name':'s','value':2}", "false", "[1]"},
        {"[1]", "contains", "['s']", "!EINVAL", "[1]"},
        {"[1,2]", "union", "['s',[2,3,3]]", "[1,2,3]", "[1,2]"},
        {"[1,2]", "union", "{'name':'s','other':'t'}", "[1,2,3,4]", "[1,2]"},
        {"[1,2]", "union", "['s',null,'s']", "[1,2]", "[1,2]"},
        {"[1]", "union", "['s']", "!EINVAL", "[1]"},
        {"[1]", "union", "['s',[2],'t']", "!EINVAL", "[1]"},
        {"[1]", "union", "['s',null,'none']", "!ENOENT", "[1]"},
        {"[1]", "union", "['s',null,'l']", "!EPROTOTYPE", "[1]"},
        {"[1]", "union", "['s',2]", "!EINVAL", "[1]"},
        {"[1,2,3]", "intersection", "['s',[3.0,1,9]]", "[1,3]", "[1,2,3]"},
        {"[1,2]", "intersection", "['s',null,'t']", "[2]", "[1,2]"},
        {"[1,2]", "intersection", "['s',null,'s']", "[1,2]", "[1,2]"},
        {"[1,2,3]", "difference", "['s',[3,1]]", "[2]", "[1,2,3]"},
        {"[1,2]", "difference", "['s',null,'t']", "[1]", "[1,2]"},
        {"[1,2]", "difference", "['s',null,'s']", "[]", "[1,2]"},
        {"[1,2]", "symmetric_difference", "['s',[2,3,3]]", "[1,3]", "[1,2]"},
        {"[1,2]", "symmetric_difference", "['s',null,'t']", "[1,3,4]", "[1,2]"},
        {"[1,2]", "symmetric_difference", "['s',null,'s']", "[]", "[1,2]"},
        {"[1]", "update", "['s',[2,1,2]]", "null", "[1,2]"},
        {"[1,2]", "update", "['s',null,'t']", "null", "[1,2,3,4]"},
        {"[1,2]", "update", "['s',null,'s']", "null", "[1,2]"},
        {"[1]", "update", "['s',[2,{'$object':'nobody'}]]", "!ENOENT", "[1]"},
        {"[1]", "update", "['s']", "!EINVAL", "[1]"},
        {"[1,2,3]", "intersection_update", "['s',[3,2.0]]", "null", "[2,3]"},
        {"[1,2]", "intersection_update", "['s',null,'t']", "null", "[2]"},
        {"[1,2]", "intersection_update", "['s',null,'s']", "null", "[1,2]"},
        {"[1,2,3]", "difference_update", "['s',[3,2.0]]", "null", "[1]"},
        {"[1,2]", "difference_update", "['s',null,'t']", "null", "[1]"},
        {"[1,2]", "difference_update", "['s',null,'s']", "null", "[]"},
        {"[1,2,3]", "symmetric_difference_update", "['s',[3,4,4]]", "null", "[1,2,4]"},
        {"[1,2]", "symmetric_difference_update", "['s',null,'t']", "null", "[1,3,4]"},
        {"[1,2]", "symmetric_difference_update", "['s',null,'s']", "null", "[]"},
        {"[1,2]", "symmetric_difference_update", "['s',[2,{'$object':'nobody'}]]", "!ENOENT",
         "[1,2]"},
        {"[1,2]", "issubset", "['s',[2,3,1]]", "true", "[1,2]"},
        {"[1,2]", "issubset", "['s',null,'t']", "false", "[1,2]"},
        {"[]", "issubset", "['s',[]]", "true", "[]"},
        {"[1]", "issubset", "['s',null,'s']", "true", "[1]"},
        {"[1]", "issubset", "['s']", "!EINVAL", "[1]"},
        {"[1,2,3,4]", "issuperset", "['s',null,'t']", "true", "[1,2,3,4]"},
        {"[1,2]", "issuperset", "['s',[3]]", "false", "[1,2]"},
        {"[1]", "issuperset", "['s',null,'s']", "true", "[1]"},
        {"[1,5]", "isdisjoint", "['s',null,'t']", "true", "[1,5]"},
        {"[1,2]", "isdisjoint", "['s',[2.0]]", "false", "[1,2]"},
        {"[1]", "isdisjoint", "['s',null,'s']", "false", "[1]"},
        {"[]", "isdisjoint", "['s',null,'s']", "true", "[]"},
        {"[1,2]", "clear", "['s']", "null", "[]"},
        {"[]", "clear", "['s',1]", "!EINVAL", "[]"},
        {"[2,1]", "copy", "{'name':'s'}", "[2,1]", "[2,1]"},
        {"[1,2,3]", "scan", "['s',0,2]", "{'cursor':2,'items':[1,2]}", "[1,2,3]"},
        {"[1,2,3]", "scan", "['s',2,2]", "{'cursor':0,'items':[3]}", "[1,2,3]"},
        {"[1,2]", "scan", "['s']", "{'cursor':0,'items':[1,2]}", "[1,2]"},
        {"[]", "scan", "{'name':'s','count':5}", "{'cursor':0,'items':[]}", "[]"},
        {"[1]", "scan", "['s',77]", "{'cursor':0,'items':[]}", "[1]"},
        {"[1]", "scan", "['s',-1]", "!EINVAL", "[1]"},
        {"[1]", "scan", "['s',0,0]", "!EINVAL", "[1]"},
        {"[1]", "open", "{'name':'u','create':true,'value':{}}", "!EINVAL", "[1]"},
        {"[1]", "open", "{'name':'u','create':true,'value':[1,{'$object':'nobody'}]}", "!ENOENT",
         "[1]"},
};

START_TEST(test_call) {
        char method[64];
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        open_set(a, "s", calls[_i].value);
        open_set(a, "t", "[2,3,4]");
        json_object_put(fixture_call(a, "lock.open", "{'name':'l','create':true}"));
        snprintf(method, sizeof(method), "set.%s", calls[_i].method);
        fixture_expect(a, method, calls[_i].params, calls[_i].expected);
        fixture_expect(a, "set.copy", "['s']", calls[_i].after);
        fixture_expect(a, "set.copy", "['t']", "[2,3,4]");
        ck_assert_uint_eq(table_size(&f.core.objects), 3);
        fixture_expect(a, "object.delete", "['s']", "null");
        fixture_expect(a, "object.delete", "['t']", "null");
        fixture_expect(a, "object.delete", "['l']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_other_set_must_be_readable) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *owner = fixture_session(&f, 100, 1000, "owner");
        Session *other = fixture_session(&f, 200, 2000, "other");
        json_object_put(fixture_call(owner, "set.open",
                                     "{'name':'s','create':true,'mode':'0622','value':[1]}"));
        open_set(other, "mine", "[2]");
        fixture_expect(other, "set.union", "['mine',null,'s']", "!EACCES");
        fixture_expect(other, "set.update", "['mine',null,'s']", "!EACCES");
        fixture_expect(other, "set.copy", "['s']", "!EACCES");
        fixture_expect(other, "set.add", "['s',5]", "!EACCES");
        fixture_expect(other, "set.update", "['s',[5]]", "null");
        fixture_expect(owner, "object.chmod", "['s','0644']", "null");
        fixture_expect(other, "set.update", "['mine',null,'s']", "null");
        fixture_expect(other, "set.copy", "['mine']", "[2,1,5]");
        fixture_expect(other, "set.add", "['s',6]", "!EACCES");
        fixture_expect(other, "set.pop", "['s']", "!EACCES");
        fixture_expect(other, "set.difference_update", "['s',null,'mine']", "!EACCES");
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_quota_leaves_the_set_as_it_was) {
        Limits limits = limits_default;
        Fixture f;

        limits.bytes_per_uid = 5000;
        fixture_init(&f, &limits);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        open_set(a, "s", "[1,2]");
        ck_assert_str_eq(fixture_call_error(a, "set.update", "['s',[3,4,'%05000d']]", 0), "EDQUOT");
        ck_assert_str_eq(fixture_call_error(a, "set.symmetric_difference_update",
                                            "['s',[1,3,4,'%05000d']]", 0),
                         "EDQUOT");
        fixture_expect(a, "set.copy", "['s']", "[1,2]");
        ck_assert_str_eq(fixture_call_error(a, "set.open",
                                            "{'name':'t','create':true,'value':[1,'%05000d']}", 0),
                         "EDQUOT");
        fixture_expect(a, "object.delete", "['s']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_answers_keep_to_the_bounds_of_a_message) {
        Limits limits = limits_default;
        Fixture f;

        limits.frame_members = 100;
        fixture_init(&f, &limits);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        open_set(a, "s", "[]");
        for (int i = 0; i < 150; i++)
                json_object_put(fixture_call(a, "set.add", "['s',%d]", i));
        fixture_expect(a, "set.copy", "['s']", "!EMSGSIZE");
        fixture_expect(a, "set.union", "['s',[1]]", "!EMSGSIZE");
        fixture_expect(a, "set.intersection", "['s',[1]]", "[1]");
        struct json_object *scan = fixture_call(a, "set.scan", "['s',0,1000]"), *items, *cursor;
        ck_assert(json_object_object_get_ex(scan, "items", &items));
        ck_assert(json_object_object_get_ex(scan, "cursor", &cursor));
        ck_assert_uint_eq(json_object_array_length(items), 92);
        ck_assert_int_eq(json_object_get_int(cursor), 92);
        json_object_put(scan);
        fixture_deinit(&f);
}
END_TEST

/* A cursor stays valid whatever is added or removed: an element that exists throughout is returned
 * exactly once. */
START_TEST(test_scan_while_it_changes) {
        bool seen[1000] = {false};
        int64_t cursor = 0;
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        open_set(a, "s", "[]");
        for (int i = 0; i < 1000; i++)
                json_object_put(fixture_call(a, "set.add", "['s',%d]", i));
        int turn = 0;
        do {
                struct json_object *items, *next;
                struct json_object *scan =
                        fixture_call(a, "set.scan", "['s',%lld,37]", (long long)cursor);
                ck_assert(json_object_object_get_ex(scan, "items", &items));
                ck_assert(json_object_object_get_ex(scan, "cursor", &next));
                for (size_t i = 0; i < json_object_array_length(items); i++) {
                        int x = json_object_get_int(json_object_array_get_idx(items, i));
                        ck_assert(!seen[x]);
                        seen[x] = true;
                }
                cursor = json_object_get_int64(next);
                json_object_put(scan);
                for (int i = 0; i < 20; i++)
                        json_object_put(fixture_call(a, "set.discard", "['s',%d]",
                                                     2 * ((turn * 20 + i) * 7 % 500)));
        } while (cursor != 0 && ++turn < 100);
        ck_assert_int_eq(cursor, 0);
        for (int i = 1; i < 1000; i += 2)
                ck_assert_msg(seen[i], "%d was not seen", i);
        fixture_deinit(&f);
}
END_TEST

START_TEST(test_element_that_refers_to_an_object_keeps_it) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        open_set(a, "s", "[]");
        json_object_put(fixture_call(a, "counter.open",
                                     "{'name':'e','create':true,'lifetime':'ephemeral'}"));
        fixture_expect(a, "set.add", "['s',[{'$object':'e'}]]", "true");
        fixture_expect(a, "set.add", "['s',[{'$object':'e'}]]", "false");
        fixture_expect(a, "object.close", "['e']", "null");
        fixture_expect(a, "counter.get", "['e']", "0");
        fixture_expect(a, "set.discard", "['s',[{'$object':'e'}]]", "true");
        fixture_expect(a, "counter.get", "['e']", "!ENOENT");
        fixture_expect(a, "object.delete", "['s']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* Deeply nested values, and objects whose many members come in another order. */
START_TEST(test_large_elements) {
        char forth[4096] = "{", back[4096] = "{", deep[256] = "";
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        open_set(a, "s", "[]");
        for (int i = 0; i < 200; i++) {
                sprintf(forth + strlen(forth), "%s'k%d':%d", i ? "," : "", i, i);
                sprintf(back + strlen(back), "%s'k%d':%d.0", i ? "," : "", 199 - i, 199 - i);
        }
        strcat(forth, "}");
        strcat(back, "}");
        json_object_put(fixture_call(a, "set.add", "['s',%s]", forth));
        struct json_object *is_new = fixture_call(a, "set.add", "['s',%s]", back);
        ck_assert(!json_object_get_boolean(is_new));
        json_object_put(is_new);
        for (int i = 0; i < 30; i++)
                strcat(deep, i % 2 ? "[" : "{'x':");
        strcat(deep, "0");
        for (int i = 30; i-- > 0;)
                strcat(deep, i % 2 ? "]" : "}");
        json_object_put(fixture_call(a, "set.add", "['s',%s]", deep));
        struct json_object *is_there = fixture_call(a, "set.contains", "['s',%s]", deep);
        ck_assert(json_object_get_boolean(is_there));
        json_object_put(is_there);
        fixture_deinit(&f);
}
END_TEST

/* Two sets of small integers, in the order of insertion, against the daemon's. */
enum { UNIVERSE = 12, STEPS = 4000 };

typedef struct Model {
        int elements[UNIVERSE];
        int n;
} Model;

static bool model_has(const Model *m, int x) {
        for (int i = 0; i < m->n; i++)
                if (m->elements[i] == x)
                        return true;
        return false;
}

static void model_add(Model *m, int x) {
        if (!model_has(m, x))
                m->elements[m->n++] = x;
}

static const char *model_text(const Model *m) {
        static char text[2][256];
        static int turn;
        char *at = text[turn++ % 2], *start = at;

        at += sprintf(at, "[");
        for (int i = 0; i < m->n; i++)
                at += sprintf(at, "%s%d", i ? "," : "", m->elements[i]);
        sprintf(at, "]");
        return start;
}

static const struct {
        const char *method;
        bool common, own, others;
} operations[] = {
        {"union", true, true, true},
        {"intersection", true, false, false},
        {"difference", false, true, false},
        {"symmetric_difference", false, true, true},
};

static Model model_combine(const Model *a, const Model *b, size_t operation) {
        Model result = {.n = 0};

        for (int i = 0; i < a->n; i++)
                if (model_has(b, a->elements[i]) ? operations[operation].common
                                                 : operations[operation].own)
                        model_add(&result, a->elements[i]);
        for (int i = 0; i < b->n; i++)
                if (!model_has(a, b->elements[i]) && operations[operation].others)
                        model_add(&result, b->elements[i]);
        return result;
}

static void check_relations(Session *session, const Model *a, const Model *b) {
        bool subset = true, superset = true, disjoint = true;

        for (int x = 0; x < UNIVERSE; x++) {
                subset = subset && (!model_has(a, x) || model_has(b, x));
                superset = superset && (!model_has(b, x) || model_has(a, x));
                disjoint = disjoint && !(model_has(a, x) && model_has(b, x));
        }
        fixture_expect(session, "set.issubset", "['s',null,'t']", subset ? "true" : "false");
        fixture_expect(session, "set.issuperset", "['s',null,'t']", superset ? "true" : "false");
        fixture_expect(session, "set.isdisjoint", "['s',null,'t']", disjoint ? "true" : "false");
}

static void random_step(Random *random, Session *session, Model *s, Model *t) {
        size_t operation = random_below(random, ELEMENTSOF(operations));
        int x = (int)random_below(random, UNIVERSE);
        char method[64], params[256];

        switch (random_below(random, 5)) {
        case 0:
                snprintf(params, sizeof(params), "['s',%d]", x);
                fixture_expect(session, "set.add", params, model_has(s, x) ? "false" : "true");
                model_add(s, x);
                break;
        case 1:
                snprintf(params, sizeof(params), "['t',%d]", x);
                fixture_expect(session, "set.add", params, model_has(t, x) ? "false" : "true");
                model_add(t, x);
                break;
        case 2:
                snprintf(params, sizeof(params), "['t',%d]", x);
                fixture_expect(session, "set.discard", params, model_has(t, x) ? "true" : "false");
                *t = model_combine(t, &(Model){.n = 1, .elements = {x}}, 2);
                break;
        case 3:
                snprintf(method, sizeof(method), "set.%s", operations[operation].method);
                Model result = model_combine(s, t, operation);
                fixture_expect(session, method, "['s',null,'t']", model_text(&result));
                snprintf(params, sizeof(params), "['s',%s]", model_text(t));
                fixture_expect(session, method, params, model_text(&result));
                break;
        default:
                snprintf(method, sizeof(method), "set.%s%supdate",
                         operation == 0 ? "" : operations[operation].method,
                         operation == 0 ? "" : "_");
                snprintf(params, sizeof(params), "['s',%s]", model_text(t));
                fixture_expect(session, method, x % 2 ? params : "['s',null,'t']", "null");
                *s = model_combine(s, t, operation);
        }
}

START_TEST(test_random_operations_against_a_model) {
        Model s = {.n = 0}, t = {.n = 0};
        Random random = {.state = 7};
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        open_set(a, "s", "[]");
        open_set(a, "t", "[]");
        for (int i = 0; i < random_rounds(STEPS); i++) {
                random_step(&random, a, &s, &t);
                if (i % 20 == 0) {
                        fixture_expect(a, "set.copy", "['s']", model_text(&s));
                        fixture_expect(a, "set.copy", "['t']", model_text(&t));
                        check_relations(a, &s, &t);
                }
        }
        fixture_expect(a, "object.delete", "['s']", "null");
        fixture_expect(a, "object.delete", "['t']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("set");
        TCase *c = tcase_create("set");

        tcase_set_timeout(c, 60);
        tcase_add_loop_test(c, test_call, 0, ELEMENTSOF(calls));
        tcase_add_test(c, test_other_set_must_be_readable);
        tcase_add_test(c, test_quota_leaves_the_set_as_it_was);
        tcase_add_test(c, test_answers_keep_to_the_bounds_of_a_message);
        tcase_add_test(c, test_scan_while_it_changes);
        tcase_add_test(c, test_element_that_refers_to_an_object_keeps_it);
        tcase_add_test(c, test_large_elements);
        tcase_add_test(c, test_random_operations_against_a_model);
        suite_add_tcase(suite, c);
        return suite;
}
