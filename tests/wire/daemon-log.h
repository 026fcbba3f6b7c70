/* The log of a daemon that a test started. */
#pragma once

#include "wire/daemon-process.h"

/* Returns the whole log, NUL-terminated; the next call of these functions overwrites it. */
const char *daemon_log_read(const DaemonProcess *d);
/* Returns how often these words occur in the log. */
int daemon_log_count(const DaemonProcess *d, const char *words);
/* Asserts that the log has these words. */
void daemon_log_expect(const DaemonProcess *d, const char *words);
/* Waits until the log has these words; the test fails if they do not come soon. */
void daemon_log_await(const DaemonProcess *d, const char *words);
