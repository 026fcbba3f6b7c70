/* The queue under random operations: against a trivial model that knows where every
 * item is, and, with waits of all kinds, against the promise that nothing is lost and
 * nothing comes twice. */
#include <stdio.h>
#include <string.h>

#include "macros.h"
#include "queue-fixture.h"
#include "random.h"
#include "tap-main.h"

enum { N_SESSIONS = 3, ITEMS_MAX = 16, STEPS = 5000 };

typedef enum Order { FIFO, LIFO, PRIORITY } Order;

static const char *const order_names[] = {"fifo", "lifo", "priority"};

typedef struct ModelItem {
        bool is_there;
        int value;   /* its priority */
        bool is_int; /* or the same number as a double, to tell equals apart */
        int64_t place;
        uint64_t reserved_as; /* 0: ready */
        int reserved_by;
} ModelItem;

typedef struct Model {
        Fixture f;
        Session *sessions[N_SESSIONS];
        Order order;
        Random random;
        ModelItem items[ITEMS_MAX];
        int64_t last_place;
        int n_unfinished, maxsize;
} Model;

static bool comes_before(const Model *m, const ModelItem *a, const ModelItem *b) {
        if (m->order == PRIORITY && a->value != b->value)
                return a->value < b->value;
        return m->order == LIFO ? a->place > b->place : a->place < b->place;
}

static ModelItem *model_first(Model *m) {
        ModelItem *first = NULL;

        for (int i = 0; i < ITEMS_MAX; i++) {
                ModelItem *item = &m->items[i];
                if (item->is_there && !item->reserved_as &&
                    (!first || comes_before(m, item, first)))
                        first = item;
        }
        return first;
}

static int model_count(const Model *m, bool with_reserved) {
        int n = 0;

        for (int i = 0; i < ITEMS_MAX; i++)
                n += m->items[i].is_there && (with_reserved || !m->items[i].reserved_as);
        return n;
}

static const char *item_text(const ModelItem *item) {
        static char text[32];

        snprintf(text, sizeof(text), item->is_int ? "%d" : "%d.0", item->value);
        return text;
}

static void model_put(Model *m, Session *session) {
        ModelItem new_items[3];
        char values[128] = "", params[160];
        int n = 1 + (int)random_below(&m->random, 3);

        for (int i = 0; i < n; i++) {
                new_items[i] = (ModelItem){.is_there = true,
                                           .value = (int)random_below(&m->random, 4),
                                           .is_int = random_below(&m->random, 2)};
                sprintf(values + strlen(values), "%s%s", i ? "," : "", item_text(&new_items[i]));
        }
        if (n == 1)
                snprintf(params, sizeof(params), "['q',%s,0]", values);
        else
                snprintf(params, sizeof(params), "['q',[%s],0]", values);
        bool fits = model_count(m, true) + n <= m->maxsize;
        fixture_expect(session, n == 1 ? "queue.put" : "queue.put_many", params,
                       fits ? "null" : "!EAGAIN");
        for (int i = 0, at = 0; fits && i < n; at++) {
                if (m->items[at].is_there)
                        continue;
                new_items[i].place = ++m->last_place;
                m->items[at] = new_items[i++];
                m->n_unfinished++;
        }
}

static void model_get(Model *m, Session *session) {
        ModelItem *first = model_first(m);

        fixture_expect(session, "queue.peek", "['q']", first ? item_text(first) : "!ENODATA");
        fixture_expect(session, "queue.get", "['q',0]", first ? item_text(first) : "!EAGAIN");
        if (first)
                first->is_there = false;
}

static void model_get_many(Model *m, Session *session) {
        int max = 1 + (int)random_below(&m->random, 4);
        char params[64], expected[128] = "[";
        ModelItem *first;

        for (int i = 0; i < max && (first = model_first(m)); i++) {
                sprintf(expected + strlen(expected), "%s%s", i ? "," : "", item_text(first));
                first->is_there = false;
        }
        strcat(expected, "]");
        snprintf(params, sizeof(params), "['q',%d,0]", max);
        fixture_expect(session, "queue.get_many", params,
                       strcmp(expected, "[]") == 0 ? "!EAGAIN" : expected);
}

static void model_reserve(Model *m, int who) {
        ModelItem *first = model_first(m);
        char expected[64] = "!EAGAIN";

        if (first) {
                first->reserved_as = m->f.core.last_token + 1;
                first->reserved_by = who;
                snprintf(expected, sizeof(expected), "{'id':%d,'value':%s}",
                         (int)first->reserved_as, item_text(first));
        }
        fixture_expect(m->sessions[who], "queue.reserve", "['q',0]", expected);
}

static void give_back(Model *m, ModelItem *item) {
        item->reserved_as = 0;
        if (m->order == LIFO)
                item->place = ++m->last_place;
}

static void model_settle(Model *m, int who, bool is_ack) {
        ModelItem *item = &m->items[random_below(&m->random, ITEMS_MAX)];
        char params[64];

        if (!item->is_there || !item->reserved_as)
                return;
        bool is_own = item->reserved_by == who;
        snprintf(params, sizeof(params), "['q',%d]", (int)item->reserved_as);
        fixture_expect(m->sessions[who], is_ack ? "queue.ack" : "queue.nack", params,
                       is_own ? "null" : "!EPERM");
        if (is_own && is_ack) {
                item->is_there = false;
                m->n_unfinished -= m->n_unfinished > 0;
        } else if (is_own)
                give_back(m, item);
}

