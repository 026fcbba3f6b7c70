/* A value as a run of bytes, such that two values have the same bytes exactly when
 * json_equal() finds them equal: 1 and 1.0 are the same, the order of an object's
 * members makes no difference. It is what a set tells its elements apart by. */
#pragma once

#include <json-c/json.h>

#include "base/buffer.h"

/* Appends the bytes: 0, or -ENOMEM with the buffer in no useful state. No recursion. */
int canonical_write(Buffer *b, struct json_object *value);
