/* rpc.discover: the OpenRPC document, made from the tables. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "object.h"
#include "services/services.h"
#include "types/types.h"

static const char *const kind_schemas[] = {
        [ARG_ANY] = "{}",
        [ARG_BOOL] = "{\"type\":\"boolean\"}",
        [ARG_INT] = "{\"type\":\"integer\"}",
        [ARG_NUMBER] = "{\"type\":\"number\"}",
        [ARG_STRING] = "{\"type\":\"string\"}",
        [ARG_KEY] = "{\"type\":\"string\",\"maxLength\":1024}",
        [ARG_PATTERN] = "{\"type\":\"string\",\"maxLength\":255}",
        [ARG_NAME] = "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}",
        [ARG_ARRAY] = "{\"type\":\"array\"}",
        [ARG_OBJECT] = "{\"type\":\"object\"}",
        [ARG_TIMEOUT] = "{\"type\":[\"number\",\"null\"],\"minimum\":0}",
        [ARG_MODE] = "{\"type\":[\"integer\",\"string\"]}",
        [ARG_CHOICE] = "{\"type\":\"string\"}",
        [ARG_ID] = "{\"type\":[\"integer\",\"string\"]}",
};

static struct json_object *parse(const char *text) {
        JsonLimits limits = {.max_depth = 16, .max_members = 1000};
        struct json_object *value;

        return json_parse(text, strlen(text), &limits, &value, NULL) < 0 ? NULL : value;
}

static int schema_add_choices(struct json_object *schema, const Arg *arg) {
        CLEANUP(json_putp) struct json_object *choices = json_object_new_array();

        if (!choices)
                return -ENOMEM;
        for (const char *const *choice = arg->choices; *choice; choice++)
                if (json_push(choices, json_object_new_string(*choice)) < 0)
                        return -ENOMEM;
        return json_put(schema, "enum", TAKE_PTR(choices));
}

static struct json_object *describe_schema(const Arg *arg) {
        CLEANUP(json_putp) struct json_object *schema = parse(kind_schemas[arg->kind]);

        if (!schema || (arg->choices && schema_add_choices(schema, arg) < 0))
                return NULL;
        if (arg->bounded && (json_put_int(schema, "minimum", arg->minimum) < 0 ||
                             json_put_int(schema, "maximum", arg->maximum) < 0))
                return NULL;
        if (arg->fallback && json_object_object_add(schema, "default", parse(arg->fallback)) < 0)
                return NULL;
        return TAKE_PTR(schema);
}

/* OpenRPC has no required parameter behind one that is not; ours, which are few, are told by a word of our own. */
static struct json_object *describe_param(const Arg *arg, bool may_be_required) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || json_put_string(o, "name", arg->name) < 0 ||
            (arg->help && json_put_string(o, "description", arg->help) < 0) ||
            json_put_bool(o, "required", !arg->optional && may_be_required) < 0 ||
            (!arg->optional && !may_be_required && json_put_bool(o, "x-required", true) < 0) ||
            json_put(o, "schema", describe_schema(arg)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static struct json_object *describe_params(const MethodRef *ref) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_array();
        bool may_be_required = true;

        if (!params)
                return NULL;
        for (unsigned i = 0; i < ref->n_args; i++) {
                may_be_required = may_be_required && !ref->args[i]->optional;
                if (json_push(params, describe_param(ref->args[i], may_be_required)) < 0)
                        return NULL;
        }
        return TAKE_PTR(params);
}

static struct json_object *describe_result(const MethodRef *ref) {
        CLEANUP(json_putp) struct json_object *result = json_object_new_object();

        if (!result || json_put_string(result, "name", "result") < 0 ||
            json_put(result, "schema", parse(ref->method->result)) < 0)
                return NULL;
        return TAKE_PTR(result);
}

static struct json_object *describe_tags(const MethodRef *ref) {
        CLEANUP(json_putp) struct json_object *tags = json_object_new_array();
        const char *family = ref->type ? ref->type->name : ref->service->name;
        CLEANUP(json_putp) struct json_object *tag = json_object_new_object();

        if (!tags || !tag || json_put_string(tag, "name", family) < 0 ||
            json_put_string(tag, "description", ref->type ? ref->type->help : ref->service->help) <
                    0 ||
            json_push(tags, TAKE_PTR(tag)) < 0)
                return NULL;
        return TAKE_PTR(tags);
}

/* The bits of the object that a method needs. */
static const char *const permissions[] = {
        [0] = "",
        [ACCESS_WRITE] = "w",
        [ACCESS_READ] = "r",
        [ACCESS_READ | ACCESS_WRITE] = "rw",
};

static struct json_object *describe_method(const MethodRef *ref) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || json_put_string(o, "name", ref->name) < 0 ||
            json_put_string(o, "summary", ref->method->help) < 0 ||
            json_put(o, "tags", describe_tags(ref)) < 0 ||
            json_put_string(o, "paramStructure", "either") < 0 ||
            json_put(o, "params", describe_params(ref)) < 0 ||
            json_put(o, "result", describe_result(ref)) < 0 ||
            json_put_bool(o, "x-object", ref->type != NULL) < 0 ||
            json_put_bool(o, "x-writes", ref->method->flags & METHOD_WRITES) < 0 ||
            json_put_bool(o, "x-blocks", ref->method->flags & METHOD_BLOCKS) < 0)
                return NULL;
        if (ref->type && !(ref->method->flags & METHOD_OPENS) &&
            json_put_string(o, "x-permission", permissions[ref->access]) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static bool is_of_family(const MethodRef *ref, const char *family) {
        return strcmp(ref->type ? ref->type->name : ref->service->name, family) == 0;
}

/* All of them take milliseconds, which a tool that wants to know about one type need not spend. */
static struct json_object *describe_methods(const Core *core, const char *family) {
        CLEANUP(json_putp) struct json_object *methods = json_object_new_array();

        if (!methods)
                return NULL;
        TABLE_FOREACH (entry, &core->methods)
                if ((!family || is_of_family(entry->value, family)) &&
                    json_push(methods, describe_method(entry->value)) < 0)
                        return NULL;
        return TAKE_PTR(methods);
}

static int rpc_discover(Call *call, Object *none) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        CLEANUP(json_putp) struct json_object *info = json_object_new_object();

        if (!o || !info || json_put_string(info, "title", "shmgrd") < 0 ||
            json_put_string(info, "description",
                            "named shared objects for the programs of one machine") < 0 ||
            json_put_string(info, "version", PACKAGE_VERSION) < 0 ||
            json_put_string(o, "openrpc", "1.2.6") < 0 || json_put(o, "info", TAKE_PTR(info)) < 0 ||
            json_put(o, "methods", describe_methods(call->core, call_string(call, 0, NULL))) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(o));
}

static const Arg discover_args[] = {
        {.name = "family",
         .kind = ARG_STRING,
         .optional = true,
         .help = "only the methods of this type or service"},
        {0},
};

static const Method methods[] = {
        {.name = "discover",
         .run = rpc_discover,
         .work = work_methods,
         .args = discover_args,
         .result = OBJECT_SCHEMA,
         .help = "all methods with their parameters, as an OpenRPC document"},
        {0},
};

const Service service_rpc = {
        .name = "rpc",
        .help = "the protocol itself",
        .methods = methods,
};
