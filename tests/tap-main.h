/* The main function of every test program: runs a suite and speaks TAP on standard output. */
#pragma once

#include <check.h>

/* To be defined by the test program. */
Suite *make_suite(void);
