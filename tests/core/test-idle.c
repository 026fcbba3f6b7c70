/* When an object was last used, and the end of objects that were not used for their idle_ttl_ms: which calls count as a use,
 * what the timers cost, and what a snapshot and a start from the disk keep. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "change.h"
#include "core/core-fixture.h"
#include "core/reload.h"
#include "core/scenario.h"
#include "idle.h"
#include "object.h"
#include "stored.h"
#include "tap-main.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

/* ---- Uses */

/* Each script is played twice, the second time with a reload after each line. */
static const Scenario scenarios[] = {
        {"an object that nothing uses is deleted in time",
         "a: list.open {'name':'l','create':true,'idle_ttl_ms':100} -> *\n"
         "a: object.close ['l'] -> null\n"
         "advance 99\n"
         "b: object.stat ['l'] -> ~'idle_ttl_ms':100\n"
         "advance 1\n"
         "b: object.stat ['l'] -> !ENOENT\n"},
        {"a call is a use, and object.stat, object.list and a refused call are none",
         "a: list.open {'name':'l','create':true,'idle_ttl_ms':100} -> *\n"
         "a: object.close ['l'] -> null\n"
         "advance 90\n"
         "a: list.append ['l',1] -> null\n"
         "advance 90\n"
         "a: list.length ['l'] -> 1\n"
         "advance 90\n"
         "x: list.length ['l'] -> !EACCES\n"
         "x: list.open {'name':'l'} -> !EACCES\n"
         "x: object.chmod ['l','0666'] -> !EACCES\n"
         "a: object.stat ['l'] -> *\n"
         "a: object.list -> ~'idle_ttl_ms':100\n"
         "a: dict.length ['l'] -> !EPROTOTYPE\n"
         "advance 10\n"
         "a: list.length ['l'] -> !ENOENT\n"},
        {"an open object is in use",
         "a: list.open {'name':'l','create':true,'idle_ttl_ms':100} -> *\n"
         "b: list.open ['l'] -> *\n"
         "advance 1000\n"
         "a: object.close ['l'] -> null\n"
         "advance 1000\n"
         "kill b\n"
         "advance 99\n"
         "a: list.length ['l'] -> 0\n"
         "advance 99\n"
         "a: object.stat ['l'] -> *\n"
         "advance 1\n"
         "a: object.stat ['l'] -> !ENOENT\n"},
        {"a lock that is held is in use",
         "a: lock.open {'name':'l','create':true,'idle_ttl_ms':100} -> *\n"
         "a: object.close ['l'] -> null\n"
         "b: lock.acquire ['l'] -> *\n"
         "advance 1000\n"
         "b: lock.release ['l'] -> null\n"
         "advance 99\n"
         "a: object.stat ['l'] -> *\n"
         "advance 1\n"
         "a: object.stat ['l'] -> !ENOENT\n"},
        {"the reads of a session that observes are no uses, and all of its other calls are",
         "a: set.open {'name':'s','create':true,'idle_ttl_ms':100} -> *\n"
         "a: set.open {'name':'t','create':true,'idle_ttl_ms':1000} -> *\n"
         "a: object.close ['s'] -> null\n"
         "a: object.close ['t'] -> null\n"
         "b: session.hello {'observes':true} -> *\n"
         "advance 90\n"
         "b: set.length ['s'] -> 0\n"
         "b: set.union {'name':'t','other':'s'} -> []\n"
         "b: object.scan {'unused_ms':90} -> ~'name':'s'\n"
         "b: set.add ['s',1] -> true\n"
         "advance 90\n"
         "b: session.hello {'note':'still'} -> *\n"
         "b: set.length ['s'] -> 1\n"
         "a: object.scan {'unused_ms':90} -> ~'name':'s'\n"
         "b: session.hello {'observes':false} -> *\n"
         "b: set.length ['s'] -> 1\n"
         "advance 90\n"
         "b: session.hello {'observes':true} -> *\n"
         "b: set.length ['s'] -> 1\n"
         "advance 10\n"
         "b: set.length ['s'] -> !ENOENT\n"},
        {"a session that observes uses what it opens, and that for which it waits",
         "b: session.hello {'observes':true} -> *\n"
         "a: queue.open {'name':'q','create':true,'idle_ttl_ms':100} -> *\n"
         "a: object.close ['q'] -> null\n"
         "advance 90\n"
         "b#1: queue.get ['q',50]\n"
         "advance 50\n"
         "b#1 = !ETIMEDOUT\n"
         "advance 90\n"
         "b: queue.open ['q'] -> *\n"
         "b: object.close ['q'] -> null\n"
         "advance 99\n"
         "a: object.stat ['q'] -> *\n"
         "advance 1\n"
         "a: object.stat ['q'] -> !ENOENT\n"},
        {"an object for which a call waits is in use",
         "a: queue.open {'name':'q','create':true,'idle_ttl_ms':100} -> *\n"
         "a: object.close ['q'] -> null\n"
         "b#1: queue.get ['q']\n"
         "advance 1000\n"
         "b#2: object.wait_any [[{'queue':'q'}],500]\n"
         "cancel b 1\n"
         "b#1 = !ECANCELED\n"
         "advance 499\n"
         "a: object.stat ['q'] -> *\n"
         "advance 1\n"
         "b#2 = !ETIMEDOUT\n"
         "advance 99\n"
         "a: object.stat ['q'] -> *\n"
         "advance 1\n"
         "a: object.stat ['q'] -> !ENOENT\n"},
        {"a queue of which an item is reserved is in use",
         "a: queue.open {'name':'q','create':true,'idle_ttl_ms':100} -> *\n"
         "a: queue.put ['q',1] -> null\n"
         "a: object.close ['q'] -> null\n"
         "b: queue.reserve ['q'] -> *\n"
         "advance 1000\n"
         "kill b\n"
         "advance 99\n"
         "a: object.stat ['q'] -> ~'length':1\n"
         "advance 1\n"
         "a: object.stat ['q'] -> !ENOENT\n"},
        {"a pipe of which an end is open is in use",
         "a: pipe.open "
         "{'name':'p','create':true,'end':'reader','lifetime':'persistent','idle_ttl_ms':100} -> "
         "*\n"
         "advance 1000\n"
         "kill a\n"
         "advance 99\n"
         "b: object.stat ['p'] -> *\n"
         "advance 1\n"
         "b: object.stat ['p'] -> !ENOENT\n"},
        {"an object to which a value refers is in use",
         "a: list.open {'name':'inner','create':true,'idle_ttl_ms':100} -> *\n"
         "a: list.open {'name':'outer','create':true,'value':[{'$object':'inner'}]} -> *\n"
         "a: object.close ['inner'] -> null\n"
         "advance 1000\n"
         "b: object.stat ['inner'] -> *\n"
         "a: list.clear ['outer'] -> null\n"
         "advance 99\n"
         "b: object.stat ['inner'] -> *\n"
         "advance 1\n"
         "b: object.stat ['inner'] -> !ENOENT\n"},
        {"a barrier, an event and a condition for which calls wait are in use",
         "a: barrier.open {'name':'b','create':true,'parties':2,'idle_ttl_ms':100} -> *\n"
         "a: event.open {'name':'e','create':true,'idle_ttl_ms':100} -> *\n"
         "a: condition.open {'name':'c','create':true,'idle_ttl_ms':100} -> *\n"
         "a: object.close ['b'] -> null\n"
         "a: object.close ['e'] -> null\n"
         "a: object.close ['c'] -> null\n"
         "b#1: barrier.wait ['b']\n"
         "c#1: event.wait ['e']\n"
         "d: condition.acquire ['c'] -> *\n"
         "d#1: condition.wait ['c']\n"
         "advance 1000\n"
         "kill b\n"
         "kill c\n"
         "kill d\n"
         "advance 99\n"
         "a: object.list -> ~'name':'c'\n"
         "advance 1\n"
         "a: object.list -> []\n"},
        {"one that exists has the idle_ttl_ms that it was made with",
         "a: list.open {'name':'l','create':true,'idle_ttl_ms':100} -> *\n"
         "a: list.open {'name':'l','create':true,'idle_ttl_ms':200} -> !EINVAL~100\n"
         "a: list.open {'name':'l','create':true} -> *\n"
         "a: list.open {'name':'l','create':true,'idle_ttl_ms':200,'check':false} -> *\n"
         "a: object.stat ['l'] -> ~'idle_ttl_ms':100\n"
         "a: list.open {'name':'other','create':true} -> *\n"
         "a: list.open {'name':'other','idle_ttl_ms':200} -> !EINVAL~none\n"},
        {"only persistent objects have one",
         "a: list.open {'name':'l','create':true,'lifetime':'ephemeral','idle_ttl_ms':1} -> "
         "!EINVAL~ephemeral\n"
         "a: list.open {'create':true,'idle_ttl_ms':1} -> !EINVAL~ephemeral\n"
         "a: list.open {'name':'l','create':true,'idle_ttl_ms':0} -> !EINVAL\n"
         "a: list.open {'name':'l','create':true,'idle_ttl_ms':3153600000001} -> !EINVAL\n"},
        {"what is unused for so long is listed and deleted, and nothing else",
         "a: list.open {'name':'used','create':true,'mode':'0600'} -> *\n"
         "a: list.open {'name':'unused','create':true,'mode':'0600'} -> *\n"
         "a: list.open {'name':'open','create':true} -> *\n"
         "a: object.close ['used'] -> null\n"
         "a: object.close ['unused'] -> null\n"
         "a: object.delete ['open',0] -> !EBUSY~in use\n"
         "advance 60\n"
         "a: list.append ['used',1] -> null\n"
         "advance 40\n"
         "b: object.scan {'unused_ms':101} -> {'cursor':null,'objects':[]}\n"
         "b: object.delete ['unused',101] -> !EBUSY~100 ms ago\n"
         "b: object.scan {'unused_ms':41} -> ~[{'name':'unused'\n"
         "b: object.delete ['used',41] -> !EBUSY~40 ms ago\n"
         "b: object.delete ['unused',100] -> null\n"
         "b: object.scan {'unused_ms':0} -> ~[{'name':'used'\n"
         "x: object.scan {'unused_ms':0} -> {'cursor':null,'objects':[]}\n"
         "x: object.delete ['used',0] -> !EACCES\n"
         "r: object.scan {'unused_ms':0,'type':'list'} -> ~'used'\n"
         "b: object.delete ['used',-1] -> !EINVAL\n"
         "b: object.delete ['used',0] -> null\n"},
        {"the longest one can be had",
         "a: list.open {'name':'l','create':true,'idle_ttl_ms':3153600000000} -> *\n"
         "a: object.close ['l'] -> null\n"
         "advance 3153599999999\n"
         "a: object.stat ['l'] -> *\n"
         "advance 1\n"
         "a: object.stat ['l'] -> !ENOENT\n"},
};

