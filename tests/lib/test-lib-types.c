/* The proxies of set, namespace, value and array, against a real daemon. */
#include <errno.h>
#include <stdlib.h>

#include "base/macros.h"
#include "lib/daemon-fixture.h"
#include "tap-main.h"

START_TEST(test_set) {
        struct json_object *value, *values = json_of("[2,3]");
        shmgr_set *set, *other;
        int64_t n, cursor = 0;
        int is;
        Daemon daemon;

        daemon_start(&daemon);
        OPEN(set, &daemon, "{\"value\":[1]}", &set);
        ck_assert_int_eq(shmgr_set_open(daemon.manager, "p", SHMGR_CREATE, NULL, &other), 1);
        ck_assert_int_eq(shmgr_set_add_int64(set, 2), 1);
        ck_assert_int_eq(shmgr_set_add_double(set, 2.0), 0);
        ck_assert_int_eq(shmgr_set_add_string(set, "x"), 1);
        ck_assert_int_eq(shmgr_set_add(set, NULL), 1);
        ck_assert_int_eq(shmgr_set_contains(set, NULL, &is), 0);
        ck_assert_int_eq(is, 1);
        ck_assert_int_eq(shmgr_set_contains_int64(set, 5, &is), 0);
        ck_assert_int_eq(is, 0);
        ck_assert_int_eq(shmgr_set_contains_double(set, 1.0, &is), 0);
        ck_assert_int_eq(is, 1);
        ck_assert_int_eq(shmgr_set_contains_string(set, "x", &is), 0);
        ck_assert_int_eq(is, 1);
        ck_assert_int_eq(shmgr_set_length(set, &n), 0);
        ck_assert_int_eq(n, 4);
        ck_assert_int_eq(shmgr_set_scan(set, &cursor, 3, &value), 0);
        expect_json(value, "[1,2,\"x\"]");
        ck_assert_int_ne(cursor, 0);
        ck_assert_int_eq(shmgr_set_scan(set, &cursor, 3, &value), 0);
        expect_json(value, "[null]");
        ck_assert_int_eq(cursor, 0);
        ck_assert_int_eq(shmgr_set_discard(set, NULL), 1);
        ck_assert_int_eq(shmgr_set_discard_string(set, "x"), 1);
        ck_assert_int_eq(shmgr_set_discard_int64(set, 9), 0);
        ck_assert_int_eq(shmgr_set_discard_double(set, 9.5), 0);
        ck_assert_int_eq(shmgr_set_remove(set, values), -ENODATA);
        ck_assert_int_eq(shmgr_set_update(other, values), 0);
        ck_assert_int_eq(shmgr_set_add(other, values), 1);
        ck_assert_int_eq(shmgr_set_remove(other, values), 0);
        ck_assert_int_eq(shmgr_set_copy(other, &value), 0);
        expect_json(value, "[2,3]");
        ck_assert_int_eq(shmgr_set_pop(set, &value), 0);
        expect_json(value, "1");
        ck_assert_int_eq(shmgr_set_clear(set), 0);
        ck_assert_int_eq(shmgr_set_pop(set, &value), -ENODATA);
        json_object_put(values);
        shmgr_set_unref(set);
        shmgr_set_unref(other);
        daemon_stop(&daemon);
}
END_TEST

/* An operation on [1,2] and [2,3], in its two forms. */
typedef struct Combination {
        int (*with_values)(shmgr_set *, struct json_object *, struct json_object **);
        int (*with_set)(shmgr_set *, shmgr_set *, struct json_object **);
        int (*update_values)(shmgr_set *, struct json_object *);
        int (*update_set)(shmgr_set *, shmgr_set *);
        const char *result;
} Combination;

static const Combination combinations[] = {
        {shmgr_set_union, shmgr_set_union_with, shmgr_set_update, shmgr_set_update_with, "[1,2,3]"},
        {shmgr_set_intersection, shmgr_set_intersection_with, shmgr_set_intersection_update,
         shmgr_set_intersection_update_with, "[2]"},
        {shmgr_set_difference, shmgr_set_difference_with, shmgr_set_difference_update,
         shmgr_set_difference_update_with, "[1]"},
        {shmgr_set_symmetric_difference, shmgr_set_symmetric_difference_with,
         shmgr_set_symmetric_difference_update, shmgr_set_symmetric_difference_update_with,
         "[1,3]"},
};

