/* Sequences in pages.
 *
 * A place is an index that counts from the beginning of the first page: element i has place offset + i, and place / PAGE_LENGTH
 * is its page. Within a page, the ring maps a place to a slot of memory (pages_at()). The ring of the first page begins with its
 * first element; the ring of every other page begins with the first place of the page. The first and the last page may have
 * room for fewer than PAGE_LENGTH elements.
 *
 * An insertion first reserves room at the end that it will push elements to, then opens the gap. Only pages_reserve() can fail,
 * so a change is never half done. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

/* The page at an end keeps unused room for an eighth of all elements, within these bounds. */
enum { ROOM_MIN = 8, ROOM_MAX = 1024, ROOM_SHARE = 8 };

/* Moving one element to the next page takes as long as moving 32 elements within a page. */
enum { TURN_COST = 32 };

static size_t min_size(size_t a, size_t b) {
        return a < b ? a : b;
}

static size_t room_for(size_t n) {
        size_t room = n / ROOM_SHARE;

        return room < ROOM_MIN ? ROOM_MIN : min_size(room, ROOM_MAX);
}

static size_t first_page(const Pages *s) {
        return s->offset / PAGE_LENGTH;
}

/* The page of an element. */
static size_t page_of(const Pages *s, size_t i) {
        return (s->offset + i) / PAGE_LENGTH;
}

static size_t last_page(const Pages *s) {
        return s->n > 0 ? page_of(s, s->n - 1) : first_page(s);
}

/* The index of the first element of a page. */
static size_t page_begin(const Pages *s, size_t p) {
        return p > first_page(s) ? p * PAGE_LENGTH - s->offset : 0;
}

/* The index after the last element of a page. */
static size_t page_end(const Pages *s, size_t p) {
        size_t end = (p + 1) * PAGE_LENGTH;

        return end > s->offset ? min_size(end - s->offset, s->n) : 0;
}

static size_t page_count(const Pages *s, size_t p) {
        size_t begin = page_begin(s, p), end = page_end(s, p);

        return begin < end ? end - begin : 0;
}

static void turn_left(Page *page) {
        page->head = page->head > 0 ? page->head - 1 : page->capacity - 1;
}

static void turn_right(Page *page) {
        page->head = page->head + 1 < page->capacity ? page->head + 1 : 0;
}

/* The last place of the ring of a full page. */
static char *page_tail(const Pages *s, size_t size, size_t p) {
        return pages_at(s, size, (p + 1) * PAGE_LENGTH - 1 - s->offset);
}

static char *page_head(const Pages *s, size_t size, size_t p) {
        const Page *page = pages_page(s, p);

        return page->data + page->head * size;
}

/* ---- Memory */

void pages_deinit(Pages *s) {
        for (size_t p = 0; p < s->n_pages; p++)
                free(pages_page(s, p)->data);
        free(s->many);
        *s = (Pages){0};
}

/* Changes the memory of a page, whose ring then begins at the beginning of it. A ring that does so already is resized in its
 * place where the heap has room, so a sequence that grows at its end leaves no unused pieces behind. */
static int page_resize(Pages *s, size_t size, size_t p, size_t capacity) {
        Page *page = pages_page(s, p);
        size_t n = page_count(s, p), n_straight = min_size(n, page->capacity - page->head);
        char *data;

        if (capacity == page->capacity)
                return 0;
        bool is_straight = page->head == 0 && n <= page->capacity;
        data = reallocarray(is_straight ? page->data : NULL, capacity, size);
        if (!data)
                return -ENOMEM;
        if (!is_straight) {
                memcpy(data, page->data + page->head * size, n_straight * size);
                memcpy(data + n_straight * size, page->data, (n - n_straight) * size);
                free(page->data);
        }
        *page = (Page){.data = data, .capacity = (uint32_t)capacity};
        return 0;
}

static int room_for_page(Pages *s) {
        uint32_t n_room = s->n_room ? 2 * s->n_room : 4;

        if (s->n_pages == 0 || s->n_pages < s->n_room)
                return 0;
        Page *many = reallocarray(s->many, n_room, sizeof(*many));
        if (!many)
                return -ENOMEM;
        if (!s->many)
                many[0] = s->one;
        s->many = many;
        s->n_room = n_room;
        return 0;
}

static int page_add(Pages *s, size_t size, bool is_front, size_t capacity) {
        int r = room_for_page(s);
        char *data = r == 0 ? reallocarray(NULL, capacity, size) : NULL;

        if (!data)
                return -ENOMEM;
        size_t p = is_front ? 0 : s->n_pages;
        if (s->n_pages > p)
                memmove(s->many + 1, s->many, s->n_pages * sizeof(*s->many));
        *pages_page(s, p) = (Page){.data = data, .capacity = (uint32_t)capacity};
        s->n_pages++;
        if (is_front)
                s->offset += PAGE_LENGTH;
        return 0;
}

