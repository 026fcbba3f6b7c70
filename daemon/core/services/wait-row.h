/* Rows of server.waits and server.scan_waits: one hold, or one wait. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

typedef struct Hold Hold;
typedef struct Object Object;
typedef struct Session Session;
typedef struct Wait Wait;

enum {
        WAIT_ROW_STEPS = 30, /* of a hold or a wait, with its session */
        WAIT_PLACE_STEPS = 4,
};

/* Whether `to` may see what this session has to do with the object: each session sees its own. */
bool wait_row_may_see(const Session *to, const Session *session, const Object *object);

/* New values, or NULL when memory ran out. */
struct json_object *wait_row_of_hold(const Hold *hold);
/* The names of the objects that the call waits for and `to` may see. */
struct json_object *wait_row_names(Wait *wait, const Session *to);
struct json_object *wait_row_of_wait(Wait *wait, struct json_object *names);
