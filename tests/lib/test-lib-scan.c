/* Scans of objects and waits through the library: page by page, each thing once, and the end of the
 * cursor. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "json/json-util.h"
#include "lib/daemon-fixture.h"
#include "tap-main.h"

enum { N_OBJECTS = 1200, N_LOCKS = 40, PAGE_MOST = 500 };

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

static void open_object(const char *type, const char *prefix, int i) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        char method[32], name[32];

        snprintf(method, sizeof(method), "%s.open", type);
        snprintf(name, sizeof(name), "%s/%d", prefix, i);
        json_object_object_add(params, "name", json_object_new_string(name));
        json_object_object_add(params, "create", json_object_new_boolean(true));
        ok(shmgr_call(m, method, params, NULL));
}

static void open_objects(const char *type, const char *prefix, int n) {
        for (int i = 0; i < n; i++)
                open_object(type, prefix, i);
}

static void acquire(const char *prefix, int i) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_array();
        char name[32];

        snprintf(name, sizeof(name), "%s/%d", prefix, i);
        json_object_array_add(params, json_object_new_string(name));
        ok(shmgr_call(m, "lock.acquire", params, NULL));
}

static const char *member(struct json_object *object, const char *key) {
        return json_object_get_string(json_object_object_get(object, key));
}

/* Returns the number in the name of an object with this prefix; other objects do not belong to the
 * test. */
static int number_of(struct json_object *object, const char *prefix) {
        const char *name = member(object, "name");
        size_t n = strlen(prefix);

        ck_assert_ptr_nonnull(name);
        ck_assert_msg(strncmp(name, prefix, n) == 0 && name[n] == '/', "%s", name);
        return atoi(name + n + 1);
}

START_TEST(objects_come_once_page_by_page) {
        unsigned n_seen[N_OBJECTS] = {0};
        size_t n_pages = 0, n_largest = 0;
        char *cursor = NULL;

        open_objects("counter", "n", N_OBJECTS);
        open_objects("event", "n/e", 3);
        open_objects("counter", "other", 3);
        do {
                CLEANUP(json_putp) struct json_object *page = NULL;
                ok(shmgr_scan_objects(m, &cursor, 100, "n/*", "counter", &page));
                size_t n = json_object_array_length(page);
                ck_assert_uint_le(n, 100);
                n_largest = n > n_largest ? n : n_largest;
                for (size_t i = 0; i < n; i++) {
                        struct json_object *object = json_object_array_get_idx(page, i);
                        ck_assert_str_eq(member(object, "type"), "counter");
                        n_seen[number_of(object, "n")]++;
                }
                n_pages++;
        } while (cursor);
        for (int i = 0; i < N_OBJECTS; i++)
                ck_assert_uint_eq(n_seen[i], 1);
        ck_assert_uint_ge(n_pages, N_OBJECTS / 100);
        ck_assert_uint_gt(n_largest, 0);
}
END_TEST

/* The daemon returns at most 500 objects a page, whatever count is asked for. */
START_TEST(a_page_is_bounded_and_a_list_is_not) {
        CLEANUP(json_putp) struct json_object *page = NULL, *all = NULL, *few = NULL;
        CLEANUP(freep) char *cursor = NULL;

        open_objects("counter", "n", N_OBJECTS);
        ok(shmgr_scan_objects(m, &cursor, 1000000, NULL, NULL, &page));
        ck_assert_ptr_nonnull(cursor);
        ck_assert_uint_le(json_object_array_length(page), PAGE_MOST);
        ok(shmgr_list_objects(m, NULL, &all));
        ck_assert_uint_eq(json_object_array_length(all), N_OBJECTS);
        ok(shmgr_list_objects(m, "n/11?", &few));
        ck_assert_uint_eq(json_object_array_length(few), 10);
}
END_TEST

