/* Element types, enforced. */
#include <errno.h>

#include "call/call.h"
#include "json/json-value.h"
#include "types/element.h"

const char *const element_types[] = {
        [ELEMENT_INT64] = "int64",   [ELEMENT_DOUBLE] = "double", [ELEMENT_BOOL] = "bool",
        [ELEMENT_STRING] = "string", [ELEMENT_ANY] = "any",       NULL};
const char *const compact_types[] = {
        [ELEMENT_INT64] = "int64", [ELEMENT_DOUBLE] = "double", [ELEMENT_BOOL] = "bool", NULL};

static bool is_of_type(ElementType type, enum json_type kind) {
        switch (type) {
        case ELEMENT_INT64:
                return kind == json_type_int;
        case ELEMENT_DOUBLE:
                return kind == json_type_int || kind == json_type_double;
        case ELEMENT_BOOL:
                return kind == json_type_boolean;
        case ELEMENT_STRING:
                return kind == json_type_string;
        case ELEMENT_ANY:
                return true;
        }
        return false;
}

int element_check(Call *call, ElementType type, const char *param, struct json_object *value) {
        enum json_type kind = json_object_get_type(value);

        if (is_of_type(type, kind))
                return OUTCOME_DONE;
        return call_refuse_arg(call, param, "%s: it must be of type %s, not of kind %s", param,
                               element_types[type], json_kind_name(value));
}

int element_take(Call *call, ElementType type, const char *param, struct json_object *value,
                 struct json_object **ret) {
        int r = element_check(call, type, param, value);
        if (r != OUTCOME_DONE)
                return r;
        if (type != ELEMENT_DOUBLE || json_object_is_type(value, json_type_double)) {
                *ret = json_object_get(value);
                return OUTCOME_DONE;
        }
        *ret = json_object_new_double((double)json_object_get_int64(value));
        return *ret ? OUTCOME_DONE : -ENOMEM;
}

int element_default(ElementType type, struct json_object **ret) {
        switch (type) {
        case ELEMENT_INT64:
                *ret = json_object_new_int64(0);
                break;
        case ELEMENT_DOUBLE:
                *ret = json_object_new_double(0);
                break;
        case ELEMENT_BOOL:
                *ret = json_object_new_boolean(false);
                break;
        case ELEMENT_STRING:
                *ret = json_object_new_string("");
                break;
        case ELEMENT_ANY:
                *ret = NULL;
                return 0;
        }
        return *ret ? 0 : -ENOMEM;
}

bool element_is(ElementType type, struct json_object *value) {
        return is_of_type(type, json_object_get_type(value)) &&
               (type != ELEMENT_DOUBLE || json_object_is_type(value, json_type_double));
}
