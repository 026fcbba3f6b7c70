/* A file of tests includes this and defines make_suite(), which makes it a case of the test program into which it
 * is linked; nothing else names it. */
#pragma once

#include "tap-suite.h"

static Suite *make_suite(void);

__attribute__((constructor)) static void join_suites(void) {
        static TapSuite suite = {.file = __BASE_FILE__, .make = make_suite};

        tap_join(&suite);
}
