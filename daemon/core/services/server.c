/* server.*: the daemon itself. */
#include <errno.h>

#include "account.h"
#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "json/json-util.h"
#include "restart.h"
#include "services/server-monitor.h"
#include "services/scan-waits.h"
#include "services/services.h"
#include "services/sessions.h"
#include "services/store.h"
#include "services/waits.h"
#include "types/types.h"
#include "work.h"

enum { STATS_STEPS = 300, STATS_METHOD_STEPS = 20 };

static int server_ping(Call *call, Object *none) {
        return call_return_made(call, json_object_new_string("pong"));
}

static struct json_object *describe_counters(const Core *core) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        const CoreStats *s = &core->stats;
        const struct {
                const char *name;
                uint64_t value;
        } counters[] = {
                {"calls", s->n_calls},
                {"errors", s->n_errors},
                {"notifications", s->n_notifications},
                {"batches", s->n_batches},
                {"bad_frames", s->n_bad_frames},
                {"parked", s->n_parked},
                {"served", s->n_served},
                {"timed_out", s->n_timed_out},
                {"cancelled", s->n_cancelled},
                {"sessions_begun", s->n_sessions_begun},
                {"sessions_ended", s->n_sessions_ended},
                {"sessions_cut_off", s->n_sessions_cut_off},
                {"owners_died", s->n_owners_died},
                {"deadlocks", s->n_deadlocks},
                {"expired", s->n_expired},
                {"commits", core->last_commit},
                {"steps", core->n_steps},
        };

        if (!o)
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(counters); i++)
                if (json_put_int(o, counters[i].name, counters[i].value) < 0)
                        return NULL;
        return TAKE_PTR(o);
}

/* Describes only methods that were called, so the result stays short. */
static struct json_object *describe_methods(const Call *call) {
        const Core *core = call->core;
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o)
                return NULL;
        TABLE_FOREACH (entry, &core->methods) {
                const MethodRef *ref = entry->value;
                if (!ref->n_calls)
                        continue;
                work_count(call->core, STATS_METHOD_STEPS);
                CLEANUP(json_putp) struct json_object *m = json_object_new_object();
                if (!m || json_put_int(m, "calls", ref->n_calls) < 0 ||
                    json_put_int(m, "errors", ref->n_errors) < 0 ||
                    json_put_int(m, "total_us", ref->time.total_ns / 1000) < 0 ||
                    json_put_int(m, "steps", (int64_t)ref->n_steps) < 0 ||
                    json_put_int(m, "max_us", ref->time.max_ns / 1000) < 0 ||
                    json_put(o, ref->name, TAKE_PTR(m)) < 0)
                        return NULL;
        }
        return TAKE_PTR(o);
}

