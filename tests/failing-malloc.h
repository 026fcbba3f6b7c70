/* An allocator that fails when it is told to, for all code of the program, json-c too. To be linked into a
 * test program by itself. Sanitizers and valgrind have to have the allocator's place for themselves. */
#pragma once

#include <stdbool.h>

/* Whether it is there. Where it is not, the functions below do nothing. */
bool failing_malloc_works(void);
/* Lets the n-th allocation from now on fail, and no other; 0: none. */
void failing_malloc_set(long n);
/* How many allocations the one that is to fail is away; 0 when it has failed, or none is to fail. */
long failing_malloc_left(void);
/* How many allocations are not yet freed. */
long failing_malloc_count(void);
