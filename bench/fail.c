/* Ends the program after an error. Its children are stopped first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fail.h"

static void (*cleanup_all)(void);

void bench_set_cleanup(void (*cleanup)(void)) {
        cleanup_all = cleanup;
}

_Noreturn void bench_fail(const char *what, int error) {
        fprintf(stderr, "bench: %s: %s\n", what, strerror(error));
        if (cleanup_all)
                cleanup_all();
        exit(EXIT_FAILURE);
}

int64_t bench_now_ns(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
