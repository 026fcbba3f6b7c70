/* Builds the schemas of parameters. */
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "services/schema.h"

#define WITHOUT_NUL "\"pattern\":\"^[^\\\\u0000]*$\""

/* If a kind has two schemas, a value matches one of them. */
static const char *const kind_schemas[][2] = {
        [ARG_ANY] = {"{}"},
        [ARG_BOOL] = {"{\"type\":\"boolean\"}"},
        [ARG_INT] = {"{\"type\":\"integer\"}"},
        [ARG_NUMBER] = {"{\"type\":\"number\"}"},
        [ARG_STRING] = {"{\"type\":\"string\"," WITHOUT_NUL "}"},
        [ARG_KEY] = {"{\"type\":\"string\",\"description\":\"at most 1024 bytes of UTF-8\","
                     "\"maxLength\":1024," WITHOUT_NUL ",\"x-maxBytes\":1024}"},
        [ARG_PATTERN] = {"{\"type\":\"string\",\"description\":\"at most 255 bytes of UTF-8\","
                         "\"maxLength\":255," WITHOUT_NUL ",\"x-maxBytes\":255}"},
        [ARG_NAME] = {"{\"type\":\"string\",\"description\":\"1 to 255 bytes of UTF-8 without "
                      "control characters\",\"minLength\":1,\"maxLength\":255,"
                      "\"pattern\":\"^[^\\\\u0000-\\\\u001f\\\\u007f-\\\\u009f]+$\","
                      "\"x-maxBytes\":255}"},
        [ARG_ARRAY] = {"{\"type\":\"array\",\"items\":{}}"},
        [ARG_OBJECT] = {"{\"type\":\"object\"}"},
        [ARG_TIMEOUT] = {"{\"type\":\"number\",\"minimum\":0}"},
        [ARG_MODE] = {"{\"type\":\"integer\",\"minimum\":0,\"maximum\":511}",
                      "{\"type\":\"string\",\"description\":\"octal digits\","
                      "\"pattern\":\"^0*[0-7]{1,3}$\"}"},
        [ARG_CHOICE] = {"{\"type\":\"string\"}"},
        [ARG_ID] = {"{\"type\":\"integer\"}", "{\"type\":\"string\"}"},
};

_Static_assert(ARG_KEY_MAX == 1024 && ARG_NAME_MAX == 255, "the texts above tell them");

struct json_object *schema_parse(const char *text) {
        JsonLimits limits = {.max_depth = 16, .max_members = 1000};
        struct json_object *value;

        return json_parse(text, strlen(text), &limits, &value, NULL) < 0 ? NULL : value;
}

/* Code generators derive an identifier from each member of an enum, which is impossible for
 * ">=". */
static bool are_words(const char *const *choices) {
        for (; *choices; choices++)
                if (!((**choices >= 'a' && **choices <= 'z') || **choices == '_'))
                        return false;
        return true;
}

static int add_pattern(struct json_object *schema, const char *const *choices) {
        CLEANUP(buffer_deinit) Buffer pattern = {0};
        int r = 0;

        for (size_t i = 0; choices[i] && r == 0; i++)
                r = buffer_append_format(&pattern, "%s%s", i ? "|" : "^(", choices[i]);
        if (r == 0)
                r = buffer_append(&pattern, ")$", 3); /* including the NUL */
        return r == 0 ? json_put_string(schema, "pattern", buffer_bytes(&pattern)) : r;
}

static int add_choices(struct json_object *schema, const char *const *choices) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        bool is_enum = are_words(choices);

        if (!array)
                return -ENOMEM;
        for (const char *const *choice = choices; *choice; choice++)
                if (json_push(array, json_object_new_string(*choice)) < 0)
                        return -ENOMEM;
        if (!is_enum && add_pattern(schema, choices) < 0)
                return -ENOMEM;
        return json_put(schema, is_enum ? "enum" : "x-choices", TAKE_PTR(array));
}

/* Each integer of the protocol has 64 bits. */
static int add_bounds(struct json_object *schema, const Arg *arg) {
        int r = json_put_int(schema, "minimum", arg->bounded ? arg->minimum : INT64_MIN);

        return r < 0 ? r : json_put_int(schema, "maximum", arg->bounded ? arg->maximum : INT64_MAX);
}

static struct json_object *make_alternative(const Arg *arg, const char *text) {
        CLEANUP(json_putp) struct json_object *schema = schema_parse(text);

        if (!schema || (arg->choices && add_choices(schema, arg->choices) < 0))
                return NULL;
        if (json_is_text(json_object_object_get(schema, "type"), "integer") &&
            !json_object_object_get_ex(schema, "minimum", NULL) && add_bounds(schema, arg) < 0)
                return NULL;
        return TAKE_PTR(schema);
}

/* Returns {"oneOf": all}, or the only alternative. */
static struct json_object *join(struct json_object *alternatives) {
        CLEANUP(json_putp) struct json_object *schema = NULL;

        if (json_object_array_length(alternatives) == 1)
                return json_object_get(json_object_array_get_idx(alternatives, 0));
        schema = json_object_new_object();
        if (!schema || json_put(schema, "oneOf", json_object_get(alternatives)) < 0)
                return NULL;
        return TAKE_PTR(schema);
}

/* Absent and null have the same meaning, unless null is a value. */
static bool takes_null(const Arg *arg) {
        return arg->optional && arg->kind != ARG_ANY;
}

struct json_object *schema_of_arg(const Arg *arg) {
        CLEANUP(json_putp) struct json_object *alternatives = json_object_new_array();
        const char *const *texts = arg->schema ? &arg->schema : kind_schemas[arg->kind];
        size_t n = arg->schema || !texts[1] ? 1 : 2;

        if (!alternatives)
                return NULL;
        for (size_t i = 0; i < n; i++)
                if (json_push(alternatives, make_alternative(arg, texts[i])) < 0)
                        return NULL;
        if (takes_null(arg) && json_push(alternatives, schema_parse("{\"type\":\"null\"}")) < 0)
                return NULL;
        CLEANUP(json_putp) struct json_object *schema = join(alternatives);
        if (!schema || (arg->fallback &&
                        json_put_nullable(schema, "default", schema_parse(arg->fallback)) < 0))
                return NULL;
        return TAKE_PTR(schema);
}
