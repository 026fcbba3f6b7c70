/* Iterating over lists, dicts and sets: in chunks, and while other sessions change the object. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "json/json-util.h"
#include "lib/daemon-fixture.h"
#include "tap-main.h"

enum { N = 1000, CHUNK = 64 };

static Daemon fixture;
static shmgr_manager *m;

static void setup(void) {
        daemon_start(&fixture);
        m = fixture.manager;
}

static void teardown(void) {
        daemon_stop(&fixture);
}

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

/* Returns how often a method was called so far. */
static int64_t n_calls(const char *method) {
        CLEANUP(json_putp) struct json_object *stats = NULL;
        struct json_object *of_method = NULL;

        ok(shmgr_call(m, "server.stats", NULL, &stats));
        json_object_object_get_ex(json_object_object_get(stats, "methods"), method, &of_method);
        return json_object_get_int64(json_object_object_get(of_method, "calls"));
}

static shmgr_list *make_list(int n) {
        CLEANUP(json_putp) struct json_object *options = json_of("{}");
        struct json_object *array = json_object_new_array();
        shmgr_list *list;

        for (int i = 0; i < n; i++)
                json_object_array_add(array, json_object_new_int(i));
        json_object_object_add(options, "value", array);
        ok(shmgr_list_open(m, NULL, 0, options, &list));
        return list;
}

static void key_of(int i, char key[16]) {
        snprintf(key, 16, "key%d", i);
}

static shmgr_dict *make_dict(int n) {
        CLEANUP(json_putp) struct json_object *items = json_of("{}");
        shmgr_dict *dict;
        char key[16];

        for (int i = 0; i < n; i++) {
                key_of(i, key);
                json_object_object_add(items, key, json_object_new_int(i));
        }
        ok(shmgr_dict_open(m, NULL, 0, NULL, &dict));
        ok(shmgr_dict_update(dict, items));
        return dict;
}

static shmgr_set *make_set(int n) {
        CLEANUP(json_putp) struct json_object *array = json_of("[]");
        shmgr_set *set;

        for (int i = 0; i < n; i++)
                json_object_array_add(array, json_object_new_int(i));
        ok(shmgr_set_open(m, NULL, 0, NULL, &set));
        ok(shmgr_set_update(set, array));
        return set;
}

/* Counts how often each of the first n numbers is returned. */
static int meet(shmgr_iterator *it, int *met, int n) {
        struct json_object *value;
        const char *key;
        int r;

        while ((r = shmgr_iterator_next(it, &key, &value)) > 0) {
                int i = json_object_get_int(value);
                char wanted[16];
                key_of(i, wanted);
                if (key)
                        ck_assert_str_eq(key, wanted);
                if (i < n)
                        met[i]++;
        }
        return r;
}

static void expect_each_once(const int *met, int n) {
        for (int i = 0; i < n; i++)
                ck_assert_msg(met[i] == 1, "%d was met %d times", i, met[i]);
}

static const int64_t chunks[] = {1, CHUNK, N - 1, N, N + 1, INT64_MAX, SHMGR_SNAPSHOT};

static int64_t calls_for(int64_t chunk) {
        if (chunk == SHMGR_SNAPSHOT || chunk > N)
                return 1;
        /* The iterator cannot know that a full chunk is the last one. */
        return N / chunk + 1;
}

START_TEST(test_list_in_chunks) {
        shmgr_list *list = make_list(N);
        int64_t chunk = chunks[_i];
        int met[N] = {0};
        shmgr_iterator *it;

        int64_t before = n_calls("list.slice") + n_calls("list.copy");
        ok(shmgr_list_iterate(list, chunk, &it));
        ok(meet(it, met, N));
        expect_each_once(met, N);
        ck_assert_int_eq(n_calls("list.slice") + n_calls("list.copy") - before, calls_for(chunk));
        ck_assert_int_eq(shmgr_iterator_next(it, NULL, NULL), 0);
        shmgr_iterator_unref(it);
        shmgr_list_unref(list);
}
END_TEST

START_TEST(test_dict_in_chunks) {
        shmgr_dict *dict = make_dict(N);
        int64_t chunk = chunks[_i];
        int met[N] = {0};
        shmgr_iterator *it;

        ok(shmgr_dict_iterate(dict, chunk, &it));
        ok(meet(it, met, N));
        expect_each_once(met, N);
        ck_assert_int_le(n_calls("dict.scan") + n_calls("dict.items"), calls_for(chunk));
        shmgr_iterator_unref(it);
        shmgr_dict_unref(dict);
}
END_TEST

START_TEST(test_set_in_chunks) {
        shmgr_set *set = make_set(N);
        int64_t chunk = chunks[_i];
        int met[N] = {0};
        shmgr_iterator *it;

        ok(shmgr_set_iterate(set, chunk, &it));
        ok(meet(it, met, N));
        expect_each_once(met, N);
        ck_assert_int_le(n_calls("set.scan") + n_calls("set.copy"), calls_for(chunk));
        shmgr_iterator_unref(it);
        shmgr_set_unref(set);
}
END_TEST

