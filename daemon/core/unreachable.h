/* Suspects: objects that lost what may have kept them. The model stands in reachability.h. */
#pragma once

#include <stdbool.h>

#include "base/list.h"
#include "reachability.h"

typedef struct Core Core;
typedef struct Object Object;

void reachability_init(Reachability *r);

/* The object lost a handle or a reference: it shall be looked at when the call is over. */
void object_may_be_unreachable(Object *object);
/* A reference or a handle to the object was added. */
void reachability_keep(Object *object);
/* Whether the object is sure to go: it counts as gone. */
bool object_is_condemned(const Object *object);
/* The object is doomed, for this reason or another. */
void reachability_forget(Object *object);
/* Whether there is more to look at. */
bool reachability_is_pending(const Core *core);

/* For collect.c: whether the object lives by itself, and its way through the pass. */
bool object_is_root(const Object *object);
void search_move(Object *object, List *to, SearchState state);
