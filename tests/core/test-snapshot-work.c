/* Saving and loading take work in proportion to the state: ten times the sessions and elements cost at most ten times the
 * bytes and steps. Steps are counted, not timed: members that the reader compares, elements that it reads, and the work of
 * the core. */
#include <errno.h>
#include <stdio.h>

#include "core/core-fixture.h"
#include "snapshot/writer.h"
#include "tap-main.h"

enum {
        FEW = 60,
        MANY = 10 * FEW,
        BYTES_EACH = 2
}; /* bytes of a snapshot for each step, at least */

typedef struct Cost {
        uint64_t n_bytes, n_steps;
} Cost;

typedef void Fill(Fixture *f, Session *owner, unsigned n);

static void lots(Limits *limits) {
        *limits = limits_default;
        limits->objects_per_uid = limits->handles_per_session = limits->handles_per_uid = 1 << 20;
        limits->holds_per_session = limits->holds_per_uid = 1 << 20;
        limits->waits_per_session = limits->waits_per_uid = 1 << 20;
        limits->sessions = limits->sessions_per_uid = 1 << 20;
}

/* Saves, loads into another core, and returns the cost. */
static Cost cost_of(Fill *fill, unsigned n) {
        static Fixture before, after;
        char fault[CORE_FAULT_MAX];
        Buffer text = {0};
        Limits limits;

        lots(&limits);
        fixture_init(&before, &limits);
        fill(&before, fixture_session(&before, 100, 1000, "owner"), n);
        ck_assert_int_eq(core_save(&before.core, &text), 0);
        fixture_init(&after, &limits);
        int r = core_load(&after.core, buffer_bytes(&text), buffer_size(&text), fault);
        ck_assert_msg(r == 0, "%s", fault);
        Cost cost = {.n_bytes = buffer_size(&text), .n_steps = after.core.n_steps_of_load};
        core_end_load(&after.core);
        buffer_deinit(&text);
        core_leave_descriptors(&before.core);
        fixture_deinit(&before);
        fixture_deinit(&after);
        return cost;
}

static void expect_linear(const char *what, Fill *fill) {
        Cost none = cost_of(fill, 0), few = cost_of(fill, FEW), many = cost_of(fill, MANY);

        ck_assert_uint_gt(few.n_bytes, none.n_bytes);
        ck_assert_uint_gt(few.n_steps, none.n_steps);
        /* Numbers in the text of the larger state have a digit or two more. */
        ck_assert_msg(10 * (many.n_bytes - none.n_bytes) <= 11 * 10 * (few.n_bytes - none.n_bytes),
                      "%s: %llu bytes, then %llu", what, (unsigned long long)few.n_bytes,
                      (unsigned long long)many.n_bytes);
        ck_assert_msg(10 * (many.n_steps - none.n_steps) <= 11 * 10 * (few.n_steps - none.n_steps),
                      "%s: %llu steps, then %llu", what, (unsigned long long)few.n_steps,
                      (unsigned long long)many.n_steps);
        ck_assert_msg(many.n_steps * BYTES_EACH <= many.n_bytes, "%s: %llu steps for %llu bytes",
                      what, (unsigned long long)many.n_steps, (unsigned long long)many.n_bytes);
}

static void values(Fixture *f, Session *owner, unsigned n) {
        static const char *const opens[][2] = {
                {"list.open", "l"},      {"dict.open", "d"},  {"set.open", "s"},
                {"namespace.open", "n"}, {"queue.open", "q"}, {"lock.open", "referred"},
        };
        char params[256];

        for (size_t i = 0; i < ELEMENTSOF(opens); i++) {
                snprintf(params, sizeof(params), "{'name':'%s','create':true}", opens[i][1]);
                fixture_start(owner, 1, opens[i][0], params);
        }
        for (unsigned i = 0; i < n; i++) {
                snprintf(params, sizeof(params), "['l',['an element',%u]]", i);
                fixture_start(owner, 1, "list.append", params);
                snprintf(params, sizeof(params), "['d','%u',{'$object':'referred'}]", i);
                fixture_start(owner, 1, "dict.set", params);
                snprintf(params, sizeof(params), "['s','%u']", i);
                fixture_start(owner, 1, "set.add", params);
                snprintf(params, sizeof(params), "['n','a%u',1.5]", i);
                fixture_start(owner, 1, "namespace.set", params);
                snprintf(params, sizeof(params), "['q',%u]", i);
                fixture_start(owner, 1, "queue.put", params);
                fixture_start(owner, 1, i % 3 ? "session.note" : "queue.reserve", "['q']");
                while (fixture_receive_text(owner))
                        ;
        }
}

static void open_one(Session *session, const char *method, unsigned i) {
        char params[64];

        snprintf(params, sizeof(params), "{'name':'o%u','create':true}", i);
        fixture_start(session, 1, method, params);
}

