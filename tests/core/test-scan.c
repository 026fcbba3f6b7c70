/* object.scan: every object that exists throughout is returned once, each page is bounded, and object.list is
 * refused before any work if it would take too much. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "core/scenario.h"
#include "json/json-util.h"
#include "random.h"
#include "sanitized.h"
#include "tap-main.h"

enum {
        N_NAMES = 3000,
        N_ROUNDS = 40,
        N_MANY = 20000,
        PAGE_STEPS = 15000, /* of one page at most, with its message and its reply */
};

#define RUN INT64_C(0x11f71fb04cb)

typedef struct World {
        Fixture f;
        Session *owner, *other, *root;
        /* By the number in the object's name: */
        bool exists[N_NAMES];
        bool has_stayed[N_NAMES]; /* since the scan began */
        unsigned n_seen[N_NAMES];
} World;

static void world_init(World *w, const Limits *limits) {
        memset(w, 0, sizeof(*w));
        fixture_init(&w->f, limits);
        w->f.core.start_ns = RUN;
        w->owner = fixture_session(&w->f, 1, 1000, "owner");
        w->other = fixture_session(&w->f, 2, 2000, "other");
        w->root = fixture_session(&w->f, 3, 0, "root");
}

static void world_deinit(World *w) {
        fixture_deinit(&w->f);
}

static void world_open(World *w, int i) {
        json_object_put(fixture_call(w->owner, "counter.open", "{'name':'n/%d','create':true}", i));
        json_object_put(fixture_call(w->owner, "object.close", "['n/%d']", i));
        w->exists[i] = true;
}

static void world_delete(World *w, int i) {
        json_object_put(fixture_call(w->owner, "object.delete", "['n/%d']", i));
        w->exists[i] = w->has_stayed[i] = false;
}

static void world_fill(World *w, int n) {
        for (int i = 0; i < n; i++) {
                json_object_put(
                        fixture_call(w->owner, "counter.open", "{'name':'m/%d','create':true}", i));
                json_object_put(fixture_call(w->owner, "object.close", "['m/%d']", i));
        }
}

/* A scan in progress: the cursor of the next page, and counts of what it returned. */
typedef struct Scan {
        char cursor[128]; /* as JSON: null, or a quoted text */
        bool has_ended;
        int n_pages, n_objects;
        uint64_t n_most; /* steps of a page */
} Scan;

static void scan_init(Scan *scan) {
        *scan = (Scan){.cursor = "null"};
}

static struct json_object *scan_page(Session *session, Scan *scan, const char *more) {
        uint64_t before = session->core->n_steps;
        struct json_object *result =
                fixture_call(session, "object.scan", "{'cursor':%s%s}", scan->cursor, more);
        struct json_object *cursor = json_object_object_get(result, "cursor");
        struct json_object *objects = json_object_get(json_object_object_get(result, "objects"));
        uint64_t n = session->core->n_steps - before;

        ck_assert_int_eq(json_object_object_length(result), 2);
        scan->has_ended = !cursor;
        snprintf(scan->cursor, sizeof(scan->cursor), "%s",
                 cursor ? json_object_to_json_string(cursor) : "null");
        scan->n_pages++;
        scan->n_objects += (int)json_object_array_length(objects);
        scan->n_most = n > scan->n_most ? n : scan->n_most;
        json_object_put(result);
        return objects;
}

static void scan_all(Session *session, Scan *scan, const char *more) {
        for (scan_init(scan); !scan->has_ended;)
                json_object_put(scan_page(session, scan, more));
}

static void note_page(World *w, struct json_object *objects) {
        for (size_t i = 0; i < json_object_array_length(objects); i++) {
                struct json_object *object = json_object_array_get_idx(objects, i);
                const char *name = json_object_get_string(json_object_object_get(object, "name"));
                w->n_seen[atoi(name + 2)]++;
        }
}

/* Makes and deletes so many objects between two pages that the table grows, shrinks and is compacted. */
static void churn(World *w, Random *random) {
        bool grows = random_below(random, 2) == 0;
        int n = (int)random_below(random, 400);

        for (int k = 0; k < n; k++) {
                int i = (int)random_below(random, N_NAMES);
                if (w->exists[i] && !grows)
                        world_delete(w, i);
                else if (!w->exists[i] && grows)
                        world_open(w, i);
        }
}

