/* Samples of shmgrctl top: rates since the sample before, holders and waiters. */
#pragma once

#include "ctl.h"

/* State from one sample to the next. Zero-initialised is the first. */
typedef struct TopState {
        struct json_object *stats; /* of the last sample, owned; NULL before the first */
} TopState;

void top_state_deinit(TopState *state);

/* Asks the daemon: 0 and a new object, or a negative errno (with *ret_method, what was asked, for
 * ctl_explain()). Its members: uptime_ms, sessions, objects, waits, bytes; calls_per_s, errors_per_s and
 * waits_per_s; owners_died and deadlocks, since the start; methods, and contended, the objects that are held or waited for,
 * with holders and longest_ms: arrays for top_order_sort(). The first sample's rates are those since the
 * daemon began. */
int top_sample(Ctl *ctl, TopState *state, struct json_object **ret, const char **ret_method);
