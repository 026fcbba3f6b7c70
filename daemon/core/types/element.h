/* Element types: what a value or the elements of an array may be, and how arrays keep them. */
#pragma once

#include <stdbool.h>

#include "call/method.h"

typedef enum ElementType {
        ELEMENT_INT64,
        ELEMENT_DOUBLE, /* integers are taken, and become doubles */
        ELEMENT_BOOL,
        ELEMENT_STRING,
        ELEMENT_ANY,
} ElementType;

/* In the order of ElementType, for the option "type"; the first three alone for arrays. */
extern const char *const element_types[];
extern const char *const compact_types[];

/* OUTCOME_DONE, or OUTCOME_REFUSED: EINVAL, naming the parameter, the type and what was given. */
int element_check(Call *call, ElementType type, const char *param, const Value *value);
/* The value in the form that this type keeps, which has no owner of its own: OUTCOME_DONE, or OUTCOME_REFUSED as above. */
int element_take(Call *call, ElementType type, const char *param, const Value *value, Value *ret);
/* The value where none is given: 0, 0.0, false, "" or null. */
Value element_default(ElementType type);
/* Whether a value has the form that this type keeps. */
bool element_is(ElementType type, const Value *value);
