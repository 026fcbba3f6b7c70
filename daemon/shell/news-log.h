/* Writes the core's events as lines of the log, each with the pid, uid and command of the process
 * that it concerns, and its object if it has one. At most log-burst lines of a kind about a user
 * are written in each log-interval. */
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

/* Begins to receive the events of the core. */
void news_log_init(NewsLog *log, Core *core, const Options *options);
/* Logs the remaining counts. */
void news_log_deinit(NewsLog *log);
/* Logs an event of the shell. */
void news_log_write(NewsLog *log, const News *news);
/* Call this periodically: logs the counts of suppressed lines whose interval is over. */
void news_log_tick(NewsLog *log);
/* Returns whether news_log_tick() is needed. */
bool news_log_is_counting(const NewsLog *log);
