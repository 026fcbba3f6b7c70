/* Kinds that callers expect. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "json/json-value.h"
#include "types/expect.h"

enum { EXPECT_NONE = -1, EXPECT_INT64, EXPECT_DOUBLE, EXPECT_BOOL, EXPECT_STRING, EXPECT_TEXT };

const char *const expect_numbers[] = {"int64", "double", NULL};
const char *const expect_kinds[] = {"int64", "double", "bool", "string", "text", NULL};

static bool is_expected(int kind, struct json_object *value) {
        switch (kind) {
        case EXPECT_INT64:
                return json_object_is_type(value, json_type_int);
        case EXPECT_DOUBLE:
                return json_object_is_type(value, json_type_double) ||
                       json_object_is_type(value, json_type_int);
        case EXPECT_BOOL:
                return json_object_is_type(value, json_type_boolean);
        case EXPECT_STRING:
                return json_object_is_type(value, json_type_string);
        case EXPECT_TEXT:
                return json_object_is_type(value, json_type_string) &&
                       !memchr(json_object_get_string(value), 0,
                               (size_t)json_object_get_string_len(value));
        default:
                return true;
        }
}

int expect_check(Call *call, unsigned arg, struct json_object *value) {
        int kind = call_choice(call, arg, EXPECT_NONE);

        if (is_expected(kind, value))
                return OUTCOME_DONE;
        return call_refuse(call, EINVAL, "the value is %s, not %s as expected; nothing was changed",
                           kind == EXPECT_TEXT && json_object_is_type(value, json_type_string)
                                   ? "a string with U+0000"
                                   : json_kind_name(value),
                           expect_kinds[kind]);
}
