/* The queue under random calls that wait, give up, and die with their sessions: no item is lost,
 * none comes out twice, and none comes out that was not put. Every item is a number of its own.
 * It counts as put when the daemon confirms it, and as got when a reply carries it; a reserved
 * item counts as got when it is acknowledged. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/queue-fixture.h"
#include "random.h"
#include "tap-main.h"

static const char *const orders[] = {"fifo", "lifo", "priority"};

enum { N_WORKERS = 5, RUN_STEPS = 20000, IN_FLIGHT_MAX = 8 };

typedef enum CallKind { NO_CALL, PUT, GET, RESERVE, ACK, OTHER } CallKind;

typedef struct InFlight {
        CallKind kind;
        int item;
        int64_t id;
} InFlight;

typedef struct Worker {
        Session *session;
        InFlight in_flight[IN_FLIGHT_MAX];
        int64_t last_id;
        int64_t reservation; /* 0: none */
        int reserved;
} Worker;

static struct {
        bool is_put, is_refused;
        int n_got;
} fates[RUN_STEPS];

typedef struct Run {
        Fixture f;
        Worker workers[N_WORKERS];
        Random random;
        int n_items;
} Run;

static void start_call(Worker *w, CallKind kind, int item, const char *method, const char *params) {
        for (int i = 0; i < IN_FLIGHT_MAX; i++) {
                InFlight *call = &w->in_flight[i];
                if (call->kind != NO_CALL)
                        continue;
                *call = (InFlight){.kind = kind, .item = item, .id = ++w->last_id};
                fixture_start(w->session, call->id, method, params);
                return;
        }
}

static bool may_start(const Worker *w) {
        for (int i = 0; i < IN_FLIGHT_MAX; i++)
                if (w->in_flight[i].kind == NO_CALL)
                        return true;
        return false;
}

static void note_reserved(Worker *w, struct json_object *result) {
        struct json_object *id, *value;

        ck_assert(json_object_object_get_ex(result, "id", &id));
        ck_assert(json_object_object_get_ex(result, "value", &value));
        w->reservation = json_object_get_int64(id);
        w->reserved = json_object_get_int(value);
}

static void note_reply(Worker *w, InFlight *call, struct json_object *reply) {
        struct json_object *result;
        CallKind kind = call->kind;

        call->kind = NO_CALL;
        if (!json_object_object_get_ex(reply, "result", &result)) {
                if (kind == PUT)
                        fates[call->item].is_refused = true;
                return;
        }
        if (kind == PUT)
                fates[call->item].is_put = true;
        else if (kind == GET)
                fates[json_object_get_int(result)].n_got++;
        else if (kind == ACK)
                fates[call->item].n_got++;
        else if (kind == RESERVE)
                note_reserved(w, result);
}

static void read_replies(Worker *w) {
        struct json_object *reply, *id;

        while ((reply = fixture_receive(w->session))) {
                ck_assert(json_object_object_get_ex(reply, "id", &id));
                for (int i = 0; i < IN_FLIGHT_MAX; i++)
                        if (w->in_flight[i].kind != NO_CALL &&
                            w->in_flight[i].id == json_object_get_int64(id)) {
                                note_reply(w, &w->in_flight[i], reply);
                                break;
                        }
                json_object_put(reply);
        }
}

static void start_put(Run *run, Worker *w) {
        int item = run->n_items++;
        char params[64];

        if (random_below(&run->random, 3) == 0)
                snprintf(params, sizeof(params), "['q',%d]", item);
        else
                snprintf(params, sizeof(params), "['q',%d,%d]", item,
                         (int)random_below(&run->random, 50));
        start_call(w, PUT, item, "queue.put", params);
}

static void settle(Run *run, Worker *w) {
        char params[64];

        snprintf(params, sizeof(params), "['q',%lld]", (long long)w->reservation);
        bool is_ack = random_below(&run->random, 2);
        start_call(w, is_ack ? ACK : OTHER, w->reserved, is_ack ? "queue.ack" : "queue.nack",
                   params);
        w->reservation = 0;
}

