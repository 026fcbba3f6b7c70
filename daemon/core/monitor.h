/* Monitors: sessions that receive the calls of others as events while they run.
 *
 * Events go into the output of the monitor's session, like replies, as long as little is unsent
 * there. Events that do not fit are counted, and the count is sent when the output has drained. So
 * a monitor that does not read loses only events, and no call waits for it. Without monitors, a
 * call costs one look at an empty list.
 *
 * Root and the user who runs the daemon receive all calls, others those on objects that they may
 * read or own. No monitor receives its own calls. The key of a call, and on request its arguments,
 * are contents of the object: they are sent only if the mode lets the monitor read it. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "base/pattern.h"
#include "call/method.h"

typedef struct Call Call;
typedef struct Core Core;
typedef struct Object Object;
typedef struct Session Session;

enum { MONITOR_PATTERN_MAX = 255 };

/* The calls to report. Each member may be absent: NULL, or a pid of 0. */
typedef struct MonitorFilter {
        /* Of the object; for a call without one, the part of the method before the dot. */
        const char *type;
        const char *name;   /* a pattern */
        const char *method; /* a pattern */
        pid_t pid;
        bool args; /* include the arguments */
} MonitorFilter;

typedef struct Monitor {
        Session *session;
        ListLink in_core;
        MonitorFilter filter; /* the texts are owned */
        Pattern name, method; /* of the filter, if it has them */
        uint64_t n_told, n_lost;
        uint64_t n_lost_untold; /* part of n_lost */
} Monitor;

/* Makes the session a monitor, or replaces its filter. Returns OUTCOME_DONE, OUTCOME_REFUSED
 * (EDQUOT) or -ENOMEM. */
int monitor_begin(Call *call, const MonitorFilter *filter);
/* Ends the monitor of the session, if it is one. */
void monitor_end(Session *session);
/* For snapshots: makes the session a monitor again. Returns 0 or -ENOMEM. */
int monitor_restore(Session *session, const MonitorFilter *filter);
/* Returns whether the session may receive the calls of others on this object. */
bool monitor_may_see(const Session *session, const Object *object);

typedef enum MonitorEvent {
        MONITOR_CALL, /* the call has ended; the event has the outcome */
        MONITOR_WAIT, /* the call begins to wait */
} MonitorEvent;

/* Sends an event to the monitors that may see it. If the call has no object, its arguments may name
 * one. */
void monitors_tell(Call *call, MonitorEvent event, int outcome);
