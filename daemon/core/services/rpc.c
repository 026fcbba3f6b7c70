/* rpc.discover: the OpenRPC document, made from the tables. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "call/methods.h"
#include "core-state.h"
#include "json/json-util.h"
#include "object.h"
#include "services/schema.h"
#include "services/services.h"
#include "types/types.h"
#include "work.h"

/* Names that every language accepts: a method with _ between family and verb, a parameter with _ at
 * its end if it is a reserved word of some language. The daemon accepts these names, too: see
 * method_find() and args.c. */
static bool is_reserved(const char *name) {
        static const char *const words[] = {"default", "end", "lock", "type"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(words[i], name) == 0)
                        return true;
        return false;
}

static int put_method_name(struct json_object *o, const char *name, bool as_identifier) {
        char identifier[METHOD_NAME_MAX];

        if (!as_identifier)
                return json_put_string(o, "name", name);
        snprintf(identifier, sizeof(identifier), "%s", name);
        identifier[strcspn(identifier, ".")] = '_';
        return json_put_string(o, "name", identifier);
}

static int put_param_name(struct json_object *o, const char *name, bool as_identifier) {
        char identifier[METHOD_NAME_MAX];

        snprintf(identifier, sizeof(identifier), "%s%s", name,
                 as_identifier && is_reserved(name) ? "_" : "");
        return json_put_string(o, "name", identifier);
}

/* OpenRPC has no required parameter behind an optional one. Our few of this kind have "x-required"
 * instead. */
static struct json_object *describe_param(const Arg *arg, bool may_be_required,
                                          bool as_identifier) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || put_param_name(o, arg->name, as_identifier) < 0 ||
            (arg->help && json_put_string(o, "description", arg->help) < 0) ||
            json_put_bool(o, "required", !arg->optional && may_be_required) < 0 ||
            (!arg->optional && !may_be_required && json_put_bool(o, "x-required", true) < 0) ||
            json_put(o, "schema", schema_of_arg(arg)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static struct json_object *describe_params(const MethodRef *ref, bool as_identifiers) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_array();
        bool may_be_required = true;

        if (!params)
                return NULL;
        for (unsigned i = 0; i < ref->n_args; i++) {
                may_be_required = may_be_required && !ref->args[i]->optional;
                if (json_push(params,
                              describe_param(ref->args[i], may_be_required, as_identifiers)) < 0)
                        return NULL;
        }
        return TAKE_PTR(params);
}

static struct json_object *describe_result(const MethodRef *ref) {
        CLEANUP(json_putp) struct json_object *result = json_object_new_object();

        if (!result || json_put_string(result, "name", "result") < 0 ||
            json_put(result, "schema", schema_parse(ref->method->result)) < 0)
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

/* The permission bits that a method needs. */
static const char *const permissions[] = {
        [0] = "",
        [ACCESS_WRITE] = "w",
        [ACCESS_READ] = "r",
        [ACCESS_READ | ACCESS_WRITE] = "rw",
};

static struct json_object *describe_method(const MethodRef *ref, bool as_identifiers) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || put_method_name(o, ref->name, as_identifiers) < 0 ||
            json_put_string(o, "summary", ref->method->help) < 0 ||
            json_put(o, "tags", describe_tags(ref)) < 0 ||
            json_put_string(o, "paramStructure", "either") < 0 ||
            json_put(o, "params", describe_params(ref, as_identifiers)) < 0 ||
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

enum { DESCRIBE_STEPS = 300 }; /* for a method with the schemas of its parameters */

/* Describing all methods takes milliseconds, so a caller may select one family. */
static struct json_object *describe_methods(Core *core, const char *family, bool as_identifiers) {
        CLEANUP(json_putp) struct json_object *methods = json_object_new_array();

        if (!methods)
                return NULL;
        TABLE_FOREACH (entry, &core->methods) {
                if (family && !is_of_family(entry->value, family))
                        continue;
                work_count(core, DESCRIBE_STEPS);
                if (json_push(methods, describe_method(entry->value, as_identifiers)) < 0)
                        return NULL;
        }
        return TAKE_PTR(methods);
}

static uint64_t work_discover(const Call *call, const Object *object) {
        const char *family = call_string(call, 0, NULL);
        uint64_t n = 0;

        TABLE_FOREACH (entry, &call->core->methods)
                n += !family || is_of_family(entry->value, family);
        return n * DESCRIBE_STEPS;
}

static int rpc_discover(Call *call, Object *none) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        CLEANUP(json_putp) struct json_object *info = json_object_new_object();

        if (!o || !info || json_put_string(info, "title", "shmgrd") < 0 ||
            json_put_string(info, "description",
                            "named shared objects for the programs of one machine") < 0 ||
            json_put_string(info, "version", PACKAGE_VERSION) < 0 ||
            json_put_string(o, "openrpc", "1.2.6") < 0 || json_put(o, "info", TAKE_PTR(info)) < 0 ||
            json_put(o, "methods",
                     describe_methods(call->core, call_string(call, 0, NULL),
                                      call_bool(call, 1, false))) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(o));
}

static const Arg discover_args[] = {
        {.name = "family",
         .kind = ARG_STRING,
         .optional = true,
         .help = "only the methods of this type or service"},
        {.name = "identifiers",
         .kind = ARG_BOOL,
         .optional = true,
         .fallback = "false",
         .help = "names for generators of code: list_append, default_"},
        {0},
};

static const Method methods[] = {
        {.name = "discover",
         .run = rpc_discover,
         .work = work_discover,
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
