/* Writing messages. */
#include <errno.h>
#include <string.h>

#include "json/json-text.h"
#include "message.h"

/* A message is in the buffer as a whole or not at all. */
static int end_message(Buffer *out, size_t start, int r) {
        if (r < 0)
                buffer_truncate(out, start);
        return r;
}

static int write_head(Buffer *out, const char *method) {
        int r = buffer_append_string(out, "{\"jsonrpc\":\"2.0\",\"method\":");

        return r == 0 ? json_write_string(out, method, strlen(method)) : r;
}

static int write_id(Buffer *out, const char *before, uint64_t id) {
        return buffer_append_format(out, "%s,\"id\":%llu}\n", before, (unsigned long long)id);
}

bool message_takes_params(struct json_object *params) {
        return !params || json_object_is_type(params, json_type_array) ||
               json_object_is_type(params, json_type_object);
}

int message_write_request(Buffer *out, uint64_t id, const char *method,
                          struct json_object *params) {
        size_t start = buffer_size(out);
        int r = message_takes_params(params) ? write_head(out, method) : -EINVAL;

        if (r == 0 && params)
                r = buffer_append_string(out, ",\"params\":");
        if (r == 0 && params)
                r = json_write(out, params);
        if (r == 0)
                r = write_id(out, "", id);
        return end_message(out, start, r);
}

int message_begin_request(Buffer *out, const char *method) {
        size_t start = buffer_size(out);
        int r = write_head(out, method);

        if (r == 0)
                r = buffer_append_string(out, ",\"params\":[");
        return end_message(out, start, r);
}

int message_end_request(Buffer *out, uint64_t id) {
        size_t start = buffer_size(out);

        return end_message(out, start, write_id(out, "]", id));
}

int message_write_notification(Buffer *out, const char *method, const char *name) {
        size_t start = buffer_size(out);
        int r = message_begin_request(out, method);

        if (r == 0)
                r = json_write_string(out, name, strlen(name));
        if (r == 0)
                r = buffer_append_string(out, "]}\n");
        return end_message(out, start, r);
}

int message_write_cancel(Buffer *out, uint64_t id) {
        size_t start = buffer_size(out);

        return end_message(
                out, start,
                buffer_append_format(
                        out,
                        "{\"jsonrpc\":\"2.0\",\"method\":\"session.cancel\",\"params\":[%llu]}\n",
                        (unsigned long long)id));
}