static void reset(shmgr_set *set) {
        struct json_object *values = json_of("[1,2]");

        ck_assert_int_eq(shmgr_set_clear(set), 0);
        ck_assert_int_eq(shmgr_set_update(set, values), 0);
        json_object_put(values);
}

static void expect_relation(shmgr_set *set, struct json_object *values, shmgr_set *other,
                            int (*with_values)(shmgr_set *, struct json_object *, int *),
                            int (*with_set)(shmgr_set *, shmgr_set *, int *), int with_itself) {
        int is;

        ck_assert_int_eq(with_values(set, values, &is), 0);
        ck_assert_int_eq(is, 0);
        ck_assert_int_eq(with_set(set, other, &is), 0);
        ck_assert_int_eq(is, 0);
        ck_assert_int_eq(with_set(set, set, &is), 0);
        ck_assert_int_eq(is, with_itself);
}

START_TEST(test_sets_with_each_other) {
        struct json_object *value, *values = json_of("[2,3]"),
                                   *options = json_of("{\"value\":[2,3]}");
        shmgr_set *set, *other;
        Daemon daemon;

        daemon_start(&daemon);
        OPEN(set, &daemon, "{\"value\":[1,2]}", &set);
        ck_assert_int_eq(shmgr_set_open(daemon.manager, "p", SHMGR_CREATE, options, &other), 1);
        expect_relation(set, values, other, shmgr_set_issubset, shmgr_set_issubset_with, 1);
        expect_relation(set, values, other, shmgr_set_issuperset, shmgr_set_issuperset_with, 1);
        expect_relation(set, values, other, shmgr_set_isdisjoint, shmgr_set_isdisjoint_with, 0);
        for (size_t i = 0; i < ELEMENTSOF(combinations); i++) {
                const Combination *c = &combinations[i];
                ck_assert_int_eq(c->with_values(set, values, &value), 0);
                expect_json(value, c->result);
                ck_assert_int_eq(c->with_set(set, other, &value), 0);
                expect_json(value, c->result);
                ck_assert_int_eq(c->update_values(set, values), 0);
                ck_assert_int_eq(shmgr_set_copy(set, &value), 0);
                expect_json(value, c->result);
                reset(set);
                ck_assert_int_eq(c->update_set(set, other), 0);
                ck_assert_int_eq(shmgr_set_copy(set, &value), 0);
                expect_json(value, c->result);
                reset(set);
        }
        json_object_put(values);
        json_object_put(options);
        shmgr_set_unref(set);
        shmgr_set_unref(other);
        daemon_stop(&daemon);
}
END_TEST

