/* Plays: tests as scripts, with real processes and a real daemon. Each line is one of
 *
 *     a: lock.acquire ['l'] -> {'token':1}    process a calls, and the reply arrives
 *     a& lock.acquire ['l']                   process a calls, and now waits in the daemon
 *     a! lock.acquire ['l']                   process a calls; it may wait or not
 *     a= {'token':2}                          now the reply arrives
 *     a?                                      process a still waits
 *     kill a                                  kills a with SIGKILL, and waits for its death
 *     exit a                                  process a exits, without releasing anything before
 *     thread a                                (first line of a) a is a thread in a process that lives on without it
 *     as a 1001 100                           (first line of a) a has this uid and gid, and no other groups
 *     socket 100                              sets the group of the daemon's socket
 *     end a                                   the thread a ends
 *     exec a                                  process a executes another program
 *     leave a                                 process a forks a child past the library, which keeps all descriptors
 *     fork a b                                process a forks, and b is the child
 *     settle                                  waits until the daemon has ended the sessions of all processes that are gone
 *     stop, cont                              sends SIGSTOP or SIGCONT to the daemon
 *     restart                                 kills the daemon, and starts another one
 *
 * m is the test's own process; a to h are children of it, forked where they first occur. Expectations have the
 * form of scenario.h, or are ~TEXT~TEXT, for texts one behind the other. In calls and expectations $a is the pid
 * of a, whose name is actor-a, and $u the uid. At the end all processes exit, all objects are deleted, and the
 * daemon must have nothing left. */
#pragma once

#include <check.h>

typedef struct Play {
        const char *name, *script;
} Play;

void play_run(const Play *play);
