/* The result of server.waits, taken apart: sessions with what they hold and wait for, and the edges
 * between them. All is borrowed from the result; a missing member is NULL, or 0. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "ctl.h"

#define WAITS_METHOD "server.scan_waits"

struct json_object *waits_member(struct json_object *object, const char *key);
/* The member that names its command: what the session calls itself, if it does, is not cut at 15 bytes. */
const char *waits_command_key(struct json_object *session);
int64_t waits_number(struct json_object *object, const char *key);
/* Of an array that is a member. */
size_t waits_count(struct json_object *object, const char *key);
struct json_object *waits_element(struct json_object *object, const char *key, size_t i);

/* All of them, asked for page by page and put together as server.waits tells it: 0 and a new object, or a negative errno
 * for ctl_explain(), with the method WAITS_METHOD. */
int waits_get(Ctl *ctl, struct json_object **ret);

/* Gives each session the member "edges", those that begin at it, and each edge the member "pid", of the session
 * that it leads to: 0 or -ENOMEM. */
int waits_link_edges(struct json_object *waits);
/* Whether an edge of a session is about this one of its waits. */
bool waits_edge_is_of(struct json_object *edge, struct json_object *session,
                      struct json_object *wait);

/* Each appends for people and returns 0 or -ENOMEM (-EINVAL for a value that JSON cannot carry). */
int waits_append_text(Buffer *b, struct json_object *object, const char *key);
/* The objects that a wait is for: "a, b". */
int waits_append_names(Buffer *b, struct json_object *wait);
/* The type of what is held, and how: "rwlock write", "semaphore 3". */
int waits_append_kind(Buffer *b, struct json_object *hold);
