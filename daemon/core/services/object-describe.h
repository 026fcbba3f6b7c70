/* The descriptions of an object in object.stat and object.list. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

typedef struct Object Object;
typedef struct Session Session;

/* The facts for object.stat: a new JSON object, or NULL when memory ran out. A session that may not read the
 * object gets those alone that say that it exists, and whose it is. Of the sessions that opened it, hold it or wait for it
 * it tells n_most each, and how many there are. */
struct json_object *object_describe(Object *object, const Session *to, size_t n_most);
/* The steps that this takes at most. */
uint64_t object_describe_work(const Object *object, size_t n_most);
/* The short form for object.list. */
struct json_object *object_summary(Object *object, const Session *to);
