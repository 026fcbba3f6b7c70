/* Suspects: objects that may have lost what kept them alive. reachability.h has the model. */
#pragma once

#include <stdbool.h>

#include "base/list.h"
#include "reachability.h"

typedef struct Core Core;
typedef struct Object Object;

void reachability_init(Reachability *r);

/* Called when the object has lost a handle or a reference: it is examined after the call. */
void object_may_be_unreachable(Object *object);
/* Called when a reference or a handle to the object was added. */
void reachability_keep(Object *object);
/* Returns whether the object is certain to be doomed, so that it counts as deleted. */
bool object_is_condemned(const Object *object);
/* Called when the object is doomed, for any reason. */
void reachability_forget(Object *object);
/* Returns whether objects are left to examine. */
bool reachability_is_pending(const Core *core);

/* For collect.c: whether the object is a root, and the moves through the pass. */
bool object_is_root(const Object *object);
void search_move(Object *object, List *to, SearchState state);
