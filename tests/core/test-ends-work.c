/* The end of sessions and objects, and the freeing of what they had: how much is done at once, that the rest follows in
 * slices, and that the whole costs steps in proportion to its size. Steps are counted; no time is measured. */
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "base/buffer.h"
#include "base/macros.h"
#include "core/core-fixture.h"
#include "json/json-util.h"
#include "registry.h"
#include "tap-main.h"

enum {
        AT_ONCE = 4096 +
                  256,   /* steps of a message for work that can be deferred, and a last element */
        TURN = 5000,     /* steps of core_work_off() */
        STEPS_EACH = 16, /* of dropping one element, or of giving one charge back */
        STEPS_OBJECT = 96, /* of one object: its references, the search over them, and its end */
};

typedef struct Run {
        Fixture f;
        Session *a, *b;
} Run;

static void run_init(Run *r, const Limits *limits) {
        fixture_init(&r->f, limits);
        r->a = fixture_session(&r->f, 100, 1000, "alpha");
        r->b = fixture_session(&r->f, 200, 1000, "beta");
}

static const Limits *large(Limits *limits) {
        *limits = limits_default;
        limits->objects_per_uid = limits->handles_per_session = limits->handles_per_uid = 1 << 20;
        limits->holds_per_session = limits->holds_per_uid = 1 << 20;
        return limits;
}

static void call(Session *session, const char *method, const char *params) {
        json_object_put(fixture_call(session, method, "%s", params));
}

static uint64_t n_bytes(Run *r) {
        Account *account;

        ck_assert_int_eq(account_get(&r->f.core, 1000, &account), 0);
        return account->n_bytes;
}

/* Does all deferred work, asserts that no turn exceeds its bound, and returns the steps of all turns. */
static uint64_t work_off(Run *r) {
        uint64_t before = r->f.core.n_steps;

        for (int i = 0; core_has_leftovers(&r->f.core); i++) {
                uint64_t n = r->f.core.n_steps;
                ck_assert_int_lt(i, 100000);
                core_work_off(&r->f.core, TURN);
                ck_assert_uint_le(r->f.core.n_steps - n, TURN + AT_ONCE);
        }
        return r->f.core.n_steps - before;
}

/* ---- Clearing and deleting */

typedef struct Kind {
        const char *open, *fill, *clear, *length;
        enum { NUMBERS, KEYS, REVERSED } shape;
} Kind;

static const Kind kinds[] = {
        {"list.open", "list.extend", "list.clear", "list.length", NUMBERS},
        {"dict.open", "dict.update", "dict.clear", "dict.length", KEYS},
        {"set.open", "set.update", "set.clear", "set.length", NUMBERS},
        {"queue.open", "queue.put_many", "queue.close", "queue.size", NUMBERS},
        {"queue.open", "queue.put_many", "queue.close", "queue.size", REVERSED},
};

static void put_elements(Buffer *b, const Kind *kind, int n) {
        buffer_append_string(b, kind->shape == KEYS ? "{" : "[");
        for (int i = 0; i < n; i++) {
                int r = kind->shape == KEYS
                                ? buffer_append_format(b, "%s\"k%d\":%d", i ? "," : "", i, i)
                                : buffer_append_format(b, "%s%d", i ? "," : "",
                                                       kind->shape == REVERSED ? -i : i);
                ck_assert_int_eq(r, 0);
        }
        buffer_append_string(b, kind->shape == KEYS ? "}" : "]");
}

