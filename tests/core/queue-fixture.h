/* A queue "q" and three sessions that use it. */
#pragma once

#include "core/core-fixture.h"

typedef struct Three {
        Fixture f;
        Session *a, *b, *c;
} Three;

/* Opens the queue; options are members of the parameters of queue.open, behind name and create. */
void three_init(Three *t, const char *options);
void three_init_with(Three *t, const char *options, const Limits *limits);
/* Deletes the queue, and asserts that nothing is left in the core. */
void three_deinit(Three *t);

/* Returns a member of object.stat as text, which the next call overwrites. */
const char *queue_stat_member(Session *session, const char *member);
