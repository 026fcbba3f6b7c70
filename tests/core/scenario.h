/* Tests as scripts: which session calls what, and which replies arrive when. Each line is one of
 *
 *     a: lock.acquire ['l'] -> {'token':1}    session a calls, and the reply follows at once
 *     a#5: lock.acquire ['l']                 session a calls with id 5, and no reply follows yet
 *     a#5 = {'token':2}                       the reply to call 5 has arrived, and no other one
 *     a?                                      no reply to session a has arrived
 *     a[ lock.release ['l'] | lock.locked ['l'] ]     a batch; its replies are not compared
 *     advance 10                              moves the clock by 10 ms
 *     kill a                                  session a ends
 *     cancel a 5                              cancels its call 5 by a notification
 *     halfclose a                             cancels all its calls, as a half-close does
 *     shutdown                                tells the core that the daemon shuts down
 *
 * ' stands for ". The expectation is the result's text; or *, any result; or ~TEXT, a result that contains
 * TEXT; or !ERRNO, an error; or !ERRNO~TEXT, an error that contains TEXT. Sessions a to h belong to processes
 * 100 to 800 of uid 1000, named alpha to theta; x belongs to uid 2000, r to root. At the end the objects are
 * deleted, and the runner asserts that nothing is left. */
#pragma once

#include <check.h>

#include "core/core-fixture.h"

typedef struct Scenario {
        const char *name;
        const char *script;
} Scenario;

/* Plays the script twice: the second time the core is saved and loaded after each line. */
void scenario_run(const Scenario *scenario);
/* A suite of one test case, with one test for each scenario. The scenarios must outlive the suite. */
Suite *scenario_suite(const char *name, const Scenario *scenarios, size_t n);