/* Makes the object 'x' with n elements. */
static void make_full(Session *session, const Kind *kind, int n) {
        Buffer line = {0};

        json_object_put(fixture_call(session, kind->open, "{'name':'x','create':true%s}",
                                     kind->shape == REVERSED ? ",'order':'priority'" : ""));
        buffer_append_format(&line,
                             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[\"x\",",
                             kind->fill);
        put_elements(&line, kind, n);
        buffer_append_string(&line, "]}");
        fixture_send_bytes(session, buffer_bytes(&line), buffer_size(&line));
        ck_assert_str_eq(fixture_receive_text(session),
                         "{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":1}");
        buffer_deinit(&line);
}

static void clear(Session *session, const Kind *kind) {
        fixture_expect(session, kind->clear,
                       strcmp(kind->clear, "queue.close") == 0 ? "['x',true]" : "['x']", "null");
}

START_TEST(test_clear) {
        static const int sizes[] = {100, 5000, 20000, 60000};
        const Kind *kind = &kinds[_i];
        Run r;

        run_init(&r, NULL);
        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                uint64_t n = (uint64_t)sizes[i];
                make_full(r.a, kind, sizes[i]);
                uint64_t before = r.f.core.n_steps, n_full = n_bytes(&r);
                clear(r.a, kind);
                uint64_t n_at_once = r.f.core.n_steps - before;
                ck_assert_uint_le(n_at_once, AT_ONCE);
                ck_assert_uint_lt(n_bytes(&r), n_full);
                /* The object is empty at once; few elements are freed at once, too. */
                fixture_expect(r.a, kind->length, "['x']", "0");
                ck_assert(core_has_leftovers(&r.f.core) == (n >= 5000));
                ck_assert_uint_le(n_at_once + work_off(&r), STEPS_EACH * n + 100);
                ck_assert_uint_eq(n_bytes(&r), 0);
                call(r.a, "object.delete", "['x']");
        }
        fixture_expect_clean(&r.f);
        fixture_deinit(&r.f);
}
END_TEST

START_TEST(test_delete) {
        const Kind *kind = &kinds[_i];
        Run r;

        run_init(&r, NULL);
        for (int n = 80; n <= 40960; n *= 8) {
                make_full(r.a, kind, n);
                uint64_t before = r.f.core.n_steps;
                call(r.b, "object.delete", "['x']");
                uint64_t n_at_once = r.f.core.n_steps - before;
                ck_assert_uint_le(n_at_once, AT_ONCE);
                ck_assert(core_has_leftovers(&r.f.core) == (n >= 5000));
                /* The name is free, and the object is no longer counted. */
                call(r.b, kind->open, "{'name':'x','create':true,'exclusive':true}");
                fixture_expect(r.a, kind->length, "['x']", "0");
                ck_assert_uint_le(n_at_once + work_off(&r), STEPS_EACH * (uint64_t)n + 100);
                ck_assert_uint_eq(n_bytes(&r), 0);
                call(r.b, "object.delete", "['x']");
        }
        fixture_expect_clean(&r.f);
        fixture_deinit(&r.f);
}
END_TEST

/* The core ends while deferred work is left, and nothing leaks. */
START_TEST(test_core_ends_with_leftovers) {
        Run r;

        run_init(&r, NULL);
        for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
                make_full(r.a, &kinds[i], 20000);
                if (i % 2)
                        clear(r.a, &kinds[i]);
                call(r.a, "object.delete", "['x']");
        }
        ck_assert(core_has_leftovers(&r.f.core));
        fixture_deinit(&r.f);
}
END_TEST

/* A session that has cleared an object can use the bytes at once, though they are freed later. */
START_TEST(test_room_after_clear) {
        const Kind *kind = &kinds[_i];
        Limits limits = limits_default;
        Run r;

        run_init(&r, NULL);
        make_full(r.a, kind, 20000);
        uint64_t n_full = n_bytes(&r);
        fixture_deinit(&r.f);

        limits.bytes_per_uid = n_full + n_full / 10;
        run_init(&r, &limits);
        for (int i = 0; i < 4; i++) {
                make_full(r.a, kind, 20000);
                ck_assert_str_eq(fixture_call_error(r.b, "array.open",
                                                    "{'name':'y','create':true,'length':%llu}",
                                                    (unsigned long long)n_full / 8),
                                 "EDQUOT");
                if (i % 2 == 0)
                        clear(r.a, kind);
                fixture_expect(r.a, "object.delete", "['x']", "null");
                ck_assert(core_has_leftovers(&r.f.core));
        }
        work_off(&r);
        ck_assert_uint_eq(n_bytes(&r), 0);
        fixture_deinit(&r.f);
}
END_TEST