START_TEST(test_namespace) {
        struct json_object *value;
        shmgr_namespace *ns;
        int64_t n;
        double d;
        char *s;
        int is;
        Daemon daemon;

        daemon_start(&daemon);
        OPEN(namespace, &daemon, "{\"value\":{\"a\":[1]}}", &ns);
        ck_assert_int_eq(shmgr_namespace_set_int64(ns, "i", 5), 0);
        ck_assert_int_eq(shmgr_namespace_set_double(ns, "d", 1.5), 0);
        ck_assert_int_eq(shmgr_namespace_set_bool(ns, "b", 1), 0);
        ck_assert_int_eq(shmgr_namespace_set_string(ns, "s", "text"), 0);
        ck_assert_int_eq(shmgr_namespace_set(ns, "nothing", NULL), 0);
        ck_assert_int_eq(shmgr_namespace_get_int64(ns, "i", &n), 0);
        ck_assert_int_eq(n, 5);
        ck_assert_int_eq(shmgr_namespace_get_double(ns, "d", &d), 0);
        ck_assert(d == 1.5);
        ck_assert_int_eq(shmgr_namespace_get_bool(ns, "b", &is), 0);
        ck_assert_int_eq(is, 1);
        ck_assert_int_eq(shmgr_namespace_get_string(ns, "s", &s), 0);
        ck_assert_str_eq(s, "text");
        free(s);
        ck_assert_int_eq(shmgr_namespace_get_int64(ns, "s", &n), -EINVAL);
        ck_assert_int_eq(shmgr_namespace_get(ns, "a", &value), 0);
        expect_json(value, "[1]");
        ck_assert_int_eq(shmgr_namespace_get(ns, "absent", &value), -ENODATA);
        ck_assert_int_eq(shmgr_namespace_set_int64(ns, "no name", 1), -EINVAL);
        ck_assert_int_eq(shmgr_namespace_set_int64(ns, NULL, 1), -EINVAL);
        ck_assert_int_eq(shmgr_namespace_contains(ns, "i", &is), 0);
        ck_assert_int_eq(is, 1);
        ck_assert_int_eq(shmgr_namespace_add(ns, "i", 2, &n), 0);
        ck_assert_int_eq(n, 7);
        ck_assert_int_eq(shmgr_namespace_add(ns, "hits", 1, &n), -ENODATA);
        ck_assert_int_eq(shmgr_namespace_add_default(ns, "hits", 1, 0, &n), 0);
        ck_assert_int_eq(shmgr_namespace_add_default(ns, "hits", 1, 0, &n), 0);
        ck_assert_int_eq(n, 2);
        ck_assert_int_eq(shmgr_namespace_add_double(ns, "hits", 0.5, &d), 0);
        ck_assert(d == 2.5);
        ck_assert_int_eq(shmgr_namespace_add(ns, "hits", 1, NULL), -EINVAL);
        ck_assert_int_eq(shmgr_namespace_add_default_double(ns, "mean", 0.5, 1, NULL), 0);
        ck_assert_int_eq(shmgr_namespace_get_double(ns, "mean", &d), 0);
        ck_assert(d == 1.5);
        ck_assert_int_eq(shmgr_namespace_delete(ns, "hits"), 0);
        ck_assert_int_eq(shmgr_namespace_delete(ns, "mean"), 0);
        ck_assert_int_eq(shmgr_namespace_delete(ns, "i"), 0);
        ck_assert_int_eq(shmgr_namespace_delete(ns, "i"), -ENODATA);
        ck_assert_int_eq(shmgr_namespace_items(ns, &value), 0);
        expect_json(value,
                    "[[\"a\",[1]],[\"d\",1.5],[\"b\",true],[\"s\",\"text\"],[\"nothing\",null]]");
        shmgr_namespace_unref(ns);
        daemon_stop(&daemon);
}
END_TEST

START_TEST(test_value) {
        struct json_object *value, *list = json_of("[1]");
        shmgr_value *v, *number;
        int64_t n;
        double d;
        char *s;
        int is;
        Daemon daemon;

        daemon_start(&daemon);
        OPEN(value, &daemon, "{}", &v);
        ck_assert_int_eq(shmgr_value_get(v, &value), 0);
        ck_assert_ptr_null(value);
        ck_assert_int_eq(shmgr_value_add(v, 1, &n), -EINVAL);
        ck_assert_int_eq(shmgr_value_add_default(v, 1, 9, &n), 0);
        ck_assert_int_eq(n, 10);
        ck_assert_int_eq(shmgr_value_add_default(v, 1, 9, &n), 0);
        ck_assert_int_eq(n, 11);
        ck_assert_int_eq(shmgr_value_set(v, NULL), 0);
        ck_assert_int_eq(shmgr_value_add_default_double(v, 1, 0.5, &d), 0);
        ck_assert(d == 1.5);
        ck_assert_int_eq(shmgr_value_set_int64(v, 41), 0);
        ck_assert_int_eq(shmgr_value_add(v, 1, &n), 0);
        ck_assert_int_eq(n, 42);
        ck_assert_int_eq(shmgr_value_get_int64(v, &n), 0);
        ck_assert_int_eq(n, 42);
        ck_assert_int_eq(shmgr_value_cas_int64(v, 41, 0), 0);
        ck_assert_int_eq(shmgr_value_cas_int64(v, 42, 0), 1);
        ck_assert_int_eq(shmgr_value_set_double(v, 0.5), 0);
        ck_assert_int_eq(shmgr_value_add_double(v, 0.25, &d), 0);
        ck_assert(d == 0.75);
        ck_assert_int_eq(shmgr_value_get_double(v, &d), 0);
        ck_assert(d == 0.75);
        ck_assert_int_eq(shmgr_value_set_bool(v, 1), 0);
        ck_assert_int_eq(shmgr_value_get_bool(v, &is), 0);
        ck_assert_int_eq(is, 1);
        ck_assert_int_eq(shmgr_value_set_string(v, "text"), 0);
        ck_assert_int_eq(shmgr_value_get_string(v, &s), 0);
        ck_assert_str_eq(s, "text");
        free(s);
        ck_assert_int_eq(shmgr_value_add(v, 1, NULL), -EINVAL);
        ck_assert_int_eq(shmgr_value_exchange(v, list, &value), 0);
        expect_json(value, "\"text\"");
        ck_assert_int_eq(shmgr_value_cas(v, list, NULL), 1);
        ck_assert_int_eq(shmgr_value_set(v, list), 0);
        json_object_put(list);
        value = json_of("{\"type\":\"int64\"}");
        ck_assert_int_eq(shmgr_value_open(daemon.manager, "n", SHMGR_CREATE, value, &number), 1);
        json_object_put(value);
        ck_assert_int_eq(shmgr_value_set_string(number, "x"), -EINVAL);
        ck_assert_int_eq(shmgr_value_add_double(number, 0.5, NULL), -EINVAL);
        ck_assert_int_eq(shmgr_value_set_int64(number, INT64_MAX), 0);
        ck_assert_int_eq(shmgr_value_add(number, 1, NULL), -ERANGE);
        shmgr_value_unref(number);
        shmgr_value_unref(v);
        daemon_stop(&daemon);
}
END_TEST

