/* server.monitor: the session receives the calls of other sessions as events. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "monitor.h"
#include "services/server-monitor.h"
#include "session.h"

enum { TYPE, NAME, METHOD, PID, OFF, ARGS };

static int read_text(Call *call, unsigned i, const char *param, const char **ret) {
        size_t n;
        const char *text = call_string(call, i, &n);

        if (text && (n > MONITOR_PATTERN_MAX || memchr(text, 0, n)))
                return call_refuse_arg(call, param, "%s: at most %d bytes, and no U+0000", param,
                                       MONITOR_PATTERN_MAX);
        *ret = text;
        return OUTCOME_DONE;
}

static int read_filter(Call *call, MonitorFilter *ret) {
        *ret = (MonitorFilter){.pid = (pid_t)call_int(call, PID, 0),
                               .args = call_bool(call, ARGS, false)};
        int r = read_text(call, TYPE, "type", &ret->type);
        if (r == OUTCOME_DONE)
                r = read_text(call, NAME, "name", &ret->name);
        return r == OUTCOME_DONE ? read_text(call, METHOD, "method", &ret->method) : r;
}

static struct json_object *describe(const Session *session) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        const Monitor *m = session->monitor;

        if (!o || json_put_bool(o, "all", session_is_operator(session)) < 0 ||
            json_put_int(o, "told", m ? (int64_t)m->n_told : 0) < 0 ||
            json_put_int(o, "lost", m ? (int64_t)m->n_lost : 0) < 0)
                return NULL;
        return TAKE_PTR(o);
}

int server_monitor(Call *call, Object *none) {
        CLEANUP(json_putp) struct json_object *result = describe(call->session);
        MonitorFilter filter;

        if (!result)
                return -ENOMEM;
        int r = read_filter(call, &filter);
        if (r == OUTCOME_DONE && call_bool(call, OFF, false))
                monitor_end(call->session);
        else if (r == OUTCOME_DONE)
                r = monitor_begin(call, &filter);
        return r == OUTCOME_DONE ? call_return_json(call, TAKE_PTR(result)) : r;
}

static const char pattern_schema[] =
        "{\"type\":\"string\",\"description\":\"at most 255 bytes of UTF-8\",\"maxLength\":255,"
        "\"pattern\":\"^[^\\\\u0000]*$\",\"x-maxBytes\":255}";
_Static_assert(MONITOR_PATTERN_MAX == 255, "the schema above tells it");

const Arg monitor_args[] = {
        [TYPE] = {.name = "type",
                  .kind = ARG_STRING,
                  .optional = true,
                  .schema = pattern_schema,
                  .help = "only calls of this type of object, or of this family of methods"},
        [NAME] = {.name = "name",
                  .kind = ARG_STRING,
                  .optional = true,
                  .schema = pattern_schema,
                  .help = "only objects with such names: * ? [a-z] as in a shell"},
        [METHOD] = {.name = "method",
                    .kind = ARG_STRING,
                    .optional = true,
                    .schema = pattern_schema,
                    .help = "only such methods, as for name: \"*.acquire\""},
        [PID] = {.name = "pid",
                 .kind = ARG_INT,
                 .optional = true,
                 .bounded = true,
                 .minimum = 1,
                 .maximum = INT32_MAX,
                 .help = "only calls of this process"},
        [OFF] = {.name = "off",
                 .kind = ARG_BOOL,
                 .optional = true,
                 .fallback = "false",
                 .help = "end it"},
        [ARGS] = {.name = "args",
                  .kind = ARG_BOOL,
                  .optional = true,
                  .fallback = "false",
                  .help = "include the arguments of each call"},
        {0},
};