/* Nor is a user refused who fills another user's object up to its bound. */
START_TEST(test_room_in_an_object_after_clear) {
        Session *other;
        Run r;

        run_init(&r, NULL);
        make_full(r.a, &kinds[0], 20000);
        uint64_t n_full = n_bytes(&r);
        call(r.a, "object.delete", "['x']");
        work_off(&r);
        other = fixture_session(&r.f, 300, 2000, "gamma");
        json_object_put(fixture_call(r.a, "list.open",
                                     "{'name':'x','create':true,'mode':'0666','max_bytes':%llu}",
                                     (unsigned long long)(n_full + n_full / 10)));
        for (int i = 0; i < 3; i++) {
                make_full(other, &kinds[0], 20000);
                clear(other, &kinds[0]);
                ck_assert(core_has_leftovers(&r.f.core));
        }
        fixture_deinit(&r.f);
}
END_TEST

/* The deferred remains of an object are charged to its new owner. */
START_TEST(test_chown_with_remains) {
        Session *root;
        Run r;

        run_init(&r, NULL);
        root = fixture_session(&r.f, 1, 0, "root");
        make_full(r.a, &kinds[0], 30000);
        clear(r.a, &kinds[0]);
        ck_assert_uint_gt(n_bytes(&r), 0);
        call(root, "object.chown", "['x',2000]");
        ck_assert_uint_eq(n_bytes(&r), 0);
        work_off(&r);
        call(root, "object.delete", "['x']");
        fixture_expect_clean(&r.f);
        fixture_deinit(&r.f);
}
END_TEST

/* ---- References */

static void open_ephemeral(Session *session, int i) {
        json_object_put(fixture_call(session, "list.open",
                                     "{'name':'e%d','create':true,'lifetime':'ephemeral'}", i));
}

static void refer(Session *session, const char *from, int to) {
        json_object_put(fixture_call(session, "list.append", "['%s',{'$object':'e%d'}]", from, to));
}

/* List 'r' refers to e0, and each e to the next one; none is open. */
static void make_chain(Run *r, int n) {
        char name[32];

        call(r->a, "list.open", "{'name':'r','create':true}");
        for (int i = 0; i < n; i++)
                open_ephemeral(r->a, i);
        refer(r->a, "r", 0);
        for (int i = 0; i + 1 < n; i++) {
                snprintf(name, sizeof(name), "e%d", i);
                refer(r->a, name, i + 1);
        }
        for (int i = 0; i < n; i++)
                json_object_put(fixture_call(r->a, "object.close", "['e%d']", i));
        work_off(r);
}

/* Returns the steps of a call and of the deferred work that it causes. */
static uint64_t steps_of(Run *r, Session *session, const char *method, const char *params) {
        uint64_t before = r->f.core.n_steps;

        call(session, method, params);
        ck_assert_uint_le(r->f.core.n_steps - before, AT_ONCE);
        work_off(r);
        return r->f.core.n_steps - before;
}

START_TEST(test_references_that_are_dropped_together) {
        static const int sizes[] = {50, 500, 4000, 10000};
        int n = sizes[_i];
        Limits limits;
        Run r;

        run_init(&r, large(&limits));
        make_chain(&r, n);
        call(r.a, "list.open", "{'name':'big','create':true}");
        for (int i = 0; i < n; i++)
                refer(r.a, "big", i);
        /* All objects are still reachable. */
        ck_assert_uint_le(steps_of(&r, r.a, "list.clear", "['big']"),
                          STEPS_OBJECT * (uint64_t)n + 100);
        ck_assert_uint_eq(table_size(&r.f.core.objects), (size_t)n + 2);
        /* No object is reachable any more. */
        ck_assert_uint_le(steps_of(&r, r.a, "list.clear", "['r']"),
                          STEPS_OBJECT * (uint64_t)n + 100);
        ck_assert_uint_eq(table_size(&r.f.core.objects), 2);
        call(r.a, "object.delete", "['r']");
        call(r.a, "object.delete", "['big']");
        fixture_expect_clean(&r.f);
        fixture_deinit(&r.f);
}
END_TEST

