/* Runs the suite of a test program and reports in TAP, each test case a line. */
#include <stdio.h>
#include <stdlib.h>

#include "tap-main.h"

void say_skipped(const char *why) {
        printf("# skipped: %s\n", why);
        fflush(stdout);
}

int main(void) {
        SRunner *runner = srunner_create(make_suite());

        setenv("CK_TAP_LOG_FILE_NAME", "-", 0);
        srunner_run_all(runner, CK_SILENT);
        int n_failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
