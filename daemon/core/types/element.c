/* Checks and converts values of element types. */
#include <errno.h>

#include "call/call.h"
#include "types/element.h"

const char *const element_types[] = {
        [ELEMENT_INT64] = "int64",   [ELEMENT_DOUBLE] = "double", [ELEMENT_BOOL] = "bool",
        [ELEMENT_STRING] = "string", [ELEMENT_ANY] = "any",       NULL};
const char *const compact_types[] = {
        [ELEMENT_INT64] = "int64", [ELEMENT_DOUBLE] = "double", [ELEMENT_BOOL] = "bool", NULL};

static bool is_of_type(ElementType type, const Value *value) {
        switch (type) {
        case ELEMENT_INT64:
                return value_is(value, JSON_INT);
        case ELEMENT_DOUBLE:
                return value_is_number(value);
        case ELEMENT_BOOL:
                return value_is(value, JSON_BOOL);
        case ELEMENT_STRING:
                return value_is(value, JSON_STRING);
        case ELEMENT_ANY:
                return true;
        }
        return false;
}

int element_check(Call *call, ElementType type, const char *param, const Value *value) {
        if (is_of_type(type, value))
                return OUTCOME_DONE;
        return call_refuse_arg(call, param, "%s: it must be of type %s, not of kind %s", param,
                               element_types[type], value_kind_name(value));
}

int element_take(Call *call, ElementType type, const char *param, const Value *value, Value *ret) {
        int r = element_check(call, type, param, value);

        if (r == OUTCOME_DONE)
                *ret = type == ELEMENT_DOUBLE ? value_double(value_as_double(value)) : *value;
        return r;
}

Value element_default(ElementType type) {
        static const JsonSpan empty = {.text = "\"\"", .n = 2, .kind = JSON_STRING};
        Value value = VALUE_NULL;

        switch (type) {
        case ELEMENT_INT64:
                return value_int(0);
        case ELEMENT_DOUBLE:
                return value_double(0);
        case ELEMENT_BOOL:
                return value_bool(false);
        case ELEMENT_STRING:
                value_make(&empty, &value); /* a short string needs no memory */
                return value;
        case ELEMENT_ANY:
                break;
        }
        return value;
}

bool element_is(ElementType type, const Value *value) {
        return is_of_type(type, value) && (type != ELEMENT_DOUBLE || value_is(value, JSON_DOUBLE));
}
