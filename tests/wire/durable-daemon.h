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

/* Starts the daemon, with one more option unless that is NULL. Returns false, and says that the test is skipped, if this build has no
 * store. */
bool durable_begin(Durable *t, const char *more);
/* Starts it again. */
void durable_start(Durable *t, const char *more);
void durable_end(Durable *t);
void durable_kill_and_start(Durable *t, const char *more);
/* A call whose result is not looked at. */
void durable_call(Wire *wire, const char *method, const char *params);