START_TEST(test_array) {
        struct json_object *value, *values = json_of("[7,8]");
        shmgr_array *ints, *doubles;
        int64_t n;
        double d;
        int is;
        Daemon daemon;

        daemon_start(&daemon);
        OPEN(array, &daemon, "{\"value\":[0,1,2,3]}", &ints);
        ck_assert_int_eq(shmgr_array_length(ints, &n), 0);
        ck_assert_int_eq(n, 4);
        ck_assert_int_eq(shmgr_array_get_int64(ints, -1, &n), 0);
        ck_assert_int_eq(n, 3);
        ck_assert_int_eq(shmgr_array_get_int64(ints, 4, &n), -ERANGE);
        ck_assert_int_eq(shmgr_array_set_int64(ints, 0, 5), 0);
        ck_assert_int_eq(shmgr_array_set_bool(ints, 0, 1), -EINVAL);
        ck_assert_int_eq(shmgr_array_set_double(ints, 0, 0.5), -EINVAL);
        ck_assert_int_eq(shmgr_array_set(ints, 0, values), -EINVAL);
        ck_assert_int_eq(shmgr_array_get(ints, 0, &value), 0);
        expect_json(value, "5");
        ck_assert_int_eq(shmgr_array_add(ints, 0, -6, &n), 0);
        ck_assert_int_eq(n, -1);
        ck_assert_int_eq(shmgr_array_set_slice(ints, 1, 3, SHMGR_NONE, values), 0);
        ck_assert_int_eq(shmgr_array_set_slice(ints, 1, 2, SHMGR_NONE, values), -EINVAL);
        ck_assert_int_eq(shmgr_array_slice(ints, SHMGR_NONE, SHMGR_NONE, -1, &value), 0);
        expect_json(value, "[3,8,7,-1]");
        json_object_put(values);
        shmgr_array_unref(ints);
        value = json_of("{\"type\":\"double\",\"length\":2}");
        ck_assert_int_eq(shmgr_array_open(daemon.manager, "d", SHMGR_CREATE, value, &doubles), 1);
        json_object_put(value);
        ck_assert_int_eq(shmgr_array_set_double(doubles, 1, 0.5), 0);
        ck_assert_int_eq(shmgr_array_add_double(doubles, 1, 1.0, &d), 0);
        ck_assert(d == 1.5);
        ck_assert_int_eq(shmgr_array_get_double(doubles, 1, &d), 0);
        ck_assert(d == 1.5);
        ck_assert_int_eq(shmgr_array_get_bool(doubles, 1, &is), -EINVAL);
        shmgr_array_unref(doubles);
        daemon_stop(&daemon);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("proxies of containers");
        TCase *c = tcase_create("proxies of containers");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_set);
        tcase_add_test(c, test_sets_with_each_other);
        tcase_add_test(c, test_namespace);
        tcase_add_test(c, test_value);
        tcase_add_test(c, test_array);
        suite_add_tcase(suite, c);
        return suite;
}
