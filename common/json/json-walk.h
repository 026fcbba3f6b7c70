/* A walk over a json-c tree with a stack of its own instead of recursion. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

/* Levels that need no allocation. The values of a daemon have no more. */
#define JSON_WALK_FEW 32

typedef struct JsonLevel {
        struct json_object *container;
        struct json_object *peer; /* for the user of the walk */
        struct lh_entry *entry;   /* of an object: the next member */
        size_t index; /* of an array: the next element; of an object: how many were visited */
} JsonLevel;

typedef struct JsonWalk {
        JsonLevel *levels; /* few, or allocated */
        size_t n_levels, n_capacity;
        JsonLevel few[JSON_WALK_FEW];
} JsonWalk;

void json_walk_init(JsonWalk *w);
void json_walk_deinit(JsonWalk *w);

static inline bool json_is_container(struct json_object *value) {
        return json_object_is_type(value, json_type_array) ||
               json_object_is_type(value, json_type_object);
}

/* Enters a container. Returns 0 or -ENOMEM. */
int json_walk_enter(JsonWalk *w, struct json_object *container, struct json_object *peer);
/* Returns the next member of the innermost container; false at its end. The key is NULL in an
 * array. */
bool json_walk_next(JsonWalk *w, const char **ret_key, struct json_object **ret_value);
/* Leaves the innermost container. */
void json_walk_leave(JsonWalk *w);

/* Returns the innermost container, or NULL when the walk is over. */
static inline JsonLevel *json_walk_level(JsonWalk *w) {
        return w->n_levels > 0 ? &w->levels[w->n_levels - 1] : NULL;
}
