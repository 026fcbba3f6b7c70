/* The end of a benchmark after an error, and its clock. */
#pragma once

#include <stdint.h>

/* Sets a function that bench_fail() calls before it exits. */
void bench_set_cleanup(void (*cleanup)(void));
_Noreturn void bench_fail(const char *what, int error);
int64_t bench_now_ns(void);
