/* The deadlock detector against a plain model: random sessions acquire, release, wait, notify, give up and
 * die. Whenever a session would have to wait, the detector and the model must agree on whether the wait could
 * ever end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "core/deadlock-model.h"
#include "random.h"
#include "tap-main.h"

enum { N_RUNS = 400, N_STEPS = 120, PARAMS_SIZE = 512 };

typedef struct Run {
        Fixture f;
        World world;
        Random random;
        Session *sessions[MODEL_SESSIONS];
        int max_waits; /* of one session at once */
        long last_id;
        unsigned n_parked, n_deadlocks, n_closed_by_grants;
} Run;

/* A reply to a call that waited, which arrived after later calls. */
typedef struct Reply {
        int session;
        int64_t seq;
        struct json_object *json;
} Reply;

enum { REPLIES_MAX = 4 * MODEL_WAITS };

static uint64_t seed; /* of this run: SHMGR_TEST_SEED repeats it */

#define AGREE(condition)                                                                           \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        ck_abort_msg("seed %#llx: not so: %s", (unsigned long long)seed,           \
                                     #condition);                                                  \
        } while (0)

static const char *const type_names[] = {
        [KIND_LOCK] = "lock",       [KIND_RLOCK] = "rlock",    [KIND_RWLOCK] = "rwlock",
        [KIND_OWNED] = "semaphore", [KIND_FREE] = "semaphore", [KIND_CONDITION] = "condition",
        [KIND_EVENT] = "event",
};

static void run_make_object(Run *run, int object) {
        World *world = &run->world;
        char params[PARAMS_SIZE];

        world->kinds[object] = (Kind)random_below(&run->random, N_KINDS);
        world->permits[object] = 1 + (int)random_below(&run->random, 3);
        bool is_semaphore = world->kinds[object] == KIND_OWNED || world->kinds[object] == KIND_FREE;
        int n = snprintf(params, sizeof(params), "{\"name\":\"o%d\",\"create\":true", object);
        if (is_semaphore)
                n += snprintf(params + n, sizeof(params) - n, ",\"value\":%d,\"owned\":%s",
                              world->permits[object],
                              world->kinds[object] == KIND_OWNED ? "true" : "false");
        snprintf(params + n, sizeof(params) - n, "}");
        char method[64];
        snprintf(method, sizeof(method), "%s.open", type_names[world->kinds[object]]);
        json_object_put(fixture_call(run->sessions[0], method, "%s", params));
}

/* Replies carry the order of their sending, so that the model repeats the steps of the core one by one. */
static void run_begin_session(Run *run, int s) {
        run->sessions[s] = fixture_session(&run->f, 100 + s, 0, "one");
        json_object_put(fixture_call(run->sessions[s], "session.hello", "{'seq':true}"));
}

static void run_init(Run *run) {
        *run = (Run){.random = {.state = seed}};
        fixture_init(&run->f, NULL);
        run->world.n_sessions = 2 + (int)random_below(&run->random, MODEL_SESSIONS - 1);
        run->world.n_objects = 2 + (int)random_below(&run->random, MODEL_OBJECTS - 1);
        run->max_waits = 1 + (int)random_below(&run->random, MODEL_WAITS / MODEL_SESSIONS);
        for (int s = 0; s < run->world.n_sessions; s++)
                run_begin_session(run, s);
        for (int o = 0; o < run->world.n_objects; o++)
                run_make_object(run, o);
}

/* ---- Which replies the core has sent */

static int find_wait(const Run *run, int session, long id) {
        for (int i = 0; i < run->world.n_waits; i++)
                if (run->world.waits[i].session == session && run->world.waits[i].id == id)
                        return i;
        return -1;
}

static const char *reply_error(struct json_object *reply) {
        struct json_object *error, *data, *name;

        if (!json_object_object_get_ex(reply, "error", &error))
                return NULL;
        AGREE(json_object_object_get_ex(error, "data", &data));
        AGREE(json_object_object_get_ex(data, "errno", &name));
        return json_object_get_string(name);
}

/* A wait has ended, served or with an error. */
static void run_end_wait(Run *run, int i, const char *error) {
        ModelWait wait = run->world.waits[i];

        world_remove_wait(&run->world, i);
        if (wait.is_condition) { /* the session has the lock again, except after a deadlock */
                if (!error || strcmp(error, "EDEADLK") != 0)
                        run->world.held[wait.session][wait.wants[0].object].n = wait.depth;
        } else if (!error && !wait.is_any) {
                for (int k = 0; k < wait.n_wants; k++)
                        world_take(&run->world, wait.session, &wait.wants[k]);
        }
}

static void check_cycle(const Run *run, struct json_object *reply, const ModelWait *wait);

