/* Sequences in pages, beside a plain array: random changes at all places, with so few elements that they stand in one page and
 * with so many that they fill several; and what an element in the middle costs. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/pages.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"

enum { N_MAX = 12 * PAGE_LENGTH, SIZE = sizeof(uint64_t) };

typedef struct Run {
        Pages pages;
        Random random;
        uint64_t *model, last;
        size_t n;
} Run;

static void run_init(Run *r, uint64_t seed) {
        *r = (Run){.random = {.state = seed}, .model = calloc(N_MAX, SIZE)};
        EXPECT(r->model);
}

static void run_deinit(Run *r) {
        pages_deinit(&r->pages);
        EXPECT(r->pages.n_pages == 0);
        free(r->model);
}

/* Draws the end from which elements move; the result must not depend on it. */
static bool any_end(Run *r, size_t at, size_t n) {
        return random_below(&r->random, 4) ? at < r->n - at - n : random_below(&r->random, 2);
}

static void note_slots(const Run *r, void **slots, size_t from, size_t n) {
        for (size_t i = 0; i < n; i++)
                slots[i] = pages_at(&r->pages, SIZE, from + i);
}

/* The cost of a change is seen only by the clock, so what is promised is compared with the elements that
 * have another slot. */
static void expect_few_moves(const Run *r, void **slots, bool is_front, size_t n_before,
                             size_t n_behind, size_t n_gap, size_t n) {
        size_t n_moved = 0;

        for (size_t i = 0; i < n_before; i++)
                n_moved += pages_at(&r->pages, SIZE, i) != slots[i];
        for (size_t i = 0; i < n_behind; i++)
                n_moved += pages_at(&r->pages, SIZE, n_before + n_gap + i) != slots[n_before + i];
        ck_assert_uint_le(n_moved, pages_moves(is_front ? n_before : n_behind, n));
}

static void insert(Run *r, bool is_front, size_t at, size_t n) {
        static void *slots[N_MAX];
        uint64_t values[64], *many = n > ELEMENTSOF(values) ? calloc(n, SIZE) : values;

        EXPECT(many);
        for (size_t i = 0; i < n; i++)
                many[i] = ++r->last;
        memmove(r->model + at + n, r->model + at, (r->n - at) * SIZE);
        memcpy(r->model + at, many, n * SIZE);
        r->n += n;
        EXPECT(pages_reserve(&r->pages, SIZE, is_front, n) == 0);
        note_slots(r, slots, 0, r->pages.n);
        pages_open(&r->pages, SIZE, is_front, at, n);
        expect_few_moves(r, slots, is_front, at, r->n - n - at, n, n);
        pages_set(&r->pages, SIZE, at, n, many);
        if (many != values)
                free(many);
}

static size_t capacity(const Run *r) {
        size_t n = 0;

        for (size_t p = 0; p < r->pages.n_pages; p++)
                n += pages_page(&r->pages, p)->capacity;
        return n;
}

static void take(Run *r, bool is_front, size_t at, size_t n) {
        static void *slots[N_MAX];

        note_slots(r, slots, 0, at);
        note_slots(r, slots + at, at + n, r->n - at - n);
        memmove(r->model + at, r->model + at + n, (r->n - at - n) * SIZE);
        r->n -= n;
        pages_close(&r->pages, SIZE, is_front, at, n);
        expect_few_moves(r, slots, is_front, at, r->n - at, 0, n);
        pages_trim(&r->pages, SIZE);
        EXPECT(r->n > 0 || capacity(r) <= 16);
}

/* Makes room that nothing is put into, as before a change that is refused. */
static void reserve_in_vain(Run *r, size_t n) {
        EXPECT(pages_reserve(&r->pages, SIZE, random_below(&r->random, 2), n) == 0);
        if (random_below(&r->random, 2))
                pages_trim(&r->pages, SIZE);
}

static void drop_first(Run *r) {
        memmove(r->model, r->model + 1, --r->n * SIZE);
        pages_drop_first(&r->pages);
}

