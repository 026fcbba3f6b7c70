/* The news of the core as lines of the log, each with pid, uid and command of whom it is
 * about, and the object where there is one; no more than log-burst of a kind about a user
 * within log-interval. */
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

/* From now on it reads what the core tells. */
void news_log_init(NewsLog *log, Core *core, const Options *options);
/* Says what is left to say. */
void news_log_deinit(NewsLog *log);
/* News of the shell. */
void news_log_write(NewsLog *log, const News *news);
/* Once in a while: says how much was suppressed. */
void news_log_tick(NewsLog *log);
/* Whether it needs a tick. */
bool news_log_is_counting(const NewsLog *log);
