/* Crash points: places where a test kills the daemon. The installed daemon has none: the macro is
 * empty, and the program contains no name of a point (tests/crash/test-crash.sh).
 * tests/crash/shmgrd-crash is the daemon with points (tests/crash/crash.c).
 *
 * Each name is used at one place. tests/crash/attack.py reads the names from the sources, and fails
 * for a point that it cannot reach. */
#pragma once

#ifdef SHMGR_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif
