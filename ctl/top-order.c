/* The order in which shmgrctl top shows objects and methods. */
#include <stdint.h>
#include <string.h>

#include "base/macros.h"
#include "top-order.h"

static const struct {
        char key;
        const char *word;
        bool is_of_methods;
        int value;
} orders[] = {
        {'w', "waiters", false, TOP_BY_WAITERS}, {'t', "held", false, TOP_BY_HELD},
        {'n', "name", false, TOP_BY_NAME},       {'c', "calls", true, TOP_BY_CALLS},
        {'e', "errors", true, TOP_BY_ERRORS},    {'a', "mean", true, TOP_BY_MEAN},
        {'m', "max", true, TOP_BY_MAX},
};

static bool take(TopOrder *order, size_t i) {
        if (i == ELEMENTSOF(orders))
                return false;
        if (orders[i].is_of_methods)
                order->methods = (TopMethods)orders[i].value;
        else
                order->objects = (TopObjects)orders[i].value;
        return true;
}

bool top_order_take_key(TopOrder *order, int key) {
        size_t i = 0;

        while (i < ELEMENTSOF(orders) && orders[i].key != key)
                i++;
        return take(order, i);
}

bool top_order_take_word(TopOrder *order, const char *word) {
        size_t i = 0;

        while (i < ELEMENTSOF(orders) && strcmp(orders[i].word, word) != 0)
                i++;
        return take(order, i);
}

static double number(struct json_object *o, const char *key) {
        return json_object_get_double(json_object_object_get(o, key));
}

static int descending(const void *a, const void *b, const char *key) {
        double x = number(*(struct json_object *const *)a, key);
        double y = number(*(struct json_object *const *)b, key);

        return x < y ? 1 : x > y ? -1 : 0;
}

static int by_name(const void *a, const void *b) {
        const char *x = json_object_get_string(
                json_object_object_get(*(struct json_object *const *)a, "name"));
        const char *y = json_object_get_string(
                json_object_object_get(*(struct json_object *const *)b, "name"));

        return strcmp(x ? x : "", y ? y : "");
}

static int64_t longest_hold(struct json_object *object) {
        struct json_object *holders = json_object_object_get(object, "holders");
        int64_t longest = -1;

        for (size_t i = 0; i < json_object_array_length(holders); i++) {
                int64_t ms = json_object_get_int64(
                        json_object_object_get(json_object_array_get_idx(holders, i), "held_ms"));
                longest = ms > longest ? ms : longest;
        }
        return longest;
}

static int by_held(const void *a, const void *b) {
        int64_t x = longest_hold(*(struct json_object *const *)a);
        int64_t y = longest_hold(*(struct json_object *const *)b);

        return x < y ? 1 : x > y ? -1 : by_name(a, b);
}

static int by_waiters(const void *a, const void *b) {
        int r = descending(a, b, "waiters");

        return r ? r : by_held(a, b);
}

static int by_calls(const void *a, const void *b) {
        return descending(a, b, "calls_per_s");
}

static int by_errors(const void *a, const void *b) {
        int r = descending(a, b, "errors_per_s");

        return r ? r : by_calls(a, b);
}

static int by_mean(const void *a, const void *b) {
        return descending(a, b, "mean_us");
}

static int by_max(const void *a, const void *b) {
        return descending(a, b, "max_us");
}

void top_order_sort(TopOrder order, struct json_object *sample) {
        typedef int Compare(const void *, const void *);
        static Compare *const objects[] = {
                [TOP_BY_WAITERS] = by_waiters, [TOP_BY_HELD] = by_held, [TOP_BY_NAME] = by_name};
        static Compare *const methods[] = {[TOP_BY_CALLS] = by_calls,
                                           [TOP_BY_ERRORS] = by_errors,
                                           [TOP_BY_MEAN] = by_mean,
                                           [TOP_BY_MAX] = by_max};

        json_object_array_sort(json_object_object_get(sample, "contended"), objects[order.objects]);
        json_object_array_sort(json_object_object_get(sample, "methods"), methods[order.methods]);
}

const char *top_order_help(void) {
        return "q quit | objects by: w waiters, t time held, n name | methods by: c calls, e "
               "errors, "
               "a mean, m max";
}
