/* Monitors: sessions that receive the calls of others as events.
 *
 * Every call passes here, so the checks are ordered by their cost: is there any monitor, may it see
 * the object, do its filters match (patterns last), does it have room. The event is written once
 * into Core.event and copied to each monitor; it is written again only for one that may see more or
 * less of the arguments (Detail).
 *
 * A monitor sees an object if it may read it, owns it, or sees everything (root, and the user who
 * runs the daemon). Keys and values are only for those who may read the object: ownership is not
 * enough if the owner has removed the read bit.
 *
 * Must never happen: a monitor that does not read delays a call; its events are counted instead
 * (n_lost_untold), and the count is sent before the next event that fits; a monitor receives its
 * own calls, which would never end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno-name.h"
#include "call/call-work.h"
#include "call/call.h"
#include "core-state.h"
#include "json/json-text.h"
#include "json/value.h"
#include "monitor.h"
#include "object.h"
#include "registry.h"
#include "session.h"
#include "who.h"
#include "work.h"

enum { EVENT_LEAST = 120 }; /* bytes of the shortest event */

static int copy_text(const char **field, const char *text) {
        *field = text ? strdup(text) : NULL;
        return text && !*field ? -ENOMEM : 0;
}

static void filter_deinit(MonitorFilter *filter) {
        free((char *)filter->type);
        free((char *)filter->name);
        free((char *)filter->method);
        *filter = (MonitorFilter){0};
}

static int filter_copy(MonitorFilter *to, const MonitorFilter *from) {
        *to = (MonitorFilter){.pid = from->pid, .args = from->args};
        if (copy_text(&to->type, from->type) == 0 && copy_text(&to->name, from->name) == 0 &&
            copy_text(&to->method, from->method) == 0)
                return 0;
        filter_deinit(to);
        return -ENOMEM;
}

/* Each monitor makes every call slower, so their number has a bound. Root is exempt: an
 * administrator can always monitor. */
static int check_bounds(Call *call) {
        const Limits *limits = &call->core->limits;
        uid_t uid = call->session->peer.uid;
        unsigned long long n = 0, n_of_uid = 0;

        if (uid == 0)
                return OUTCOME_DONE;
        LIST_FOREACH (node, &call->core->monitors) {
                const Session *session = LIST_ENTRY(node, Monitor, in_core)->session;
                n += session->peer.uid != 0;
                n_of_uid += session->peer.uid == uid;
        }
        if (n >= limits->monitors)
                return call_refuse(call, EDQUOT,
                                   "the daemon has %llu monitors already (max-monitors)", n);
        if (n_of_uid >= limits->monitors_per_uid)
                return call_refuse(call, EDQUOT,
                                   "uid %u has %llu monitors already (max-monitors-per-uid)", uid,
                                   n_of_uid);
        return OUTCOME_DONE;
}

static int monitor_make(Session *session) {
        Monitor *m = calloc(1, sizeof(*m));

        if (!m)
                return -ENOMEM;
        m->session = session;
        list_append(&session->core->monitors, &m->in_core);
        session->core->n_monitors++;
        session->monitor = m;
        return 0;
}

static int monitor_new(Call *call) {
        int r = check_bounds(call);

        return r == OUTCOME_DONE ? monitor_make(call->session) : r;
}

/* Takes ownership of the texts of the filter. */
static void monitor_set_filter(Monitor *m, const MonitorFilter *filter) {
        filter_deinit(&m->filter);
        m->filter = *filter;
        if (filter->name)
                pattern_init(&m->name, filter->name);
        if (filter->method)
                pattern_init(&m->method, filter->method);
}

int monitor_begin(Call *call, const MonitorFilter *filter) {
        MonitorFilter copy;

        int r = filter_copy(&copy, filter);
        if (r == 0 && !call->session->monitor)
                r = monitor_new(call);
        if (r != OUTCOME_DONE) {
                filter_deinit(&copy);
                return r;
        }
        monitor_set_filter(call->session->monitor, &copy);
        return OUTCOME_DONE;
}

