/* Samples of shmgrctl top: rates since the last sample, holders and waiters. */
#pragma once

#include "ctl.h"

/* The state kept between samples. Zero-initialised before the first. */
typedef struct TopState {
        struct json_object *stats; /* of the last sample; owned; NULL before the first */
} TopState;

void top_state_deinit(TopState *state);

/* Takes a sample. Returns 0 and a new object, or a negative errno, with the name of the method that
 * failed in *ret_method for ctl_explain(). The rates of the first sample are those since the start
 * of the daemon. Members:
 *
 *   uptime_ms, sessions, objects, waits, bytes
 *   calls_per_s, errors_per_s, waits_per_s
 *   owners_died, deadlocks                      since the start of the daemon
 *   methods, contended                          arrays for top_order_sort(); contended has the objects
 *                                               held or waited for, with holders and longest_ms */
int top_sample(Ctl *ctl, TopState *state, struct json_object **ret, const char **ret_method);
