/* Helpers of the tests of the planned restart, for the daemon of a trial (wire.h). */
#pragma once

#include "wire/wire.h"

/* Waits until the words stand n times in the log of the daemon. */
void restarting_await(const char *words, int n);
/* Restarts the daemon, and waits until its log reports that. */
void restarting_restart(void);

/* Makes an object: "TYPE.open", which must create it. */
void restarting_make(Wire *wire, const char *type, const char *params);
/* Expects a line with these words. */
void restarting_expect(Wire *wire, const char *words);
void restarting_acquire(Wire *wire, const char *params);

/* The link from which the daemon was started. */
extern char restarting_program[160];
/* Begins a trial whose daemon is started by a link, which the test points to other programs later; a script finds the real one
 * as $REAL. */
void restarting_begin_at_link(const char *const *options);
void restarting_end_at_link(void);
/* Ends such a trial whose daemon has ended. */
void restarting_end_after_daemon(void);
void restarting_replace_program(const char *script);
