/* The exit statuses, and the messages on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno-name.h"
#include "base/escape.h"
#include "base/utf8.h"
#include "color.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "status.h"

enum { HEAD_MAX = 1536, TAIL_MAX = 256 };

static bool writes_json;

void status_set_json(bool is_json) {
        writes_json = is_json;
}

bool status_is_json(void) {
        return writes_json;
}

/* A message may quote an argument, which a script may have from elsewhere: it must not control the
 * terminal. */
static void print_text(const char *text) {
        size_t size = ESCAPE_MAX * strlen(text) + 1, n;
        CLEANUP(freep) char *shown = malloc(size);

        if (shown)
                escape_text(shown, size, text, strlen(text), &n);
        fprintf(stderr, "%sshmgrctl:%s %s\n", color_begin(stderr, COLOR_BAD),
                color_end(stderr, COLOR_BAD), shown ? shown : strerror(ENOMEM));
}

/* Cuts the middle out of a message that quotes a very long argument. */
static void shorten(char *text) {
        size_t n = strlen(text), head = HEAD_MAX, tail = n - TAIL_MAX;

        if (n <= HEAD_MAX + TAIL_MAX)
                return;
        while (head > 0 && ((unsigned char)text[head] & 0xc0) == 0x80)
                head--;
        while (tail < n && ((unsigned char)text[tail] & 0xc0) == 0x80)
                tail++;
        memcpy(text + head, "...", 3);
        memmove(text + head + 3, text + tail, n - tail + 1);
}

/* Replaces non-ASCII bytes by '?' if the text is not UTF-8: a message may quote an argument of any
 * bytes, and JSON must be UTF-8. */
static void make_utf8(char *text) {
        if (utf8_is_valid(text, strlen(text)))
                return;
        for (; *text; text++)
                if ((unsigned char)*text >= 0x80)
                        *text = '?';
}

static int print_object(struct json_object *o) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        int r = json_write(&b, o);

        if (r == 0)
                fprintf(stderr, "%.*s\n", (int)buffer_size(&b), buffer_bytes(&b));
        return r;
}

static int print_error_json(int status, const char *method, int error, const char *text,
                            struct json_object *data) {
        CLEANUP(json_putp) struct json_object *whole = json_object_new_object();
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!whole || !o || json_put_int(o, "status", status) < 0 ||
            json_put_string(o, "message", text) < 0 ||
            (method && json_put_string(o, "method", method) < 0) ||
            (error && json_put_string(o, "errno", errno_name(-error)) < 0) ||
            (data && json_put(o, "data", json_object_get(data)) < 0) ||
            json_put(whole, "error", TAKE_PTR(o)) < 0)
                return -ENOMEM;
        return print_object(whole);
}

static int print_note_json(const char *text) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        return !o || json_put_string(o, "note", text) < 0 ? -ENOMEM : print_object(o);
}

/* Takes ownership of the text; NULL means that memory ran out. */
static int put_error(int status, char *text) {
        if (!text)
                print_text(strerror(ENOMEM));
        else if (writes_json)
                make_utf8(text);
        if (text && (!writes_json || print_error_json(status, NULL, 0, text, NULL) < 0))
                print_text(text);
        free(text);
        return status;
}

static char *PRINTF_LIKE(1, 0) format_text(const char *format, va_list args) {
        char *text;

        if (vasprintf(&text, format, args) < 0)
                return NULL;
        shorten(text);
        return text;
}

int status_usage(const char *format, ...) {
        va_list args;

        va_start(args, format);
        char *text = format_text(format, args);
        va_end(args);
        return put_error(STATUS_USAGE, text);
}

int status_error(int status, const char *format, ...) {
        va_list args;

        va_start(args, format);
        char *text = format_text(format, args);
        va_end(args);
        return put_error(status, text);
}

void status_note(const char *format, ...) {
        va_list args;

        va_start(args, format);
        char *text = format_text(format, args);
        va_end(args);
        if (text && writes_json)
                make_utf8(text);
        if (text && (!writes_json || print_note_json(text) < 0))
                print_text(text);
        free(text);
}

/* Many messages of the daemon begin with the name of the method, or quote it; it is then not
 * printed twice. */
static bool has_name(const char *text, const char *method) {
        size_t n = strlen(method);

        if (strncmp(text, method, n) == 0 && (text[n] == ':' || text[n] == ' '))
                return true;
        for (const char *at = text; (at = strstr(at, method)); at++)
                if (at > text && at[-1] == '\'' && at[n] == '\'')
                        return true;
        return false;
}

int status_refused(int status, const char *method, int error, const char *text,
                   struct json_object *data) {
        if (writes_json && print_error_json(status, method, error, text, data) == 0)
                return status;
        if (!method)
                return status_error(status, "%s", text);
        if (has_name(text, method))
                return status_error(status, "%s (%s)", text, errno_name(-error));
        return status_error(status, "%s: %s (%s)", method, text, errno_name(-error));
}

int status_failure(const char *what, int error) {
        return status_error(STATUS_ERROR, "%s: %s", what, strerror(-error));
}

/* ERANGE means a missing element only for an index; for other parameters it means a number out of
 * range. */
static bool is_about_index(struct json_object *data) {
        struct json_object *param = NULL;

        return json_object_is_type(data, json_type_object) &&
               json_object_object_get_ex(data, "param", &param) && json_is_text(param, "index");
}

int status_of_error(int error, struct json_object *data) {
        switch (-error) {
        case ENOENT:
        case ENODATA:
                return STATUS_ABSENT;
        case ERANGE:
                return is_about_index(data) ? STATUS_ABSENT : STATUS_ERROR;
        case ETIMEDOUT:
        case EAGAIN:
                return STATUS_WAIT;
        default:
                return STATUS_ERROR;
        }
}