int monitor_restore(Session *session, const MonitorFilter *filter) {
        MonitorFilter copy;

        int r = filter_copy(&copy, filter);
        if (r < 0)
                return r;
        r = monitor_make(session);
        if (r == 0)
                monitor_set_filter(session->monitor, &copy);
        else
                filter_deinit(&copy);
        return r;
}

void monitor_end(Session *session) {
        Monitor *m = TAKE_PTR(session->monitor);

        if (!m)
                return;
        filter_deinit(&m->filter);
        list_unlink(&m->in_core);
        session->core->n_monitors--;
        free(m);
}

bool monitor_may_see(const Session *session, const Object *object) {
        return session_is_operator(session) || object_allows(object, session, ACCESS_READ) ||
               object_is_owned_by(object, session);
}

/* The call that an event reports. */
typedef struct Subject {
        const Call *call;
        const Object *object; /* may be NULL */
        const char *name;     /* may be NULL; not NUL-terminated */
        size_t n_name;
        /* The name with a NUL, for patterns; empty if it is longer. */
        char text[ARG_NAME_MAX + 1];
} Subject;

/* A call that failed before its object was found still has a name in its arguments. Methods of
 * services have no object. */
static void find_subject(Subject *subject, const Call *call) {
        *subject = (Subject){.call = call, .object = call->object};
        if (!call_name(call, &subject->name, &subject->n_name))
                return;
        if (subject->n_name <= ARG_NAME_MAX)
                memcpy(subject->text, subject->name, subject->n_name);
        if (!subject->object)
                subject->object = object_find(call->core, subject->name, subject->n_name);
}

static bool may_see(const Monitor *m, const Subject *subject) {
        return subject->object ? monitor_may_see(m->session, subject->object)
                               : session_is_operator(m->session);
}

static bool is_of_type(const Subject *subject, const char *type) {
        const char *method = subject->call->ref->name;
        size_t n = strlen(type);

        if (subject->object)
                return strcmp(subject->object->type->name, type) == 0;
        return strncmp(method, type, n) == 0 && method[n] == '.';
}

static bool matches(const Monitor *m, const Pattern *pattern, const char *text) {
        uint64_t n_compared = 0;
        bool does = pattern_matches(pattern, text, &n_compared);

        work_count(m->session->core, work_of_compares(n_compared));
        return does;
}

static bool is_wanted(const Monitor *m, const Subject *subject) {
        const MonitorFilter *f = &m->filter;

        return (!f->pid || f->pid == subject->call->session->peer.pid) &&
               (!f->type || is_of_type(subject, f->type)) &&
               (!f->method || matches(m, &m->method, subject->call->ref->name)) &&
               (!f->name || (subject->name && subject->n_name <= ARG_NAME_MAX &&
                             matches(m, &m->name, subject->text)));
}

static int write_text(Buffer *b, const char *key, const char *text, size_t n) {
        int r = buffer_append_format(b, ",\"%s\":", key);

        return r == 0 ? json_write_string(b, text, n) : r;
}

static int write_session(Buffer *b, const Session *session) {
        Who who;

        who_set(&who, session);
        int r = buffer_append_format(b, ",\"pid\":%d,\"uid\":%u", (int)session->peer.pid,
                                     session->peer.uid);

        if (r == 0)
                r = write_text(b, "comm", who.comm, strlen(who.comm));
        if (r == 0 && who.is_claimed)
                r = buffer_append_string(b, ",\"comm_claimed\":true");
        if (r == 0)
                r = buffer_append_format(b, ",\"session\":%llu", (unsigned long long)session->id);
        if (r == 0 && session->client[0])
                r = write_text(b, "client", session->client, strlen(session->client));
        return r;
}

