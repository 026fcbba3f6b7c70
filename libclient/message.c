/* Writes messages. */
#include <errno.h>
#include <string.h>

#include "json/json-number.h"
#include "json/json-text.h"
#include "message.h"

enum { ID_TAIL = 16 };

/* Removes the begun message after a failure: the buffer holds whole messages only. */
static int end_message(Buffer *out, size_t start, int r) {
        if (r < 0)
                buffer_truncate(out, start);
        return r;
}

static int write_head(Buffer *out, const char *method) {
        int r = buffer_append_string(out, "{\"jsonrpc\":\"2.0\",\"method\":");

        return r == 0 ? json_write_string(out, method, strlen(method)) : r;
}

/* `tail` is at most ID_TAIL bytes long. Ids count from 1, and never come to 2^63. */
static int write_id(Buffer *out, const char *tail, uint64_t id) {
        size_t n = strlen(tail);
        int r = buffer_reserve(out, ID_TAIL + JSON_INT_SIZE + 2);

        if (r < 0)
                return r;
        char *end = out->data + out->end;
        memcpy(end, tail, n);
        n += json_int_format((int64_t)id, end + n);
        memcpy(end + n, "}\n", 2);
        out->end += n + 2;
        return 0;
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
                r = write_id(out, ",\"id\":", id);
        return end_message(out, start, r);
}

int message_begin_request(Buffer *out, const char *method) {
        static const char head[] = "{\"jsonrpc\":\"2.0\",\"method\":\"", tail[] = "\",\"params\":[";
        size_t n = strlen(method);
        int r = buffer_reserve(out, sizeof(head) + n + sizeof(tail));

        if (r < 0)
                return r;
        char *end = out->data + out->end;
        memcpy(end, head, sizeof(head) - 1);
        memcpy(end + sizeof(head) - 1, method, n);
        memcpy(end + sizeof(head) - 1 + n, tail, sizeof(tail) - 1);
        out->end += sizeof(head) - 1 + n + sizeof(tail) - 1;
        return 0;
}

int message_end_request(Buffer *out, uint64_t id) {
        size_t start = buffer_size(out);

        return end_message(out, start, write_id(out, "],\"id\":", id));
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
