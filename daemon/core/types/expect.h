/* The kind of value that a caller can take: another kind is refused before anything has changed, where the caller could not
 * read the answer of a call that has taken it out. */
#pragma once

#include "call/method.h"

extern const char *const expect_numbers[];
extern const char *const expect_kinds[];

/* The parameter of a method that adds to a number. */
#define EXPECT_NUMBER_ARG                                                                          \
        {                                                                                          \
                .name = "expect", .kind = ARG_CHOICE, .optional = true, .choices = expect_numbers, \
                .help = "the kind of the sum: another one is EINVAL, and nothing changes"          \
        }
/* The parameter of a method that takes a value out. */
#define EXPECT_KIND_ARG                                                                            \
        {                                                                                          \
                .name = "expect", .kind = ARG_CHOICE, .optional = true, .choices = expect_kinds,   \
                .help = "the kind of the value (double takes integers, text is a string without "  \
                        "U+0000): another one is EINVAL, and stays"                                \
        }

/* The parameter of a method that adds to a number which need not be there yet. */
#define DEFAULT_NUMBER_ARG(where_)                                                                 \
        {                                                                                          \
                .name = "default", .kind = ARG_NUMBER, .optional = true,                           \
                .help = "the number to add to " where_                                             \
        }

/* OUTCOME_DONE when the argument is absent, or the value of its kind; else OUTCOME_REFUSED, EINVAL. */
int expect_check(Call *call, unsigned arg, const Value *value);
