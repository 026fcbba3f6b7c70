/* server.scan_waits: each hold and each wait that exists throughout is returned once, each page is bounded, and
 * server.waits is refused before any work if it would take too much. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "core/scenario.h"
#include "json/json-util.h"
#include "random.h"
#include "tap-main.h"

enum {
        N_SESSIONS = 20,
        N_NAMES = 600,
        N_ROUNDS = 20,
        ID = 1000, /* of the first call that waits */
        N_WAITERS = 8000,
        N_COUNTERS = 64,
        PAGE_STEPS = 25000, /* of one page at most, with its message and its reply */
};

typedef struct World {
        Fixture f;
        Session *sessions[N_SESSIONS], *other, *root;
        /* Held locks and awaited events, by the number in their names: */
        bool is_there[2][N_NAMES], has_stayed[2][N_NAMES];
        unsigned n_seen[2][N_NAMES];
} World;

static World *world_new(void) {
        World *w = calloc(1, sizeof(*w));

        ck_assert_ptr_nonnull(w);
        fixture_init(&w->f, NULL);
        for (int i = 0; i < N_SESSIONS; i++) {
                w->sessions[i] = fixture_session(&w->f, 100 + i, 1000, "crowd");
                json_object_put(
                        fixture_call(w->sessions[i], "session.hello", "{'asynchronous':true}"));
        }
        w->other = fixture_session(&w->f, 2, 2000, "other");
        w->root = fixture_session(&w->f, 3, 0, "root");
        return w;
}

static void world_free(World *w) {
        fixture_deinit(&w->f);
        free(w);
}

static Session *session_of(World *w, int i) {
        return w->sessions[i % N_SESSIONS];
}

static void drain(World *w) {
        for (int i = 0; i < N_SESSIONS; i++)
                for (struct json_object *reply; (reply = fixture_receive(w->sessions[i]));)
                        json_object_put(reply);
}

static void toggle_hold(World *w, int i) {
        json_object_put(fixture_call(session_of(w, i),
                                     w->is_there[0][i] ? "lock.release" : "lock.acquire", "['l%d']",
                                     i));
        w->is_there[0][i] = !w->is_there[0][i];
        w->has_stayed[0][i] = false;
}

static void toggle_wait(World *w, int i) {
        char params[32];

        snprintf(params, sizeof(params), "[\"e%d\"]", i);
        if (w->is_there[1][i])
                fixture_send(session_of(w, i),
                             "{'jsonrpc':'2.0','method':'session.cancel','params':[%d]}", ID + i);
        else
                fixture_start(session_of(w, i), ID + i, "event.wait", params);
        drain(w);
        w->is_there[1][i] = !w->is_there[1][i];
        w->has_stayed[1][i] = false;
}

static void churn(World *w, Random *random, int n) {
        for (; n > 0; n--) {
                int i = (int)random_below(random, N_NAMES);
                if (random_below(random, 2) == 0)
                        toggle_hold(w, i);
                else
                        toggle_wait(w, i);
        }
}

typedef struct Scan {
        char cursor[128]; /* as JSON: null, or a quoted text */
        bool has_ended;
        int n_pages, n_rows, n_edges;
        uint64_t n_most; /* steps of a page */
} Scan;

static void note(World *w, int kind, const char *name) {
        if (w)
                w->n_seen[kind][atoi(name + 1)]++;
}

static void note_session(World *w, Scan *scan, struct json_object *session) {
        struct json_object *holds = json_object_object_get(session, "holds");
        struct json_object *waits = json_object_object_get(session, "waits");

        for (size_t i = 0; i < json_object_array_length(holds); i++)
                note(w, 0,
                     json_object_get_string(
                             json_object_object_get(json_object_array_get_idx(holds, i), "name")));
        for (size_t i = 0; i < json_object_array_length(waits); i++)
                note(w, 1,
                     json_object_get_string(json_object_array_get_idx(
                             json_object_object_get(json_object_array_get_idx(waits, i), "names"),
                             0)));
        scan->n_rows += (int)(json_object_array_length(holds) + json_object_array_length(waits));
}