START_TEST(test_random) {
        Random random = {.state = 5};
        World *w = calloc(1, sizeof(*w));

        world_init(w, NULL);
        for (int round = 0; round < random_rounds(N_ROUNDS); round++) {
                Scan scan;
                churn(w, &random);
                memcpy(w->has_stayed, w->exists, sizeof(w->exists));
                memset(w->n_seen, 0, sizeof(w->n_seen));
                for (scan_init(&scan); !scan.has_ended; churn(w, &random)) {
                        char more[32];
                        snprintf(more, sizeof(more), ",'count':%d",
                                 (int)random_below(&random, 300) + 1);
                        struct json_object *page = scan_page(w->owner, &scan, more);
                        note_page(w, page);
                        json_object_put(page);
                }
                for (int i = 0; i < N_NAMES; i++) {
                        if (w->has_stayed[i])
                                ck_assert_uint_eq(w->n_seen[i], 1);
                        else
                                ck_assert_uint_le(w->n_seen[i], 1);
                }
        }
        world_deinit(w);
        free(w);
}
END_TEST

/* The scan ends although objects are made faster than it returns them. */
START_TEST(test_ends) {
        World *w = calloc(1, sizeof(*w));
        Scan scan;

        world_init(w, NULL);
        for (int i = 0; i < 10; i++)
                world_open(w, i);
        for (scan_init(&scan); !scan.has_ended;) {
                json_object_put(scan_page(w->owner, &scan, ",'count':1"));
                world_open(w, 10 + 2 * scan.n_pages);
                world_open(w, 11 + 2 * scan.n_pages);
        }
        ck_assert_int_eq(scan.n_pages, 10);
        ck_assert_int_eq(scan.n_objects, 10);
        world_deinit(w);
        free(w);
}
END_TEST

static const struct {
        const char *more;
        int n_objects, n_pages; /* at least so many pages */
} pages[] = {
        {"", N_MANY, N_MANY / 100},
        {",'count':1000000", N_MANY, N_MANY / 500},
        {",'pattern':'nothing'", 0, 2},
        {",'pattern':'*7','count':500", N_MANY / 10, 4},
        {",'type':'lock'", 0, 2},
        {",'type':'counter','pattern':'m/1999?','count':500", 10, 2},
        /* Each name has the greatest length, and the pattern is compared with all of it. */
        {",'pattern':'*[a-f]*[a-f]*[a-f]*[a-f]*[a-f]*[a-f]*[a-f]*[a-f]*[a-f]*[a-f]*[a-f]*[a-f]*x'",
         0, 2},
};

START_TEST(test_pages) {
        Limits limits = limits_default;
        World *w = calloc(1, sizeof(*w));
        Scan scan;

        world_init(w, &limits);
        world_fill(w, N_MANY);
        scan_all(w->other, &scan, pages[_i].more);
        ck_assert_int_eq(scan.n_objects, pages[_i].n_objects);
        ck_assert_int_ge(scan.n_pages, pages[_i].n_pages);
        ck_assert_uint_le(scan.n_most, PAGE_STEPS);
        scan_all(w->root, &scan, pages[_i].more);
        ck_assert_int_eq(scan.n_objects, pages[_i].n_objects);
        ck_assert_uint_le(scan.n_most, PAGE_STEPS);
        world_deinit(w);
        free(w);
}
END_TEST

/* Names of the greatest length, and a pattern that must be compared with each whole name. */
START_TEST(test_hostile_pattern) {
        World *w = calloc(1, sizeof(*w));
        char name[256], pattern[256] = ",'pattern':'";
        Scan scan;

        world_init(w, NULL);
        memset(name, 'a', sizeof(name) - 1);
        name[255] = '\0';
        for (int i = 0; i < 2000; i++) {
                snprintf(name + 249, sizeof(name) - 249, "%06d", i);
                json_object_put(fixture_call(w->owner, "counter.open",
                                             "{'name':'%s','create':true}", name));
        }
        for (int i = 0; i < 100; i++)
                strcat(pattern, "*a");
        strcat(pattern, "x'");
        scan_all(w->other, &scan, pattern);
        ck_assert_int_eq(scan.n_objects, 0);
        ck_assert_int_ge(scan.n_pages, 2);
        ck_assert_uint_le(scan.n_most, PAGE_STEPS);
        world_deinit(w);
        free(w);
}
END_TEST