/* Checks the victim of a deadlock that no new call closed: it can never continue, and its wait is the newest
 * of the cycle's. */
static void check_victim(Run *run, int i, struct json_object *reply) {
        bool stuck[MODEL_SESSIONS];
        const ModelWait *wait = &run->world.waits[i];

        world_find_stuck(&run->world, stuck);
        AGREE(stuck[wait->session]);
        check_cycle(run, reply, wait);
        run->n_closed_by_grants++;
}

static void run_read_reply(Run *run, const Reply *reply) {
        long id = (long)json_object_get_int64(json_object_object_get(reply->json, "id"));
        int i = find_wait(run, reply->session, id);
        const char *error = reply_error(reply->json);

        if (i < 0)
                return;
        if (error && strcmp(error, "EDEADLK") == 0)
                check_victim(run, i, reply->json);
        run_end_wait(run, i, error);
}

static int compare_replies(const void *a, const void *b) {
        const Reply *x = a, *y = b;

        return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void run_read_replies(Run *run) {
        Reply replies[REPLIES_MAX];
        size_t n = 0;

        for (int s = 0; s < run->world.n_sessions; s++) {
                struct json_object *json;
                while ((json = fixture_receive(run->sessions[s]))) {
                        AGREE(n < REPLIES_MAX);
                        replies[n++] = (Reply){
                                .session = s,
                                .seq = json_object_get_int64(json_object_object_get(json, "seq")),
                                .json = json};
                }
        }
        qsort(replies, n, sizeof(replies[0]), compare_replies);
        for (size_t i = 0; i < n; i++) {
                run_read_reply(run, &replies[i]);
                json_object_put(replies[i].json);
        }
}

/* ---- The cycle that an EDEADLK reports */

static int object_of_name(struct json_object *name) {
        return atoi(json_object_get_string(name) + 1);
}

static int session_of_link(const Run *run, struct json_object *link) {
        int64_t id = json_object_get_int64(json_object_object_get(link, "session"));

        for (int s = 0; s < run->world.n_sessions; s++)
                if ((int64_t)run->sessions[s]->id == id)
                        return s;
        return -1;
}

static bool waits_for(const Run *run, int session, int object, const ModelWait *new_wait) {
        for (int i = -1; i < run->world.n_waits; i++) {
                const ModelWait *wait = i < 0 ? new_wait : &run->world.waits[i];
                for (int k = 0; wait->session == session && k < wait->n_wants; k++)
                        if (wait->wants[k].object == object)
                                return true;
        }
        return false;
}

static void check_link(const Run *run, struct json_object *link, struct json_object *next,
                       const ModelWait *new_wait) {
        int s = session_of_link(run, link), t = session_of_link(run, next);
        int object = object_of_name(json_object_object_get(link, "waits_for"));
        struct json_object *ahead, *holds = json_object_object_get(next, "holds");

        AGREE(s >= 0 && t >= 0);
        AGREE(waits_for(run, s, object, new_wait));
        if (json_object_object_get_ex(next, "ahead_in", &ahead)) {
                AGREE(object_of_name(ahead) == object && waits_for(run, t, object, new_wait));
                return;
        }
        AGREE(json_object_array_length(holds) > 0);
        AGREE(object_of_name(json_object_array_get_idx(holds, 0)) == object);
        AGREE(run->world.held[t][object].n > 0);
}

static void check_cycle(const Run *run, struct json_object *reply, const ModelWait *wait) {
        struct json_object *cycle = json_object_object_get(
                json_object_object_get(json_object_object_get(reply, "error"), "data"), "cycle");
        size_t n = cycle ? json_object_array_length(cycle) : 0;

        AGREE(n > 0);
        AGREE(session_of_link(run, json_object_array_get_idx(cycle, 0)) == wait->session);
        for (size_t i = 0; i < n; i++) {
                struct json_object *link = json_object_array_get_idx(cycle, i);
                check_link(run, link, json_object_array_get_idx(cycle, (i + 1) % n), wait);
                for (size_t k = 0; k < i; k++)
                        AGREE(session_of_link(run, json_object_array_get_idx(cycle, k)) !=
                              session_of_link(run, link));
        }
}

/* ---- Asking the core and the model */

static bool any_is_stuck(const World *world) {
        bool stuck[MODEL_SESSIONS];

        world_find_stuck(world, stuck);
        for (int s = 0; s < world->n_sessions; s++)
                if (stuck[s])
                        return true;
        return false;
}

/* Sends a call that may block, and compares. An upgrade stands at the front of the queue. */
static void run_block(Run *run, const char *method, const char *params, ModelWait wait,
                      bool at_front) {
        bool stuck[MODEL_SESSIONS];
        World then = run->world;

        wait.id = ++run->last_id;
        world_add_wait(&then, &wait, at_front);
        world_find_stuck(&then, stuck);
        bool for_itself = world_waits_for_itself(&run->world, &wait);
        fixture_start(run->sessions[wait.session], wait.id, method, params);
        struct json_object *reply = fixture_receive(run->sessions[wait.session]);
        if (!reply) {
                AGREE(!for_itself && !stuck[wait.session]);
                run->world = then;
                run->n_parked++;
                return;
        }
        if (json_object_object_get_ex(reply, "error", NULL)) {
                AGREE(strstr(json_object_to_json_string(reply), "\"EDEADLK\""));
                AGREE(stuck[wait.session] || for_itself);
                check_cycle(run, reply, &wait);
                run->n_deadlocks++;
        } else {
                AGREE(!stuck[wait.session] && !for_itself);
                world_add_wait(&run->world, &wait, at_front);
                run_end_wait(run, find_wait(run, wait.session, wait.id), NULL);
        }
        json_object_put(reply);
}

/* ---- Random steps */

static Want run_choose_want(Run *run) {
        Want want = {.object = (int)random_below(&run->random, run->world.n_objects), .n = 1};

        if (run->world.kinds[want.object] == KIND_RWLOCK)
                want.is_shared = random_below(&run->random, 2);
        if (run->world.kinds[want.object] == KIND_OWNED)
                want.n = 1 + (int)random_below(&run->random, run->world.permits[want.object]);
        return want;
}

static const char *choose_timeout(Run *run) {
        return random_below(&run->random, 3) == 0 ? "500" : "null";
}

static void run_acquire_one(Run *run, int s) {
        ModelWait wait = {.session = s, .n_wants = 1, .wants = {run_choose_want(run)}};
        const Want *want = &wait.wants[0];
        Kind kind = run->world.kinds[want->object];
        char params[PARAMS_SIZE], method[64];

        wait.keeps_turn = kind != KIND_EVENT && kind != KIND_FREE;
        snprintf(method, sizeof(method), "%s.%s", type_names[kind],
                 kind == KIND_EVENT    ? "wait"
                 : kind != KIND_RWLOCK ? "acquire"
                 : want->is_shared     ? "acquire_read"
                                       : "acquire_write");
        if (kind == KIND_OWNED || kind == KIND_FREE)
                snprintf(params, sizeof(params), "[\"o%d\",%d,%s]", want->object, want->n,
                         choose_timeout(run));
        else
                snprintf(params, sizeof(params), "[\"o%d\",%s]", want->object, choose_timeout(run));
        run_block(run, method, params, wait,
                  kind == KIND_RWLOCK && run->world.held[s][want->object].n > 0);
}

static bool is_named(const ModelWait *wait, int object) {
        for (int k = 0; k < wait->n_wants; k++)
                if (wait->wants[k].object == object)
                        return true;
        return false;
}

/* Calls lock.acquire_many or object.wait_any. */
static void run_block_on_many(Run *run, int s, bool is_any) {
        ModelWait wait = {.session = s, .is_any = is_any};
        char params[PARAMS_SIZE] = "[[";
        size_t n = 2;

        for (int tries = 0; tries < 6 && wait.n_wants < MODEL_WANTS; tries++) {
                Want want = run_choose_want(run);
                Kind kind = run->world.kinds[want.object];
                bool is_right = kind != KIND_CONDITION && (is_any || kind != KIND_EVENT);
                if (!is_right || is_named(&wait, want.object))
                        continue;
                want.is_shared = want.is_shared && !is_any;
                want.n = is_any ? 1 : want.n;
                const char *comma = wait.n_wants ? "," : "";
                if (is_any)
                        n += snprintf(params + n, sizeof(params) - n, "%s{\"%s\":\"o%d\"}", comma,
                                      type_names[kind], want.object);
                else if (kind == KIND_RWLOCK)
                        n += snprintf(params + n, sizeof(params) - n,
                                      "%s{\"name\":\"o%d\",\"mode\":\"%s\"}", comma, want.object,
                                      want.is_shared ? "read" : "write");
                else if (kind == KIND_OWNED)
                        n += snprintf(params + n, sizeof(params) - n,
                                      "%s{\"name\":\"o%d\",\"n\":%d}", comma, want.object, want.n);
                else
                        n += snprintf(params + n, sizeof(params) - n, "%s\"o%d\"", comma,
                                      want.object);
                wait.wants[wait.n_wants++] = want;
        }
        if (wait.n_wants == 0)
                return;
        snprintf(params + n, sizeof(params) - n, "],%s]", choose_timeout(run));
        wait.keeps_turn =
                wait.n_wants == 1 && !is_any && run->world.kinds[wait.wants[0].object] != KIND_FREE;
        bool at_front = wait.n_wants == 1 &&
                        run->world.kinds[wait.wants[0].object] == KIND_RWLOCK &&
                        run->world.held[s][wait.wants[0].object].n > 0;
        run_block(run, is_any ? "object.wait_any" : "lock.acquire_many", params, wait, at_front);
}

static void run_send(Run *run, int s, const char *method, const char *params) {
        fixture_start(run->sessions[s], ++run->last_id, method, params);
        struct json_object *reply = fixture_receive(run->sessions[s]);
        AGREE(reply && !json_object_object_get_ex(reply, "error", NULL));
        json_object_put(reply);
}

/* Waits or notifies with the lock of a condition. False if the session does not have the lock. */
static bool run_use_condition(Run *run, int s, int object) {
        Held *held = &run->world.held[s][object];
        char params[PARAMS_SIZE];

        if (run->world.kinds[object] != KIND_CONDITION || held->n == 0)
                return false;
        if (random_below(&run->random, 2)) {
                snprintf(params, sizeof(params), "[\"o%d\"]", object);
                run_send(run, s, "condition.notify", params);
                return true;
        }
        ModelWait wait = {.session = s,
                          .is_condition = true,
                          .depth = held->n,
                          .n_wants = 1,
                          .wants = {{.object = object, .n = 1}}};
        *held = (Held){0};
        snprintf(params, sizeof(params), "[\"o%d\",%s]", object, choose_timeout(run));
        run_block(run, "condition.wait", params, wait, false);
        return true;
}

static void run_release(Run *run, int s) {
        int object = (int)random_below(&run->random, run->world.n_objects);
        Kind kind = run->world.kinds[object];
        char params[PARAMS_SIZE], method[64];

        if (kind == KIND_EVENT || (kind != KIND_FREE && run->world.held[s][object].n == 0))
                return;
        snprintf(params, sizeof(params), "[\"o%d\"]", object);
        snprintf(method, sizeof(method), "%s.release", type_names[kind]);
        if (kind != KIND_FREE)
                world_release(&run->world, s, object, 1);
        run_send(run, s, method, params);
}

static void run_step(Run *run) {
        int s = (int)random_below(&run->random, run->world.n_sessions);
        int object = (int)random_below(&run->random, run->world.n_objects);
        bool may_wait = world_n_waits_of(&run->world, s) < run->max_waits;

        switch (random_below(&run->random, 40)) {
        case 0:
                world_forget_session(&run->world, s);
                session_end(run->sessions[s]);
                run_begin_session(run, s);
                break;
        case 1:
                fixture_advance_ms(&run->f, 300);
                break;
        default:
                if (!may_wait)
                        break;
                switch (random_below(&run->random, 8)) {
                case 0:
                        run_block_on_many(run, s, false);
                        break;
                case 1:
                        run_block_on_many(run, s, true);
                        break;
                case 2:
                case 3:
                        run_release(run, s);
                        break;
                case 4:
                        run_use_condition(run, s, object);
                        break;
                default:
                        run_acquire_one(run, s);
                }
        }
        run_read_replies(run);
        /* After each step, whichever call closed a cycle, no cycle is left. */
        AGREE(!any_is_stuck(&run->world));
}

static uint64_t choose_seed(int i) {
        const char *given = getenv("SHMGR_TEST_SEED");

        return given ? strtoull(given, NULL, 0) : 0x9e3779b97f4a7c15u * (uint64_t)(i + 1);
}

START_TEST(test_random) {
        unsigned n_parked = 0, n_deadlocks = 0, n_closed_by_grants = 0;
        int n_runs = random_rounds(N_RUNS);

        for (int i = 0; i < n_runs; i++) {
                Run run;
                seed = choose_seed(_i * N_RUNS + i);
                run_init(&run);
                for (int step = 0; step < N_STEPS; step++)
                        run_step(&run);
                n_parked += run.n_parked;
                n_deadlocks += run.n_deadlocks;
                n_closed_by_grants += run.n_closed_by_grants;
                for (int s = 0; s < run.world.n_sessions; s++)
                        session_end(run.sessions[s]);
                ck_assert_uint_eq(run.f.core.n_waits, 0);
                fixture_deinit(&run.f);
        }
        /* The runs did block calls. */
        ck_assert_uint_gt(n_parked, n_runs);
        ck_assert_uint_gt(n_deadlocks, n_runs / 4);
        ck_assert_uint_gt(n_closed_by_grants, n_runs / 40);
        printf("# %u waits, %u deadlocks, and %u that no call closed\n", n_parked, n_deadlocks,
               n_closed_by_grants);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("deadlock");
        TCase *c = tcase_create("deadlock");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_random, 0, 10);
        suite_add_tcase(suite, c);
        return suite;
}