static void scan_page(World *w, Session *session, Scan *scan, int count) {
        uint64_t before = session->core->n_steps;
        CLEANUP(json_putp)
        struct json_object *result = fixture_call(session, "server.scan_waits", "[%s,%d]",
                                                  scan->n_pages ? scan->cursor : "null", count);
        struct json_object *cursor = json_object_object_get(result, "cursor");
        struct json_object *sessions = json_object_object_get(result, "sessions");
        uint64_t n = session->core->n_steps - before;
        int n_before = scan->n_rows;

        scan->n_pages++;
        scan->has_ended = !cursor;
        snprintf(scan->cursor, sizeof(scan->cursor), "%s",
                 cursor ? json_object_to_json_string(cursor) : "null");
        scan->n_most = n > scan->n_most ? n : scan->n_most;
        for (size_t i = 0; i < json_object_array_length(sessions); i++)
                note_session(w, scan, json_object_array_get_idx(sessions, i));
        ck_assert_int_le(scan->n_rows - n_before, count);
        scan->n_edges += (int)json_object_array_length(json_object_object_get(result, "edges"));
}

static void scan_all(Session *session, Scan *scan, int count) {
        for (*scan = (Scan){0}; !scan->has_ended;)
                scan_page(NULL, session, scan, count);
}

START_TEST(test_random) {
        World *w = world_new();
        Random random = {.state = 3};

        for (int i = 0; i < N_NAMES; i++) {
                json_object_put(fixture_call(w->sessions[0], "lock.open",
                                             "{'name':'l%d','create':true}", i));
                json_object_put(fixture_call(w->sessions[0], "event.open",
                                             "{'name':'e%d','create':true}", i));
        }
        churn(w, &random, N_NAMES);
        for (int round = 0; round < random_rounds(N_ROUNDS); round++) {
                Scan scan = {0};
                memcpy(w->has_stayed, w->is_there, sizeof(w->is_there));
                memset(w->n_seen, 0, sizeof(w->n_seen));
                for (; !scan.has_ended; churn(w, &random, 30))
                        scan_page(w, w->root, &scan, 1 + (int)random_below(&random, 60));
                for (int kind = 0; kind < 2; kind++)
                        for (int i = 0; i < N_NAMES; i++) {
                                ck_assert_uint_le(w->n_seen[kind][i], 1);
                                if (w->has_stayed[kind][i])
                                        ck_assert_uint_eq(w->n_seen[kind][i], 1);
                        }
        }
        world_free(w);
}
END_TEST

/* Many sessions wait for 64 counters each. */
static void crowd_wait(World *w) {
        char params[4096];
        size_t at = (size_t)snprintf(params, sizeof(params), "[[");

        for (int i = 0; i < N_COUNTERS; i++) {
                json_object_put(fixture_call(w->sessions[0], "counter.open",
                                             "{'name':'c%d','create':true}", i));
                at += (size_t)snprintf(params + at, sizeof(params) - at,
                                       "%s{\"counter\":\"c%d\",\"op\":\">=\",\"value\":9}",
                                       i ? "," : "", i);
        }
        snprintf(params + at, sizeof(params) - at, "]]");
        /* Higher than the default: the costs of a page hold for any bound. */
        w->f.core.limits.waits_per_uid = N_WAITERS * (N_COUNTERS + 2);
        for (int i = 0; i < N_WAITERS; i++)
                fixture_start(session_of(w, i), i, "object.wait_any", params);
        ck_assert_uint_eq(w->f.core.n_waits, N_WAITERS);
}

/* Returns the text of the error with which a call fails. */
static const char *error_of(Session *session, const char *method, const char *params) {
        static char text[512];

        fixture_send(session, "{'jsonrpc':'2.0','id':1,'method':'%s','params':%s}", method, params);
        snprintf(text, sizeof(text), "%s", fixture_receive_text(session));
        return text;
}

START_TEST(test_places) {
        World *w = world_new();
        Scan scan;

        w->f.core.limits.call_work = 99999;
        crowd_wait(w);
        scan_all(w->root, &scan, 500);
        ck_assert_int_eq(scan.n_rows, N_WAITERS);
        ck_assert_uint_le(scan.n_most, PAGE_STEPS);
        scan_all(w->other, &scan, 500);
        ck_assert_int_eq(scan.n_rows, 0);
        ck_assert_uint_le(scan.n_most, PAGE_STEPS);

        uint64_t before = w->f.core.n_steps;
        const char *error = error_of(w->other, "server.waits", "[]");
        ck_assert_ptr_nonnull(strstr(error, "\"EDQUOT\""));
        ck_assert_ptr_nonnull(strstr(error, "use server.scan_waits"));
        error = error_of(w->root, "server.waits", "[]");
        ck_assert_ptr_nonnull(strstr(error, "\"EMSGSIZE\""));
        ck_assert_ptr_nonnull(strstr(error, "use server.scan_waits"));
        ck_assert_uint_le(w->f.core.n_steps - before, 20);
        world_free(w);
}
END_TEST

