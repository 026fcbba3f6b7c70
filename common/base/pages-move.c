/* Sequences in pages: elements move to make a gap, or to close one.
 *
 * All elements on one side of the gap move by the same number of places, q whole pages and r elements. The pages that they fill are
 * made one after the other, beginning with the page whose elements nothing else will replace: the last one if the elements move
 * up. So each element that has not moved yet is always in its place. Below, "own" is the page q pages away that has the larger or
 * smaller part of what page p will have, and "far" is the next page in that direction, which has the other r elements. If the
 * elements move up:
 *
 *      before                                      after
 *      far: [ a a a a a a | b b ]                  p: [ b b | c c c c c c ]
 *      own: [ c c c c c c | d d ]                     d d went to the page after p
 *
 * A page is made in the way that moves the fewest elements:
 *
 *   way      used for                             does
 *   turn     pages that fill with r small         own becomes page p, turns its ring by r places, and receives b b
 *   exchange pages that fill with r large         far and own exchange a.. and c..; far becomes page p and turns its ring; own has a..,
 *                                                 and takes the place of far
 *   copy     all others                           copies b b and c..
 *
 * In the first two ways pages change their places by pointers alone. The page that stands at p has no elements that are still needed, since
 * they moved before; it goes where a page is taken away. The outermost page, of which all elements move, also turns if it
 * stays where it is (q = 0). If elements move down, all directions are reversed. */
#include <string.h>

#include "base/macros.h"
#include "base/pages.h"

/* Turning a ring and copying a run to the next page takes as long as moving 32 elements within a page. To exchange an element takes
 * as long as to copy three. */
enum { TURN_COST = 32, EXCHANGE_COST = 3 };

/* How many elements of a page between the gap and the end move, beside those that move with their page. */
static size_t moves_of_page(size_t r) {
        return min_size(r, EXCHANGE_COST * (PAGE_LENGTH - r));
}

/* ---- Runs */

static char *slot_at(const Pages *s, size_t size, size_t place) {
        return pages_page(s, place / PAGE_LENGTH)->data + pages_slot(s, place) * size;
}

/* Elements that follow each other in memory: from a place on, or up to a place. */
typedef struct RingRun {
        char *data; /* of the given place */
        size_t n;
} RingRun;

static RingRun run_from(const Pages *s, size_t size, size_t place, size_t n_most) {
        const Page *page = pages_page(s, place / PAGE_LENGTH);
        size_t slot = pages_slot(s, place);
        size_t n = min_size(PAGE_LENGTH - place % PAGE_LENGTH, page->capacity - slot);

        return (RingRun){.data = page->data + slot * size, .n = min_size(n, n_most)};
}

static RingRun run_up_to(const Pages *s, size_t size, size_t place, size_t n_most) {
        const Page *page = pages_page(s, place / PAGE_LENGTH);
        size_t slot = pages_slot(s, place), n = min_size(place % PAGE_LENGTH, slot) + 1;

        return (RingRun){.data = page->data + slot * size, .n = min_size(n, n_most)};
}

/* Copies n elements to other places, which may overlap. */
static void copy(Pages *s, size_t size, size_t to, size_t from, size_t n) {
        if (n == 1) {
                memcpy(slot_at(s, size, to), slot_at(s, size, from), size);
                return;
        }
        for (size_t n_run; n > 0 && to < from; n -= n_run, to += n_run, from += n_run) {
                RingRun source = run_from(s, size, from, n);
                RingRun target = run_from(s, size, to, source.n);
                n_run = target.n;
                memmove(target.data, source.data, n_run * size);
        }
        for (size_t n_run; n > 0 && to > from; n -= n_run) {
                RingRun source = run_up_to(s, size, from + n - 1, n);
                RingRun target = run_up_to(s, size, to + n - 1, source.n);
                n_run = target.n;
                size_t n_before = (n_run - 1) * size;
                memmove(target.data - n_before, source.data - n_before, n_run * size);
        }
}