/* Returns the text of the error with which a call fails. */
static const char *error_of(Session *session, const char *method, const char *params) {
        static char text[512];

        fixture_send(session, "{'jsonrpc':'2.0','id':1,'method':'%s','params':%s}", method, params);
        snprintf(text, sizeof(text), "%s", fixture_receive_text(session));
        return text;
}

static const char *const too_large[] = {"{}", "{'pattern':'*'}", "{'type':'counter'}"};

/* Large listings are refused with a hint at object.scan: for users by the work, for root by the size of a message,
 * which the call predicts if it can. */
START_TEST(test_list_refused) {
        World *w = calloc(1, sizeof(*w));
        Limits limits = limits_default;

        limits.call_work = 99999;
        world_init(w, &limits);
        world_fill(w, N_MANY);
        uint64_t before = w->f.core.n_steps;
        const char *error = error_of(w->other, "object.list", too_large[_i]);
        ck_assert_ptr_nonnull(strstr(error, "\"EDQUOT\""));
        ck_assert_ptr_nonnull(strstr(error, "use object.scan"));
        ck_assert_uint_le(w->f.core.n_steps - before, 10);
        error = error_of(w->root, "object.list", too_large[_i]);
        ck_assert_ptr_nonnull(strstr(error, "\"EMSGSIZE\""));
        ck_assert_ptr_nonnull(strstr(error, "use object.scan"));
        if (_i == 0)
                ck_assert_uint_le(w->f.core.n_steps - before, 20);
        /* Root gets a list if it fits a message. */
        json_object_put(fixture_call(w->root, "object.list", "{'pattern':'m/1?'}"));
        world_deinit(w);
        free(w);
}
END_TEST

/* Listings count their work, and never more than was predicted. */
START_TEST(test_list_counts) {
        World *w = calloc(1, sizeof(*w));

        world_init(w, NULL);
        world_fill(w, 1000);
        uint64_t before = w->f.core.n_steps;
        json_object_put(fixture_call(w->root, "object.list", "{'type':'counter'}"));
        uint64_t n = w->f.core.n_steps - before;
        ck_assert_uint_ge(n, 1000 * 50);
        ck_assert_uint_le(n, 1000 * 75);
        world_deinit(w);
        free(w);
}
END_TEST

/* A small message holds few objects; the next page continues behind them. */
START_TEST(test_small_messages) {
        World *w = calloc(1, sizeof(*w));
        Limits limits = limits_default;
        Scan scan;

        limits.frame_bytes = 4096;
        world_init(w, &limits);
        world_fill(w, 200);
        scan_all(w->owner, &scan, ",'count':500");
        ck_assert_int_eq(scan.n_objects, 200);
        ck_assert_int_ge(scan.n_pages, 10);
        world_deinit(w);
        free(w);
}
END_TEST

/* Calls of a batch share its work; each returns one object at least, or is refused before it begins. */
START_TEST(test_batch) {
        World *w = calloc(1, sizeof(*w));
        Limits limits = limits_default;
        char line[4096];

        limits.call_work = 15000;
        world_init(w, &limits);
        world_fill(w, 2000);
        size_t at = (size_t)snprintf(line, sizeof(line), "[");
        for (int i = 0; i < 4; i++)
                at += (size_t)snprintf(
                        line + at, sizeof(line) - at,
                        "%s{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"object.scan\","
                        "\"params\":{\"count\":500}}",
                        i ? "," : "", i);
        at += (size_t)snprintf(line + at, sizeof(line) - at, "]");
        uint64_t before = w->f.core.n_steps;
        fixture_send_bytes(w->other, line, at);
        CLEANUP(json_putp) struct json_object *replies = fixture_receive(w->other);
        ck_assert_uint_le(w->f.core.n_steps - before, 15000 + 6000);
        ck_assert_int_eq(json_object_array_length(replies), 4);
        size_t n[4];
        for (int i = 0; i < 4; i++) {
                struct json_object *result = NULL;
                json_object_object_get_ex(json_object_array_get_idx(replies, (size_t)i), "result",
                                          &result);
                n[i] = result ? json_object_array_length(json_object_object_get(result, "objects"))
                              : 0;
        }
        ck_assert_uint_gt(n[0], 150);
        ck_assert_uint_gt(n[1], 30);
        ck_assert_uint_lt(n[1], 500);
        ck_assert_uint_eq(n[3], 0);
        world_deinit(w);
        free(w);
}
END_TEST