static void page_drop(Pages *s, size_t p) {
        free(pages_page(s, p)->data);
        s->n_pages--;
        if (s->n_pages > p)
                memmove(s->many + p, s->many + p + 1, (s->n_pages - p) * sizeof(*s->many));
}

/* Frees pages without elements. It keeps one small page, so a sequence that alternates between one element and none allocates
 * nothing. */
static void drop_unused(Pages *s) {
        if (s->n == 0) {
                s->offset = 0;
                if (s->n_pages > 1 || pages_page(s, 0)->capacity > 2 * ROOM_MIN)
                        pages_deinit(s);
                return;
        }
        while (s->n_pages > last_page(s) + 1)
                page_drop(s, s->n_pages - 1);
        while (first_page(s) > 0) {
                page_drop(s, 0);
                s->offset -= PAGE_LENGTH;
        }
}

static void trim_end(Pages *s, size_t size, size_t p) {
        size_t n = page_count(s, p), room = room_for(s->n), capacity = pages_page(s, p)->capacity;

        if (capacity > n + 2 * room + ROOM_MIN)
                (void)page_resize(s, size, p, n + room);
}

void pages_trim(Pages *s, size_t size) {
        if (s->n_pages == 1 && pages_page(s, 0)->capacity <= 2 * ROOM_MIN)
                return;
        drop_unused(s);
        if (s->n == 0)
                return;
        trim_end(s, size, first_page(s));
        if (s->n_pages > 1)
                trim_end(s, size, last_page(s));
}

/* Makes room for n elements in the page at an end. A page that has to grow gets spare room, too. */
static int grow_end(Pages *s, size_t size, size_t p, size_t n) {
        if (n <= pages_page(s, p)->capacity)
                return 0;
        return page_resize(s, size, p, min_size(n + room_for(s->n), PAGE_LENGTH));
}

/* If one page holds all elements, `offset` is free: the room goes to the end that needs it. */
static int reserve_in_one(Pages *s, size_t size, bool is_front, size_t n_more) {
        size_t n = s->n + n_more;

        s->offset = is_front ? PAGE_LENGTH - s->n : 0;
        if (s->n_pages > 0)
                return grow_end(s, size, 0, n);
        return page_add(s, size, false,
                        min_size(n + (n > 1 ? n / ROOM_SHARE : ROOM_MIN - 1), PAGE_LENGTH));
}

static int reserve_pages(Pages *s, size_t size, bool is_front, size_t n_more) {
        size_t end = s->n_pages * PAGE_LENGTH, p = is_front ? first_page(s) : last_page(s);
        size_t unused = is_front ? s->offset : end - s->offset - s->n;
        size_t n_in_page = page_count(s, p), n_free = unused % PAGE_LENGTH;
        int r = grow_end(s, size, p, n_in_page + min_size(n_free, n_more));

        for (; r == 0 && unused < n_more; unused += PAGE_LENGTH) {
                size_t n_left = n_more - unused;
                r = page_add(s, size, is_front, min_size(n_left + room_for(s->n), PAGE_LENGTH));
        }
        return r;
}

int pages_reserve(Pages *s, size_t size, bool is_front, size_t n_more) {
        int r;

        if (n_more > SIZE_MAX / 4 / size - s->n)
                return -ENOMEM;
        if (s->n_pages <= 1 && s->n + n_more <= PAGE_LENGTH)
                r = reserve_in_one(s, size, is_front, n_more);
        else
                r = reserve_pages(s, size, is_front, n_more);
        if (r < 0)
                drop_unused(s);
        return r;
}

/* ---- Ends */

/* Turns the ring of a page by some slots, so that the rule about rings at the top of this file holds for a new offset. */
static void page_turn(Page *page, int64_t by) {
        int64_t head = (int64_t)page->head + by;

        page->head = (uint32_t)(head < 0                 ? head + page->capacity
                                : head >= page->capacity ? head - page->capacity
                                                         : head);
}

static void set_offset(Pages *s, size_t offset) {
        size_t before = first_page(s), after = offset / PAGE_LENGTH;
        int64_t k = (int64_t)(s->offset % PAGE_LENGTH), k_after = (int64_t)(offset % PAGE_LENGTH);

        s->offset = offset;
        if (before == after)
                page_turn(pages_page(s, before), k_after - k);
        else if (after > before && after < s->n_pages)
                page_turn(pages_page(s, after), k_after);
        else if (after < before && before < s->n_pages)
                page_turn(pages_page(s, before),
                          -k); /* the places before its first element are used now */
}

static void extend(Pages *s, bool is_front, size_t n) {
        if (is_front)
                set_offset(s, s->offset - n);
        s->n += n;
}

static void shorten(Pages *s, bool is_front, size_t n) {
        if (is_front)
                set_offset(s, s->offset + n);
        s->n -= n;
}

/* ---- Moving */

