/* Element types: the allowed values of a value object and of the elements of an array. */
#pragma once

#include <stdbool.h>

#include "call/method.h"

typedef enum ElementType {
        ELEMENT_INT64,
        ELEMENT_DOUBLE, /* accepts integers and converts them */
        ELEMENT_BOOL,
        ELEMENT_STRING,
        ELEMENT_ANY,
} ElementType;

/* In the order of ElementType, for the option "type". Arrays have only the first three. */
extern const char *const element_types[];
extern const char *const compact_types[];

/* Checks the type of a value. Returns OUTCOME_DONE, or OUTCOME_REFUSED: EINVAL with the parameter,
 * the type, and the kind of the value. */
int element_check(Call *call, ElementType type, const char *param, const Value *value);
/* Converts a value to the stored form of the type. *ret has no owner of its own. Returns
 * OUTCOME_DONE, or OUTCOME_REFUSED like element_check(). */
int element_take(Call *call, ElementType type, const char *param, const Value *value, Value *ret);
/* Returns the default of the type: 0, 0.0, false, "" or null. */
Value element_default(ElementType type);
/* Returns whether a value has the stored form of the type. */
bool element_is(ElementType type, const Value *value);
