/* A file of tests includes this and defines make_suite(). That makes it a case of the test program that it is linked
 * into; nothing else has to name it. */
#pragma once

#include "tap-suite.h"

static Suite *make_suite(void);

__attribute__((constructor)) static void join_suites(void) {
        static TapSuite suite = {.file = __BASE_FILE__, .make = make_suite};

        tap_join(&suite);
}
