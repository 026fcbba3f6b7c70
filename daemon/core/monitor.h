/* Monitors: sessions that are told of the calls of others as they are carried out.
 *
 * Events go into the output of the monitor's session, like replies, while little is unsent there. Events that do
 * not fit are counted, and the count is sent once output has drained. So a monitor that does not read loses
 * events and nothing else, and nobody waits for it. While there is no monitor, a call costs one look at an
 * empty list.
 *
 * Root and the user who runs the daemon are told of all calls; others of those of objects that they may read
 * or own. No monitor is told of its own calls. The key of a call, and on request its arguments, are contents of the object:
 * they are told only where the mode bits let the monitor read that. */
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

/* Which calls to tell. Each may be absent: NULL, or a pid of 0. */
typedef struct MonitorFilter {
        /* of the object; where there is none, what stands before the method's dot */
        const char *type;
        const char *name;   /* a pattern */
        const char *method; /* a pattern */
        pid_t pid;
        bool args; /* tell the arguments, too */
} MonitorFilter;

typedef struct Monitor {
        Session *session;
        ListLink in_core;
        MonitorFilter filter; /* the texts are owned */
        Pattern name, method; /* those of the filter, where it has them */
        uint64_t n_told, n_lost;
        uint64_t n_lost_untold; /* of n_lost */
} Monitor;

/* Makes the session a monitor, or gives it another filter: OUTCOME_DONE, OUTCOME_REFUSED (EDQUOT), -ENOMEM. */
int monitor_begin(Call *call, const MonitorFilter *filter);
/* The session is none any more, if it was one. */
void monitor_end(Session *session);
/* For snapshots: the session was one: 0 or -ENOMEM. */
int monitor_restore(Session *session, const MonitorFilter *filter);
/* Whether it is told of what others do with this object. */
bool monitor_may_see(const Session *session, const Object *object);

typedef enum MonitorEvent {
        MONITOR_CALL, /* the call was carried out, or refused; the outcome tells */
        MONITOR_WAIT, /* it begins to wait */
} MonitorEvent;

/* Tells those who may know. The object is the call's; where that is NULL, the name that the call gives is looked
 * for. */
void monitors_tell(Call *call, MonitorEvent event, int outcome);
