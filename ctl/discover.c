/* The methods of the daemon. Their description is checked here and nowhere else. A newer daemon may
 * have kinds of parameters that this program does not know: such a parameter takes any value. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "discover.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "own-methods.h"
#include "status.h"

static struct json_object *member(struct json_object *o, const char *key, enum json_type type) {
        struct json_object *value = NULL;

        if (json_object_is_type(o, json_type_object))
                json_object_object_get_ex(o, key, &value);
        return json_object_is_type(value, type) ? value : NULL;
}

static const char *text_member(struct json_object *o, const char *key, const char *otherwise) {
        struct json_object *value = member(o, key, json_type_string);

        return value ? json_object_get_string(value) : otherwise;
}

static bool bool_member(struct json_object *o, const char *key) {
        return json_object_get_boolean(member(o, key, json_type_boolean));
}

static bool has_family(const Ctl *ctl, const char *family) {
        return ctl->methods && (!ctl->family || (family && strcmp(ctl->family, family) == 0));
}

/* Takes ownership of methods. */
static int set_methods(Ctl *ctl, struct json_object *methods, const char *family, bool is_own) {
        char *copy = family ? strdup(family) : NULL;

        if (!methods || (family && !copy)) {
                json_object_put(methods);
                free(copy);
                return -ENOMEM;
        }
        json_object_put(ctl->methods);
        ctl->methods = methods;
        free(ctl->family);
        ctl->family = copy;
        ctl->is_own = is_own;
        return 0;
}

/* Appends the methods of one built-in family to an array. */
static int append_own(struct json_object *methods, const OwnFamily *own) {
        static const JsonLimits limits = {.max_depth = 100, .max_members = 1 << 20};
        CLEANUP(json_putp) struct json_object *array = NULL;
        int r = json_parse(own->text, own->n_text, &limits, &array, NULL);

        for (size_t i = 0; r == 0 && i < json_object_array_length(array); i++)
                r = json_push(methods, json_object_get(json_object_array_get_idx(array, i)));
        return r;
}

int discover_know(Ctl *ctl, const char *family) {
        CLEANUP(json_putp) struct json_object *methods = NULL;

        if (has_family(ctl, family))
                return 0;
        methods = json_object_new_array();
        for (const OwnFamily *own = own_families; methods && own->name; own++)
                if ((!family || strcmp(own->name, family) == 0) && append_own(methods, own) < 0)
                        return -ENOMEM;
        return set_methods(ctl, TAKE_PTR(methods), family, true);
}

static int fetch(Ctl *ctl, const char *family) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *document = NULL;

        if (!params || (family && json_put_string(params, "family", family) < 0))
                return -ENOMEM;
        int r = ctl_try(ctl, "rpc.discover", params, &document);
        if (r < 0)
                return r;
        struct json_object *methods = member(document, "methods", json_type_array);
        return methods ? set_methods(ctl, json_object_get(methods), family, false) : -EBADMSG;
}

int discover_fetch(Ctl *ctl, const char *family) {
        if (has_family(ctl, family) && !ctl->is_own)
                return STATUS_OK;
        int r = fetch(ctl, family);
        if (r != -EBADMSG)
                return ctl_finish(ctl, "rpc.discover", r);
        return status_error(STATUS_ERROR, "rpc.discover: the daemon's reply has no methods");
}

bool discover_try(Ctl *ctl, const char *family) {
        return ctl->is_own && fetch(ctl, family) == 0;
}

bool discover_method(struct json_object *methods, size_t i, MethodInfo *ret) {
        struct json_object *method = json_object_array_get_idx(methods, i);
        struct json_object *tags = member(method, "tags", json_type_array);
        struct json_object *schema =
                member(member(method, "result", json_type_object), "schema", json_type_object);
        const char *name = text_member(method, "name", "");
        const char *dot = strchr(name, '.');

        if (!dot)
                return false;
        *ret = (MethodInfo){
                .name = name,
                .n_family = dot - name,
                .family_help = text_member(tags ? json_object_array_get_idx(tags, 0) : NULL,
                                           "description", ""),
                .help = text_member(method, "summary", ""),
                .params = member(method, "params", json_type_array),
                .is_of_type = bool_member(method, "x-object"),
                .writes = bool_member(method, "x-writes"),
                .style = strcmp(text_member(schema, "type", ""), "null") == 0 ? ANSWER_VOID
                         : bool_member(method, "x-object")                    ? ANSWER_VALUE
                                                                              : ANSWER_REPORT,
        };
        return true;
}

