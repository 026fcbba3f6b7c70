/* A daemon with a state directory, for the tests of durable objects. */
#pragma once

#include <stdbool.h>

#include "wire/daemon-process.h"
#include "wire/wire.h"

typedef struct Durable {
        DaemonProcess daemon;
        char option[160];
        Wire wire;
} Durable;

/* Starts the daemon, with one more option unless that is NULL. If this build has no store it returns false, and the test
 * counts as skipped. */
bool durable_begin(Durable *t, const char *more);
/* Starts the daemon again. */
void durable_start(Durable *t, const char *more);
void durable_end(Durable *t);
void durable_kill_and_start(Durable *t, const char *more);
/* Calls a method whose result does not matter. */
void durable_call(Wire *wire, const char *method, const char *params);