/* Many cycles, and chains that hang on them, become unreachable. */
START_TEST(test_cycles_that_are_dropped_together) {
        enum { N = 6000 };
        char name[32];
        Run r;

        run_init(&r, NULL);
        make_chain(&r, N);
        for (int i = 0; i + 7 < N; i += 7) {
                snprintf(name, sizeof(name), "e%d", i + 7);
                refer(r.a, name, i);
        }
        ck_assert_uint_le(steps_of(&r, r.a, "list.clear", "['r']"), STEPS_OBJECT * N);
        ck_assert_uint_eq(table_size(&r.f.core.objects), 1);
        fixture_deinit(&r.f);
}
END_TEST

/* While a pass is under way, step by step, one of its objects becomes reachable again: by an open, by a reference of a
 * persistent object, or by one of a new object. It lives, with all that it refers to; the others are deleted. Later all
 * are. */
START_TEST(test_keeping_while_collecting) {
        enum { N = 8, STEPS_MAX = 200 };
        bool was_kept = false, was_late = false;
        Run r;

        for (int n_slices = 0; n_slices < STEPS_MAX; n_slices++) {
                run_init(&r, NULL);
                make_chain(&r, N);
                /* e6 and e3 form a cycle. */
                refer(r.a, "e6", 3);
                call(r.b, "list.open", "{'name':'n','create':true,'lifetime':'ephemeral'}");
                r.f.core.n_at_once = r.f.core.n_allowed = 1;
                call(r.a, "list.clear", "['r']");
                for (int i = 0; i < n_slices; i++)
                        core_work_off(&r.f.core, 1);
                bool is_there = object_find(&r.f.core, "e4", 2);
                if (is_there && _i == 0)
                        call(r.b, "list.open", "{'name':'e4'}");
                else if (is_there && _i == 1)
                        refer(r.b, "r", 4);
                else if (is_there && _i == 2)
                        refer(r.b, "n", 4);
                work_off(&r);
                for (int i = 0; i < N; i++) {
                        char name[32];
                        int n = snprintf(name, sizeof(name), "e%d", i);
                        bool lives = object_find(&r.f.core, name, (size_t)n);
                        /* e0 to e2 lead to e3, and nothing leads back to them. */
                        ck_assert_msg(lives == (is_there && i >= 3), "e%d after %d slices", i,
                                      n_slices);
                }
                was_kept = was_kept || is_there;
                was_late = was_late || !is_there;
                session_end(r.b);
                call(r.a, "object.delete", "['r']");
                fixture_expect_clean(&r.f);
                fixture_deinit(&r.f);
        }
        ck_assert(was_kept && was_late);
}
END_TEST

/* An object with many references to it and from it is deleted. */
START_TEST(test_object_with_many_references) {
        enum { N = 20000 };
        Limits limits;
        Run r;

        run_init(&r, large(&limits));
        call(r.a, "list.open", "{'name':'r','create':true}");
        for (int i = 0; i < N; i++) {
                char name[32];
                open_ephemeral(r.a, i);
                refer(r.a, "r", i);
                snprintf(name, sizeof(name), "e%d", i);
                json_object_put(fixture_call(r.a, "list.append", "['e%d',{'$object':'r'}]", i));
        }
        ck_assert_uint_le(steps_of(&r, r.a, "object.delete", "['r']"), STEPS_OBJECT * N);
        ck_assert_uint_eq(table_size(&r.f.core.objects), N);
        /* The name belongs to the new object now. */
        call(r.a, "list.open", "{'name':'r','create':true}");
        json_object_put(fixture_call(r.a, "list.append", "['e%d',{'$object':'r'}]", 0));
        session_end(r.a);
        ck_assert_uint_le(work_off(&r), STEPS_OBJECT * (uint64_t)N);
        ck_assert_uint_eq(table_size(&r.f.core.objects), 1);
        fixture_deinit(&r.f);
}
END_TEST

/* ---- Leases */

/* The objects in the result of get_many are leased until the session's next call; ending the leases is not charged to
 * that call alone. */
