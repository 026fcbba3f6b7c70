/* The order in which shmgrctl top shows objects and methods. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

typedef enum TopObjects {
        TOP_BY_WAITERS,
        TOP_BY_HELD,
        TOP_BY_NAME,
} TopObjects;

typedef enum TopMethods {
        TOP_BY_CALLS,
        TOP_BY_ERRORS,
        TOP_BY_MEAN,
        TOP_BY_MAX,
} TopMethods;

/* Zero-initialised: the default order. */
typedef struct TopOrder {
        TopObjects objects;
        TopMethods methods;
} TopOrder;

/* Each changes one of the two orders, by a key or by a word such as "errors". Returns false for any
 * other. */
bool top_order_take_key(TopOrder *order, int key);
bool top_order_take_word(TopOrder *order, const char *word);
/* The known words, separated by blanks. */
#define TOP_ORDER_WORDS "waiters held name calls errors mean max"
#define TOP_ORDER_LIST  "waiters, held, name, calls, errors, mean or max"

/* Sorts both arrays of a sample. */
void top_order_sort(TopOrder order, struct json_object *sample);
/* Returns a line that explains the keys. */
const char *top_order_help(void);
