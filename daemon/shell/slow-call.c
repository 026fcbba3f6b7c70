/* Logs slow calls. It parses the method from the line of the call again, so fast calls cost
 * nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "json/json-scan.h"
#include "slow-call.h"

/* Returns a member of an object; text is NULL if it is missing. */
static JsonSpan find_member(const JsonSpan *object, const char *name) {
        JsonCursor cursor;
        JsonSpan key, value;

        if (!object->text || object->kind != JSON_OBJECT)
                return (JsonSpan){0};
        json_cursor_init(&cursor, object);
        while (json_cursor_next(&cursor, &key, &value))
                if (json_span_equals(&key, name))
                        return value;
        return (JsonSpan){0};
}

/* Finds the name of the object in the parameters, by place or by name. */
static JsonSpan find_name(const JsonSpan *params) {
        JsonSpan value = {0};
        JsonCursor cursor;

        if (!params->text || params->kind != JSON_ARRAY)
                return find_member(params, "name");
        json_cursor_init(&cursor, params);
        return json_cursor_next(&cursor, NULL, &value) ? value : (JsonSpan){0};
}

/* Returns a new string, or NULL if the span is not one. */
static char *decode(const JsonSpan *span) {
        char *text;
        size_t n;

        if (!span->text || span->kind != JSON_STRING || json_span_decode(span, &text, &n) < 0)
                return NULL;
        return text;
}

static void describe(char *text, size_t size, const JsonSpan *root, unsigned n_lines,
                     int64_t elapsed_ms) {
        const char *last = root->text && root->kind == JSON_ARRAY ? "a batch" : "it";
        unsigned n_before = n_lines - 1;

        if (!root->text)
                snprintf(text, size, "%u call%s ran for %" PRId64 " ms", n_lines,
                         n_lines == 1 ? "" : "s", elapsed_ms);
        else if (n_before == 0)
                snprintf(text, size, "%s ran for %" PRId64 " ms", last, elapsed_ms);
        else
                snprintf(text, size, "%s and %u small call%s before ran for %" PRId64 " ms", last,
                         n_before, n_before == 1 ? "" : "s", elapsed_ms);
}

void slow_call_write(NewsLog *log, const Limits *limits, const Session *session, const char *line,
                     size_t n, unsigned n_lines, int64_t elapsed_ns) {
        const JsonLimits bounds = {.max_depth = limits->frame_depth,
                                   .max_members = limits->frame_members};
        JsonScan scan = {0};
        char text[96];

        if (line && json_scan(line, n, &bounds, &scan) < 0)
                scan.root = (JsonSpan){0};
        const JsonSpan method = find_member(&scan.root, "method");
        const JsonSpan params = find_member(&scan.root, "params");
        const JsonSpan name = find_name(&params);
        CLEANUP(freep) char *method_text = decode(&method);
        CLEANUP(freep) char *name_text = decode(&name);

        describe(text, sizeof(text), &scan.root, n_lines, elapsed_ns / 1000000);
        news_log_write(log, &(News){.kind = NEWS_SLOW,
                                    .session = session,
                                    .method = method_text,
                                    .object = name_text,
                                    .n_object = name_text ? strlen(name_text) : 0,
                                    .text = text});
}