START_TEST(test_leases_of_many) {
        enum { N = 12000 };
        Limits limits;
        Run r;

        run_init(&r, large(&limits));
        call(r.a, "queue.open", "{'name':'q','create':true}");
        for (int i = 0; i < N; i++) {
                open_ephemeral(r.a, i);
                json_object_put(fixture_call(r.a, "queue.put", "['q',{'$object':'e%d'}]", i));
        }
        session_end(r.a);
        work_off(&r);
        ck_assert_uint_eq(table_size(&r.f.core.objects), N + 1);
        call(r.b, "queue.get_many", "['q',100000]");
        ck_assert_uint_eq(table_size(&r.f.core.objects), N + 1);
        uint64_t before = r.f.core.n_steps;
        fixture_expect(r.b, "list.append", "['e7',{'$object':'e8'}]", "null");
        ck_assert_uint_le(r.f.core.n_steps - before, AT_ONCE);
        /* A lease that is over but not ended yet is taken again. */
        fixture_expect(r.b, "queue.put", "['q',{'$object':'e11999'}]", "null");
        fixture_expect(r.b, "queue.get", "['q']", "{'$object':'e11999'}");
        before = r.f.core.n_steps;
        work_off(&r);
        ck_assert_uint_le(r.f.core.n_steps - before, STEPS_OBJECT * (uint64_t)N);
        ck_assert_uint_eq(table_size(&r.f.core.objects), 2);
        call(r.b, "list.open", "{'name':'e11999'}");
        fixture_deinit(&r.f);
}
END_TEST

/* A notification does not end leases, and it may close the handle of a leased object. */
START_TEST(test_lease_without_its_handle) {
        Run r;

        run_init(&r, NULL);
        call(r.a, "list.open", "{'name':'l','create':true}");
        open_ephemeral(r.a, 0);
        refer(r.a, "l", 0);
        call(r.a, "object.close", "['e0']");
        fixture_expect(r.a, "list.pop", "['l']", "{'$object':'e0'}");
        fixture_send(r.a, "{'jsonrpc':'2.0','method':'object.close','params':['e0']}");
        fixture_expect(r.a, "list.length", "['e0']", "!ENOENT");
        fixture_expect(r.a, "list.length", "['l']", "0");
        call(r.a, "object.delete", "['l']");
        fixture_expect_clean(&r.f);
        fixture_deinit(&r.f);
}
END_TEST

/* ---- The end of a session */

static void make_locks(Session *session, int n, bool acquire) {
        for (int i = 0; i < n; i++) {
                json_object_put(
                        fixture_call(session, "lock.open", "{'name':'l%d','create':true}", i));
                if (acquire)
                        json_object_put(fixture_call(session, "lock.acquire", "['l%d']", i));
        }
}

/* Returns the steps of a session's end and of the deferred work that it causes. */
static uint64_t end_session(Run *r, Session *session, uint64_t n_at_most) {
        uint64_t before = r->f.core.n_steps;

        session_end(session);
        ck_assert_uint_le(r->f.core.n_steps - before, n_at_most);
        return before;
}

START_TEST(test_waiter_behind_a_session_with_many_handles) {
        enum { N = 100000 };
        Limits limits;
        Account *account;
        Run r;

        run_init(&r, large(&limits));
        make_locks(r.a, N, false);
        json_object_put(fixture_call(r.a, "lock.acquire", "['l50000']"));
        fixture_start(r.b, 5, "lock.acquire", "['l50000']");
        uint64_t before = end_session(&r, r.a, AT_ONCE);
        CLEANUP(json_putp) struct json_object *reply = fixture_receive(r.b);
        ck_assert_msg(reply, "the waiter was not served at once");
        ck_assert(core_has_leftovers(&r.f.core));
        ck_assert_int_eq(account_get(&r.f.core, 1000, &account), 0);
        ck_assert_uint_gt(account->n_handles, 0);
        ck_assert_uint_eq(r.f.core.n_sessions, 1);
        work_off(&r);
        ck_assert_uint_le(r.f.core.n_steps - before, STEPS_EACH * (uint64_t)N);
        ck_assert_uint_eq(account->n_handles, 0);
        fixture_deinit(&r.f);
}
END_TEST