static int write_subject(Buffer *b, const Subject *subject) {
        const char *method = subject->call->ref->name;
        int r = write_text(b, "method", method, strlen(method));

        if (r == 0 && subject->object)
                r = write_text(b, "type", subject->object->type->name,
                               strlen(subject->object->type->name));
        return r == 0 && subject->name ? write_text(b, "name", subject->name, subject->n_name) : r;
}

static int write_outcome(Buffer *b, const Call *call, int outcome) {
        const char *error = errno_name(call->error);
        int r = 0;

        if (call->has_waited)
                r = buffer_append_format(
                        b, ",\"waited_ms\":%lld",
                        (long long)((call->core->now_ns - call->wait.since_ns) / 1000000));
        return r == 0 && outcome != OUTCOME_DONE ? write_text(b, "errno", error, strlen(error)) : r;
}

typedef enum Detail {
        DETAIL_NONE,
        DETAIL_KEY,
        DETAIL_ARGS,
} Detail;

/* Contents are only for sessions that may read them. Without an object, the arguments concern the
 * daemon itself. */
static Detail detail_for(const Monitor *m, const Subject *subject) {
        bool may_read = subject->object ? object_allows(subject->object, m->session, ACCESS_READ)
                                        : session_is_operator(m->session);

        return !may_read ? DETAIL_NONE : m->filter.args ? DETAIL_ARGS : DETAIL_KEY;
}

enum { ARG_BYTES_MOST = 1024 };

static bool is_small(const Value *value) {
        size_t n = 0;

        if (value_is_container(value) || value_is(value, JSON_STRING))
                value_bytes(value, &n);
        return n <= ARG_BYTES_MOST;
}

/* A value longer than ARG_BYTES_MOST is written as null, and the name of its argument in "long", so
 * that a monitor can distinguish it from a null. */
static int write_arg(Buffer *b, const Call *call, unsigned i) {
        const Value *value = &call->values[i];

        work_count(call->core, WORK_PAIR);
        return is_small(value) ? value_write(b, value) : buffer_append_string(b, "null");
}

static bool is_key(const Arg *arg) {
        return strcmp(arg->name, "key") == 0 || strcmp(arg->name, "index") == 0;
}

static bool has_arg(const Call *call, unsigned i) {
        return (call->present & (1u << i)) != 0;
}

static int write_key(Buffer *b, const Call *call) {
        for (unsigned i = 0; i < call->ref->n_args; i++)
                if (has_arg(call, i) && is_key(call->ref->args[i])) {
                        int r = buffer_append_string(b, ",\"key\":");
                        return r == 0 ? write_arg(b, call, i) : r;
                }
        return 0;
}

/* Writes all arguments except the name of the object. */
static int write_args(Buffer *b, const Call *call) {
        int r = buffer_append_string(b, ",\"args\":{"), n = 0;

        for (unsigned i = 0; r == 0 && i < call->ref->n_args; i++) {
                const Arg *arg = call->ref->args[i];
                if (!has_arg(call, i) || (i == 0 && arg->kind == ARG_NAME))
                        continue;
                r = buffer_append_format(b, "%s\"%s\":", n++ > 0 ? "," : "", arg->name);
                if (r == 0)
                        r = write_arg(b, call, i);
        }
        return r == 0 ? buffer_append_string(b, "}") : r;
}

/* Writes the names of the arguments that were too large. */
static int write_long(Buffer *b, const Call *call) {
        int r = 0, n = 0;

        for (unsigned i = 0; r == 0 && i < call->ref->n_args; i++)
                if (has_arg(call, i) && !is_small(&call->values[i]))
                        r = buffer_append_format(b, "%s\"%s\"", n++ > 0 ? "," : ",\"long\":[",
                                                 call->ref->args[i]->name);
        return r == 0 && n > 0 ? buffer_append_string(b, "]") : r;
}

