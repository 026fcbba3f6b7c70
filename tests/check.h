/* Check, without a note of each assertion that holds.
 *
 * Check writes the place of each assertion to a file that the test's process shares with its children. That costs a system
 * call; and a child that is killed while it writes leaves half a note, on which Check aborts. Here only failures are
 * written. So after a crash Check names the beginning of the test: gdb and the core file show the place. */
#pragma once

#pragma GCC system_header
#include_next <check.h>

#define _mark_point(file, line) ((void)0)