START_TEST(test_nothing_to_iterate_over) {
        shmgr_list *list = make_list(0);
        shmgr_dict *dict = make_dict(0);
        shmgr_set *set = make_set(0);
        shmgr_iterator *its[3];

        ok(shmgr_list_iterate(list, 0, &its[0]));
        ok(shmgr_dict_iterate(dict, 0, &its[1]));
        ok(shmgr_set_iterate(set, 0, &its[2]));
        shmgr_list_unref(list);
        shmgr_dict_unref(dict);
        shmgr_set_unref(set);
        for (size_t i = 0; i < ELEMENTSOF(its); i++) {
                ck_assert_int_eq(shmgr_iterator_next(its[i], NULL, NULL), 0);
                its[i] = shmgr_iterator_unref(its[i]);
                ck_assert_ptr_null(its[i]);
        }
        shmgr_iterator_unrefp(&its[0]);
}
END_TEST

START_TEST(test_chunk_that_is_none) {
        shmgr_list *list = make_list(1);
        shmgr_iterator *it;

        ck_assert_int_eq(shmgr_list_iterate(list, -2, &it), -EINVAL);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(m), "chunk"));
        shmgr_list_unref(list);
}
END_TEST

/* Keys are added and removed before and behind the iterator's place; a key that exists throughout is returned
 * once. */
START_TEST(test_dict_that_changes) {
        shmgr_dict *dict = make_dict(N);
        struct json_object *value;
        int met[N] = {0};
        shmgr_iterator *it;
        char key[16];

        ok(shmgr_dict_iterate(dict, 10, &it));
        for (int i = 0, r = 1; r > 0; i++) {
                r = shmgr_iterator_next(it, NULL, &value);
                ok(r);
                if (r > 0 && json_object_get_int(value) < N)
                        met[json_object_get_int(value)]++;
                if (i % 2 || i >= N / 2)
                        continue;
                key_of(i / 2 * 2, key); /* an even key: some were returned already, some not */
                ok(shmgr_dict_delete(dict, key));
                key_of(N + i, key);
                ok(shmgr_dict_set_int64(dict, key, N + i));
        }
        for (int i = 1; i < N; i += 2)
                ck_assert_int_eq(met[i], 1);
        shmgr_iterator_unref(it);
        shmgr_dict_unref(dict);
}
END_TEST

START_TEST(test_set_that_changes) {
        shmgr_set *set = make_set(N);
        struct json_object *value;
        int met[N] = {0};
        shmgr_iterator *it;

        ok(shmgr_set_iterate(set, 10, &it));
        for (int i = 0, r = 1; r > 0; i++) {
                r = shmgr_iterator_next(it, NULL, &value);
                ok(r);
                if (r > 0 && json_object_get_int(value) < N)
                        met[json_object_get_int(value)]++;
                if (i % 2 || i >= N / 2)
                        continue;
                ok(shmgr_set_discard_int64(set, i));
                ok(shmgr_set_discard_int64(set, N - 2 - i));
                ok(shmgr_set_add_int64(set, N + i));
        }
        for (int i = 1; i < N; i += 2)
                ck_assert_int_eq(met[i], 1);
        shmgr_iterator_unref(it);
        shmgr_set_unref(set);
}
END_TEST

/* As the header says: elements behind a removed one move up, so one is skipped in a chunk that is yet to come. */
START_TEST(test_list_that_changes) {
        shmgr_list *list = make_list(20);
        struct json_object *value, *seen = json_object_new_array();
        shmgr_iterator *it;
        int r;

        ok(shmgr_list_iterate(list, 10, &it));
        while ((r = shmgr_iterator_next(it, NULL, &value)) > 0) {
                json_object_array_add(seen, json_object_get(value));
                if (json_object_get_int(value) == 5)
                        ok(shmgr_list_delete(list, 0));
        }
        ok(r);
        expect_json(seen, "[0,1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19]");
        shmgr_iterator_unref(it);
        shmgr_list_unref(list);
}
END_TEST

START_TEST(test_snapshot_does_not_change) {
        shmgr_list *list = make_list(N);
        int met[N] = {0};
        shmgr_iterator *it;
        struct json_object *value;

        ok(shmgr_list_iterate(list, SHMGR_SNAPSHOT, &it));
        ck_assert_int_eq(shmgr_iterator_next(it, NULL, &value), 1);
        met[json_object_get_int(value)]++;
        ok(shmgr_list_clear(list));
        ok(meet(it, met, N));
        expect_each_once(met, N);
        shmgr_iterator_unref(it);
        shmgr_list_unref(list);
}
END_TEST