static void exchange_bytes(char *a, char *b, size_t n) {
        char kept[512];

        for (size_t n_now; n > 0; n -= n_now, a += n_now, b += n_now) {
                n_now = min_size(n, sizeof(kept));
                memcpy(kept, a, n_now);
                memcpy(a, b, n_now);
                memcpy(b, kept, n_now);
        }
}

static void exchange(Pages *s, size_t size, size_t a, size_t b, size_t n) {
        for (size_t n_run; n > 0; n -= n_run, a += n_run, b += n_run) {
                RingRun one = run_from(s, size, a, n), other = run_from(s, size, b, one.n);
                n_run = other.n;
                exchange_bytes(one.data, other.data, n_run * size);
        }
}

static void swap_pages(Pages *s, size_t a, size_t b) {
        Page other = *pages_page(s, a);

        *pages_page(s, a) = *pages_page(s, b);
        *pages_page(s, b) = other;
}

/* ---- Pages */

/* All elements on one side of a gap move. */
typedef struct Shift {
        Pages *s;
        size_t size;
        bool is_front, is_up; /* the elements before the gap move; they move up */
        bool is_large;        /* an exchange moves fewer elements than r */
        size_t q, r;          /* by how many places: q * PAGE_LENGTH + r */
} Shift;

/* Returns the page from which page p receives elements. */
static size_t source_page(const Shift *shift, size_t p, size_t n_away) {
        return shift->is_up ? p - n_away : p + n_away;
}

/* Turns a ring in the direction in which the elements move, or in the other one. */
static void turn(const Shift *shift, size_t p, size_t n, bool is_with) {
        pages_turn(pages_page(shift->s, p), shift->is_up == is_with ? -(int64_t)n : (int64_t)n);
}

static void copy_to(const Shift *shift, size_t lo, size_t hi) {
        size_t by = shift->q * PAGE_LENGTH + shift->r;

        if (lo < hi)
                copy(shift->s, shift->size, lo, shift->is_up ? lo - by : lo + by, hi - lo);
}

static void make_by_turn(const Shift *shift, size_t p, size_t lo, size_t hi) {
        size_t begin = p * PAGE_LENGTH, end = begin + PAGE_LENGTH;

        if (shift->q > 0)
                swap_pages(shift->s, p, source_page(shift, p, shift->q));
        turn(shift, p, shift->r, true);
        if (shift->is_up)
                copy_to(shift, lo, min_size(hi, begin + shift->r));
        else
                copy_to(shift, max_size(lo, end - shift->r), hi);
}

/* Makes page p by a turn of one element: the slot of the element that the page passes on receives the next one. */
static void make_by_one(const Shift *shift, size_t p) {
        Page *page = pages_page(shift->s, p);
        size_t source = shift->is_up ? p * PAGE_LENGTH - 1 : (p + 1) * PAGE_LENGTH;

        if (shift->is_up)
                page->head = page->head > 0 ? page->head - 1 : PAGE_LENGTH - 1;
        memcpy(page->data + page->head * shift->size, slot_at(shift->s, shift->size, source),
               shift->size);
        if (!shift->is_up)
                page->head = page->head + 1 < PAGE_LENGTH ? page->head + 1 : 0;
}

static void make_by_exchange(const Shift *shift, size_t p) {
        size_t own = source_page(shift, p, shift->q), far = source_page(shift, p, shift->q + 1);
        size_t n = PAGE_LENGTH - shift->r, skipped = shift->is_up ? 0 : shift->r;

        exchange(shift->s, shift->size, own * PAGE_LENGTH + skipped, far * PAGE_LENGTH + skipped,
                 n);
        turn(shift, far, n, false);
        swap_pages(shift->s, p, far);
        if (shift->q > 0)
                swap_pages(shift->s, far, own);
}

