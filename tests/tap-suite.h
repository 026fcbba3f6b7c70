/* The suites of a test program. A file of tests joins by including tap-main.h. */
#pragma once

#include <check.h>

typedef struct TapSuite {
        const char *file; /* __FILE__ of the source */
        Suite *(*make)(void);
        struct TapSuite *next;
} TapSuite;

/* Adds a suite; called before main(). */
void tap_join(TapSuite *suite);
/* Writes to the log why a test case is skipped. */
void say_skipped(const char *why);