static void compare(const Run *r) {
        static uint64_t copy[N_MAX];

        ck_assert_uint_eq(r->pages.n, r->n);
        pages_get(&r->pages, SIZE, 0, r->n, copy);
        EXPECT(memcmp(copy, r->model, r->n * SIZE) == 0);
        for (size_t i = 0; i < r->n; i += 1 + r->n / 50)
                EXPECT(*(uint64_t *)pages_at(&r->pages, SIZE, i) == r->model[i]);
        EXPECT(capacity(r) >= r->n);
}

/* One, few, any, or a few more or less than whole pages. */
static size_t any_number(Run *r, size_t n_most) {
        size_t few = 1 + random_below(&r->random, 20);
        size_t whole = random_below(&r->random, n_most / PAGE_LENGTH / 2 + 1) * PAGE_LENGTH;

        switch (random_below(&r->random, 6)) {
        case 0:
        case 1:
                return 1;
        case 2:
                return few;
        case 3:
                return 1 + random_below(&r->random, n_most / 4 + 1);
        case 4:
                return whole + few - 1 ? whole + few - 1 : 1;
        default:
                return whole > few ? whole - few : few;
        }
}

static void change(Run *r, size_t n_most) {
        size_t n = any_number(r, n_most);

        if (random_below(&r->random, 20) == 0)
                reserve_in_vain(r, any_number(r, n_most));
        if (r->n > 0 && random_below(&r->random, 40) == 0)
                take(r, any_end(r, 0, r->n), 0, r->n);
        size_t at = random_below(&r->random, 3) ? random_below(&r->random, r->n + 1)
                                                : r->n * random_below(&r->random, 2);

        if (r->n + n <= n_most && random_below(&r->random, r->n + 1) < n_most / 2) {
                insert(r, any_end(r, at, 0), at, n);
                return;
        }
        n = n < r->n - at ? n : r->n - at;
        if (n > 0 && random_below(&r->random, 8) == 0)
                drop_first(r);
        else if (n > 0)
                take(r, any_end(r, at, n), at, n);
}

START_TEST(pages_agree_with_an_array) {
        static const size_t sizes[] = {
                3, 40, 700, PAGE_LENGTH + 5, 2 * PAGE_LENGTH, 6 * PAGE_LENGTH, N_MAX};

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                Run r;
                run_init(&r, 100 + i);
                for (int k = 0; k < random_rounds(1500); k++) {
                        change(&r, sizes[i]);
                        compare(&r);
                }
                run_deinit(&r);
        }
}
END_TEST

/* A sequence that lost its elements keeps a small page, at any offset, and then receives many. */
START_TEST(an_empty_sequence_receives_many) {
        static const size_t sizes[] = {1, 7, PAGE_LENGTH, 3 * PAGE_LENGTH};
        static const size_t more[] = {PAGE_LENGTH, PAGE_LENGTH + 1, 2 * PAGE_LENGTH, N_MAX};

        for (int kind = 0; kind < 64; kind++) {
                Run r;
                bool ends[] = {kind & 1, kind & 2};
                size_t n = sizes[kind / 4 % 4];
                run_init(&r, 9);
                insert(&r, ends[0], 0, n);
                for (size_t i = 0; i < n; i++)
                        take(&r, ends[1], ends[1] ? 0 : r.n - 1, 1);
                insert(&r, ends[0] ^ (kind / 4 % 3 == 1), 0, more[kind / 16]);
                compare(&r);
                run_deinit(&r);
        }
}
END_TEST

/* Adds elements one at a time, at each end and in the middle, up to several pages, and removes them again: pages are begun
 * and freed in all ways. */
