/* Writes events of the core to the log. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/prefix.h"
#include "json/json-util.h"
#include "core.h"
#include "log.h"
#include "news-log.h"

enum { CYCLE_SHOWN = 4 };

static const struct {
        LogLevel level;
        const char *name;
} kinds[N_NEWS_KINDS] = {
        [NEWS_SESSION_BEGINS] = {LOG_LEVEL_DEBUG, "session begins"},
        [NEWS_SESSION_ENDS] = {LOG_LEVEL_DEBUG, "session ends"},
        [NEWS_NO_SESSION] = {LOG_LEVEL_WARNING, "no session"},
        [NEWS_CUT_OFF] = {LOG_LEVEL_NOTICE, "cut off"},
        [NEWS_DENIED] = {LOG_LEVEL_NOTICE, "denied"},
        [NEWS_BOUND] = {LOG_LEVEL_NOTICE, "bound reached"},
        [NEWS_DEADLOCK] = {LOG_LEVEL_NOTICE, "deadlock"},
        [NEWS_OWNER_DIED] = {LOG_LEVEL_NOTICE, "owner died"},
        [NEWS_RELEASED] = {LOG_LEVEL_INFO, "released at the end"},
        [NEWS_STORED_BEFORE] = {LOG_LEVEL_NOTICE, "stored before"},
        [NEWS_EXPIRED] = {LOG_LEVEL_NOTICE, "expired"},
        [NEWS_SLOW] = {LOG_LEVEL_WARNING, "slow"},
};

/* A line that is cut when its buffer is full. */
typedef struct Line {
        char text[LOG_LINE_MAX];
        size_t n;
} Line;

static PRINTF_LIKE(2, 3) void line_add(Line *line, const char *format, ...) {
        va_list args;

        va_start(args, format);
        int n = vsnprintf(line->text + line->n, sizeof(line->text) - line->n, format, args);
        va_end(args);
        if (n > 0)
                line->n += (size_t)n;
        if (line->n >= sizeof(line->text))
                line->n = sizeof(line->text) - 1;
}

/* Adds "; pid 12 (a) waits for 'x'; pid 13 (b) waits for 'y'". */
static void add_cycle(Line *line, struct json_object *data) {
        struct json_object *cycle = json_object_object_get(data, "cycle");
        struct json_object *length = json_object_object_get(data, "cycle_length");
        size_t n =
                json_object_is_type(cycle, json_type_array) ? json_object_array_length(cycle) : 0;

        for (size_t i = 0; i < n && i < CYCLE_SHOWN; i++) {
                struct json_object *link = json_object_array_get_idx(cycle, i);
                struct json_object *name = json_object_object_get(link, "waits_for");
                line_add(
                        line, "; pid %" PRId64 " (%s) waits for %s",
                        json_object_get_int64(json_object_object_get(link, "pid")),
                        json_object_get_string(json_object_object_get(link, "comm")),
                        core_quote(json_object_get_string(name), json_object_get_string_len(name)));
        }
        if (length) /* the list has only a part of the cycle */
                n = json_object_get_uint64(length);
        if (n > CYCLE_SHOWN)
                line_add(line, "; and %zu more", n - CYCLE_SHOWN);
}

static uid_t uid_of(const News *news) {
        if (news->session)
                return core_session_peer(news->session)->uid;
        return news->peer ? news->peer->uid : news->owner;
}

static void add_who(Line *line, const News *news) {
        if (news->session)
                line_add(line, "%s, uid %u, session %" PRIu64, core_session_text(news->session),
                         core_session_peer(news->session)->uid, core_session_id(news->session));
        else if (!news->peer)
                line_add(line, "owner uid %u", news->owner);
        else
                line_add(line, "pid %d%s%s%s, uid %u", (int)news->peer->pid,
                         news->peer->comm[0] ? " (" : "", news->peer->comm,
                         news->peer->comm[0] ? ")" : "", news->peer->uid);
}

static void write_line(const News *news) {
        Line line = {.n = 0};

        line_add(&line, "%s: ", kinds[news->kind].name);
        add_who(&line, news);
        if (news->method)
                line_add(&line, ", %s", news->method);
        if (news->object)
                line_add(&line, "%s%s", news->method ? " " : ", ",
                         core_quote(news->object, news->n_object));
        /* The text of an error may begin with the method, which the line has already. */
        if (news->text)
                line_add(&line, ": %s",
                         news->method ? text_behind_name(news->text, news->method) : news->text);
        if (news->data)
                add_cycle(&line, news->data);
        log_write(kinds[news->kind].level, "%s", line.text);
}

void news_log_write(NewsLog *log, const News *news) {
        if (!log->core || !log_is_on(kinds[news->kind].level))
                return;
        if (log_limit_allows(&log->limit, news->kind, uid_of(news), core_now_ns(log->core),
                             log->options->log_burst))
                write_line(news);
}

static void on_news(void *userdata, const News *news) {
        news_log_write(userdata, news);
}

static void on_suppressed(void *userdata, const LogCount *count) {
        char whose[32] = "other users";

        if (count->uid != LOG_LIMIT_OTHERS)
                snprintf(whose, sizeof(whose), "uid %u", count->uid);
        log_write(kinds[count->kind].level, "%s: %s, %" PRIu64 " more such lines were suppressed",
                  kinds[count->kind].name, whose, count->n_suppressed);
}

void news_log_tick(NewsLog *log) {
        if (!log->core)
                return;
        int64_t interval_ns = (int64_t)log->options->log_interval_ms * 1000000;

        log_limit_expire(&log->limit, core_now_ns(log->core) - interval_ns, on_suppressed, log);
}

bool news_log_is_counting(const NewsLog *log) {
        return table_size(&log->limit.counts) > 0;
}

void news_log_init(NewsLog *log, Core *core, const Options *options) {
        *log = (NewsLog){.core = core, .options = options};
        core_set_news_reader(core, &(NewsReader){.on_news = on_news, .userdata = log});
}

void news_log_deinit(NewsLog *log) {
        if (!log->core)
                return;
        core_set_news_reader(log->core, NULL);
        log_limit_expire(&log->limit, INT64_MAX, on_suppressed, log);
        log_limit_deinit(&log->limit);
        log->core = NULL;
}