/* A lock shared by many has many waiters, and each waiter has an edge to each holder. */
START_TEST(test_edges) {
        World *w = world_new();
        Session *more[600];
        Scan scan;

        json_object_put(fixture_call(w->sessions[0], "rwlock.open", "{'name':'r','create':true}"));
        for (int i = 0; i < 600; i++) {
                more[i] = fixture_session(&w->f, 1000 + i, 1000, "reader");
                json_object_put(fixture_call(more[i], "rwlock.acquire_read", "['r']"));
        }
        for (int i = 0; i < 400; i++)
                fixture_start(session_of(w, i), i, "rwlock.acquire_write", "[\"r\"]");
        scan_all(w->root, &scan, 500);
        ck_assert_int_eq(scan.n_rows, 1000);
        ck_assert_int_eq(scan.n_edges, 400 * 500);
        ck_assert_uint_le(scan.n_most, PAGE_STEPS);
        world_free(w);
}
END_TEST

static const Scenario scenarios[] = {
        {"scan_waits: nobody", "a: server.scan_waits -> "
                               "{'cursor':null,'sessions':[],'edges':[],'truncated':false}\n"
                               "a: server.scan_waits {'count':0} -> !EINVAL~\"param\":\"count\"\n"
                               "a: server.scan_waits ['o1-1-1'] -> !EINVAL~\"param\":\"cursor\"\n"
                               "a: object.scan ['w1-1-1'] -> !EINVAL~\"param\":\"cursor\"\n"},
        {"scan_waits: what server.waits tells",
         "a: lock.open {'name':'l','create':true} -> *\n"
         "a: lock.acquire ['l'] -> *\n"
         "b#5: lock.acquire ['l',1000]\n"
         "advance 7\n"
         "c: server.scan_waits -> {'cursor':null,'sessions':["
         "{'pid':100,'uid':1000,'comm':'alpha','session':1,'holds':[{'name':'l','type':'lock','n':"
         "1,"
         "'held_ms':7,'token':1}],'waits':[]},"
         "{'pid':200,'uid':1000,'comm':'beta','session':2,'holds':[],'waits':[{'method':"
         "'lock.acquire','names':['l'],'waiting_ms':7,'left_ms':993}]}],'edges':[{'from':2,'to':1,"
         "'name':'l','type':'lock','why':'holds'}],'truncated':false}\n"
         "x: server.scan_waits -> {'cursor':null,'sessions':[],'edges':[],'truncated':false}\n"
         "a: lock.release ['l'] -> null\n"
         "b#5 = *\n"
         "c: server.scan_waits -> ~'session':2,'holds':[{'name':'l'\n"
         "kill b\n"
         "c: server.scan_waits -> {'cursor':null,'sessions':[],'edges':[],'truncated':false}\n"},
        {"scan_waits: a condition gives its lock up while it waits",
         "a: lock.open {'name':'l','create':true} -> *\n"
         "a: condition.open {'name':'c','create':true,'lock':'l'} -> *\n"
         "a: lock.acquire ['l'] -> *\n"
         "a#5: condition.wait ['c']\n"
         "b: server.scan_waits -> ~'holds':[],'waits':[{'method':'condition.wait','names':['c']\n"
         "b: lock.acquire ['l'] -> *\n"
         "b: condition.notify_all ['c'] -> *\n"
         "b: lock.release ['l'] -> null\n"
         "a#5 = *\n"
         "b: server.scan_waits -> ~'session':1,'holds':[{'name':'l'\n"},
};

START_TEST(test_scenario) {
        scenario_run(&scenarios[_i]);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("scan-waits");
        TCase *c = tcase_create("scan-waits");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_random);
        tcase_add_test(c, test_places);
        tcase_add_test(c, test_edges);
        tcase_add_loop_test(c, test_scenario, 0, ELEMENTSOF(scenarios));
        suite_add_tcase(suite, c);
        return suite;
}
