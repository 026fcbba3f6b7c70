/* A walk over a json-c tree. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/json-walk.h"

void json_walk_init(JsonWalk *w) {
        w->levels = w->few;
        w->n_levels = 0;
        w->n_capacity = JSON_WALK_FEW;
}

void json_walk_deinit(JsonWalk *w) {
        if (w->levels != w->few)
                free(w->levels);
}

static int levels_grow(JsonWalk *w) {
        JsonLevel *levels = reallocarray(w->levels == w->few ? NULL : w->levels, 2 * w->n_capacity,
                                         sizeof(*levels));
        if (!levels)
                return -ENOMEM;
        if (w->levels == w->few)
                memcpy(levels, w->few, sizeof(w->few));
        w->levels = levels;
        w->n_capacity *= 2;
        return 0;
}

int json_walk_enter(JsonWalk *w, struct json_object *container, struct json_object *peer) {
        if (w->n_levels == w->n_capacity) {
                int r = levels_grow(w);
                if (r < 0)
                        return r;
        }
        bool is_object = json_object_is_type(container, json_type_object);
        w->levels[w->n_levels++] = (JsonLevel){
                .container = container,
                .peer = peer,
                .entry = is_object ? lh_table_head(json_object_get_object(container)) : NULL,
        };
        return 0;
}

bool json_walk_next(JsonWalk *w, const char **ret_key, struct json_object **ret_value) {
        JsonLevel *level = json_walk_level(w);
        if (json_object_is_type(level->container, json_type_object)) {
                if (!level->entry)
                        return false;
                *ret_key = lh_entry_k(level->entry);
                *ret_value = (struct json_object *)lh_entry_v(level->entry);
                level->entry = lh_entry_next(level->entry);
        } else {
                if (level->index == json_object_array_length(level->container))
                        return false;
                *ret_key = NULL;
                *ret_value = json_object_array_get_idx(level->container, level->index);
        }
        level->index++;
        return true;
}

void json_walk_leave(JsonWalk *w) {
        w->n_levels--;
}
