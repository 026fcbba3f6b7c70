/* Builds JSON values: see json-util.h. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "json/json-util.h"

const char *json_kind_name(struct json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_boolean:
                return "boolean";
        case json_type_int:
                return "integer";
        case json_type_double:
                return "number";
        case json_type_string:
                return "string";
        case json_type_array:
                return "array";
        case json_type_object:
                return "object";
        default:
                return "null";
        }
}

bool json_is_text(struct json_object *value, const char *text) {
        size_t n = strlen(text);

        return json_object_is_type(value, json_type_string) &&
               (size_t)json_object_get_string_len(value) == n &&
               memcmp(json_object_get_string(value), text, n) == 0;
}

bool json_is_whole(struct json_object *value, int64_t *ret) {
        double d;

        if (json_object_is_type(value, json_type_int)) {
                *ret = json_object_get_int64(value);
                return true;
        }
        if (!json_object_is_type(value, json_type_double))
                return false;
        d = json_object_get_double(value);
        if (!(d >= -0x1p63 && d < 0x1p63) || d != (double)(int64_t)d)
                return false;
        *ret = (int64_t)d;
        return true;
}

void json_putp(struct json_object **value) {
        json_object_put(*value);
}

/* json-c copies the key before it grows its table, and leaks the copy if the table cannot grow. So it grows first. */
static int make_room(struct json_object *object) {
        struct lh_table *table = json_object_get_object(object);

        if (table->count < table->size * LH_LOAD_FACTOR)
                return 0;
        return table->size > INT_MAX / 2 ? -1 : lh_table_resize(table, table->size * 2);
}

int json_put_nullable(struct json_object *object, const char *key, struct json_object *value) {
        if (make_room(object) < 0 || json_object_object_add(object, key, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

int json_put(struct json_object *object, const char *key, struct json_object *value) {
        return value ? json_put_nullable(object, key, value) : -ENOMEM;
}

int json_push(struct json_object *array, struct json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_array_add(array, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

int json_put_int(struct json_object *object, const char *key, int64_t value) {
        return json_put(object, key, json_object_new_int64(value));
}

int json_put_bool(struct json_object *object, const char *key, bool value) {
        return json_put(object, key, json_object_new_boolean(value));
}

int json_put_string(struct json_object *object, const char *key, const char *value) {
        return json_put(object, key, json_object_new_string(value));
}
