/* The state of a scanner (json-scan.c): the lexer, the token that may come next, and the stack of the open containers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/json-keys.h"
#include "json/json-lexer.h"
#include "json/json-limits.h"
#include "json/json-outline.h"

/* The tokens that may come next. */
typedef enum Expect {
        EXPECT_VALUE,
        EXPECT_FIRST_ELEMENT, /* or the end of the array */
        EXPECT_FIRST_KEY,     /* or the end of the object */
        EXPECT_KEY,
        EXPECT_COLON,
        EXPECT_SEPARATOR, /* or the end of the container */
        EXPECT_NOTHING,
} Expect;

/* An open container. */
typedef struct Level {
        bool is_object;
        bool notes;       /* its members are noted in the outline */
        JsonPlace *place; /* of the container itself, or NULL */
        JsonKeys keys;    /* of an object */
} Level;

/* Levels that need no allocation; more than most frames have. */
#define LEVELS_FEW 8

typedef struct JsonScanner {
        JsonLexer lexer;
        JsonLimits limits;
        JsonScan scan;
        int failure; /* the error of an earlier piece, or 0 */
        Expect expect;
        Level *levels; /* `few`, or allocated */
        size_t n_levels, n_capacity;
        Level *level; /* the innermost one; undefined without levels */
        uint64_t n_objects;
        JsonOutline *outline; /* or NULL */
        bool notes;           /* the next value is noted in the outline */
        JsonKeySet key_set;
        Level few[LEVELS_FEW];
} Scanner;
