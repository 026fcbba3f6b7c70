/* Slices of a long list, which has many pages, against a plain array: insertions, removals and replacements of few and of many elements
 * at all places, and removals with a step. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/pages.h"
#include "core/core-fixture.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"

enum {
        LENGTH = 12 * PAGE_LENGTH,
        LENGTH_MAX = LENGTH + 8 * PAGE_LENGTH,
        N_ROUNDS = 160,
        N_SEEDS = 3
};

typedef struct Run {
        Fixture f;
        Session *a;
        Random random;
        int64_t values[LENGTH_MAX], last;
        size_t n;
} Run;

static size_t below(Run *r, size_t n) {
        return (size_t)random_below(&r->random, n);
}

static void put(Buffer *b, const char *before, int64_t number) {
        ck_assert_int_eq(buffer_append_format(b, "%s%" PRId64, before, number), 0);
}

static void call(Run *r, const char *method, const Buffer *params) {
        CLEANUP(buffer_deinit) Buffer line = {0};

        EXPECT(buffer_append_format(&line,
                                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[",
                                    method) == 0);
        EXPECT(buffer_append(&line, buffer_bytes(params), buffer_size(params)) == 0);
        EXPECT(buffer_append(&line, "]}", 2) == 0);
        fixture_send_bytes(r->a, buffer_bytes(&line), buffer_size(&line));
        ck_assert_str_eq(fixture_receive_text(r->a),
                         "{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":1}");
}

/* Replaces n_old elements by n_new others. */
static void set_slice(Run *r, size_t at, size_t n_old, size_t n_new) {
        CLEANUP(buffer_deinit) Buffer params = {0};

        put(&params, "\"o\",", (int64_t)at);
        put(&params, ",", (int64_t)(at + n_old));
        EXPECT(buffer_append(&params, ",1,[", 4) == 0);
        memmove(r->values + at + n_new, r->values + at + n_old,
                (r->n - at - n_old) * sizeof(*r->values));
        for (size_t i = 0; i < n_new; i++) {
                r->values[at + i] = ++r->last;
                put(&params, i ? "," : "", r->last);
        }
        EXPECT(buffer_append(&params, "]", 1) == 0);
        r->n = r->n - n_old + n_new;
        call(r, "list.set_slice", &params);
}

static void delete_slice(Run *r, size_t start, size_t stop, size_t step) {
        CLEANUP(buffer_deinit) Buffer params = {0};
        size_t n = 0;

        put(&params, "\"o\",", (int64_t)start);
        put(&params, ",", (int64_t)stop);
        put(&params, ",", (int64_t)step);
        for (size_t i = 0; i < r->n; i++)
                if (i < start || i >= stop || (i - start) % step > 0)
                        r->values[n++] = r->values[i];
        r->n = n;
        call(r, "list.delete_slice", &params);
}

static void compare(Run *r) {
        enum { PART = 50000 };

        for (size_t first = 0, n; first < r->n; first += n) {
                struct json_object *part =
                        fixture_call(r->a, "list.slice", "['o',%zu,%zu]", first, first + PART);
                n = json_object_array_length(part);
                ck_assert_uint_eq(n, r->n - first < PART ? r->n - first : PART);
                for (size_t i = 0; i < n; i++)
                        EXPECT(json_object_get_int64(json_object_array_get_idx(part, i)) ==
                               r->values[first + i]);
                json_object_put(part);
        }
        struct json_object *length = fixture_call(r->a, "list.length", "['o']");
        EXPECT(json_object_get_uint64(length) == r->n);
        json_object_put(length);
}

/* Draws a number of elements: few, any up to three pages, or nearly whole pages. */
static size_t any_number(Run *r) {
        size_t few = below(r, 20);

        switch (below(r, 3)) {
        case 0:
                return few;
        case 1:
                return below(r, 3 * PAGE_LENGTH);
        default:
                return below(r, 2) ? PAGE_LENGTH * below(r, 4) + few : PAGE_LENGTH - few;
        }
}

static void change(Run *r) {
        static const size_t steps[] = {2, 3, 50, 1000, PAGE_LENGTH, 3 * PAGE_LENGTH};
        size_t at = below(r, 4) ? below(r, r->n + 1) : r->n * below(r, 2);
        size_t n_old = below(r, 3) ? any_number(r) : 0, n_new = below(r, 3) ? any_number(r) : 0;

        n_old = n_old < r->n - at ? n_old : r->n - at;
        if (r->n - n_old + n_new > LENGTH_MAX)
                n_new = 0;
        if (below(r, 3) > 0)
                set_slice(r, at, n_old, n_new);
        else if (below(r, 2))
                delete_slice(r, at, at + n_old, 1);
        else
                delete_slice(r, at, at + below(r, r->n - at + 1),
                             steps[below(r, sizeof(steps) / sizeof(*steps))]);
        if (r->n < LENGTH / 2)
                set_slice(r, below(r, r->n + 1), 0, LENGTH / 2);
}

START_TEST(slices_of_a_long_list_agree_with_an_array) {
        Run *r = calloc(1, sizeof(*r));

        EXPECT(r);
        r->random.state = (uint64_t)_i + 1;
        fixture_init(&r->f, NULL);
        r->a = fixture_session(&r->f, 100, 0, "alpha");
        json_object_put(fixture_call(r->a, "list.open", "{'name':'o','create':true}"));
        for (int i = 0; i < random_rounds(N_ROUNDS); i++) {
                change(r);
                compare(r);
        }
        fixture_expect(r->a, "object.delete", "['o']", "null");
        fixture_work_off(&r->f);
        fixture_expect_clean(&r->f);
        fixture_deinit(&r->f);
        free(r);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("list-long");
        TCase *c = tcase_create("list-long");

        tcase_set_timeout(c, 60);
        tcase_add_loop_test(c, slices_of_a_long_list_agree_with_an_array, 0, N_SEEDS);
        suite_add_tcase(suite, c);
        return suite;
}
