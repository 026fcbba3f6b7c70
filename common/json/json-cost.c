/* The size of a json-c value: memory, values, depth. If memory runs out while it is computed,
 * the result is half of the largest number, so that the caller rejects the value. */
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "json/json-cost.h"
#include "json/json-walk.h"

/* The memory that json-c 0.16 takes from malloc() on a 64-bit machine, by its structures and its growth. */
#define COST_VALUE       64 /* any value but null */
#define COST_ARRAY       48 /* the array list */
#define COST_ELEMENT     8  /* a pointer */
#define COST_TABLE       96 /* the table of an object */
#define COST_SLOT        40 /* of that table */
#define TABLE_SLOTS_MIN  16 /* JSON_OBJECT_DEF_HASH_ENTRIES */
#define COST_KEY         24 /* the copy of a key, besides its length */
#define ARRAY_LENGTH_MIN 4

/* A table doubles when two thirds of its slots are used. */
static size_t table_slots(size_t n) {
        size_t n_slots = TABLE_SLOTS_MIN;
        while (n > n_slots / 3 * 2)
                n_slots *= 2;
        return n_slots;
}

/* Returns the cost of a value without its members. */
static size_t cost_shallow(struct json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_null:
                return 0;
        case json_type_string:
                return COST_VALUE + (size_t)json_object_get_string_len(value);
        case json_type_array: {
                size_t n = json_object_array_length(value);
                return COST_VALUE + COST_ARRAY +
                       COST_ELEMENT * (n < ARRAY_LENGTH_MIN ? ARRAY_LENGTH_MIN : n);
        }
        case json_type_object:
                return COST_VALUE + COST_TABLE +
                       COST_SLOT * table_slots((size_t)json_object_object_length(value));
        default:
                return COST_VALUE;
        }
}

typedef struct Size {
        size_t cost;
        size_t n_values;
        size_t depth;
} Size;

/* Counts one value, and enters it if it is a container. */
static int size_add(Size *size, JsonWalk *w, const char *key, struct json_object *value) {
        size->n_values++;
        size->cost += cost_shallow(value) + (key ? COST_KEY + strlen(key) : 0);
        if (!json_is_container(value))
                return 0;
        int r = json_walk_enter(w, value, NULL);
        if (w->n_levels > size->depth)
                size->depth = w->n_levels;
        return r;
}

static Size size_of(struct json_object *value) {
        Size size = {};
        JsonWalk w;
        json_walk_init(&w);
        int r = size_add(&size, &w, NULL, value);
        while (r == 0 && json_walk_level(&w)) {
                const char *key;
                struct json_object *member;
                if (json_walk_next(&w, &key, &member))
                        r = size_add(&size, &w, key, member);
                else
                        json_walk_leave(&w);
        }
        json_walk_deinit(&w);
        /* Half of the range, so that a caller that adds to it does not overflow to a small number. */
        return r == 0 ? size
                      : (Size){.cost = SIZE_MAX / 2, .n_values = SIZE_MAX / 2, .depth = UINT_MAX};
}

size_t json_cost(struct json_object *value) {
        return size_of(value).cost;
}

size_t json_count_values(struct json_object *value) {
        return size_of(value).n_values;
}

unsigned json_depth(struct json_object *value) {
        return (unsigned)size_of(value).depth;
}
