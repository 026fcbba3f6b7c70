/* Compares json-c values: see json-oracle.h. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/json-oracle.h"
#include "json/json-walk.h"

static bool is_number(struct json_object *value) {
        enum json_type type = json_object_get_type(value);
        return type == json_type_int || type == json_type_double;
}

/* json-c stores an integer as int64 or uint64; this type holds both. */
static __int128 integer_of(struct json_object *value) {
        int64_t i = json_object_get_int64(value);
        return i == INT64_MAX ? (__int128)json_object_get_uint64(value) : i;
}

/* Compares an integer with a double that is not NaN, without rounding either: < 0, 0 or > 0. */
static int order_int_double(__int128 i, double d) {
        if (d >= 0x1p64)
                return -1;
        if (d < -0x1p63)
                return 1;
        double whole = trunc(d);
        __int128 j = (__int128)whole;
        if (i != j)
                return i < j ? -1 : 1;
        return whole < d ? -1 : whole > d;
}

/* Compares two numbers; returns -EDOM if one is NaN. */
static int order_numbers(struct json_object *a, struct json_object *b, int *ret) {
        bool a_is_int = json_object_is_type(a, json_type_int);
        bool b_is_int = json_object_is_type(b, json_type_int);
        if (a_is_int && b_is_int) {
                __int128 i = integer_of(a), j = integer_of(b);
                *ret = i < j ? -1 : i > j;
                return 0;
        }
        double x = a_is_int ? 0 : json_object_get_double(a);
        double y = b_is_int ? 0 : json_object_get_double(b);
        if (isnan(x) || isnan(y))
                return -EDOM;
        if (a_is_int)
                *ret = order_int_double(integer_of(a), y);
        else if (b_is_int)
                *ret = -order_int_double(integer_of(b), x);
        else
                *ret = x < y ? -1 : x > y;
        return 0;
}

/* UTF-8 sorts by bytes as it sorts by code points. */
static int order_strings(struct json_object *a, struct json_object *b) {
        size_t n_a = (size_t)json_object_get_string_len(a);
        size_t n_b = (size_t)json_object_get_string_len(b);
        size_t n = n_a < n_b ? n_a : n_b;
        int order = memcmp(json_object_get_string(a), json_object_get_string(b), n);
        if (order != 0)
                return order;
        return n_a < n_b ? -1 : n_a > n_b;
}

/* Compares two values without their members. */
static bool equal_shallow(struct json_object *a, struct json_object *b) {
        if (is_number(a) && is_number(b)) {
                int order;
                return order_numbers(a, b, &order) == 0 && order == 0;
        }
        if (json_object_get_type(a) != json_object_get_type(b))
                return false;
        switch (json_object_get_type(a)) {
        case json_type_boolean:
                return json_object_get_boolean(a) == json_object_get_boolean(b);
        case json_type_string:
                return order_strings(a, b) == 0;
        case json_type_array:
                return json_object_array_length(a) == json_object_array_length(b);
        case json_type_object:
                return json_object_object_length(a) == json_object_object_length(b);
        default:
                return true;
        }
}

/* Finds the member of the peer that must be equal to this one; false if the peer lacks it. */
static bool peer_member(const JsonLevel *level, const char *key, struct json_object **ret) {
        if (key)
                return json_object_object_get_ex(level->peer, key, ret);
        *ret = json_object_array_get_idx(level->peer, level->index - 1);
        return true;
}

/* If memory is too short to walk very deep values they count as different; no test depends on
 * these. */
bool json_equal(struct json_object *a, struct json_object *b) {
        JsonWalk w;
        json_walk_init(&w);
        bool is_equal = equal_shallow(a, b);
        if (is_equal && a != b && json_is_container(a))
                is_equal = json_walk_enter(&w, a, b) == 0;
        while (is_equal && json_walk_level(&w)) {
                const char *key;
                struct json_object *member, *peer;
                if (!json_walk_next(&w, &key, &member)) {
                        json_walk_leave(&w);
                        continue;
                }
                is_equal =
                        peer_member(json_walk_level(&w), key, &peer) && equal_shallow(member, peer);
                if (is_equal && json_is_container(member))
                        is_equal = json_walk_enter(&w, member, peer) == 0;
        }
        json_walk_deinit(&w);
        return is_equal;
}

/* Finds the first elements in which two arrays differ; false if one array is the beginning of
 * the other. */
static bool first_difference(struct json_object *a, struct json_object *b,
                             struct json_object **ret_a, struct json_object **ret_b) {
        size_t n_a = json_object_array_length(a), n_b = json_object_array_length(b);
        for (size_t i = 0; i < n_a && i < n_b; i++) {
                *ret_a = json_object_array_get_idx(a, i);
                *ret_b = json_object_array_get_idx(b, i);
                if (!json_equal(*ret_a, *ret_b))
                        return true;
        }
        return false;
}

int json_order(struct json_object *a, struct json_object *b, int *ret) {
        /* Each turn descends into the first elements that differ. */
        while (json_object_is_type(a, json_type_array) && json_object_is_type(b, json_type_array)) {
                struct json_object *x, *y;
                if (!first_difference(a, b, &x, &y)) {
                        size_t n_a = json_object_array_length(a), n_b = json_object_array_length(b);
                        *ret = n_a < n_b ? -1 : n_a > n_b;
                        return 0;
                }
                a = x;
                b = y;
        }
        if (is_number(a) && is_number(b))
                return order_numbers(a, b, ret);
        enum json_type type = json_object_get_type(a);
        if (type != json_object_get_type(b))
                return -EDOM;
        switch (type) {
        case json_type_boolean:
                *ret = json_object_get_boolean(a) - json_object_get_boolean(b);
                return 0;
        case json_type_string:
                *ret = order_strings(a, b);
                return 0;
        default:
                return -EDOM;
        }
}
