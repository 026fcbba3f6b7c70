/* Describes the holders of an object in one line. */
#include <time.h>

#include "busy.h"
#include "duration.h"
#include "json/json-util.h"
#include "shown.h"

static struct json_object *get(struct json_object *o, const char *key) {
        return json_object_object_get(o, key);
}

static int append_text(Buffer *b, const char *before, struct json_object *text,
                       const char *behind) {
        int r = buffer_append_string(b, before);

        if (r == 0)
                r = shown_append_value(b, text);
        return r == 0 ? buffer_append_string(b, behind) : r;
}

static int append_since(Buffer *b, struct json_object *holder) {
        int64_t held_ms = json_object_get_int64(get(holder, "held_ms"));
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        int r = buffer_append_string(b, " since ");
        if (r == 0)
                r = duration_append_date(b, now.tv_sec * 1000LL + now.tv_nsec / 1000000 - held_ms);
        if (r == 0)
                r = buffer_append_string(b, ", for ");
        return r == 0 ? duration_append(b, held_ms * 1000) : r;
}

static int append_holder(Buffer *b, struct json_object *holder) {
        struct json_object *client = get(holder, "client"), *note = get(holder, "note");
        int64_t expect_ms = json_object_get_int64(get(holder, "expect_ms"));
        int r = buffer_append_format(b, "pid %lld",
                                     (long long)json_object_get_int64(get(holder, "pid")));

        if (r == 0)
                r = append_text(b, " (", client ? client : get(holder, "comm"), ")");
        if (r == 0)
                r = append_since(b, holder);
        if (r == 0 && expect_ms)
                r = buffer_append_string(b, ", expected to take ");
        if (r == 0 && expect_ms)
                r = duration_append(b, expect_ms * 1000);
        return r == 0 && note ? append_text(b, ": \"", note, "\"") : r;
}

static int append_holders(Buffer *b, const char *name, struct json_object *holders, int64_t n) {
        CLEANUP(json_putp) struct json_object *text = json_object_new_string(name);
        int r = text ? append_text(b, "'", text, "' is held by ") : -1;

        if (r == 0)
                r = append_holder(b, json_object_array_get_idx(holders, 0));
        return r == 0 && n > 1 ? buffer_append_format(b, "; and by %lld more", (long long)n - 1)
                               : r;
}

bool busy_describe(Ctl *ctl, const char *name, Buffer *b) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *stat = NULL;

        if (!params || json_put_string(params, "name", name) < 0 ||
            ctl_try(ctl, "object.stat", params, &stat) < 0)
                return false;
        struct json_object *holders = get(stat, "holders");
        return json_object_is_type(holders, json_type_array) &&
               json_object_array_length(holders) > 0 &&
               append_holders(b, name, holders, json_object_get_int64(get(stat, "n_holders"))) == 0;
}
