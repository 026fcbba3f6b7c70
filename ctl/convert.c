/* Converts the text of an argument to the value of a parameter.
 *
 * Strings are taken as they are, so no quotes are needed. Numbers and booleans must have the form
 * that JSON gives them: 007 and 0x7 are rejected.
 *
 * Must never happen: a text for a parameter of any type becomes another text. 1.10 may be a
 * version, and 12345e7 the hash of a commit. So such a text is read as JSON only if JSON would
 * write the value with the same bytes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "convert.h"
#include "json/json-text.h"
#include "json/json-util.h"

#define INTEGER_RANGE "integers are from -9223372036854775808 to 9223372036854775807"

enum { FAULT_MAX = 128 };

/* The daemon checks its own bounds on values; these only limit the work of the scanner. */
static const JsonLimits limits = {.max_depth = 1000, .max_members = 1 << 24};

static const struct {
        const char *name;
        enum json_type types[2]; /* allowed types of the JSON value */
} kinds[] = {
        [PARAM_ANY] = {"any value", {json_type_null, json_type_null}},
        [PARAM_BOOL] = {"boolean", {json_type_boolean, json_type_boolean}},
        [PARAM_INT] = {"integer", {json_type_int, json_type_int}},
        [PARAM_NUMBER] = {"number", {json_type_int, json_type_double}},
        [PARAM_STRING] = {"string", {json_type_string, json_type_string}},
        [PARAM_ARRAY] = {"array", {json_type_array, json_type_array}},
        [PARAM_OBJECT] = {"object", {json_type_object, json_type_object}},
};

const char *param_kind_name(ParamKind kind) {
        return kinds[kind].name;
}

int convert_json(const char *text, struct json_object **ret, const char **ret_fault) {
        static char fault[FAULT_MAX]; /* valid until the next call */
        JsonScan scan = {0};
        int r = json_parse(text, strlen(text), &limits, ret, &scan);

        if (r < 0)
                snprintf(fault, sizeof(fault), "%s at byte %zu", scan.error, scan.error_offset + 1);
        *ret_fault = r < 0 ? fault : NULL;
        return r == 0 || r == -ENOMEM ? r : -EINVAL;
}

static int convert_string(const char *text, struct json_object **ret, const char **ret_fault) {
        if (!utf8_is_valid(text, strlen(text))) {
                *ret_fault = "it is not UTF-8";
                return -EINVAL;
        }
        struct json_object *value = json_object_new_string(text);
        if (!value)
                return -ENOMEM;
        *ret = value;
        return 0;
}

/* Returns whether JSON writes the value with these bytes. A string never qualifies: it is shown
 * without its quotes. */
static int is_shown_as(struct json_object *value, const char *text) {
        CLEANUP(buffer_deinit) Buffer shown = {0};

        if (json_object_is_type(value, json_type_string))
                return false;
        int r = json_write(&shown, value);
        return r < 0 ? r
                     : buffer_size(&shown) == strlen(text) &&
                               memcmp(buffer_bytes(&shown), text, strlen(text)) == 0;
}

static int convert_exact(const char *text, struct json_object **ret, const char **ret_fault) {
        CLEANUP(json_putp) struct json_object *value = NULL;
        int r = convert_json(text, &value, ret_fault);

        if (r == 0)
                r = is_shown_as(value, text);
        if (r == 0 || r == -EINVAL)
                return convert_string(text, ret, ret_fault);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(value);
        return 0;
}

static int convert_any(const char *text, Reading reading, struct json_object **ret,
                       const char **ret_fault) {
        switch (reading) {
        case READ_STRING:
                return convert_string(text, ret, ret_fault);
        case READ_JSON:
                return convert_json(text, ret, ret_fault);
        default:
                return convert_exact(text, ret, ret_fault);
        }
}

/* Returns whether JSON would call it an integer, of any size. */
static bool is_integer_text(const char *text) {
        size_t n = strspn(text += *text == '-', "0123456789");

        return n > 0 && !text[n] && (n == 1 || *text != '0');
}

int convert_text(const char *text, ParamKind kind, Reading reading, struct json_object **ret,
                 const char **ret_fault) {
        CLEANUP(json_putp) struct json_object *value = NULL;

        *ret_fault = NULL;
        if (kind == PARAM_STRING)
                return convert_string(text, ret, ret_fault);
        if (kind == PARAM_ANY)
                return convert_any(text, reading, ret, ret_fault);
        int r = convert_json(text, &value, ret_fault);
        /* For a word that is not a number, "is not an integer" says enough, so no other fault is
         * returned. */
        if (r < 0 && kind != PARAM_ARRAY && kind != PARAM_OBJECT)
                *ret_fault = is_integer_text(text) ? INTEGER_RANGE : NULL;
        if (r < 0)
                return r;
        enum json_type type = json_object_get_type(value);
        if (type != kinds[kind].types[0] && type != kinds[kind].types[1])
                return -EINVAL;
        *ret = TAKE_PTR(value);
        return 0;
}