static int64_t used_ms(Session *session, const char *name) {
        struct json_object *stat = fixture_call(session, "object.stat", "['%s']", name);
        int64_t ms = json_object_get_int64(json_object_object_get(stat, "used_ms"));

        json_object_put(stat);
        return ms;
}

START_TEST(test_stat_says_when_it_was_used) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        int64_t begin = f.core.wall_ms;
        json_object_put(fixture_call(a, "list.open", "{'name':'l','create':true}"));
        ck_assert_int_eq(used_ms(a, "l"), begin);
        fixture_advance_ms(&f, 1000);
        ck_assert_int_eq(used_ms(a, "l"), begin);
        fixture_expect(a, "list.append", "['l',1]", "null");
        fixture_advance_ms(&f, 500);
        ck_assert_int_eq(used_ms(a, "l"), begin + 1000);
        /* A change of the wall clock does not matter: the object was used half a second ago. */
        core_set_time(&f.core, f.now_ns, begin + DAY_MS);
        ck_assert_int_eq(used_ms(a, "l"), begin + DAY_MS - 500);
        fixture_expect(a, "object.close", "['l']", "null");
        ck_assert_int_eq(used_ms(a, "l"), begin + DAY_MS);
        fixture_expect(a, "object.delete", "['l']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* A user without the read bit does not see when the object was used. */
START_TEST(test_others_do_not_learn_it) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        Session *x = fixture_session(&f, 200, 2000, "xi");
        json_object_put(fixture_call(a, "list.open", "{'name':'l','create':true,'idle_ttl_ms':5}"));
        struct json_object *stat = fixture_call(x, "object.stat", "['l']");
        ck_assert(!json_object_object_get_ex(stat, "used_ms", NULL));
        ck_assert(!json_object_object_get_ex(stat, "idle_ttl_ms", NULL));
        json_object_put(stat);
        fixture_expect(a, "object.delete", "['l']", "null");
        fixture_deinit(&f);
}
END_TEST

