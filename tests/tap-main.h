/* The main function of every test program: runs a suite and speaks TAP on standard output. */
#pragma once

#include <check.h>

/* Why a test case does not do here what it is for: a line of the log. */
void say_skipped(const char *why);

/* To be defined by the test program. */
Suite *make_suite(void);