/* Locks with waiters are released first, however many locks the session held; a later call never meets a lock that is
 * not yet released. */
START_TEST(test_session_with_many_locks) {
        enum { N = 20000 };
        static const int awaited[] = {0, 1, 7000, N - 1};
        Limits limits;
        char params[32];
        Account *account;
        Run r;

        run_init(&r, large(&limits));
        make_locks(r.a, N, true);
        for (size_t i = 0; i < ELEMENTSOF(awaited); i++) {
                snprintf(params, sizeof(params), "['l%d']", awaited[i]);
                fixture_start(r.b, 10 + (int64_t)i, "lock.acquire", params);
        }
        /* A wait that was cancelled does not delay the waiters of other locks. */
        fixture_start(r.b, 20, "lock.acquire", "['l300']");
        fixture_send(r.b, "{'jsonrpc':'2.0','method':'session.cancel','params':[20]}");
        fixture_expect_reply(r.b, 20, "!ECANCELED");
        uint64_t before = end_session(&r, r.a, AT_ONCE);
        for (size_t i = 0; i < ELEMENTSOF(awaited); i++) {
                CLEANUP(json_putp) struct json_object *reply = fixture_receive(r.b);
                ck_assert_msg(reply, "waiter %zu was not served at once", i);
                ck_assert(json_object_object_get_ex(reply, "result", NULL));
        }
        ck_assert(core_has_leftovers(&r.f.core));
        for (int i = N - 2; i > N - 50; i--) {
                CLEANUP(json_putp)
                struct json_object *grant = fixture_call(r.b, "lock.acquire", "['l%d',0]", i);
                ck_assert(json_object_object_get_ex(grant, "owner_died", NULL));
        }
        fixture_expect(r.b, "lock.locked", "['l19000']", "false");
        work_off(&r);
        ck_assert_uint_le(r.f.core.n_steps - before, 2 * STEPS_EACH * (uint64_t)N);
        ck_assert_int_eq(account_get(&r.f.core, 1000, &account), 0);
        ck_assert_uint_eq(account->n_holds, ELEMENTSOF(awaited) + 48);
        fixture_expect(r.b, "lock.locked", "['l17']", "false");
        fixture_deinit(&r.f);
}
END_TEST

/* A condition reaches its lock by a pointer, not by the name. */
START_TEST(test_lock_of_a_condition) {
        Run r;

        run_init(&r, NULL);
        make_locks(r.a, 1, true);
        call(r.b, "condition.open", "{'name':'c','create':true,'lock':'l0'}");
        r.f.core.n_allowed = 0;
        session_end(r.a);
        ck_assert(core_has_leftovers(&r.f.core));
        call(r.b, "condition.acquire", "['c',0]");
        fixture_deinit(&r.f);
}
END_TEST

START_TEST(test_session_with_many_reservations) {
        enum { N = 20000 };
        Limits limits;
        Run r;

        run_init(&r, large(&limits));
        make_full(r.a, &kinds[3], N);
        for (int i = 0; i < N; i++)
                json_object_put(fixture_call(r.a, "queue.reserve", "['x']"));
        fixture_start(r.b, 5, "queue.get", "['x']");
        uint64_t before = end_session(&r, r.a, AT_ONCE);
        CLEANUP(json_putp) struct json_object *reply = fixture_receive(r.b);
        ck_assert_msg(reply, "the waiter was not served at once");
        work_off(&r);
        ck_assert_uint_le(r.f.core.n_steps - before, STEPS_EACH * (uint64_t)N);
        fixture_expect(r.b, "queue.size", "['x']", "19999");
        fixture_expect(r.b, "queue.get", "['x']", "0");
        fixture_deinit(&r.f);
}
END_TEST

/* The queue is deleted while its items are reserved, and then the session with the reservations ends; or in the other
 * order. */