/* The number of elements that follow each other in memory, from element i on; run_up_to(): up to element i. */
static size_t run_from(const Pages *s, size_t size, size_t i) {
        size_t p = page_of(s, i);
        const Page *page = pages_page(s, p);
        size_t slot = (size_t)((char *)pages_at(s, size, i) - page->data) / size;

        return min_size(page_end(s, p) - i, page->capacity - slot);
}

static size_t run_up_to(const Pages *s, size_t size, size_t i) {
        size_t p = page_of(s, i);
        const Page *page = pages_page(s, p);
        size_t slot = (size_t)((char *)pages_at(s, size, i) - page->data) / size;

        return min_size(i - page_begin(s, p), slot) + 1;
}

static void move(Pages *s, size_t size, size_t to, size_t from, size_t n) {
        while (n > 0 && to < from) {
                size_t n_run =
                        min_size(n, min_size(run_from(s, size, to), run_from(s, size, from)));
                memmove(pages_at(s, size, to), pages_at(s, size, from), n_run * size);
                to += n_run;
                from += n_run;
                n -= n_run;
        }
        while (n > 0 && to > from) {
                size_t n_run = min_size(n, min_size(run_up_to(s, size, to + n - 1),
                                                    run_up_to(s, size, from + n - 1)));
                n -= n_run;
                memmove(pages_at(s, size, to + n), pages_at(s, size, from + n), n_run * size);
        }
}

/* Makes a gap for one element: each page between the gap and the end passes one element on to its neighbour. */
static void open_one(Pages *s, size_t size, bool is_front, size_t at) {
        extend(s, is_front, 1);
        size_t t = page_of(s, at);
        if (is_front) {
                for (size_t p = first_page(s); p < t; p++) {
                        turn_right(pages_page(s, p));
                        memcpy(page_tail(s, size, p), page_head(s, size, p + 1), size);
                }
                size_t begin = page_begin(s, t);
                move(s, size, begin, begin + 1, at - begin);
                return;
        }
        for (size_t p = last_page(s); p > t; p--) {
                turn_left(pages_page(s, p));
                memcpy(page_head(s, size, p), page_tail(s, size, p - 1), size);
        }
        move(s, size, at + 1, at, page_end(s, t) - at - 1);
}

static void close_one(Pages *s, size_t size, bool is_front, size_t at) {
        size_t t = page_of(s, at);

        if (is_front) {
                size_t begin = page_begin(s, t);
                move(s, size, begin + 1, begin, at - begin);
                for (size_t p = t; p > first_page(s); p--) {
                        memcpy(page_head(s, size, p), page_tail(s, size, p - 1), size);
                        turn_left(pages_page(s, p - 1));
                }
        } else {
                move(s, size, at, at + 1, page_end(s, t) - at - 1);
                for (size_t p = t + 1; p <= last_page(s); p++) {
                        memcpy(page_tail(s, size, p - 1), page_head(s, size, p), size);
                        turn_right(pages_page(s, p));
                }
        }
        shorten(s, is_front, 1);
}

void pages_open(Pages *s, size_t size, bool is_front, size_t at, size_t n) {
        size_t n_behind = s->n - at;

        if (n == 1 && (is_front ? at : n_behind) > 0) {
                open_one(s, size, is_front, at);
                return;
        }
        extend(s, is_front, n);
        if (is_front)
                move(s, size, 0, n, at);
        else
                move(s, size, at + n, at, n_behind);
}

void pages_close(Pages *s, size_t size, bool is_front, size_t at, size_t n) {
        if (n == 1 && (is_front ? at : s->n - at - 1) > 0) {
                close_one(s, size, is_front, at);
                return;
        }
        if (is_front)
                move(s, size, n, 0, at);
        else
                move(s, size, at, at + n, s->n - at - n);
        shorten(s, is_front, n);
}

void pages_drop_first(Pages *s) {
        shorten(s, true, 1);
        if (s->n == 0 || first_page(s) > 0)
                drop_unused(s);
}

uint64_t pages_moves(size_t n_between, size_t n) {
        return n != 1 ? n_between
                      : min_size(n_between, PAGE_LENGTH) + n_between / PAGE_LENGTH * TURN_COST;
}

void pages_get(const Pages *s, size_t size, size_t at, size_t n, void *ret) {
        for (size_t n_run; n > 0; n -= n_run, at += n_run, ret = (char *)ret + n_run * size) {
                n_run = min_size(n, run_from(s, size, at));
                memcpy(ret, pages_at(s, size, at), n_run * size);
        }
}

void pages_set(Pages *s, size_t size, size_t at, size_t n, const void *from) {
        for (size_t n_run; n > 0;
             n -= n_run, at += n_run, from = (const char *)from + n_run * size) {
                n_run = min_size(n, run_from(s, size, at));
                memcpy(pages_at(s, size, at), from, n_run * size);
        }
}
