/* The suites of a test program. A file of tests joins by including tap-main.h. */
#pragma once

#include <check.h>

typedef struct TapSuite {
        const char *file; /* as the compiler was called for it */
        Suite *(*make)(void);
        struct TapSuite *next;
} TapSuite;

/* Called before main(). */
void tap_join(TapSuite *suite);
/* Why a test case does not do here what it is for: a line of the log. */
void say_skipped(const char *why);
