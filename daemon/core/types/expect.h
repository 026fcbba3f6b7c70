/* The kinds of values that a caller can read. A value of another kind is refused before anything
 * changes. Otherwise the value would be taken out, and lost if the caller cannot read it. */
#pragma once

#include "call/method.h"

extern const char *const expect_numbers[];
extern const char *const expect_kinds[];

/* The parameter of methods that add to a number. */
#define EXPECT_NUMBER_ARG                                                                          \
        {                                                                                          \
                .name = "expect", .kind = ARG_CHOICE, .optional = true, .choices = expect_numbers, \
                .help = "the kind of the sum: another one is EINVAL, and nothing changes"          \
        }
/* The parameter of methods that take a value out. */
#define EXPECT_KIND_ARG                                                                            \
        {                                                                                          \
                .name = "expect", .kind = ARG_CHOICE, .optional = true, .choices = expect_kinds,   \
                .help = "the kind of the value (double takes integers, text is a string without "  \
                        "U+0000): another one is EINVAL, and stays"                                \
        }

/* The parameter of methods that add to a number that may be missing. */
#define DEFAULT_NUMBER_ARG(where_)                                                                 \
        {                                                                                          \
                .name = "default", .kind = ARG_NUMBER, .optional = true,                           \
                .help = "the number to add to " where_                                             \
        }

/* Returns OUTCOME_DONE if the argument is absent or names the kind of the value, otherwise
 * OUTCOME_REFUSED (EINVAL). */
int expect_check(Call *call, unsigned arg, const Value *value);
