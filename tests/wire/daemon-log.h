/* The log of a daemon of a test. */
#pragma once

#include "wire/daemon-process.h"

/* All of it, NUL-terminated, until the next call of these functions. */
const char *daemon_log_read(const DaemonProcess *d);
/* How often these words stand in it. */
int daemon_log_count(const DaemonProcess *d, const char *words);
/* It must have these words. */
void daemon_log_expect(const DaemonProcess *d, const char *words);
/* The same, soon. */
void daemon_log_await(const DaemonProcess *d, const char *words);
