/* Sequences in pages (pages.h): their places, and the rings of pages.
 *
 * A place is an index that counts from the beginning of the first page: element i has place offset + i, and place / PAGE_LENGTH
 * is its page. Within a page, the ring maps a place to a slot of memory (pages_at()). The ring of the first page begins with its
 * first element; the ring of every other page begins with the first place of the page. The first and the last page may have
 * room for fewer than PAGE_LENGTH elements; all others are full. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_LENGTH = 4096 };

typedef struct Page {
        char *data;
        uint32_t capacity; /* elements; PAGE_LENGTH if the page is full */
        uint32_t head;     /* of the ring: the slot of its first element */
} Page;

typedef struct Pages {
        Page one,
                *many; /* the pages: `many` has room for n_room of them, or is NULL and the only one is `one` */
        uint32_t n_pages, n_room;
        size_t n;      /* elements */
        size_t offset; /* places in the pages before the first element */
} Pages;

static inline Page *pages_page(const Pages *s, size_t p) {
        return s->many ? &s->many[p] : (Page *)&s->one;
}

/* Returns the slot of a place in the ring of its page. */
static inline size_t pages_slot(const Pages *s, size_t place) {
        size_t p = place / PAGE_LENGTH, k = place % PAGE_LENGTH;
        const Page *page = pages_page(s, p);

        k += page->head;
        if (p == s->offset / PAGE_LENGTH)
                k -= s->offset % PAGE_LENGTH;
        return k < page->capacity ? k : k - page->capacity;
}

/* Returns a pointer to an element, which is valid until the next change. */
static inline void *pages_at(const Pages *s, size_t size, size_t i) {
        size_t place = s->offset + i;

        return pages_page(s, place / PAGE_LENGTH)->data + pages_slot(s, place) * size;
}

static inline size_t pages_first(const Pages *s) {
        return s->offset / PAGE_LENGTH;
}

static inline size_t pages_last(const Pages *s) {
        return s->n > 0 ? (s->offset + s->n - 1) / PAGE_LENGTH : pages_first(s);
}

/* Turns the ring of a page by some slots, at most its capacity. */
static inline void pages_turn(Page *page, int64_t by) {
        int64_t head = (int64_t)page->head + by;

        page->head = (uint32_t)(head < 0                 ? head + page->capacity
                                : head >= page->capacity ? head - page->capacity
                                                         : head);
}

/* Turns rings so that the rule about them holds for the new offset. */
static inline void pages_set_offset(Pages *s, size_t offset) {
        size_t before = pages_first(s), after = offset / PAGE_LENGTH;
        int64_t k = (int64_t)(s->offset % PAGE_LENGTH), k_after = (int64_t)(offset % PAGE_LENGTH);

        s->offset = offset;
        if (before == after)
                pages_turn(pages_page(s, before), k_after - k);
        else if (after > before && after < s->n_pages)
                pages_turn(pages_page(s, after), k_after);
        else if (after < before && before < s->n_pages)
                pages_turn(pages_page(s, before),
                           -k); /* the places before its first element are used now */
}
