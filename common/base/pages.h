/* A sequence of elements of one size, in pages: cheap at both ends, and in the middle as well.
 *
 * Each page is a ring of up to PAGE_LENGTH elements, and all but the first and the last are full, so a division gives the page of
 * an index. An insertion in the middle moves elements only within one page. Each page between that and the nearer end passes
 * one element on to its neighbour, which turns its ring by one place. Of a million elements these are at most 122 pages. To
 * insert or remove n elements, whole pages are inserted or removed, and each page passes on the n % PAGE_LENGTH others.
 *
 * Zero-initialised is empty and valid, and the structure may be moved. The size of an element is the same in every call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pages-ring.h"

void pages_deinit(Pages *s);

/* Makes room for n_more elements at one end; room that was reserved before and not used may be gone. Returns 0, or -ENOMEM with the
 * elements unchanged. */
int pages_reserve(Pages *s, size_t size, bool is_front, size_t n_more);
/* Makes a gap of n elements before element `at`, by moving the elements between it and an end that has room for them. The contents
 * of the gap are undefined. */
void pages_open(Pages *s, size_t size, bool is_front, size_t at, size_t n);
/* Removes n elements from element `at` on: the elements before or behind them move. */
void pages_close(Pages *s, size_t size, bool is_front, size_t at, size_t n);
/* Frees unused memory; a page stays large if memory for a smaller one cannot be allocated. */
void pages_trim(Pages *s, size_t size);

/* Removes the first element, and frees its page if it was the only one there. */
void pages_drop_first(Pages *s);

/* Returns an upper bound for the work of pages_open() or pages_close() with n_between elements between the place and the
 * end, counted in elements that are moved within a page. */
uint64_t pages_moves(size_t n_between, size_t n);

/* Copy n elements from element `at` on: out of the sequence, and into it. */
void pages_get(const Pages *s, size_t size, size_t at, size_t n, void *ret);
void pages_set(Pages *s, size_t size, size_t at, size_t n, const void *from);