/* ---- Cost */

enum { MANY = 4096 };

static void open_many(Session *session, int64_t ttl_ms) {
        for (int i = 0; i < MANY; i++) {
                json_object_put(fixture_call(session, "counter.open",
                                             "{'name':'c%d','create':true,'idle_ttl_ms':%lld}", i,
                                             (long long)ttl_ms));
                json_object_put(fixture_call(session, "object.close", "['c%d']", i));
        }
}

START_TEST(test_a_timer_costs_little) {
        enum { TURNS = 100, CALLS = 1000, STEPS_DELETED = 64 };
        Fixture f;

        fixture_init(&f, NULL);
        Session *a = fixture_session(&f, 100, 1000, "alpha");
        ck_assert_int_eq(core_next_deadline(&f.core), INT64_MAX);
        open_many(a, 1000);
        json_object_put(fixture_call(a, "counter.open", "['c0']"));
        int64_t next_ns = core_next_deadline(&f.core);
        ck_assert_int_eq(next_ns, f.now_ns + 1000 * 1000000LL);
        /* Before a timer is due, moving the clock costs no steps, however often it is moved. */
        uint64_t before = f.core.n_steps;
        for (int i = 0; i < TURNS; i++) {
                fixture_advance_ms(&f, 9);
                core_work_off(&f.core, 1000);
        }
        ck_assert_uint_eq(f.core.n_steps, before);
        ck_assert_int_eq(core_next_deadline(&f.core), next_ns);
        /* A use does not move the timer: a call costs as many steps with a timer as without. */
        fixture_expect(a, "counter.get", "['c1']", "0");
        before = f.core.n_steps;
        for (int i = 0; i < CALLS; i++)
                fixture_expect(a, "counter.get", "['c1']", "0");
        ck_assert_uint_le(f.core.n_steps - before, CALLS * 2);
        ck_assert_int_eq(core_next_deadline(&f.core), next_ns);
        /* All timers are due together: the objects end in slices, and the core asks for no wake-up meanwhile. */
        before = f.core.n_steps;
        fixture_advance_ms(&f, 100);
        ck_assert(core_has_leftovers(&f.core));
        ck_assert_uint_lt(f.core.n_steps - before, 5000);
        ck_assert_uint_gt(table_size(&f.core.objects), MANY / 2);
        for (unsigned n = 0; core_has_leftovers(&f.core); n++) {
                uint64_t n_steps = f.core.n_steps;
                ck_assert_int_gt(core_next_deadline(&f.core), f.now_ns);
                ck_assert_uint_lt(n, MANY);
                core_work_off(&f.core, 1000);
                ck_assert_uint_lt(f.core.n_steps - n_steps, 1000 + STEPS_DELETED);
        }
        ck_assert_uint_le(f.core.n_steps - before, MANY * STEPS_DELETED);
        /* One of the objects is open, so it has no timer; the other was used. */
        ck_assert_uint_eq(table_size(&f.core.objects), 2);
        ck_assert_int_eq(core_next_deadline(&f.core), f.now_ns + 900 * 1000000LL);
        fixture_advance_ms(&f, 900);
        ck_assert_int_eq(core_next_deadline(&f.core), INT64_MAX);
        ck_assert_uint_eq(table_size(&f.core.objects), 1);
        fixture_advance_ms(&f, DAY_MS);
        fixture_expect(a, "object.delete", "['c0']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* ---- On the disk */

typedef struct Row {
        StoredObject row;
        char text[256]; /* its name and its state */
        uint64_t id;
        bool is_there;
} Row;

/* Returns the last row that was written of the only object; further rows would be of elements, and it has none. */
static Row take_row(Fixture *f) {
        Buffer rows = {0};
        uint64_t epoch;
        Row ret = {0};
        StoredOp op;

        ck_assert_int_eq(core_take_changes(&f->core, true, SIZE_MAX / 2, &rows, &epoch), 1);
        core_note_committed(&f->core, epoch, 0);
        const char *at = buffer_bytes(&rows), *end = at + buffer_size(&rows);
        for (; at < end; at += op.n) {
                memcpy(&op, at, sizeof(op));
                at += sizeof(op);
                if (op.kind != STORED_PUT_OBJECT)
                        continue;
                ret.is_there = true;
                ret.id = op.id;
                memcpy(&ret.row, at, sizeof(ret.row));
                size_t n = ret.row.n_name + ret.row.n_state;
                ck_assert_uint_le(n, sizeof(ret.text));
                memcpy(ret.text, at + sizeof(ret.row), n);
        }
        buffer_deinit(&rows);
        return ret;
}

static void init_with_store(Fixture *f, Session **ret) {
        fixture_init(f, NULL);
        core_set_store(&f->core, true);
        *ret = fixture_session(f, 100, 1000, "alpha");
}

START_TEST(test_a_row_says_it_to_the_hour) {
        static const char *const durabilities_to_try[] = {"sync", "async"};
        Fixture f;
        Session *a;

        init_with_store(&f, &a);
        json_object_put(fixture_call(a, "counter.open", "{'name':'c','create':true,'durable':'%s'}",
                                     durabilities_to_try[_i]));
        int64_t begin = f.core.wall_ms;
        ck_assert_int_eq(take_row(&f).row.used_ms, begin);
        for (int i = 0; i < 59; i++) {
                fixture_advance_ms(&f, 60 * 1000);
                fixture_expect(a, "counter.get", "['c']", "0");
                ck_assert(!core_has_changes(&f.core, true));
        }
        fixture_advance_ms(&f, 60 * 1000);
        ck_assert(!core_has_changes(&f.core, true));
        fixture_expect(a, "counter.get", "['c']", "0");
        ck_assert_int_eq(take_row(&f).row.used_ms, begin + HOUR_MS);
        /* The row of a change has the time of use as well. */
        fixture_advance_ms(&f, 5);
        fixture_expect(a, "counter.add", "['c',1]", "1");
        ck_assert(core_session_is_held(a) == (_i == 0));
        ck_assert_int_eq(take_row(&f).row.used_ms, begin + HOUR_MS + 5);
        ck_assert(!core_session_is_held(a));
        fixture_advance_ms(&f, HOUR_MS - 1);
        fixture_expect(a, "counter.get", "['c']", "1");
        ck_assert(!core_has_changes(&f.core, true));
        /* A planned restart keeps the time of use. */
        core_reload(&f.core, &a, 1);
        core_set_store(&f.core, true);
        fixture_expect(a, "counter.get", "['c']", "1");
        ck_assert(!core_has_changes(&f.core, true));
        fixture_advance_ms(&f, 1);
        /* No reply is held back until that row is written. */
        fixture_expect(a, "counter.get", "['c']", "1");
        ck_assert(core_has_changes(&f.core, _i == 1));
        ck_assert(!core_session_is_held(a));
        fixture_deinit(&f);
}
END_TEST

/* Starts a daemon this much later by the wall clock, from the row of an object that was used when the last daemon ended. */
static void start_later(Fixture *g, Session **ret, const Row *row, int64_t later_ms) {
        char fault[CORE_FAULT_MAX];
        Buffer none = {0};

        init_with_store(g, ret);
        core_set_time(&g->core, g->now_ns, row->row.used_ms + later_ms);
        ck_assert_msg(core_load_stored(&g->core, row->id, &row->row, row->text, &none, fault) == 0,
                      "%s", fault);
        core_end_loading(&g->core);
        buffer_deinit(&none);
}

static void expect_deleted_after(Fixture *g, Session *a, int64_t ms) {
        int64_t wall_ms = g->core.wall_ms;

        g->now_ns += (ms - 1) * 1000000;
        core_set_time(&g->core, g->now_ns, wall_ms);
        core_advance(&g->core);
        json_object_put(fixture_call(a, "object.stat", "['c']"));
        g->now_ns += 1000000;
        core_set_time(&g->core, g->now_ns, wall_ms);
        core_advance(&g->core);
        fixture_expect(a, "object.stat", "['c']", "!ENOENT");
        ck_assert(core_has_changes(&g->core, true));
        fixture_deinit(g);
}

static Row row_with_ttl(int64_t ttl_ms) {
        Fixture f;
        Session *a;

        init_with_store(&f, &a);
        json_object_put(fixture_call(a, "counter.open",
                                     "{'name':'c','create':true,'idle_ttl_ms':%lld}",
                                     (long long)ttl_ms));
        Row row = take_row(&f);
        ck_assert(row.is_there);
        ck_assert_int_eq(row.row.idle_ttl_ms, ttl_ms);
        fixture_deinit(&f);
        return row;
}

/* Time without a daemon counts, by the wall clock, but a start leaves each object an hour at least. */
START_TEST(test_a_start_from_the_disk) {
        static const struct {
                int64_t ttl_ms, later_ms, deleted_ms;
        } cases[] = {
                {DAY_MS, 0, DAY_MS + HOUR_MS},
                {DAY_MS, 6 * HOUR_MS, DAY_MS - 5 * HOUR_MS},
                {DAY_MS, 30LL * DAY_MS, HOUR_MS},
                {1000, 0, 2000},
                {1000, DAY_MS, 1000},
                /* The clock went back by days, or is wrong by a thousand years. */
                {DAY_MS, -5LL * DAY_MS, DAY_MS + HOUR_MS},
                {DAY_MS, 365000LL * DAY_MS, HOUR_MS},
                {IDLE_TTL_MOST, 0, IDLE_TTL_MOST + HOUR_MS},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                Row row = row_with_ttl(cases[i].ttl_ms);
                Fixture g;
                Session *a;
                start_later(&g, &a, &row, cases[i].later_ms);
                expect_deleted_after(&g, a, cases[i].deleted_ms);
        }
}
END_TEST

START_TEST(test_a_use_after_the_start_counts) {
        Row row = row_with_ttl(DAY_MS);
        Fixture g;
        Session *a;

        start_later(&g, &a, &row, 30LL * DAY_MS);
        ck_assert_int_eq(used_ms(a, "c"), row.row.used_ms);
        fixture_expect(a, "counter.get", "['c']", "0");
        expect_deleted_after(&g, a, DAY_MS);
}
END_TEST

/* The object counts as used at the start. That time is written, or each start would begin the idle time anew. */
START_TEST(test_a_row_of_the_first_format) {
        Row row = row_with_ttl(DAY_MS);
        Fixture g;
        Session *a;

        int64_t start_ms = row.row.used_ms + DAY_MS;
        row.row.used_ms = row.row.idle_ttl_ms = 0;
        start_later(&g, &a, &row, start_ms);
        ck_assert_int_eq(used_ms(a, "c"), start_ms);
        ck_assert_int_eq(take_row(&g).row.used_ms, start_ms);
        fixture_deinit(&g);
}
END_TEST

/* ---- Snapshots of the format before this one */

/* Removes each occurrence of this member from the text. */
static void strip(Buffer *text, const char *member) {
        char key[32];
        char *bytes = buffer_bytes(text);
        size_t n = buffer_size(text),
               n_key = (size_t)snprintf(key, sizeof(key), ",\"%s\":", member);

        for (char *at; (at = memmem(bytes, n, key, n_key));) {
                size_t n_drop = n_key + strspn(at + n_key, "-0123456789");
                memmove(at, at + n_drop, n - (size_t)(at - bytes) - n_drop);
                n -= n_drop;
        }
        buffer_truncate(text, n);
}

START_TEST(test_a_snapshot_of_the_first_format) {
        static const char format[] = "\"format\":2";
        char fault[CORE_FAULT_MAX];
        Buffer text = {0};
        Fixture f, g;
        Session *a;

        init_with_store(&f, &a);
        json_object_put(fixture_call(a, "counter.open", "{'name':'c','create':true}"));
        take_row(&f);
        fixture_advance_ms(&f, 1000);
        ck_assert_int_eq(core_save(&f.core, &text), 0);
        strip(&text, "used_ns");
        strip(&text, "noted_ns");
        char *at = memmem(buffer_bytes(&text), buffer_size(&text), format, strlen(format));
        ck_assert_ptr_nonnull(at);
        fixture_init(&g, NULL);
        ck_assert_int_eq(core_load(&g.core, buffer_bytes(&text), buffer_size(&text), fault),
                         -EBADMSG);
        ck_assert_msg(strstr(fault, "used_ns"), "%s", fault);
        fixture_deinit(&g);
        at[strlen(format) - 1] = '1';
        strip(&text, "n_expired");
        fixture_init(&g, NULL);
        ck_assert_msg(core_load(&g.core, buffer_bytes(&text), buffer_size(&text), fault) == 0, "%s",
                      fault);
        core_end_load(&g.core);
        core_set_store(&g.core, true);
        Session *b = core_next_session(&g.core, NULL);
        ck_assert_int_eq(used_ms(b, "c"), f.core.wall_ms);
        /* The next use is written, since the row may hold an old time. */
        fixture_expect(b, "counter.get", "['c']", "0");
        ck_assert(core_has_changes(&g.core, true));
        at[strlen(format) - 1] = '3';
        fixture_deinit(&g);
        fixture_init(&g, NULL);
        ck_assert_int_eq(core_load(&g.core, buffer_bytes(&text), buffer_size(&text), fault),
                         -EPROTONOSUPPORT);
        ck_assert_msg(strstr(fault, "format 3") && strstr(fault, "formats 1 to 2"), "%s", fault);
        fixture_deinit(&g);
        buffer_deinit(&text);
        fixture_deinit(&f);
}
END_TEST

/* A damaged snapshot may set the clock to INT64_MAX, which stands for "no timer". */
START_TEST(test_no_timer_is_due_at_the_end_of_time) {
        Fixture f;

        fixture_init(&f, NULL);
        core_set_time(&f.core, INT64_MAX, 0);
        ck_assert(!core_has_leftovers(&f.core));
        core_work_off(&f.core, 100);
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = scenario_suite("idle", scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
        TCase *tests = tcase_create("more");

        tcase_add_test(tests, test_stat_says_when_it_was_used);
        tcase_add_test(tests, test_others_do_not_learn_it);
        tcase_add_test(tests, test_a_timer_costs_little);
        tcase_add_loop_test(tests, test_a_row_says_it_to_the_hour, 0, 2);
        tcase_add_test(tests, test_a_start_from_the_disk);
        tcase_add_test(tests, test_a_use_after_the_start_counts);
        tcase_add_test(tests, test_a_row_of_the_first_format);
        tcase_add_test(tests, test_a_snapshot_of_the_first_format);
        tcase_add_test(tests, test_no_timer_is_due_at_the_end_of_time);
        suite_add_tcase(suite, tests);
        return suite;
}