static bool is_reserving(const Worker *w) {
        for (int i = 0; i < IN_FLIGHT_MAX; i++)
                if (w->in_flight[i].kind == RESERVE)
                        return true;
        return w->reservation != 0;
}

static void run_step(Run *run) {
        Worker *w = &run->workers[random_below(&run->random, N_WORKERS)];
        char params[64];

        switch (random_below(&run->random, 12)) {
        case 0 ... 3:
                if (may_start(w))
                        start_put(run, w);
                break;
        case 4 ... 6:
                if (may_start(w))
                        start_call(w, GET, 0, "queue.get",
                                   random_below(&run->random, 2) ? "['q']" : "['q',20]");
                break;
        case 7:
                if (may_start(w) && !is_reserving(w))
                        start_call(w, RESERVE, 0, "queue.reserve", "['q']");
                break;
        case 8:
                if (may_start(w) && w->reservation)
                        settle(run, w);
                break;
        case 9:
                if (!may_start(w))
                        break;
                snprintf(params, sizeof(params), "[%lld]",
                         (long long)w->in_flight[random_below(&run->random, IN_FLIGHT_MAX)].id);
                start_call(w, OTHER, 0, "session.cancel", params);
                break;
        case 10:
                fixture_advance_ms(&run->f, 3);
                break;
        default:
                if (random_below(&run->random, 4) == 0) {
                        session_end(w->session);
                        *w = (Worker){.session = fixture_session(&run->f, 1, 1000, "worker")};
                }
        }
        for (int i = 0; i < N_WORKERS; i++)
                read_replies(&run->workers[i]);
}

/* Ends all workers, and gets the items that are left. */
static void run_drain(Run *run) {
        for (int i = 0; i < N_WORKERS; i++)
                session_end(run->workers[i].session);
        Session *session = fixture_session(&run->f, 1, 1000, "drain");
        while (strcmp(fixture_call_error(session, "queue.peek", "['q']"), "") == 0) {
                struct json_object *got = fixture_call(session, "queue.get", "['q']");
                fates[json_object_get_int(got)].n_got++;
                json_object_put(got);
        }
        fixture_expect(session, "object.delete", "['q']", "null");
}

START_TEST(test_nothing_is_lost_and_nothing_comes_twice) {
        Run run = {.random = {.state = 99 + (uint64_t)_i}};
        int n_put = 0, n_refused = 0, n_often = random_rounds(1600);

        memset(fates, 0, sizeof(fates));
        fixture_init(&run.f, NULL);
        for (int i = 0; i < N_WORKERS; i++)
                run.workers[i].session = fixture_session(&run.f, 1, 1000, "worker");
        json_object_put(fixture_call(run.workers[0].session, "queue.open",
                                     "{'name':'q','create':true,'maxsize':4,'order':'%s'}",
                                     orders[_i]));
        for (int i = 0; i < random_rounds(RUN_STEPS); i++)
                run_step(&run);
        run_drain(&run);
        for (int i = 0; i < run.n_items; i++) {
                n_put += fates[i].is_put;
                n_refused += fates[i].is_refused;
                ck_assert_msg(fates[i].n_got == fates[i].is_put, "item %d: put %d, got %d times", i,
                              fates[i].is_put, fates[i].n_got);
        }
        /* The run put as many items as the test needs. */
        ck_assert_int_gt(n_put, n_often);
        ck_assert_int_gt(n_refused, n_often / 16);
        ck_assert_uint_gt(run.f.core.stats.n_timed_out, n_often / 16);
        ck_assert_uint_gt(run.f.core.stats.n_cancelled, n_often / 16);
        fixture_expect_clean(&run.f);
        fixture_deinit(&run.f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("queue at random");
        TCase *c = tcase_create("queue at random");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_nothing_is_lost_and_nothing_comes_twice, 0, 3);
        suite_add_tcase(suite, c);
        return suite;
}
