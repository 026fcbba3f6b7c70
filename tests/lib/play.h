/* Plays: tests as scripts, with real processes and a real daemon. Each line is one of
 *
 *     a: lock.acquire ['l'] -> {'token':1}    process a calls, and is answered
 *     a& lock.acquire ['l']                   process a calls, and now waits in the daemon
 *     a! lock.acquire ['l']                   process a calls; whether it waits is not looked at
 *     a= {'token':2}                          now it is answered
 *     a?                                      it still waits
 *     kill a                                  SIGKILL, and it is dead
 *     exit a                                  it exits, and releases nothing before
 *     thread a                                (first of all) a is a thread in a process that lives on without it
 *     as a 1001 100                           (first of all) a has this uid and gid, and no other groups
 *     socket 100                              the group of the daemon's socket is this one
 *     end a                                   this thread ends
 *     exec a                                  it runs another program
 *     leave a                                 it forks a child past the library, which keeps all descriptors
 *     fork a b                                it forks, and b is the child
 *     settle                                  the daemon has noticed all this, and no session is left of it
 *     stop, cont                              the daemon is stopped by SIGSTOP, and goes on
 *     restart                                 the daemon is killed, and another started
 *
 * m is the test's own process; a to h are children of it, begun when they are first named. Expectations are as
 * in scenario.h, and may be ~TEXT~TEXT, one behind the other; $a is the pid of a, whose name is actor-a, and $u the
 * uid, in what is asked and what is expected. In the end all processes end, all
 * objects are deleted, and the daemon must have nothing left. */
#pragma once

#include <check.h>

typedef struct Play {
        const char *name, *script;
} Play;

void play_run(const Play *play);