START_TEST(test_queue_and_session_end_together) {
        enum { N = 10000 };
        Limits limits;
        Run r;

        run_init(&r, large(&limits));
        make_full(r.a, &kinds[3], N);
        for (int i = 0; i < N; i++)
                json_object_put(fixture_call(r.a, "queue.reserve", "['x']"));
        if (_i == 0) {
                call(r.b, "object.delete", "['x']");
                core_work_off(&r.f.core, 500);
                session_end(r.a);
        } else {
                session_end(r.a);
                core_work_off(&r.f.core, 500);
                call(r.b, "object.delete", "['x']");
        }
        ck_assert(core_has_leftovers(&r.f.core));
        fixture_expect_clean(&r.f);
        fixture_deinit(&r.f);
}
END_TEST

START_TEST(test_session_with_many_ephemeral_objects) {
        enum { N = 20000 };
        Account *account;
        Run r;

        run_init(&r, NULL);
        r.f.core.limits.handles_per_session = N;
        r.f.core.limits.objects_per_uid = N;
        for (int i = 0; i < N; i++)
                open_ephemeral(r.a, i);
        ck_assert_str_eq(fixture_call_error(r.b, "list.open", "{'name':'m','create':true}"),
                         "EDQUOT");
        uint64_t before = end_session(&r, r.a, AT_ONCE);
        ck_assert(core_has_leftovers(&r.f.core));
        /* The deferred remains do not hinder new objects. */
        call(r.b, "list.open", "{'name':'m','create':true}");
        work_off(&r);
        ck_assert_uint_le(r.f.core.n_steps - before, STEPS_OBJECT * (uint64_t)N);
        ck_assert_int_eq(account_get(&r.f.core, 1000, &account), 0);
        ck_assert_uint_eq(account->n_objects, 1);
        fixture_deinit(&r.f);
}
END_TEST

/* While the remains of others are deferred, small objects still end at once. */
START_TEST(test_small_ends_beside_a_large_one) {
        Session *other;
        Run r;

        run_init(&r, NULL);
        make_full(r.a, &kinds[1], 60000);
        call(r.a, "object.delete", "['x']");
        ck_assert(core_has_leftovers(&r.f.core));
        other = fixture_session(&r.f, 300, 2000, "gamma");
        call(other, "list.open", "{'name':'s','create':true,'value':[1,2,3]}");
        open_ephemeral(other, 0);
        session_end(other);
        ck_assert_ptr_null(object_find(&r.f.core, "e0", 2));
        Session *root = fixture_session(&r.f, 1, 0, "root");
        Account *account;
        call(root, "object.delete", "['s']");
        ck_assert_int_eq(account_get(&r.f.core, 2000, &account), 0);
        ck_assert_uint_eq(account->n_bytes, 0);
        ck_assert(core_has_leftovers(&r.f.core));
        fixture_deinit(&r.f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("ends, and what they cost");
        TCase *c = tcase_create("ends");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_clear, 0, ELEMENTSOF(kinds));
        tcase_add_loop_test(c, test_delete, 0, ELEMENTSOF(kinds));
        tcase_add_test(c, test_core_ends_with_leftovers);
        tcase_add_loop_test(c, test_room_after_clear, 0, ELEMENTSOF(kinds));
        tcase_add_test(c, test_room_in_an_object_after_clear);
        tcase_add_test(c, test_chown_with_remains);
        tcase_add_loop_test(c, test_references_that_are_dropped_together, 0, 4);
        tcase_add_test(c, test_cycles_that_are_dropped_together);
        tcase_add_loop_test(c, test_keeping_while_collecting, 0, 3);
        tcase_add_test(c, test_object_with_many_references);
        tcase_add_test(c, test_leases_of_many);
        tcase_add_test(c, test_lease_without_its_handle);
        tcase_add_test(c, test_waiter_behind_a_session_with_many_handles);
        tcase_add_test(c, test_session_with_many_locks);
        tcase_add_test(c, test_lock_of_a_condition);
        tcase_add_test(c, test_session_with_many_reservations);
        tcase_add_loop_test(c, test_queue_and_session_end_together, 0, 2);
        tcase_add_test(c, test_session_with_many_ephemeral_objects);
        tcase_add_test(c, test_small_ends_beside_a_large_one);
        suite_add_tcase(suite, c);
        return suite;
}
