/* Writes the core's events for the log as lines, each with the pid, uid and command of the process that it concerns, and
 * the object if it has one; at most log-burst of a kind about a user within log-interval. */
#pragma once

#include "core.h"
#include "log-limit.h"
#include "news.h"
#include "options/options.h"

typedef struct NewsLog {
        Core *core;
        const Options *options; /* of the server; they may change */
        LogLimit limit;
} NewsLog;

/* Starts to receive the events of the core. */
void news_log_init(NewsLog *log, Core *core, const Options *options);
/* Logs the counts that are left. */
void news_log_deinit(NewsLog *log);
/* Logs an event of the shell. */
void news_log_write(NewsLog *log, const News *news);
/* Call this now and then: logs the counts of suppressed lines whose interval is over. */
void news_log_tick(NewsLog *log);
/* Whether it needs a tick. */
bool news_log_is_counting(const NewsLog *log);