static int write_detail(Buffer *b, const Call *call, Detail detail) {
        int r = detail == DETAIL_NONE ? 0 : write_key(b, call);

        if (r == 0 && detail == DETAIL_ARGS)
                r = write_args(b, call);
        return r == 0 && detail == DETAIL_ARGS ? write_long(b, call) : r;
}

static int write_event(Buffer *b, const Subject *subject, MonitorEvent event, int outcome,
                       Detail detail) {
        const Call *call = subject->call;
        const char *name = event == MONITOR_WAIT ? "wait" : call->has_waited ? "end" : "call";
        int r = buffer_append_format(b,
                                     "{\"jsonrpc\":\"2.0\",\"method\":\"monitor.call\","
                                     "\"params\":{\"event\":\"%s\",\"at_ms\":%lld",
                                     name, (long long)call->core->wall_ms);

        if (r == 0)
                r = write_session(b, call->session);
        if (r == 0)
                r = write_subject(b, subject);
        if (r == 0)
                r = write_detail(b, call, detail);
        if (r == 0 && event == MONITOR_CALL)
                r = write_outcome(b, call, outcome);
        return r == 0 ? buffer_append(b, "}}\n", 3) : r;
}

/* Returns whether n more bytes fit. A monitor is never cut off for events, since it does not
 * request them one by one. */
static bool has_room(const Monitor *m, size_t n) {
        const Limits *limits = &m->session->core->limits;
        size_t n_unsent = m->session->n_unsent_bytes + session_output_size(m->session) + n;

        return n_unsent <= limits->monitor_bytes && n_unsent <= limits->output_soft_bytes;
}

/* Reports the number of lost events. Returns true if none is left to report. */
static bool tell_lost(Monitor *m) {
        enum { LOST_MAX = 128 };

        if (!m->n_lost_untold)
                return true;
        if (!has_room(m, LOST_MAX) ||
            buffer_append_format(&m->session->output,
                                 "{\"jsonrpc\":\"2.0\",\"method\":\"monitor.lost\","
                                 "\"params\":{\"n\":%llu}}\n",
                                 (unsigned long long)m->n_lost_untold) < 0)
                return false;
        m->n_lost_untold = 0;
        return true;
}

static void lose(Monitor *m) {
        m->n_lost++;
        m->n_lost_untold++;
}

static void tell(Monitor *m, const Buffer *text) {
        size_t n = buffer_size(text);

        if (n == 0 || !has_room(m, n) || !tell_lost(m) ||
            buffer_append(&m->session->output, buffer_bytes(text), n) < 0) {
                lose(m);
                return;
        }
        m->n_told++;
        session_mark_dirty(m->session);
}

void monitors_tell(Call *call, MonitorEvent event, int outcome) {
        Core *core = call->core;
        Buffer *text = &core->event;
        Detail written = DETAIL_NONE;
        Subject subject;

        if (list_is_empty(&core->monitors) || (call->ref->method->flags & METHOD_UNTOLD))
                return;
        find_subject(&subject, call);
        buffer_truncate(text, 0);
        LIST_FOREACH (node, &core->monitors) {
                Monitor *m = LIST_ENTRY(node, Monitor, in_core);
                /* Patterns are compared last: a monitor costs nothing in calls that it may not
                 * see. */
                if (m->session == call->session || !may_see(m, &subject) || !is_wanted(m, &subject))
                        continue;
                /* Nothing is written for a monitor that does not read. */
                if (!has_room(m, EVENT_LEAST)) {
                        lose(m);
                        continue;
                }
                /* Written once for all monitors with the same detail. If memory runs out, they lose
                 * the event. */
                Detail detail = detail_for(m, &subject);
                if (buffer_size(text) > 0 && detail != written)
                        buffer_truncate(text, 0);
                written = detail;
                if (buffer_size(text) == 0 &&
                    write_event(text, &subject, event, outcome, detail) < 0)
                        buffer_truncate(text, 0);
                tell(m, text);
        }
}
