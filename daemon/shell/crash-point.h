/* Crash points: places where a test kills the daemon. The product has none of them: the macro is empty, and no name of a point is
 * in the program (tests/crash/test-crash.sh). tests/crash/shmgrd-crash is the daemon with points (tests/crash/crash.c).
 *
 * A name is used at one place. tests/crash/attack.py takes the names from the sources, and fails for one that it cannot reach. */
#pragma once

#ifdef SHMGR_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif
