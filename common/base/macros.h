/* Small helpers that every file may use. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

#define ELEMENTSOF(a) (sizeof(a) / sizeof((a)[0]))

#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Gives a pointer away: evaluates to its value and leaves NULL behind, so that a cleanup
 * attribute on the variable does nothing. */
#define TAKE_PTR(p)                                                                                \
        ({                                                                                         \
                __typeof__(p) *take_ = &(p);                                                       \
                __typeof__(p) taken_ = *take_;                                                     \
                *take_ = NULL;                                                                     \
                taken_;                                                                            \
        })

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(func)          __attribute__((cleanup(func), unused))

static inline void freep(void *p) {
        free(*(void **)p);
}

static inline size_t min_size(size_t a, size_t b) {
        return a < b ? a : b;
}

static inline size_t max_size(size_t a, size_t b) {
        return a > b ? a : b;
}
