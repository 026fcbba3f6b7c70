/* The core's life: setup, time, end.
 *
 * Time is an input: core_set_time() sets it, never backwards, and nothing else in the core knows a
 * clock. Deadlines are in a heap; core_advance() ends the waits whose deadline has passed, in the
 * order of deadlines and, among equal ones, of parking.
 *
 * core_work_off() is the other input without a client: it does deferred work in slices between the
 * messages of clients (work.h). */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "call/call.h"
#include "call/methods.h"
#include "call/reply.h"
#include "collect.h"
#include "core.h"
#include "core-state.h"
#include "end/object-end.h"
#include "end/session-end.h"
#include "end/settle.h"
#include "expire.h"
#include "idle.h"
#include "json/json-text.h"
#include "reference.h"
#include "remains.h"
#include "restart.h"
#include "session.h"
#include "wait/serve.h"
#include "wait/wait.h"
#include "work.h"

int core_init(Core *core, const Limits *limits) {
        *core = (Core){.limits = limits ? *limits : limits_default,
                       .unmapped_gid = (gid_t)-1,
                       .next_idle_ns = INT64_MAX};
        list_init(&core->sessions);
        list_init(&core->dirty);
        list_init(&core->restarts);
        list_init(&core->descriptors);
        list_init(&core->ready);
        list_init(&core->retries);
        list_init(&core->replies);
        list_init(&core->unsure);
        list_init(&core->gone);
        list_init(&core->lease_ends);
        list_init(&core->ended);
        list_init(&core->leaving);
        settle_init(core);
        list_init(&core->doomed);
        list_init(&core->monitors);
        changes_init(&core->changes);
        int r = reply_init(core);
        if (r == 0)
                r = methods_init(core);
        if (r < 0)
                core_deinit(core);
        return r;
}

void core_deinit(Core *core) {
        core->n_at_once = core->n_allowed = UINT64_MAX;
        while (core_has_leftovers(core))
                core_work_off(core, UINT64_MAX);
        for (List *node; (node = list_first(&core->sessions));)
                session_end(LIST_ENTRY(node, Session, in_core));
        objects_end_all(core);
        changes_deinit(&core->changes);
        accounts_deinit(core);
        methods_deinit(core);
        assert(core->n_waits == 0 && core->relations.n == 0 && core->relations.n_places == 0 &&
               core->n_bytes == 0 && core->n_structure_bytes == 0 && core->n_descriptors == 0);
        heap_deinit(&core->deadlines);
        /* no call is parked: all sessions have ended */
        chains_deinit(&core->parked);
        reply_deinit(core);
        buffer_deinit(&core->scratch);
        buffer_deinit(&core->answer);
        buffer_deinit(&core->event);
        free(core->spare);
        free(core->spare_values);
        json_object_put(core->config);
        *core = (Core){0};
}

Core *core_new(const CoreSetup *setup) {
        Core *core = malloc(sizeof(*core));

        if (!core)
                return NULL;
        if (core_init(core, setup->limits) < 0) {
                free(core);
                return NULL;
        }
        core->source = setup->source;
        core->on_serving = setup->on_serving;
        core->uid = setup->uid;
        core->unmapped_gid = setup->unmapped_gid;
        core->session_bytes = setup->session_bytes;
        core->lent_min = setup->lent_min;
        return core;
}

Core *core_free(Core *core) {
        if (!core)
                return NULL;
        core_deinit(core);
        free(core);
        return NULL;
}

void core_set_limits(Core *core, const Limits *limits) {
        core->limits = *limits;
}

const Limits *core_limits(const Core *core) {
        return &core->limits;
}

void core_set_news_reader(Core *core, const NewsReader *reader) {
        core->news_reader = reader ? *reader : (NewsReader){0};
}

int core_set_config(Core *core, const char *text, size_t n) {
        static const JsonLimits limits = {.max_depth = 8, .max_members = 1024};
        struct json_object *config;
        int r = json_parse(text, n, &limits, &config, NULL);

        if (r < 0)
                return r == -ENOMEM ? r : -EINVAL;
        json_object_put(core->config);
        core->config = config;
        return 0;
}

static int64_t wall_ms_of(const Core *core, int64_t at_ns) {
        return core->wall_ms - (core->now_ns - at_ns) / 1000000;
}