/* Elements of 1 MiB, of which a message holds fifteen: the iterator asks for smaller chunks by itself. */
START_TEST(test_elements_that_are_large) {
        enum { N_LARGE = 40, SIZE = 1 << 20 };
        char *text = malloc(SIZE + 1);
        struct json_object *value;
        shmgr_iterator *it;
        shmgr_list *list;
        int n = 0, r;

        memset(text, 'x', SIZE);
        text[SIZE] = '\0';
        ok(shmgr_list_open(m, NULL, 0, NULL, &list));
        for (int i = 0; i < N_LARGE; i++)
                ok(shmgr_list_append_string(list, text));
        ok(shmgr_list_iterate(list, 0, &it));
        while ((r = shmgr_iterator_next(it, NULL, &value)) > 0) {
                ck_assert_int_eq(json_object_get_string_len(value), SIZE);
                n++;
        }
        ok(r);
        ck_assert_int_eq(n, N_LARGE);
        /* 100, 50, 25, and then four times 12 elements. */
        ck_assert_int_eq(n_calls("list.slice"), 7);
        shmgr_iterator_unref(it);
        ok(shmgr_list_iterate(list, SHMGR_SNAPSHOT, &it));
        ck_assert_int_eq(shmgr_iterator_next(it, NULL, NULL), -EMSGSIZE);
        shmgr_iterator_unref(it);
        shmgr_list_unref(list);
        free(text);
}
END_TEST

/* A null is an element, not the end. */
START_TEST(test_null_is_an_element) {
        struct json_object *value = json_of("[]");
        shmgr_iterator *it;
        shmgr_list *list;

        ok(shmgr_list_open(m, NULL, 0, NULL, &list));
        ok(shmgr_list_append(list, NULL));
        ok(shmgr_list_iterate(list, 0, &it));
        json_object_put(value);
        ck_assert_int_eq(shmgr_iterator_next(it, NULL, &value), 1);
        ck_assert_ptr_null(value);
        ck_assert_int_eq(shmgr_iterator_next(it, NULL, &value), 0);
        shmgr_iterator_unref(it);
        shmgr_list_unref(list);
}
END_TEST

START_TEST(test_object_that_is_deleted_meanwhile) {
        CLEANUP(shmgr_iterator_unrefp) shmgr_iterator *it = NULL;
        shmgr_list *list = make_list(N);

        ok(shmgr_list_iterate(list, CHUNK, &it));
        for (int i = 0; i < CHUNK; i++)
                ck_assert_int_eq(shmgr_iterator_next(it, NULL, NULL), 1);
        ok(shmgr_delete(m, shmgr_list_name(list)));
        ck_assert_int_eq(shmgr_iterator_next(it, NULL, NULL), -ENOENT);
        shmgr_list_unref(list);
}
END_TEST

/* An iterator that is dropped before its end leaves nothing in the daemon. */
START_TEST(test_abandoned_iterators) {
        CLEANUP(json_putp) struct json_object *before = NULL, *after = NULL;
        shmgr_dict *dict = make_dict(N);
        shmgr_iterator *it;

        ok(shmgr_call(m, "server.stats", NULL, &before));
        for (int i = 0; i < 500; i++) {
                ok(shmgr_dict_iterate(dict, 1, &it));
                ck_assert_int_eq(shmgr_iterator_next(it, NULL, NULL), 1);
                shmgr_iterator_unref(it);
        }
        ok(shmgr_call(m, "server.stats", NULL, &after));
        static const char *const keys[] = {"sessions", "objects", "waits", "bytes"};
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                ck_assert_int_eq(json_object_get_int64(json_object_object_get(after, keys[i])),
                                 json_object_get_int64(json_object_object_get(before, keys[i])));
        shmgr_dict_unref(dict);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-iterate");
        TCase *c = tcase_create("lib-iterate");

        tcase_set_timeout(c, 120);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_loop_test(c, test_list_in_chunks, 0, ELEMENTSOF(chunks));
        tcase_add_loop_test(c, test_dict_in_chunks, 0, ELEMENTSOF(chunks));
        tcase_add_loop_test(c, test_set_in_chunks, 0, ELEMENTSOF(chunks));
        tcase_add_test(c, test_nothing_to_iterate_over);
        tcase_add_test(c, test_chunk_that_is_none);
        tcase_add_test(c, test_dict_that_changes);
        tcase_add_test(c, test_set_that_changes);
        tcase_add_test(c, test_list_that_changes);
        tcase_add_test(c, test_snapshot_does_not_change);
        tcase_add_test(c, test_elements_that_are_large);
        tcase_add_test(c, test_null_is_an_element);
        tcase_add_test(c, test_abandoned_iterators);
        tcase_add_test(c, test_object_that_is_deleted_meanwhile);
        suite_add_tcase(suite, c);
        return suite;
}
