/* Edges: an edge leads from a session that waits to one that holds the object ("holds"), and to the
 * one that stands right before it where a queue is served in order ("ahead"). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

typedef struct Session Session;
typedef struct Wait Wait;

enum { EDGE_STEPS = 12 };

typedef struct Edges {
        const Session *to;         /* the caller, who gets no edge that it may not see */
        struct json_object *array; /* borrowed */
        size_t n, n_most;
        bool is_truncated; /* edges beyond n_most were left out */
} Edges;

/* Adds the edges of a wait. Returns 0 or -ENOMEM. */
int edges_add_wait(Edges *edges, Wait *wait);
int edges_add_session(Edges *edges, const Session *session);
