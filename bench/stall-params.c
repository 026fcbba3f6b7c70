/* Makes parameters of methods. */
#include <stdio.h>
#include <string.h>

#include "stall-daemon.h"
#include "stall-fill.h"
#include "stall-params.h"

enum { MANY = 1000 };

static void put(Buffer *b, const char *text) {
        if (buffer_append_string(b, text) < 0)
                stall_fail("memory");
}

static void put_array(Buffer *b) {
        put(b, "[");
        fill_ints(b, 0, MANY);
        put(b, "]");
}

static void put_members(Buffer *b) {
        put(b, "{");
        fill_members(b, 0, MANY);
        put(b, "}");
}

/* Parameters that have one meaning in every method. An empty text leaves the parameter out. */
static const struct {
        const char *param, *json;
} known[] = {
        {"other", "\"other\""},
        {"index", "0"},
        {"key", "\"k500\""},
        {"cursor", "0"},
        {"count", "1000"},
        {"n", "1"},
        {"max", "1000"},
        {"timeout_ms", "0"},
        {"op", "\">=\""},
        {"end", "\"reader\""},
        {"pattern", "\"*a*e*i*o*u*\""},
        {"create", "true"},
        {"start", "0"},
        {"stop", "1000"},
        {"step", ""},
        {"delta", "1"},
        {"uid", ""},
        {"gid", ""},
        {"mode", "\"0600\""},
        {"objects", "[{\"name\":\"lock\"},{\"name\":\"rlock\"}]"},
        {"conditions", "[{\"lock\":\"lock\"},{\"event\":\"event\"},{\"queue\":\"queue\"}]"},
        {"expected", "\"absent\""},
};

static const char *find_known(const char *param) {
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (strcmp(known[i].param, param) == 0)
                        return known[i].json;
        return NULL;
}

static const char *schema_type(struct json_object *param) {
        struct json_object *schema, *type;

        if (!json_object_object_get_ex(param, "schema", &schema) ||
            !json_object_object_get_ex(schema, "type", &type))
                return "";
        if (json_object_is_type(type, json_type_array))
                type = json_object_array_get_idx(type, 0);
        return json_object_get_string(type);
}

static const char *first_choice(struct json_object *param) {
        struct json_object *schema, *choices;

        if (json_object_object_get_ex(param, "schema", &schema) &&
            json_object_object_get_ex(schema, "enum", &choices))
                return json_object_to_json_string(json_object_array_get_idx(choices, 0));
        return NULL;
}

static void put_by_type(Buffer *b, struct json_object *param, const char *type) {
        const char *kind = schema_type(param), *choice = first_choice(param);
        bool is_number = strcmp(type, "counter") == 0 || strcmp(type, "array") == 0;

        if (choice)
                put(b, choice);
        else if (strcmp(kind, "array") == 0)
                put_array(b);
        else if (strcmp(kind, "object") == 0)
                put_members(b);
        else if (strcmp(kind, "boolean") == 0)
                put(b, "false");
        else if (strcmp(kind, "integer") == 0 || strcmp(kind, "number") == 0 || is_number)
                put(b, "1");
        else
                put(b, "\"absent\"");
}

/* Optional parameters are left out, except those without which a method does nothing. */
static bool is_wanted(struct json_object *param, const char *name) {
        static const char *const optional[] = {"create", "value", "values",  "other",     "cursor",
                                               "count",  "max",   "pattern", "timeout_ms"};
        struct json_object *required;

        if ((json_object_object_get_ex(param, "required", &required) &&
             json_object_get_boolean(required)) ||
            json_object_object_get_ex(param, "x-required", &required))
                return true;
        for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
                if (strcmp(optional[i], name) == 0)
                        return true;
        return false;
}

static bool has_param(struct json_object *params, const char *name) {
        for (size_t i = 0; i < json_object_array_length(params); i++)
                if (strcmp(json_object_get_string(json_object_object_get(
                                   json_object_array_get_idx(params, i), "name")),
                           name) == 0)
                        return true;
        return false;
}

void params_write(Buffer *b, struct json_object *method, const char *type, const char *name,
                  size_t n_elements) {
        struct json_object *params = json_object_object_get(method, "params");
        bool has_other = has_param(params, "other"), is_first = true;

        put(b, "{");
        for (size_t i = 0; i < json_object_array_length(params); i++) {
                struct json_object *param = json_object_array_get_idx(params, i);
                const char *param_name =
                        json_object_get_string(json_object_object_get(param, "name"));
                const char *text = find_known(param_name);
                bool is_name = strcmp(param_name, "name") == 0;
                if ((is_name ? !name : !is_wanted(param, param_name)) || (text && !*text) ||
                    (has_other && strcmp(param_name, "values") == 0))
                        continue;
                if (buffer_append_format(b, "%s\"%s\":", is_first ? "" : ",", param_name) < 0)
                        stall_fail("memory");
                is_first = false;
                if (is_name) {
                        put(b, "\"");
                        put(b, name);
                        put(b, "\"");
                } else if (text)
                        put(b, text);
                else
                        put_by_type(b, param, type);
        }
        put(b, "}");
}