static struct json_object *describe_accounts(const Core *core) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        TABLE_FOREACH (entry, &core->accounts) {
                const Account *account = entry->value;
                CLEANUP(json_putp) struct json_object *o = json_object_new_object();
                if (!o || json_put_int(o, "uid", account->uid) < 0 ||
                    json_put_int(o, "sessions", account->n_sessions) < 0 ||
                    json_put_int(o, "objects", account->n_objects) < 0 ||
                    json_put_int(o, "waits", account->n_waits) < 0 ||
                    json_put_int(o, "bytes", account->n_bytes) < 0 ||
                    json_put_int(o, "stored_objects", (int64_t)account->n_durable_objects) < 0 ||
                    json_put_int(o, "stored_bytes", (int64_t)account->n_durable_bytes) < 0 ||
                    json_put_int(o, "memory", (int64_t)account_memory(account)) < 0 ||
                    json_put_int(o, "descriptors", account->n_descriptors) < 0 ||
                    json_push(array, TAKE_PTR(o)) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

/* Returns NULL if memory ran out. */
static struct json_object *describe_restart(const Core *core) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || json_put_int(o, "ago_ms", (core->now_ns - core->restarted_ns) / 1000000) < 0 ||
            json_put_int(o, "pause_ms", core->restart_pause_ns / 1000000) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static int server_stats(Call *call, Object *none) {
        const Core *core = call->core;
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        work_count(call->core, STATS_STEPS);

        if (!o || json_put_int(o, "uptime_ms", (core->now_ns - core->start_ns) / 1000000) < 0 ||
            json_put_int(o, "sessions", core->n_sessions) < 0 ||
            json_put_int(o, "objects", table_size(&core->objects)) < 0 ||
            json_put_int(o, "waits", core->n_waits) < 0 ||
            json_put_int(o, "monitors", core->n_monitors) < 0 ||
            json_put_int(o, "bytes", core->n_bytes) < 0 ||
            json_put_int(o, "memory", (int64_t)accounts_memory(core)) < 0 ||
            json_put_int(o, "descriptors", core->n_descriptors) < 0 ||
            json_put(o, "loop", loop_time_describe(&core->loop)) < 0 ||
            (core->changes.is_on && json_put(o, "store", store_describe(core)) < 0) ||
            (core->restarted_ns && json_put(o, "restart", describe_restart(core)) < 0) ||
            json_put(o, "counters", describe_counters(core)) < 0 ||
            json_put(o, "users", describe_accounts(core)) < 0 ||
            json_put(o, "methods", describe_methods(call)) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(o));
}

/* The shell sets the text of the result. */
static int server_config(Call *call, Object *none) {
        struct json_object *config = call->core->config;

        return call_return_made(call, config ? json_object_get(config) : json_object_new_object());
}

#define LIST_SCHEMA "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"
#define SCAN_WAITS_SCHEMA                                                                          \
        "{\"type\":\"object\",\"required\":[\"sessions\",\"edges\",\"truncated\"],"                \
        "\"properties\":{\"cursor\":{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]},"      \
        "\"sessions\":" LIST_SCHEMA ",\"edges\":" LIST_SCHEMA                                      \
        ",\"truncated\":{\"type\":\"boolean\"}}}"

static const Method methods[] = {
        {.name = "ping",
         .run = server_ping,
         .work = work_constant,
         .result = STRING_SCHEMA,
         .help = "return \"pong\""},
        {.name = "stats",
         .run = server_stats,
         .work = work_methods,
         .result = OBJECT_SCHEMA,
         .help = "counters, calls and time per method, sessions, waits, memory per user"},
        {.name = "monitor",
         .run = server_monitor,
         .work = work_constant,
         .args = monitor_args,
         .result = "{\"type\":\"object\",\"required\":[\"all\",\"told\",\"lost\"]}",
         .help = "get a notification for each call that the daemon carries out"},
        {.name = "config",
         .run = server_config,
         .work = work_constant,
         .result = OBJECT_SCHEMA,
         .help = "the options in force, and the file that they come from"},
        {.name = "restart",
         .run = server_restart,
         .flags = METHOD_OPERATES,
         .work = work_constant,
         .result = "{\"type\":\"object\",\"required\":[\"version\",\"pause_ms\"],\"properties\":{"
                   "\"version\":{\"type\":\"string\"},\"pause_ms\":{\"type\":\"integer\"}}}",
         .help = "execute the daemon's program again and keep all state; the new program replies"},
        {.name = "resume",
         .run = server_resume,
         .flags = METHOD_OPERATES,
         .work = work_constant,
         .result = BOOLEAN_SCHEMA,
         .help = "write durable objects to the disk again after a fault was mended, and return "
                 "whether one was"},
        {.name = "sessions",
         .run = server_sessions,
         .work = work_sessions,
         .args = sessions_args,
         .result = "{\"type\":\"object\",\"required\":[\"sessions\"],\"properties\":{"
                   "\"cursor\":{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]},"
                   "\"sessions\":" LIST_SCHEMA "}}",
         .help = "some sessions, and a cursor for the next; null when there are no more"},
        {.name = "waits",
         .run = server_waits,
         .work = work_waits,
         .instead = "use server.scan_waits",
         .result = OBJECT_SCHEMA,
         .help = "the sessions that hold or wait for something, and which waits for which"},
        {.name = "scan_waits",
         .run = server_scan_waits,
         .work = work_scan_waits,
         .args = scan_waits_args,
         .result = SCAN_WAITS_SCHEMA,
         .help = "some holds and waits, and a cursor for the next; null when there are no more"},
        {0},
};

const Service service_server = {
        .name = "server",
        .help = "the daemon itself",
        .methods = methods,
};
