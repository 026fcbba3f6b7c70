/* Canonical bytes of values. Each kind begins with a letter of its own; what has no
 * fixed length says how long it is, so no text is the beginning of another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "types/canonical.h"

/* A container that is being written. */
typedef struct Level {
        struct json_object *array;
        struct lh_entry **members; /* of an object, sorted by key; else NULL */
        size_t n, next;
} Level;

typedef struct Levels {
        Level *levels;
        size_t n, n_capacity;
} Levels;

static int write_string(Buffer *b, const char *s, size_t n) {
        int r = buffer_append_format(b, "s%zu:", n);

        return r == 0 ? buffer_append(b, s, n) : r;
}

/* A double that is an integer is written as one. */
static int write_double(Buffer *b, double d) {
        if (d >= -0x1p63 && d < 0x1p63 && (double)(int64_t)d == d)
                return buffer_append_format(b, "i%lld;", (long long)d);
        int r = buffer_append(b, "d", 1);
        return r == 0 ? buffer_append(b, &d, sizeof(d)) : r;
}

/* A scalar, or the head of a container. */
static int write_head(Buffer *b, struct json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_null:
                return buffer_append(b, "n", 1);
        case json_type_boolean:
                return buffer_append(b, json_object_get_boolean(value) ? "t" : "f", 1);
        case json_type_int:
                return buffer_append_format(b, "i%lld;", (long long)json_object_get_int64(value));
        case json_type_double:
                return write_double(b, json_object_get_double(value));
        case json_type_string:
                return write_string(b, json_object_get_string(value),
                                    (size_t)json_object_get_string_len(value));
        case json_type_array:
                return buffer_append_format(b, "a%zu:", json_object_array_length(value));
        case json_type_object:
                return buffer_append_format(b, "o%d:", json_object_object_length(value));
        }
        return -EINVAL;
}

static const char *member_key(const struct lh_entry *member) {
        return lh_entry_k(member);
}

static int compare_members(const void *a, const void *b) {
        return strcmp(member_key(*(struct lh_entry *const *)a),
                      member_key(*(struct lh_entry *const *)b));
}

static int sort_members(struct json_object *object, Level *level) {
        const struct lh_table *table = json_object_get_object(object);
        size_t i = 0;

        level->n = (size_t)json_object_object_length(object);
        level->members = calloc(level->n + 1, sizeof(*level->members));
        if (!level->members)
                return -ENOMEM;
        for (struct lh_entry *member = table->head; member; member = member->next)
                level->members[i++] = member;
        qsort(level->members, level->n, sizeof(*level->members), compare_members);
        return 0;
}

static int levels_enter(Levels *levels, struct json_object *container) {
        Level level = {0};

        if (levels->n == levels->n_capacity) {
                size_t n = levels->n_capacity ? 2 * levels->n_capacity : 8;
                Level *grown = reallocarray(levels->levels, n, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                levels->levels = grown;
                levels->n_capacity = n;
        }
        if (json_object_is_type(container, json_type_object)) {
                int r = sort_members(container, &level);
                if (r < 0)
                        return r;
        } else {
                level.array = container;
                level.n = json_object_array_length(container);
        }
        levels->levels[levels->n++] = level;
        return 0;
}

/* Writes a value and, where it is a container, goes into it. */
static int write_value(Buffer *b, Levels *levels, struct json_object *value) {
        enum json_type type = json_object_get_type(value);

        int r = write_head(b, value);
        if (r == 0 && (type == json_type_array || type == json_type_object))
                r = levels_enter(levels, value);
        return r;
}

static int write_next(Buffer *b, Levels *levels) {
        Level *level = &levels->levels[levels->n - 1];

        if (level->next == level->n) {
                free(level->members);
                levels->n--;
                return 0;
        }
        if (!level->members)
                return write_value(b, levels,
                                   json_object_array_get_idx(level->array, level->next++));
        const struct lh_entry *member = level->members[level->next++];
        const char *key = member_key(member);
        int r = write_string(b, key, strlen(key));
        return r == 0 ? write_value(b, levels, (struct json_object *)lh_entry_v(member)) : r;
}

int canonical_write(Buffer *b, struct json_object *value) {
        Levels levels = {0};

        int r = write_value(b, &levels, value);
        while (r == 0 && levels.n > 0)
                r = write_next(b, &levels);
        while (levels.n > 0)
                free(levels.levels[--levels.n].members);
        free(levels.levels);
        return r;
}
