/* From the text of an argument to the value of a parameter.
 *
 * Strings are taken as they are, so that no quotes are needed; numbers and booleans are read as
 * JSON writes them, so that 007 and 0x7 are told to be wrong instead of being guessed at. */
#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "convert.h"
#include "json/json-text.h"
#include "json/json-util.h"

/* The daemon has bounds of its own, which it tells; these only keep the scanner within reason. */
static const JsonLimits limits = {.max_depth = 1000, .max_members = 1 << 24};

static const struct {
        const char *name;
        enum json_type types[2]; /* which a JSON text must be one of */
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
        JsonScan scan = {0};
        int r = json_parse(text, strlen(text), &limits, ret, &scan);

        *ret_fault = r < 0 ? scan.error : NULL;
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

static int convert_any(const char *text, struct json_object **ret, const char **ret_fault) {
        int r = convert_json(text, ret, ret_fault);

        return r == -EINVAL ? convert_string(text, ret, ret_fault) : r;
}

int convert_text(const char *text, ParamKind kind, bool is_literal, struct json_object **ret,
                 const char **ret_fault) {
        CLEANUP(json_putp) struct json_object *value = NULL;

        *ret_fault = NULL;
        if (kind == PARAM_STRING || (kind == PARAM_ANY && is_literal))
                return convert_string(text, ret, ret_fault);
        if (kind == PARAM_ANY)
                return convert_any(text, ret, ret_fault);
        int r = convert_json(text, &value, ret_fault);
        if (r < 0)
                return r;
        enum json_type type = json_object_get_type(value);
        if (type != kinds[kind].types[0] && type != kinds[kind].types[1])
                return -EINVAL;
        *ret = TAKE_PTR(value);
        return 0;
}
