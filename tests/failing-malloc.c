/* Allocation that fails: these functions override those of the C library. */
#include <errno.h>
#include <stdlib.h>

#include "failing-malloc.h"

/* Volatile: compilers know malloc() and would assume that it changes no variable. */
static volatile long n_until_failure; /* 0: no allocation is going to fail */
static volatile long n_allocated;     /* allocations not yet freed */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
        __has_feature(memory_sanitizer)
#define ALLOCATOR_IS_TAKEN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOCATOR_IS_TAKEN
#endif

#ifndef ALLOCATOR_IS_TAKEN

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

/* The program is compiled with hidden symbols, but json-c must find these functions. */
#define VISIBLE __attribute__((visibility("default")))

static bool fails_now(void) {
        if (n_until_failure == 0 || --n_until_failure > 0)
                return false;
        errno = ENOMEM;
        return true;
}

static void *counted(void *p) {
        n_allocated += p != NULL;
        return p;
}

VISIBLE void *malloc(size_t n) {
        return fails_now() ? NULL : counted(__libc_malloc(n));
}

VISIBLE void *calloc(size_t n, size_t size) {
        return fails_now() ? NULL : counted(__libc_calloc(n, size));
}

VISIBLE void *realloc(void *p, size_t n) {
        if (fails_now())
                return NULL;
        void *moved = __libc_realloc(p, n);
        return p ? moved : counted(moved);
}

VISIBLE void free(void *p) {
        n_allocated -= p != NULL;
        __libc_free(p);
}

#endif

/* The functions are called through pointers, as from another file: valgrind replaces such calls, but not
 * inlined ones. */
bool failing_malloc_works(void) {
        void *(*volatile allocate)(size_t) = malloc;
        void (*volatile release)(void *) = free;
        long n_before = n_allocated;
        void *p = allocate(1);
        bool is_counted = n_allocated == n_before + 1;

        release(p);
        return is_counted;
}

void failing_malloc_set(long n) {
        n_until_failure = n;
}

long failing_malloc_left(void) {
        return n_until_failure;
}

long failing_malloc_count(void) {
        return n_allocated;
}
