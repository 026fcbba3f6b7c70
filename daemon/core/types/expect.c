/* Checks the kind that a caller expects. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "types/expect.h"

enum { EXPECT_NONE = -1, EXPECT_INT64, EXPECT_DOUBLE, EXPECT_BOOL, EXPECT_STRING, EXPECT_TEXT };

const char *const expect_numbers[] = {"int64", "double", NULL};
const char *const expect_kinds[] = {"int64", "double", "bool", "string", "text", NULL};

static bool has_nul(const Value *string) {
        size_t n;
        const char *bytes = value_bytes(string, &n);

        return memchr(bytes, 0, n) != NULL;
}

static bool is_expected(int kind, const Value *value) {
        switch (kind) {
        case EXPECT_INT64:
                return value_is(value, JSON_INT);
        case EXPECT_DOUBLE:
                return value_is_number(value);
        case EXPECT_BOOL:
                return value_is(value, JSON_BOOL);
        case EXPECT_STRING:
                return value_is(value, JSON_STRING);
        case EXPECT_TEXT:
                return value_is(value, JSON_STRING) && !has_nul(value);
        default:
                return true;
        }
}

int expect_check(Call *call, unsigned arg, const Value *value) {
        int kind = call_choice(call, arg, EXPECT_NONE);

        if (is_expected(kind, value))
                return OUTCOME_DONE;
        return call_refuse(call, EINVAL, "the value is %s, not %s as expected; nothing was changed",
                           kind == EXPECT_TEXT && value_is(value, JSON_STRING)
                                   ? "a string with U+0000"
                                   : value_kind_name(value),
                           expect_kinds[kind]);
}
