/* The descriptions of an object in object.stat and object.list. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

typedef struct Object Object;
typedef struct Session Session;

/* Returns the result of object.stat, or NULL if memory ran out. A session that may not read the
 * object receives only that it exists, and its owner. Of the sessions that opened it, hold it or
 * wait for it, at most n_most each are listed, with their total numbers. */
struct json_object *object_describe(Object *object, const Session *to, size_t n_most);
/* Returns an upper bound of the steps of object_describe(). */
uint64_t object_describe_work(const Object *object, size_t n_most);
/* Returns the short form for object.list, or NULL if memory ran out. */
struct json_object *object_summary(Object *object, const Session *to);
