/* Formats a sample of shmgrctl top as lines: numbers first, then contended objects, then
 * methods. */
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "json/json-util.h"
#include "shown.h"
#include "top-view.h"

enum { NAME_WIDTH = 24 };

static struct json_object *get(struct json_object *o, const char *key) {
        return json_object_object_get(o, key);
}

static int64_t number(struct json_object *o, const char *key) {
        return json_object_get_int64(get(o, key));
}

static double real(struct json_object *o, const char *key) {
        return json_object_get_double(get(o, key));
}

/* Appends a cell of fixed width. A longer text is cut between characters. */
static int append_cell(Buffer *b, const Buffer *text, int width) {
        const char *bytes = buffer_size(text) ? buffer_bytes(text) : "";
        int n = 0, n_bytes = 0;

        while (n_bytes < (int)buffer_size(text)) {
                bool begins = ((unsigned char)bytes[n_bytes] & 0xc0) != 0x80;
                if (begins && n == width)
                        break;
                n += begins;
                n_bytes++;
        }
        return buffer_append_format(b, "%.*s%*s ", n_bytes, bytes, width - n, "");
}

static int append_name(Buffer *b, struct json_object *value, int width) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        int r = shown_append_value(&text, value);

        return r < 0 ? r : append_cell(b, &text, width);
}

static int append_time(Buffer *b, int64_t us, int width) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        int r = duration_append(&text, us);

        return r < 0 ? r : append_cell(b, &text, width);
}

static int append_numbers(Buffer *b, struct json_object *s) {
        int r = buffer_append_string(b, "up ");

        if (r == 0)
                r = duration_append(b, number(s, "uptime_ms") * 1000);
        return r == 0 ? buffer_append_format(
                                b,
                                "   sessions %lld   objects %lld   bytes %lld   waiting %lld\n"
                                "calls/s %.1f   errors/s %.1f   waits/s %.1f   owners died %lld"
                                "   deadlocks %lld\n",
                                (long long)number(s, "sessions"), (long long)number(s, "objects"),
                                (long long)number(s, "bytes"), (long long)number(s, "waits"),
                                real(s, "calls_per_s"), real(s, "errors_per_s"),
                                real(s, "waits_per_s"), (long long)number(s, "owners_died"),
                                (long long)number(s, "deadlocks"))
                      : r;
}

/* Appends the first holder, and the number of others. */
static int append_holders(Buffer *b, struct json_object *holders) {
        size_t n = json_object_array_length(holders);
        struct json_object *first = n > 0 ? json_object_array_get_idx(holders, 0) : NULL;
        CLEANUP(buffer_deinit) Buffer text = {0};

        if (!first)
                return buffer_append_string(b, "nobody");
        int r = buffer_append_format(&text, "%lld ", (long long)number(first, "pid"));
        if (r == 0)
                r = shown_append_value(&text, get(first, "comm"));
        if (r == 0 && n > 1)
                r = buffer_append_format(&text, " and %zu more", n - 1);
        if (r == 0)
                r = append_cell(b, &text, NAME_WIDTH);
        return r == 0 ? duration_append(b, number(first, "held_ms") * 1000) : r;
}

static int append_object(Buffer *b, struct json_object *o) {
        int r = append_name(b, get(o, "name"), NAME_WIDTH);

        if (r == 0)
                r = append_name(b, get(o, "type"), 9);
        if (r == 0)
                r = buffer_append_format(b, "%7lld  ", (long long)number(o, "waiters"));
        if (r == 0)
                r = number(o, "waiters") ? append_time(b, number(o, "longest_ms") * 1000, 12)
                                         : buffer_append_format(b, "%12s ", "");
        if (r == 0)
                r = append_holders(b, get(o, "holders"));
        return r == 0 ? buffer_append_string(b, "\n") : r;
}

static int append_method(Buffer *b, struct json_object *o) {
        int r = append_name(b, get(o, "method"), NAME_WIDTH);

        if (r == 0)
                r = buffer_append_format(b, "%10.1f %10.1f  ", real(o, "calls_per_s"),
                                         real(o, "errors_per_s"));
        if (r == 0)
                r = append_time(b, number(o, "mean_us"), 12);
        if (r == 0)
                r = duration_append(b, number(o, "max_us"));
        return r == 0 ? buffer_append_string(b, "\n") : r;
}

static int append_rows(Buffer *b, struct json_object *rows, size_t most,
                       int (*append)(Buffer *b, struct json_object *row)) {
        size_t n = json_object_array_length(rows);
        int r = 0;

        for (size_t i = 0; i < n && i < most && r == 0; i++)
                r = append(b, json_object_array_get_idx(rows, i));
        return r;
}

/* Appends a heading, and marks the column by which the rows are sorted. */
static int append_head(Buffer *b, const char *text, const char *by) {
        const char *at = strstr(text, by);
        size_t n = at ? (size_t)(at - text) + strlen(by) : strlen(text);

        return buffer_append_format(b, "\n\t%.*s%s%s\n", (int)n, text, at ? "*" : "",
                                    text + n + (at && text[n] == ' '));
}

static int append_object_head(Buffer *b, TopObjects by) {
        static const char *const heads[] = {
                [TOP_BY_WAITERS] = "WAITERS", [TOP_BY_HELD] = "SINCE", [TOP_BY_NAME] = "OBJECT"};
        char text[160];

        snprintf(text, sizeof(text), "%-*s %-9s %7s  %-12s %-*s %s", NAME_WIDTH, "OBJECT", "TYPE",
                 "WAITERS", "LONGEST", NAME_WIDTH, "HELD BY", "SINCE");
        return append_head(b, text, heads[by]);
}

static int append_method_head(Buffer *b, TopMethods by) {
        static const char *const heads[] = {[TOP_BY_CALLS] = "CALLS/S",
                                            [TOP_BY_ERRORS] = "ERRORS/S",
                                            [TOP_BY_MEAN] = "MEAN",
                                            [TOP_BY_MAX] = "MAX"};
        char text[160];

        snprintf(text, sizeof(text), "%-*s %10s %10s  %-12s %-12s", NAME_WIDTH, "METHOD", "CALLS/S",
                 "ERRORS/S", "MEAN", "MAX");
        return append_head(b, text, heads[by]);
}

int top_view(Buffer *b, struct json_object *sample, TopOrder order, int max_lines) {
        struct json_object *objects = get(sample, "contended"), *methods = get(sample, "methods");
        /* Two lines of numbers, and two headings with an empty line before each, take six lines;
         * the tables share the rest. */
        size_t n_left = max_lines > 6 ? (size_t)max_lines - 6 : 0;
        size_t n_objects = json_object_array_length(objects);
        size_t n_methods = json_object_array_length(methods);
        size_t half = n_methods < n_left / 2 ? n_left - n_methods : n_left - n_left / 2;

        if (n_objects > half)
                n_objects = half;
        int r = append_numbers(b, sample);
        if (r == 0 && max_lines > 3)
                r = append_object_head(b, order.objects);
        if (r == 0)
                r = append_rows(b, objects, n_objects, append_object);
        if (r == 0 && max_lines > 5)
                r = append_method_head(b, order.methods);
        return r == 0 ? append_rows(b, methods, n_left - n_objects, append_method) : r;
}
