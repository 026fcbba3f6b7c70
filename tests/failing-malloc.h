/* An allocator that fails on request, for all code of the program, json-c too. It must be linked into a
 * test program of its own. Under a sanitizer or valgrind it is absent, since these replace the
 * allocator themselves. */
#pragma once

#include <stdbool.h>

/* Returns whether this allocator is in use; otherwise the functions below do nothing. */
bool failing_malloc_works(void);
/* Makes the n-th allocation from now on fail, and no other one; 0: none. */
void failing_malloc_set(long n);
/* Returns how many allocations are left before the failing one; 0 if it has failed, or none is to fail. */
long failing_malloc_left(void);
/* Returns how many allocations are not yet freed. */
long failing_malloc_count(void);