/* A page at an end may have room for fewer elements, and the ring of the first page may begin elsewhere. */
static bool is_whole(const Pages *s, size_t p) {
        return pages_page(s, p)->capacity == PAGE_LENGTH &&
               (p > pages_first(s) || s->offset % PAGE_LENGTH == 0);
}

/* Makes the part of page p from place lo to hi. */
static void make_page(const Shift *shift, size_t p, size_t lo, size_t hi) {
        size_t begin = p * PAGE_LENGTH, end = begin + PAGE_LENGTH;
        bool is_full = hi - lo == PAGE_LENGTH;

        if (is_full && shift->q == 0 && shift->r == 1) {
                make_by_one(shift, p);
                return;
        }
        bool is_outermost = shift->is_front ? hi == end : lo == begin;
        bool keeps_some = (shift->is_up ? hi - begin : end - lo) > shift->r;

        if (!shift->is_large && (is_full || (shift->q == 0 && is_outermost && keeps_some)))
                make_by_turn(shift, p, lo, hi);
        else if (shift->is_large && is_full &&
                 is_whole(shift->s, source_page(shift, p, shift->q + 1)))
                make_by_exchange(shift, p);
        else
                copy_to(shift, lo, hi);
}

/* Moves n > 0 elements to other places. */
static void move(Pages *s, size_t size, bool is_front, size_t to, size_t from, size_t n) {
        bool is_up = to > from;
        size_t by = is_up ? to - from : from - to;
        size_t first = to / PAGE_LENGTH, last = (to + n - 1) / PAGE_LENGTH;
        const Shift shift = {.s = s,
                             .size = size,
                             .is_front = is_front,
                             .is_up = is_up,
                             .is_large = moves_of_page(by % PAGE_LENGTH) < by % PAGE_LENGTH,
                             .q = by / PAGE_LENGTH,
                             .r = by % PAGE_LENGTH};

        for (size_t k = 0; k <= last - first; k++) {
                size_t p = is_up ? last - k : first + k;
                make_page(&shift, p, max_size(to, p * PAGE_LENGTH),
                          min_size(to + n, (p + 1) * PAGE_LENGTH));
        }
}

/* ---- Gaps */

void pages_open(Pages *s, size_t size, bool is_front, size_t at, size_t n) {
        size_t n_behind = s->n - at;

        if (is_front)
                pages_set_offset(s, s->offset - n);
        s->n += n;
        if (is_front && at > 0)
                move(s, size, true, s->offset, s->offset + n, at);
        else if (!is_front && n_behind > 0)
                move(s, size, false, s->offset + at + n, s->offset + at, n_behind);
}

void pages_close(Pages *s, size_t size, bool is_front, size_t at, size_t n) {
        size_t n_behind = s->n - at - n;

        if (is_front && at > 0)
                move(s, size, true, s->offset + n, s->offset, at);
        else if (!is_front && n_behind > 0)
                move(s, size, false, s->offset + at, s->offset + at + n, n_behind);
        if (is_front)
                pages_set_offset(s, s->offset + n);
        s->n -= n;
}

uint64_t pages_moves(size_t n_between, size_t n) {
        return n == 0 ? 0
                      : min_size(n_between, PAGE_LENGTH + 3 * n) +
                                n_between / PAGE_LENGTH *
                                        (TURN_COST + moves_of_page(n % PAGE_LENGTH));
}

void pages_get(const Pages *s, size_t size, size_t at, size_t n, void *ret) {
        for (RingRun run; n > 0; n -= run.n, at += run.n, ret = (char *)ret + run.n * size) {
                run = run_from(s, size, s->offset + at, n);
                memcpy(ret, run.data, run.n * size);
        }
}

void pages_set(Pages *s, size_t size, size_t at, size_t n, const void *from) {
        for (RingRun run; n > 0;
             n -= run.n, at += run.n, from = (const char *)from + run.n * size) {
                run = run_from(s, size, s->offset + at, n);
                memcpy(run.data, from, run.n * size);
        }
}
