/* The descriptions of an object in object.stat and object.list. */
#pragma once

#include <json-c/json.h>

typedef struct Object Object;
typedef struct Session Session;

/* The facts for object.stat: a new JSON object, or NULL when memory ran out. A session that may not read the
 * object gets those alone that say that it exists, and whose it is. */
struct json_object *object_describe(Object *object, const Session *to);
/* The short form for object.list. */
struct json_object *object_summary(Object *object, const Session *to);
