/* The queue under random operations, against a plain model that knows where every item is. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/queue-fixture.h"
#include "random.h"
#include "tap-main.h"

enum { N_SESSIONS = 3, ITEMS_MAX = 16, STEPS = 5000 };

typedef enum Order { FIFO, LIFO, PRIORITY } Order;

static const char *const order_names[] = {"fifo", "lifo", "priority"};

typedef struct ModelItem {
        bool is_there;
        int value;   /* its priority */
        bool is_int; /* or the number as a double, which distinguishes equal items */
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
                first->reserved_as = m->f.core.last_reservation + 1;
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

/* The session's items go back to the front in the reverse order of their reservation. */
static void model_kill(Model *m, int who) {
        ModelItem *last;

        session_end(m->sessions[who]);
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
        for (int i = 0; i < random_rounds(STEPS); i++)
                model_step(&m);
        fixture_expect(m.sessions[0], "object.delete", "['q']", "null");
        fixture_expect_clean(&m.f);
        fixture_deinit(&m.f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("queue model");
        TCase *c = tcase_create("queue model");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_random_operations_against_a_model, 0, 3);
        suite_add_tcase(suite, c);
        return suite;
}
