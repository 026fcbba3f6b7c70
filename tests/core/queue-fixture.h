/* A queue "q" and three sessions that use it. */
#pragma once

#include "core/core-fixture.h"

typedef struct Three {
        Fixture f;
        Session *a, *b, *c;
} Three;

/* options is what follows name and create in the parameters of queue.open. */
void three_init(Three *t, const char *options);
void three_init_with(Three *t, const char *options, const Limits *limits);
/* Deletes the queue and looks whether anything is left. */
void three_deinit(Three *t);

/* A member of object.stat, as text that lives until the next call. */
const char *queue_stat_member(Session *session, const char *member);
