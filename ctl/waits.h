/* Access to the result of server.waits: sessions with their holds and waits, and the edges between
 * them. Everything is borrowed from the result; a missing member is NULL or 0. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "ctl.h"

#define WAITS_METHOD "server.scan_waits"

struct json_object *waits_member(struct json_object *object, const char *key);
/* Returns the key of the name to show: the one that the session chose for itself, or that of its
 * program, which the kernel cuts at 15 bytes. */
const char *waits_command_key(struct json_object *session);
int64_t waits_number(struct json_object *object, const char *key);
/* Returns the length of an array member. */
size_t waits_count(struct json_object *object, const char *key);
struct json_object *waits_element(struct json_object *object, const char *key, size_t i);

/* Reads all pages, and merges them into the form of server.waits. Returns 0 and a new object, or a
 * negative errno for ctl_explain(), with the method WAITS_METHOD. */
int waits_get(Ctl *ctl, struct json_object **ret);

/* Adds to each session the member "edges", the edges that begin at it, and to each edge the member
 * "pid", of the session at its end. Returns 0 or -ENOMEM. */
int waits_link_edges(struct json_object *waits);
/* Returns whether an edge of a session belongs to this one of its waits. */
bool waits_edge_is_of(struct json_object *edge, struct json_object *session,
                      struct json_object *wait);

/* Each appends a text for people. Returns 0, -ENOMEM, or -EINVAL for a value that JSON cannot
 * express. */
int waits_append_text(Buffer *b, struct json_object *object, const char *key);
/* Appends the names of the objects of a wait: "a, b". */
int waits_append_names(Buffer *b, struct json_object *wait);
/* Appends the type and kind of a hold: "rwlock write", "semaphore 3". */
int waits_append_kind(Buffer *b, struct json_object *hold);
