/* Samples of shmgrctl top, computed from server.stats and server.scan_waits. */
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "json/json-util.h"
#include "scan.h"
#include "top-sample.h"

enum { PAGE = 500 };

void top_state_deinit(TopState *state) {
        json_object_put(state->stats);
        state->stats = NULL;
}

static struct json_object *get(struct json_object *o, const char *key) {
        struct json_object *value = NULL;

        if (json_object_is_type(o, json_type_object))
                json_object_object_get_ex(o, key, &value);
        return value;
}

static int64_t number(struct json_object *o, const char *key) {
        return json_object_get_int64(get(o, key));
}

static int put_double(struct json_object *o, const char *key, double value) {
        return json_put(o, key, json_object_new_double(value));
}

/* Two successive samples. */
typedef struct Span {
        struct json_object *before, *now; /* results of server.stats */
        double s;
} Span;

static double rate(const Span *span, int64_t before, int64_t now) {
        return span->s > 0 && now > before ? (double)(now - before) / span->s : 0;
}

static double counter_rate(const Span *span, const char *key) {
        return rate(span, number(get(span->before, "counters"), key),
                    number(get(span->now, "counters"), key));
}

/* Adds a method, unless it was not called since the last sample. */
static int add_method(struct json_object *array, const Span *span, const char *name,
                      struct json_object *now) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        struct json_object *before = get(get(span->before, "methods"), name);
        int64_t n = number(now, "calls") - number(before, "calls");

        if (n <= 0)
                return 0;
        if (!o || json_put_string(o, "method", name) < 0 ||
            put_double(o, "calls_per_s", rate(span, 0, n)) < 0 ||
            put_double(o, "errors_per_s",
                       rate(span, number(before, "errors"), number(now, "errors"))) < 0 ||
            json_put_int(o, "mean_us", (number(now, "total_us") - number(before, "total_us")) / n) <
                    0 ||
            json_put_int(o, "max_us", number(now, "max_us")) < 0)
                return -ENOMEM;
        return json_push(array, TAKE_PTR(o));
}

static struct json_object *make_methods(const Span *span) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        struct json_object *methods = get(span->now, "methods");
        int r = array ? 0 : -ENOMEM;

        if (methods) {
                json_object_object_foreach (methods, name, method)
                        if (r == 0)
                                r = add_method(array, span, name, method);
        }
        return r < 0 ? NULL : TAKE_PTR(array);
}

/* Returns the entry of an object by its name, added if necessary. */
static struct json_object *find_object(struct json_object *objects, const char *name) {
        struct json_object *o = get(objects, name);

        if (o)
                return o;
        o = json_object_new_object();
        if (!o || json_put_string(o, "name", name) < 0 || json_put_string(o, "type", "") < 0 ||
            json_put_int(o, "waiters", 0) < 0 || json_put_int(o, "longest_ms", 0) < 0 ||
            json_put(o, "holders", json_object_new_array()) < 0) {
                json_object_put(o);
                return NULL;
        }
        return json_put(objects, name, o) < 0 ? NULL : o;
}

/* Prefers the name that the session chose for itself to the name of its program. */
static struct json_object *name_of(struct json_object *session) {
        struct json_object *client = get(session, "client");

        return client ? client : get(session, "comm");
}

static int add_hold(struct json_object *objects, struct json_object *session,
                    struct json_object *hold) {
        struct json_object *o = find_object(objects, json_object_get_string(get(hold, "name")));
        CLEANUP(json_putp) struct json_object *holder = json_object_new_object();

        if (!o || !holder || json_put_int(holder, "pid", number(session, "pid")) < 0 ||
            json_put(holder, "comm", json_object_get(name_of(session))) < 0 ||
            json_put_int(holder, "held_ms", number(hold, "held_ms")) < 0 ||
            json_put(o, "type", json_object_get(get(hold, "type"))) < 0)
                return -ENOMEM;
        return json_push(get(o, "holders"), TAKE_PTR(holder));
}

/* The type of an object without holders is that of the waiting method. */
static int add_type(struct json_object *o, const char *method) {
        size_t n = method ? strcspn(method, ".") : 0;

        if (json_object_get_string_len(get(o, "type")) > 0 || !method ||
            strncmp(method, "object.", 7) == 0)
                return 0;
        return json_put(o, "type", json_object_new_string_len(method, (int)n));
}