START_TEST(a_refused_page_leaves_the_cursor_as_it_was) {
        CLEANUP(json_putp) struct json_object *page = NULL, *rest = NULL;
        CLEANUP(freep) char *cursor = NULL, *before = NULL;

        open_objects("counter", "n", 20);
        ok(shmgr_scan_objects(m, &cursor, 15, NULL, NULL, &page));
        ck_assert_ptr_nonnull(cursor);
        before = strdup(cursor);
        struct json_object *untouched = page;
        ck_assert_int_eq(shmgr_scan_objects(m, &cursor, 0, NULL, NULL, &untouched), -EINVAL);
        ck_assert_int_eq(shmgr_scan_waits(m, &cursor, 10, &untouched), -EINVAL);
        ck_assert_ptr_eq(untouched, page);
        ck_assert_str_eq(cursor, before);
        ok(shmgr_scan_objects(m, &cursor, 15, NULL, NULL, &rest));
        ck_assert_ptr_null(cursor);
        ck_assert_uint_eq(json_object_array_length(page) + json_object_array_length(rest), 20);
}
END_TEST

START_TEST(a_cursor_is_of_one_run_of_the_daemon) {
        CLEANUP(json_putp) struct json_object *page = NULL;
        CLEANUP(freep) char *cursor = NULL;

        open_objects("counter", "n", 20);
        ok(shmgr_scan_objects(m, &cursor, 5, NULL, NULL, &page));
        ck_assert_ptr_nonnull(cursor);
        daemon_kill(&fixture);
        daemon_restart(&fixture);
        struct json_object *untouched = page;
        int r;
        /* The first call may report the loss of the session. */
        for (int i = 0; i < 2; i++)
                r = shmgr_scan_objects(m, &cursor, 5, NULL, NULL, &untouched);
        ck_assert_int_eq(r, -EINVAL);
        ck_assert_ptr_nonnull(cursor);
}
END_TEST

/* Counts how often each lock of the test is among the holds of a page. */
static void count_holds(struct json_object *page, unsigned *n_seen) {
        struct json_object *sessions = json_object_object_get(page, "sessions");

        ck_assert(json_object_is_type(sessions, json_type_array));
        for (size_t i = 0; i < json_object_array_length(sessions); i++) {
                struct json_object *holds =
                        json_object_object_get(json_object_array_get_idx(sessions, i), "holds");
                for (size_t k = 0; k < json_object_array_length(holds); k++)
                        n_seen[number_of(json_object_array_get_idx(holds, k), "l")]++;
        }
}

START_TEST(holds_come_once_page_by_page) {
        unsigned n_seen[N_LOCKS] = {0};
        size_t n_pages = 0;
        char *cursor = NULL;

        open_objects("lock", "l", N_LOCKS);
        for (int i = 0; i < N_LOCKS; i++)
                acquire("l", i);
        do {
                CLEANUP(json_putp) struct json_object *page = NULL;
                ok(shmgr_scan_waits(m, &cursor, 7, &page));
                count_holds(page, n_seen);
                n_pages++;
        } while (cursor);
        for (int i = 0; i < N_LOCKS; i++)
                ck_assert_uint_eq(n_seen[i], 1);
        ck_assert_uint_ge(n_pages, N_LOCKS / 7);
}
END_TEST

START_TEST(an_empty_scan_ends_at_once) {
        CLEANUP(json_putp) struct json_object *objects = NULL, *waits = NULL, *all = NULL;
        char *cursor = NULL;

        ok(shmgr_scan_objects(m, &cursor, 10, "none*", NULL, &objects));
        ck_assert_ptr_null(cursor);
        ck_assert_uint_eq(json_object_array_length(objects), 0);
        ok(shmgr_scan_waits(m, &cursor, 10, &waits));
        ck_assert_ptr_null(cursor);
        ok(shmgr_list_objects(m, "none*", &all));
        ck_assert_uint_eq(json_object_array_length(all), 0);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-scan");
        TCase *tcase = tcase_create("lib-scan");
        tcase_set_timeout(tcase, 60);
        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, objects_come_once_page_by_page);
        tcase_add_test(tcase, a_page_is_bounded_and_a_list_is_not);
        tcase_add_test(tcase, a_refused_page_leaves_the_cursor_as_it_was);
        tcase_add_test(tcase, a_cursor_is_of_one_run_of_the_daemon);
        tcase_add_test(tcase, holds_come_once_page_by_page);
        tcase_add_test(tcase, an_empty_scan_ends_at_once);
        suite_add_tcase(suite, tcase);
        return suite;
}