/* Each of two sessions opens an object of its own; one holds it and one waits for it, with a timeout or without. */
static void sessions(Fixture *f, Session *owner, unsigned n) {
        for (unsigned i = 0; i < n; i++) {
                Session *holder = fixture_session(f, 1000, 1000, "holder");
                Session *waiter = fixture_session(f, 1000, 1000, "waiter");
                char params[64];
                open_one(holder, i % 2 ? "lock.open" : "rwlock.open", i);
                open_one(waiter, i % 2 ? "lock.open" : "rwlock.open", i);
                snprintf(params, sizeof(params), "['o%u']", i);
                fixture_start(holder, 2, i % 2 ? "lock.acquire" : "rwlock.acquire_read", params);
                snprintf(params, sizeof(params), "['o%u',%u]", i, 1000 + i % 7);
                fixture_start(waiter, 2, i % 2 ? "lock.acquire" : "rwlock.acquire_write", params);
        }
}

/* All sessions wait for one object: a lock, a condition, a barrier, or any of two events. */
static void one_queue(Fixture *f, Session *owner, unsigned n) {
        static const char *const opens[][2] = {
                {"lock.open", "{'name':'l','create':true}"},
                {"event.open", "{'name':'e','create':true}"},
                {"counter.open", "{'name':'c','create':true}"},
                {"barrier.open", "{'name':'b','create':true,'parties':100000}"},
                {"lock.acquire", "['l']"},
        };

        for (size_t i = 0; i < ELEMENTSOF(opens); i++)
                fixture_start(owner, 1, opens[i][0], opens[i][1]);
        for (unsigned i = 0; i < n; i++) {
                Session *session = fixture_session(f, 1000, 1000, "waiter");
                fixture_start(session, 2, "lock.acquire", "['l']");
                fixture_start(session, 3, "event.wait", "['e',5000]");
                fixture_start(session, 4, "barrier.wait", "['b']");
                fixture_start(session, 5, "object.wait_any",
                              "{'conditions':[{'event':'e'},{'lock':'l'}]}");
        }
}

/* One session holds all objects; its holds and handles are in lists of their own. */
static void one_holder(Fixture *f, Session *owner, unsigned n) {
        for (unsigned i = 0; i < n; i++) {
                char params[64];
                open_one(owner, "lock.open", i);
                snprintf(params, sizeof(params), "['o%u']", i);
                fixture_start(owner, 2, "lock.acquire", params);
        }
        while (fixture_receive_text(owner))
                ;
}

typedef struct Pieces {
        Buffer text;
        size_t n, longest, n_allowed;
} Pieces;

static int take_piece(void *userdata, const char *text, size_t n) {
        Pieces *pieces = userdata;

        if (pieces->n == pieces->n_allowed)
                return -EFBIG;
        pieces->n++;
        pieces->longest = n > pieces->longest ? n : pieces->longest;
        ck_assert_int_eq(buffer_append(&pieces->text, text, n), 0);
        return 0;
}

/* The pieces together are the text of the whole, and no piece is much longer than 256 KiB. After a piece that is refused
 * no further one comes. */
START_TEST(pieces_are_the_same_text) {
        static Fixture f;
        Buffer whole = {0};
        Pieces all = {.n_allowed = SIZE_MAX}, few = {.n_allowed = 2};

        fixture_init(&f, NULL);
        values(&f, fixture_session(&f, 100, 1000, "owner"), 12000);
        ck_assert_int_eq(core_save(&f.core, &whole), 0);
        ck_assert_int_eq(core_save_to(&f.core, &(SnapshotSink){take_piece, &all}), 0);
        ck_assert_uint_eq(buffer_size(&all.text), buffer_size(&whole));
        ck_assert_mem_eq(buffer_bytes(&all.text), buffer_bytes(&whole), buffer_size(&whole));
        ck_assert_uint_gt(all.n, 3);
        ck_assert_uint_le(all.longest, 400 << 10);
        ck_assert_int_eq(core_save_to(&f.core, &(SnapshotSink){take_piece, &few}), -EFBIG);
        ck_assert_uint_eq(few.n, 2);
        buffer_deinit(&whole);
        buffer_deinit(&all.text);
        buffer_deinit(&few.text);
        fixture_deinit(&f);
}
END_TEST

START_TEST(values_are_linear) {
        expect_linear("values", values);
}
END_TEST

START_TEST(sessions_are_linear) {
        expect_linear("sessions", sessions);
}
END_TEST

START_TEST(waiters_of_one_object_are_linear) {
        expect_linear("waiters of one object", one_queue);
}
END_TEST

START_TEST(holds_of_one_session_are_linear) {
        expect_linear("holds of one session", one_holder);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("snapshots: work");
        TCase *c = tcase_create("snapshots: work");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, pieces_are_the_same_text);
        tcase_add_test(c, values_are_linear);
        tcase_add_test(c, sessions_are_linear);
        tcase_add_test(c, waiters_of_one_object_are_linear);
        tcase_add_test(c, holds_of_one_session_are_linear);
        suite_add_tcase(suite, c);
        return suite;
}