bool discover_is_time(const ParamInfo *param) {
        size_t n = strlen(param->name);

        return n > 3 && strcmp(param->name + n - 3, "_ms") == 0 &&
               (param->kind == PARAM_INT || param->kind == PARAM_NUMBER);
}

bool discover_name_is(const char *name, const char *word, size_t n_word) {
        size_t n = strlen(name);

        if (n != n_word && !(n == n_word + 3 && strcmp(name + n_word, "_ms") == 0))
                return false;
        for (size_t i = 0; i < n_word; i++)
                if (name[i] != word[i] && !(name[i] == '_' && word[i] == '-'))
                        return false;
        return true;
}

bool discover_is_of_family(const MethodInfo *method, const char *family) {
        return strlen(family) == method->n_family &&
               memcmp(family, method->name, method->n_family) == 0;
}

bool discover_find(struct json_object *methods, const char *family, const char *verb,
                   MethodInfo *ret) {
        for (size_t i = 0; i < json_object_array_length(methods); i++)
                if (discover_method(methods, i, ret) && discover_is_of_family(ret, family) &&
                    discover_name_is(ret->name + ret->n_family + 1, verb, strlen(verb)))
                        return true;
        return false;
}

bool discover_has_family(struct json_object *methods, const char *family) {
        MethodInfo method;

        for (size_t i = 0; i < json_object_array_length(methods); i++)
                if (discover_method(methods, i, &method) && discover_is_of_family(&method, family))
                        return true;
        return false;
}

bool discover_knows(Ctl *ctl, const char *family) {
        if (discover_know(ctl, family) == 0 && discover_has_family(ctl->methods, family))
                return true;
        return discover_try(ctl, family) && discover_has_family(ctl->methods, family);
}

size_t discover_n_params(const MethodInfo *method) {
        return method->params ? json_object_array_length(method->params) : 0;
}

/* Returns the i-th alternative of a schema: the schemas of its "oneOf", or the schema itself; NULL
 * behind the last. */
static struct json_object *alternative(struct json_object *schema, size_t i) {
        struct json_object *all = member(schema, "oneOf", json_type_array);

        if (!all)
                return i == 0 ? schema : NULL;
        return i < json_object_array_length(all) ? json_object_array_get_idx(all, i) : NULL;
}

static bool schema_has_type(struct json_object *schema, const char *type) {
        struct json_object *one;

        for (size_t i = 0; (one = alternative(schema, i)); i++)
                if (strcmp(text_member(one, "type", ""), type) == 0)
                        return true;
        return false;
}

/* Returns the choices, or NULL. Those that are not plain words are in "x-choices" instead of
 * "enum". */
static struct json_object *choices_of_schema(struct json_object *schema) {
        struct json_object *one, *choices = NULL;

        for (size_t i = 0; !choices && (one = alternative(schema, i)); i++) {
                choices = member(one, "enum", json_type_array);
                if (!choices)
                        choices = member(one, "x-choices", json_type_array);
        }
        return choices;
}

static const char *format_of_schema(struct json_object *schema) {
        const char *format = "";
        struct json_object *one;

        for (size_t i = 0; !*format && (one = alternative(schema, i)); i++)
                format = text_member(one, "format", "");
        return format;
}

/* If one of the kinds is a string (permission bits may be the string "0640"), the text is taken as
 * that string. */
static ParamKind kind_of_schema(struct json_object *schema) {
        static const ParamKind order[] = {PARAM_STRING, PARAM_NUMBER, PARAM_INT,
                                          PARAM_BOOL,   PARAM_ARRAY,  PARAM_OBJECT};

        for (size_t i = 0; i < ELEMENTSOF(order); i++)
                if (schema_has_type(schema, param_kind_name(order[i])))
                        return order[i];
        return PARAM_ANY;
}

void discover_param(const MethodInfo *method, size_t i, ParamInfo *ret) {
        struct json_object *param = json_object_array_get_idx(method->params, i);
        struct json_object *schema = member(param, "schema", json_type_object);

        *ret = (ParamInfo){
                .name = text_member(param, "name", ""),
                .help = text_member(param, "description", ""),
                .format = format_of_schema(schema),
                .kind = kind_of_schema(schema),
                .is_required = bool_member(param, "required") || bool_member(param, "x-required"),
                .choices = choices_of_schema(schema),
        };
        /* For a string, the text "null" is that string. */
        ret->is_nullable = ret->kind != PARAM_STRING && schema_has_type(schema, "null");
        if (schema)
                json_object_object_get_ex(schema, "default", &ret->fallback);
}