CoreCounts core_counts(const Core *core) {
        return (CoreCounts){.n_sessions = core->n_sessions,
                            .n_objects = table_size(&core->objects),
                            .n_waits = core->n_waits,
                            .has_store = core->changes.is_on,
                            .n_durable = core->changes.n_objects,
                            .store_fault = core->changes.fault,
                            .started_ms = wall_ms_of(core, core->start_ns),
                            .restarted_ms =
                                    core->restarted_ns ? wall_ms_of(core, core->restarted_ns) : 0,
                            .restart_pause_ns = core->restart_pause_ns,
                            .last_sync_ns = core->changes.last_ns,
                            .max_sync_ns = core->changes.max_ns};
}

int64_t core_now_ns(const Core *core) {
        return core->now_ns;
}

void core_set_time(Core *core, int64_t now_ns, int64_t wall_ms) {
        if (now_ns > core->now_ns)
                core->now_ns = now_ns;
        if (!core->start_ns)
                core->start_ns = core->now_ns;
        core->wall_ms = wall_ms;
}

/* Tokens stay below 2^53, which every JSON parser reads exactly; the clock reaches that in the year
 * 2255. */
void core_begin_tokens(Core *core, int64_t wall_us) {
        const int64_t most = (INT64_C(1) << 53) - (INT64_C(1) << 50);

        core->last_token = wall_us < 0 ? 0 : (uint64_t)(wall_us < most ? wall_us : most);
}

void core_advance(Core *core) {
        for (HeapNode *node; (node = heap_min(&core->deadlines)) && node->key <= core->now_ns;)
                wait_end(&CONTAINER_OF(node, Call, deadline)->wait, WAIT_END_TIMED_OUT);
        objects_expire(core);
        core_settle(core);
}

/* Remains have their own allowance, since accounts take turns with it (remains.c). The steps that
 * they used are subtracted here. */
static void drop_remains(Core *core) {
        uint64_t n = remains_drop(core, NULL, core->n_allowed);

        core->n_allowed -= n < core->n_allowed ? n : core->n_allowed;
}

/* Each kind of work comes first in one of seven turns, so no kind starves another. */
void core_work_off(Core *core, uint64_t n_steps) {
        static void (*const kinds[])(Core *) = {
                sessions_give_back, leases_work_off,  objects_finish, drop_remains,
                objects_collect,    replies_work_off, objects_expire};

        if (!core_has_leftovers(core))
                return;
        unsigned first = core->n_turns++;
        core->n_allowed = n_steps;
        for (unsigned i = 0; i < ELEMENTSOF(kinds); i++)
                kinds[(first + i) % ELEMENTSOF(kinds)](core);
        core_settle(core);
}

uint64_t core_bytes_in_use(const Core *core) {
        return accounts_memory(core);
}

int64_t core_next_deadline(const Core *core) {
        const HeapNode *node = heap_min(&core->deadlines);
        int64_t deadline_ns = node ? node->key : INT64_MAX;

        /* Timers that are due count as deferred work. */
        return idle_is_due(core) || deadline_ns < core->next_idle_ns ? deadline_ns
                                                                     : core->next_idle_ns;
}

/* The shell measures, since the core has no clock. */
void core_note_time(Core *core, int64_t elapsed_ns) {
        line_times_note(&core->line_times, elapsed_ns);
}

unsigned core_count_untimed(const Core *core) {
        return core->line_times.n_lines;
}

bool core_time_is_due(const Core *core) {
        return line_times_are_due(&core->line_times);
}

void core_note_turn(Core *core, int64_t cpu_ns) {
        loop_time_note(&core->loop, cpu_ns);
}

void core_note_spin(Core *core, int64_t spin_ns, bool is_hit) {
        loop_time_note_spin(&core->loop, spin_ns, is_hit);
}

/* Ends waiting calls before the daemon ends; objects and sessions end with the core. */
void core_shutdown(Core *core) {
        LIST_FOREACH (node, &core->sessions)
                session_end_waits(LIST_ENTRY(node, Session, in_core), WAIT_END_SHUTDOWN);
        core_refuse_restart(core, ECONNRESET, "it is ending");
}

bool core_take_restart(Core *core) {
        bool is_wanted = core->wants_restart;

        core->wants_restart = false;
        return is_wanted;
}

void core_note_restart(Core *core, int64_t pause_ns) {
        core->restarted_ns = core->now_ns;
        core->restart_pause_ns = pause_ns;
        restarts_note(core, pause_ns);
}

void core_refuse_restart(Core *core, int error, const char *why) {
        restarts_refuse(core, error, why);
}
