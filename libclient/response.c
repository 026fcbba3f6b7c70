/* Parsing replies.
 *
 * Most replies are short and of one form, with a scalar as result. response_read_plain() compares them with that form byte by
 * byte, and allocates nothing for a number or a boolean; any other reply goes through the strict scanner, which also
 * finds faults. So the fast path may reject a valid reply, but must never accept an invalid one. */
#include <errno.h>
#include <limits.h>
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
        if (response->plain)
                return;
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

/* Skips a constant text. Returns false if the text does not begin with it. */
static bool skip(const char **text, size_t *n, const char *constant, size_t n_constant) {
        if (*n < n_constant || memcmp(*text, constant, n_constant) != 0)
                return false;
        *text += n_constant;
        *n -= n_constant;
        return true;
}

#define SKIP(text, n, constant) skip(text, n, constant, sizeof(constant) - 1)

/* Returns the length, with the quotes, of a string of printable ASCII without escapes, or 0 for any other. */
static size_t find_string(const char *text, size_t n) {
        size_t i = 1;

        while (i < n && text[i] >= ' ' && text[i] < 0x7f && text[i] != '"' && text[i] != '\\')
                i++;
        return i < n && text[i] == '"' ? i + 1 : 0;
}

/* Parses an integer of at most 18 digits, which fits. Returns false for a leading zero, and without digits. */
static bool skip_number(const char **text, size_t *n, int64_t *ret) {
        enum { DIGITS_SAFE = 18 };
        bool is_negative = *n > 0 && **text == '-';
        size_t n_digits = *n - is_negative < DIGITS_SAFE ? *n - is_negative : DIGITS_SAFE;
        const char *digits = *text + is_negative, *at = digits, *end = digits + n_digits;
        int64_t number = 0;

        for (unsigned digit; at < end && (digit = (unsigned)*at - '0') < 10; at++)
                number = 10 * number + digit;
        if (at == digits || (*digits == '0' && at != *text + 1))
                return false;
        *ret = is_negative ? -number : number;
        *n -= (size_t)(at - *text);
        *text = at;
        return true;
}

static bool skip_string(const char **text, size_t *n, struct json_object **ret) {
        size_t k = find_string(*text, *n);

        *ret = k ? json_object_new_string_len(*text + 1, (int)k - 2) : NULL;
        *text += k;
        *n -= k;
        return *ret;
}

/* The first byte tells the kind. A grant with nothing but a token is one of the plain results, since each lock call has one. */
static bool skip_plain(const char **text, size_t *n, Response *ret) {
        switch (*n > 0 ? **text : 0) {
        case 'n':
                ret->plain = PLAIN_NULL;
                return SKIP(text, n, "null");
        case 't':
        case 'f':
                ret->plain = PLAIN_BOOL;
                ret->integer = **text == 't';
                return ret->integer ? SKIP(text, n, "true") : SKIP(text, n, "false");
        case '"':
                return skip_string(text, n, &ret->result);
        case '{':
                ret->plain = PLAIN_TOKEN;
                return SKIP(text, n, "{\"token\":") && skip_number(text, n, &ret->integer) &&
                       SKIP(text, n, "}");
        default:
                ret->plain = PLAIN_INT;
                return skip_number(text, n, &ret->integer);
        }
}

bool response_read_plain(Response *ret, const char *text, size_t n) {
        int64_t id;

        *ret = (Response){0};
        if (SKIP(&text, &n, "{\"jsonrpc\":\"2.0\",\"result\":") && n < INT_MAX &&
            skip_plain(&text, &n, ret) && SKIP(&text, &n, ",\"id\":") &&
            skip_number(&text, &n, &id) && n == 1 && *text == '}') {
                ret->has_id = true;
                ret->id = (uint64_t)id;
                return true;
        }
        json_object_put(ret->result);
        *ret = (Response){0};
        return false;
}

/* For callers that want the result as a tree after all. */
static struct json_object *build_plain(const Response *response) {
        CLEANUP(json_putp) struct json_object *o = NULL;

        switch (response->plain) {
        case PLAIN_BOOL:
                return json_object_new_boolean((json_bool)response->integer);
        case PLAIN_INT:
                return json_object_new_int64(response->integer);
        default:
                o = json_object_new_object();
                if (!o || json_put_int(o, "token", response->integer) < 0)
                        return NULL;
                return TAKE_PTR(o);
        }
}

int response_get_result(const Response *response, struct json_object **ret) {
        *ret = NULL;
        if (!response->plain) {
                *ret = json_object_get(response->result);
                return 0;
        }
        if (response->plain == PLAIN_NULL)
                return 0;
        *ret = build_plain(response);
        return *ret ? 0 : -ENOMEM;
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