/* Texts that are no cursor of this scan, or of this run of the daemon. */
START_TEST(test_cursors) {
        static const char *const wrong[] = {
                "''",
                "'o'",
                "'0'",
                "'o1-2'",
                "'w11f71fb04cb-1-3'",
                "'o0-1-3'",
                "'o11f71fb04cb-4-3'",
                "'o11f71fb04cb-1-4'",
                "'o11f71fb04cb-01-3'",
                "'o11f71fb04cb-1-3 '",
                "'o11f71fb04cb--1-3'",
                "'O11f71fb04cb-1-3'",
                "'o11F71FB04CB-1-3'",
                "'o11f71fb04cb-fffffffffffffffff-fffffffffffffffff'",
                "5",
                "{}",
        };
        World *w = calloc(1, sizeof(*w));
        char params[128];

        world_init(w, NULL);
        world_fill(w, 3);
        fixture_expect(w->owner, "object.scan", "{'count':1,'cursor':'o11f71fb04cb-3-3'}",
                       "{'cursor':null,'objects':[]}");
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                snprintf(params, sizeof(params), "{'cursor':%s}", wrong[i]);
                const char *error = error_of(w->owner, "object.scan", params);
                if (!strstr(error, "\"EINVAL\"") || !strstr(error, "\"param\":\"cursor\""))
                        ck_abort_msg("%s: %s", wrong[i], error);
        }
        ck_assert_ptr_nonnull(
                strstr(error_of(w->owner, "object.scan", "{'cursor':'o5-1-3'}"), "was restarted"));
        world_deinit(w);
        free(w);
}
END_TEST

static const Scenario scenarios[] = {
        {"scan: pages, and what they tell whom",
         "a: list.open {'name':'l','create':true,'value':[1,2]} -> *\n"
         "a: counter.open {'name':'c','create':true,'mode':'0604'} -> *\n"
         "x: object.scan {'count':0} -> !EINVAL~\"param\":\"count\"\n"
         "x: object.scan {'pattern':'l'} -> "
         "{'cursor':null,'objects':[{'name':'l','type':'list','id':"
         "1,'uid':1000,'gid':1000,'mode':'0600','lifetime':'persistent','durable':'no','created_ms'"
         ":1700000000000,"
         "'readable':"
         "false}]}\n"
         "a: object.scan {'pattern':'l'} -> "
         "{'cursor':null,'objects':[{'name':'l','type':'list','id':"
         "1,'uid':1000,'gid':1000,'mode':'0600','lifetime':'persistent','durable':'no','created_ms'"
         ":1700000000000,"
         "'readable':"
         "true,'used_ms':1700000000000,'bytes':36,'length':2}]}\n"
         "x: object.scan {'type':'counter'} -> ~'readable':true\n"
         "x: object.scan [null,10,'x*','list'] -> {'cursor':null,'objects':[]}\n"},
};

START_TEST(test_scenario) {
        scenario_run(&scenarios[_i]);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("scan");
        TCase *c = tcase_create("scan");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_random);
        tcase_add_test(c, test_ends);
        tcase_add_loop_test(c, test_pages, 0, ELEMENTSOF(pages));
        tcase_add_test(c, test_hostile_pattern);
        tcase_add_loop_test(c, test_list_refused, 0, ELEMENTSOF(too_large));
        tcase_add_test(c, test_list_counts);
        tcase_add_test(c, test_small_messages);
        tcase_add_test(c, test_batch);
        tcase_add_test(c, test_cursors);
        tcase_add_loop_test(c, test_scenario, 0, ELEMENTSOF(scenarios));
        suite_add_tcase(suite, c);
        return suite;
}