START_TEST(pages_grow_and_shrink_at_all_places) {
        for (int kind = 0; kind < 9; kind++) {
                Run r;
                run_init(&r, 7);
                for (size_t n = 0; n < 3 * PAGE_LENGTH + 10; n++) {
                        size_t at = kind % 3 == 0 ? 0 : kind % 3 == 1 ? r.n : r.n / 2;
                        insert(&r, at < r.n - at, at, 1);
                        EXPECT(*(uint64_t *)pages_at(&r.pages, SIZE, at) == r.last);
                        /* At most an eighth is unused at each end that grows. */
                        EXPECT(capacity(&r) <= r.n + r.n / 4 + 18);
                }
                compare(&r);
                while (r.n > 0) {
                        size_t at = kind / 3 == 0 ? 0 : kind / 3 == 1 ? r.n - 1 : r.n / 2;
                        take(&r, at < r.n - at - 1, at, 1);
                        EXPECT(capacity(&r) <= r.n + r.n / 2 + 42);
                        if (r.n % 500 == 0)
                                compare(&r);
                }
                run_deinit(&r);
        }
}
END_TEST

/* The number of moved elements changes no result, so its prediction is tested here against that of an array. */
START_TEST(the_middle_costs_little) {
        EXPECT(pages_moves(500, 1) <= 500);
        EXPECT(pages_moves(500 * 1000, 1) <= 2 * PAGE_LENGTH);
        EXPECT(pages_moves(50 * 1000 * 1000, 1) <= 50 * 1000 * 1000 / 100);
        EXPECT(pages_moves(0, 1) == 0);
        EXPECT(pages_moves(500 * 1000, 100) <= 500 * 1000 / 20);
        EXPECT(pages_moves(500 * 1000, PAGE_LENGTH) <= 500 * 1000 / 20);
        EXPECT(pages_moves(500 * 1000, PAGE_LENGTH - 100) <= 500 * 1000 / 8);
        EXPECT(pages_moves(500 * 1000, PAGE_LENGTH / 2) <= 500 * 1000 * 6 / 10);
        for (size_t n = 1; n < 3 * PAGE_LENGTH; n++)
                EXPECT(pages_moves(500 * 1000, n) <= 500 * 1000 * 8 / 10 + 3 * n);
}
END_TEST

/* In pages between the change and the nearer end only one element of each page moves. */
START_TEST(one_element_of_each_page_moves) {
        enum { PAGES = 6 };
        Run r;
        size_t n_moved = 0, n = PAGES * PAGE_LENGTH - 10;
        char **before = calloc(n, sizeof(*before));

        EXPECT(before);
        run_init(&r, 8);
        insert(&r, false, 0, n);
        for (size_t i = 0; i < n; i++)
                before[i] = pages_at(&r.pages, SIZE, i);
        size_t at = 3 * PAGE_LENGTH + 7;
        insert(&r, false, at, 1);
        for (size_t i = 0; i < n; i++)
                n_moved += pages_at(&r.pages, SIZE, i < at ? i : i + 1) != before[i];
        compare(&r);
        ck_assert_uint_le(n_moved, PAGE_LENGTH + PAGES);
        free(before);
        run_deinit(&r);
}
END_TEST

/* Memory that is free, but not at the end of the heap. */
static size_t unused_pieces(void) {
        struct mallinfo2 info = mallinfo2();

        return info.fordblks - info.keepcost;
}

/* A page that is resized elsewhere leaves a piece that nothing of the sequence fits in. */
START_TEST(growing_at_the_end_leaves_no_pieces) {
        enum { WIDE = 16, N = 20 * PAGE_LENGTH + 5 };
        size_t before = unused_pieces();
        Pages pages = {0};

        for (size_t i = 0; i < N; i++) {
                EXPECT(pages_reserve(&pages, WIDE, false, 1) == 0);
                pages_open(&pages, WIDE, false, i, 1);
        }
        ck_assert_uint_le(unused_pieces(), before + 16 * 1024);
        pages_deinit(&pages);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("pages");
        TCase *tcase = tcase_create("pages");

        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, pages_agree_with_an_array);
        tcase_add_test(tcase, an_empty_sequence_receives_many);
        tcase_add_test(tcase, pages_grow_and_shrink_at_all_places);
        tcase_add_test(tcase, the_middle_costs_little);
        tcase_add_test(tcase, one_element_of_each_page_moves);
        tcase_add_test(tcase, growing_at_the_end_leaves_no_pieces);
        suite_add_tcase(suite, tcase);
        return suite;
}
