/* Sequences in pages: their memory. pages-move.c moves elements.
 *
 * An insertion first reserves room at the end that it will push elements to, then opens the gap. Only pages_reserve() can fail,
 * so a change is never half done. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/pages.h"

/* The page at an end keeps unused room for an eighth of all elements, within these bounds. */
enum { ROOM_MIN = 8, ROOM_MAX = 1024, ROOM_SHARE = 8 };

static size_t room_for(size_t n) {
        size_t room = n / ROOM_SHARE;

        return room < ROOM_MIN ? ROOM_MIN : min_size(room, ROOM_MAX);
}

/* The number of elements in a page. */
static size_t page_count(const Pages *s, size_t p) {
        size_t begin = max_size(p * PAGE_LENGTH, s->offset);
        size_t end = min_size((p + 1) * PAGE_LENGTH, s->offset + s->n);

        return begin < end ? end - begin : 0;
}

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

/* Makes room in the array of pages. */
static int room_for_pages(Pages *s, size_t n_more) {
        size_t n = s->n_pages + n_more, n_room = s->n_room ? 2 * (size_t)s->n_room : 4;

        if (n <= 1 || n <= s->n_room)
                return 0;
        n_room = max_size(n, n_room);
        Page *many = n_room <= UINT32_MAX ? reallocarray(s->many, n_room, sizeof(*many)) : NULL;
        if (!many)
                return -ENOMEM;
        if (!s->many)
                many[0] = s->one;
        s->many = many;
        s->n_room = (uint32_t)n_room;
        return 0;
}

/* Adds pages at an end: the outermost one has room for n_outermost elements. If memory runs out, some of the pages have none, which
 * drop_unused() repairs. */
static int pages_add(Pages *s, size_t size, bool is_front, size_t n, size_t n_outermost) {
        size_t first = is_front ? 0 : s->n_pages, outermost = is_front ? 0 : s->n_pages + n - 1;

        if (room_for_pages(s, n) < 0)
                return -ENOMEM;
        if (s->n_pages > first)
                memmove(s->many + n, s->many, s->n_pages * sizeof(*s->many));
        s->n_pages += (uint32_t)n;
        if (is_front)
                s->offset += n * PAGE_LENGTH;
        memset(pages_page(s, first), 0, n * sizeof(Page));
        for (size_t p = first; p < first + n; p++) {
                size_t capacity = p == outermost ? n_outermost : PAGE_LENGTH;
                char *data = reallocarray(NULL, capacity, size);
                if (!data)
                        return -ENOMEM;
                *pages_page(s, p) = (Page){.data = data, .capacity = (uint32_t)capacity};
        }
        return 0;
}

static void pages_free(Pages *s, size_t first, size_t n) {
        for (size_t p = first; p < first + n; p++)
                free(pages_page(s, p)->data);
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
        size_t n_front = pages_first(s), n_kept = pages_last(s) + 1 - n_front;
        pages_free(s, n_front + n_kept, s->n_pages - n_front - n_kept);
        s->n_pages = (uint32_t)(n_front + n_kept);
        if (n_front == 0)
                return;
        pages_free(s, 0, n_front);
        memmove(s->many, s->many + n_front, n_kept * sizeof(*s->many));
        s->n_pages = (uint32_t)n_kept;
        s->offset -= n_front * PAGE_LENGTH;
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
        trim_end(s, size, pages_first(s));
        if (s->n_pages > 1)
                trim_end(s, size, pages_last(s));
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
        return pages_add(s, size, false, 1,
                         min_size(n + (n > 1 ? n / ROOM_SHARE : ROOM_MIN - 1), PAGE_LENGTH));
}

/* Drops pages that a reservation made and no element used: one of them may be small, and the next reservation counts on inner
 * pages that are full. If no element is left, the only page may be small, too, and `offset` may be anything. */
static void forget_reservations(Pages *s) {
        if (s->n == 0)
                pages_deinit(s);
        else if (pages_first(s) > 0 || pages_last(s) + 1 < s->n_pages)
                drop_unused(s);
}

static int reserve_pages(Pages *s, size_t size, bool is_front, size_t n_more) {
        forget_reservations(s);
        size_t end = s->n_pages * PAGE_LENGTH, p = is_front ? pages_first(s) : pages_last(s);
        size_t unused = is_front ? s->offset : end - s->offset - s->n;
        size_t n_in_page = page_count(s, p), n_free = unused % PAGE_LENGTH;
        int r = grow_end(s, size, p, n_in_page + min_size(n_free, n_more));

        if (r < 0 || unused >= n_more)
                return r;
        size_t n_left = n_more - unused, n_inner = (n_left - 1) / PAGE_LENGTH;
        size_t n_outermost = n_left - n_inner * PAGE_LENGTH + room_for(s->n);
        return pages_add(s, size, is_front, n_inner + 1, min_size(n_outermost, PAGE_LENGTH));
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

void pages_drop_first(Pages *s) {
        pages_set_offset(s, s->offset + 1);
        s->n--;
        if (s->n == 0 || pages_first(s) > 0)
                drop_unused(s);
}