/* What it reserved last goes back first. */
static void model_kill(Model *m, int who) {
        ModelItem *last;

        session_free(m->sessions[who]);
        m->sessions[who] = fixture_session(&m->f, 100 + who, 1000, "worker");
        do {
                last = NULL;
                for (int i = 0; i < ITEMS_MAX; i++) {
                        ModelItem *item = &m->items[i];
                        if (item->is_there && item->reserved_as && item->reserved_by == who &&
                            (!last || item->reserved_as > last->reserved_as))
                                last = item;
                }
                if (last)
                        give_back(m, last);
        } while (last);
}

static void model_task_done(Model *m, Session *session) {
        int n = 1 + (int)random_below(&m->random, 2);
        char params[32];

        snprintf(params, sizeof(params), "['q',%d]", n);
        fixture_expect(session, "queue.task_done", params,
                       n <= m->n_unfinished ? "null" : "!EOVERFLOW");
        if (n <= m->n_unfinished)
                m->n_unfinished -= n;
}

static void model_check(Model *m, Session *session) {
        int n = model_count(m, false);
        char size[16];

        snprintf(size, sizeof(size), "%d", n);
        fixture_expect(session, "queue.size", "['q']", size);
        fixture_expect(session, "queue.empty", "['q']", n == 0 ? "true" : "false");
        fixture_expect(session, "queue.full", "['q']",
                       model_count(m, true) >= m->maxsize ? "true" : "false");
        fixture_expect(session, "queue.join", "['q',0]", m->n_unfinished ? "!EAGAIN" : "null");
}

static void model_step(Model *m) {
        int who = (int)random_below(&m->random, N_SESSIONS);
        Session *session = m->sessions[who];

        switch (random_below(&m->random, 16)) {
        case 0 ... 4:
                model_put(m, session);
                break;
        case 5 ... 6:
                model_get(m, session);
                break;
        case 7:
                model_get_many(m, session);
                break;
        case 8 ... 10:
                model_reserve(m, who);
                break;
        case 11:
                model_kill(m, who);
                break;
        case 12:
                model_task_done(m, session);
                break;
        default:
                model_settle(m, who, random_below(&m->random, 2));
        }
        model_check(m, m->sessions[who]);
}

START_TEST(test_random_operations_against_a_model) {
        Model m = {.order = (Order)_i, .random = {.state = 1234 + (uint64_t)_i}, .maxsize = 12};

        fixture_init(&m.f, NULL);
        for (int i = 0; i < N_SESSIONS; i++)
                m.sessions[i] = fixture_session(&m.f, 100 + i, 1000, "worker");
        json_object_put(fixture_call(m.sessions[0], "queue.open",
                                     "{'name':'q','create':true,'order':'%s','maxsize':%d}",
                                     order_names[_i], m.maxsize));
        for (int i = 0; i < STEPS; i++)
                model_step(&m);
        fixture_expect(m.sessions[0], "object.delete", "['q']", "null");
        fixture_expect_clean(&m.f);
        fixture_deinit(&m.f);
}
END_TEST

/* Part two. Every item is a number of its own. It is `put` when the daemon said so, and `got` when an
 * answer carried it; an item that was reserved is got when it is acknowledged. */
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
                        session_free(w->session);
                        *w = (Worker){.session = fixture_session(&run->f, 1, 1000, "worker")};
                }
        }
        for (int i = 0; i < N_WORKERS; i++)
                read_replies(&run->workers[i]);
}

/* Ends all workers, and gets what is left. */
static void run_drain(Run *run) {
        for (int i = 0; i < N_WORKERS; i++)
                session_free(run->workers[i].session);
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
        int n_put = 0, n_refused = 0;

        fixture_init(&run.f, NULL);
        for (int i = 0; i < N_WORKERS; i++)
                run.workers[i].session = fixture_session(&run.f, 1, 1000, "worker");
        json_object_put(fixture_call(run.workers[0].session, "queue.open",
                                     "{'name':'q','create':true,'maxsize':4,'order':'%s'}",
                                     order_names[_i]));
        for (int i = 0; i < RUN_STEPS; i++)
                run_step(&run);
        run_drain(&run);
        for (int i = 0; i < run.n_items; i++) {
                n_put += fates[i].is_put;
                n_refused += fates[i].is_refused;
                ck_assert_msg(fates[i].n_got == fates[i].is_put, "item %d: put %d, got %d times", i,
                              fates[i].is_put, fates[i].n_got);
        }
        /* The run has seen what it is about. */
        ck_assert_int_gt(n_put, 1000);
        ck_assert_int_gt(n_refused, 100);
        ck_assert_uint_gt(run.f.core.stats.n_timed_out, 100);
        ck_assert_uint_gt(run.f.core.stats.n_cancelled, 100);
        fixture_expect_clean(&run.f);
        fixture_deinit(&run.f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("queue at random");
        TCase *c = tcase_create("queue at random");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_random_operations_against_a_model, 0, 3);
        tcase_add_loop_test(c, test_nothing_is_lost_and_nothing_comes_twice, 0, 3);
        suite_add_tcase(suite, c);
        return suite;
}
