/* Taking replies apart. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno-name.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "response.h"

/* The daemon is trusted to bound what it sends; a value inside a reply is a few levels deeper than it was in
 * its request. */
static const JsonLimits limits = {.max_depth = 1008, .max_members = (size_t)1 << 25};

void response_deinit(Response *response) {
        free(response->method);
        json_object_put(response->params);
        free(response->text);
        json_object_put(response->data);
        json_object_put(response->result);
        *response = (Response){0};
}

static int read_error(Response *response, const JsonSpan *error) {
        JsonSpan key, value;
        JsonCursor cursor;
        int r = 0;

        response->error = -EIO;
        if (error->kind != JSON_OBJECT)
                return -EBADMSG;
        json_cursor_init(&cursor, error);
        while (r == 0 && json_cursor_next(&cursor, &key, &value)) {
                if (json_span_equals(&key, "message") && value.kind == JSON_STRING)
                        r = json_span_decode(&value, &response->text, &response->n_text);
                else if (json_span_equals(&key, "data"))
                        r = json_build(&value, &response->data);
        }
        struct json_object *name;
        if (r == 0 && json_object_is_type(response->data, json_type_object) &&
            json_object_object_get_ex(response->data, "errno", &name) &&
            json_object_is_type(name, json_type_string))
                response->error = -errno_from_name(json_object_get_string(name));
        return r;
}

static int read_id(Response *response, const JsonSpan *id) {
        CLEANUP(json_putp) struct json_object *value = NULL;

        if (id->kind != JSON_INT)
                return 0;
        int r = json_build(id, &value);
        if (r < 0)
                return r;
        response->has_id = true;
        response->id = (uint64_t)json_object_get_int64(value);
        return 0;
}

int response_read(Response *ret, const char *text, size_t n) {
        JsonSpan key, value;
        JsonCursor cursor;
        JsonScan scan;
        size_t n_method;

        *ret = (Response){0};
        int r = json_scan(text, n, &limits, &scan);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        if (scan.root.kind != JSON_OBJECT)
                return -EBADMSG;
        json_cursor_init(&cursor, &scan.root);
        while (r == 0 && json_cursor_next(&cursor, &key, &value)) {
                if (json_span_equals(&key, "id"))
                        r = read_id(ret, &value);
                else if (json_span_equals(&key, "result"))
                        r = json_build(&value, &ret->result);
                else if (json_span_equals(&key, "error"))
                        r = read_error(ret, &value);
                else if (json_span_equals(&key, "method") && value.kind == JSON_STRING)
                        r = json_span_decode(&value, &ret->method, &n_method);
                else if (json_span_equals(&key, "params"))
                        r = json_build(&value, &ret->params);
        }
        if (r < 0)
                response_deinit(ret);
        return r;
}
