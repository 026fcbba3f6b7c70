/* Tests as scripts: who calls what, and what is answered when. Each line is one of
 *
 *     a: lock.acquire ['l'] -> {'token':1}    session a calls, and is answered at once
 *     a#5: lock.acquire ['l']                 session a calls with id 5, and is not answered yet
 *     a#5 = {'token':2}                       now call 5 is answered, and nothing else
 *     a?                                      nothing is answered to session a
 *     a[ lock.release ['l'] | lock.locked ['l'] ]     a batch; what it answers is thrown away
 *     advance 10                              10 ms go by
 *     kill a                                  session a ends
 *     cancel a 5                              its call 5 is cancelled, by a notification
 *     halfclose a                             all its calls are cancelled, as when it shuts down its sending side
 *     shutdown                                the daemon is about to end
 *
 * ' stands for ". The expectation is the result's text; or *, any result; or ~TEXT, a result with this in
 * it; or !ERRNO, an error; or !ERRNO~TEXT, an error with this in it. Sessions a to h are those of processes
 * 100 to 800 of uid 1000, named alpha to theta; x is one of uid 2000, and r one of root. In the end everything
 * is deleted, and nothing may be left. */
#pragma once

#include <check.h>

#include "core/core-fixture.h"

typedef struct Scenario {
        const char *name;
        const char *script;
} Scenario;

/* Plays it twice: the second time the core is saved and loaded after each line. */
void scenario_run(const Scenario *scenario);
/* A suite of one test case, with a test for each of them. They must live as long as it does. */
Suite *scenario_suite(const char *name, const Scenario *scenarios, size_t n);