static int add_wait(struct json_object *objects, struct json_object *wait) {
        struct json_object *names = get(wait, "names");
        int64_t ms = number(wait, "waiting_ms");

        for (size_t i = 0; names && i < json_object_array_length(names); i++) {
                struct json_object *o = find_object(
                        objects, json_object_get_string(json_object_array_get_idx(names, i)));
                if (!o || json_put_int(o, "waiters", number(o, "waiters") + 1) < 0 ||
                    (ms > number(o, "longest_ms") && json_put_int(o, "longest_ms", ms) < 0) ||
                    add_type(o, json_object_get_string(get(wait, "method"))) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int add_session(struct json_object *objects, struct json_object *session) {
        struct json_object *holds = get(session, "holds"), *waits = get(session, "waits");
        int r = 0;

        for (size_t i = 0; holds && r == 0 && i < json_object_array_length(holds); i++)
                r = add_hold(objects, session, json_object_array_get_idx(holds, i));
        for (size_t i = 0; waits && r == 0 && i < json_object_array_length(waits); i++)
                r = add_wait(objects, json_object_array_get_idx(waits, i));
        return r;
}

static int add_page(struct json_object *objects, struct json_object *page) {
        struct json_object *sessions = get(page, "sessions");
        int r = 0;

        for (size_t i = 0; sessions && r == 0 && i < json_object_array_length(sessions); i++)
                r = add_session(objects, json_object_array_get_idx(sessions, i));
        return r;
}

/* Collects the objects that are held or waited for, by name. */
static int collect_contended(Ctl *ctl, struct json_object *objects) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        Scan scan = {.method = "server.scan_waits", .params = params};
        int r = params ? json_put_int(params, "count", PAGE) : -ENOMEM;

        while (r == 0 && !scan.is_over) {
                CLEANUP(json_putp) struct json_object *page = NULL;
                r = scan_next(ctl, &scan, &page);
                if (r == 0)
                        r = add_page(objects, page);
        }
        return r;
}

static struct json_object *make_contended(struct json_object *objects) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        json_object_object_foreach (objects, name, object)
                if (name && json_push(array, json_object_get(object)) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

static int copy(struct json_object *to, struct json_object *from, const char *key) {
        return json_put_int(to, key, number(from, key));
}

static struct json_object *make_sample(const Span *span, struct json_object *objects) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        static const char *const gauges[] = {"uptime_ms", "sessions", "objects", "waits", "bytes"};
        static const char *const totals[] = {"owners_died", "deadlocks"};
        int r = o ? 0 : -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(gauges) && r == 0; i++)
                r = copy(o, span->now, gauges[i]);
        for (size_t i = 0; i < ELEMENTSOF(totals) && r == 0; i++)
                r = copy(o, get(span->now, "counters"), totals[i]);
        if (r < 0 || put_double(o, "calls_per_s", counter_rate(span, "calls")) < 0 ||
            put_double(o, "errors_per_s", counter_rate(span, "errors")) < 0 ||
            put_double(o, "waits_per_s", counter_rate(span, "parked")) < 0 ||
            json_put(o, "contended", make_contended(objects)) < 0 ||
            json_put(o, "methods", make_methods(span)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

int top_sample(Ctl *ctl, TopState *state, struct json_object **ret, const char **ret_method) {
        CLEANUP(json_putp) struct json_object *stats = NULL;
        CLEANUP(json_putp) struct json_object *objects = json_object_new_object();

        *ret_method = "server.stats";
        int r = ctl_try(ctl, "server.stats", NULL, &stats);
        if (r < 0)
                return r;
        *ret_method = "server.scan_waits";
        r = objects ? collect_contended(ctl, objects) : -ENOMEM;
        if (r < 0)
                return r;
        /* If the daemon was restarted since, the rates begin with its start. */
        if (number(stats, "uptime_ms") < number(state->stats, "uptime_ms"))
                top_state_deinit(state);
        Span span = {.before = state->stats, .now = stats};
        span.s = (double)(number(stats, "uptime_ms") - number(state->stats, "uptime_ms")) / 1000;
        *ret = make_sample(&span, objects);
        top_state_deinit(state);
        state->stats = TAKE_PTR(stats);
        return *ret ? 0 : -ENOMEM;
}
