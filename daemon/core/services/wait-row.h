/* Rows of server.waits and server.scan_waits: one hold, or one wait. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

typedef struct Hold Hold;
typedef struct Object Object;
typedef struct Session Session;
typedef struct Wait Wait;

enum {
        WAIT_ROW_STEPS = 30, /* for a hold or a wait, with its session */
        WAIT_PLACE_STEPS = 4,
};

/* Returns whether `to` may see the relation of a session to an object. Each session sees its
 * own. */
bool wait_row_may_see(const Session *to, const Session *session, const Object *object);

/* Each returns a new value, or NULL if memory ran out. */
struct json_object *wait_row_of_hold(const Hold *hold);
/* Returns the names of the objects of a wait that `to` may see, or NULL if memory ran out. */
struct json_object *wait_row_names(Wait *wait, const Session *to);
struct json_object *wait_row_of_wait(Wait *wait, struct json_object *names);
