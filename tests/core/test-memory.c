/* Each allocation fails once, in turn: the call returns -ENOMEM, nothing is half done, nothing
 * leaks.
 *
 * Under a sanitizer or valgrind this program has no test cases: see failing-malloc.h. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/heap.h"
#include "base/macros.h"
#include "base/table.h"
#include "core/json-oracle.h"
#include "expect.h"
#include "failing-malloc.h"
#include "json/json-cost.h"
#include "json/json-text.h"
#include "tap-main.h"

/* Repeats a call, each time with a later allocation failing, until it succeeds; returns how many
 * times it failed. Each time the call must return 0 or -ENOMEM and leave nothing allocated. */
static long fail_each(int (*call)(void)) {
        for (long n = 1; n < 100000; n++) {
                long n_before = failing_malloc_count();
                failing_malloc_set(n);
                int r = call();
                bool has_failed = failing_malloc_left() == 0;
                failing_malloc_set(0);
                if (failing_malloc_count() != n_before)
                        ck_abort_msg("failure %ld left %ld behind", n,
                                     failing_malloc_count() - n_before);
                if (!has_failed) {
                        EXPECT(r == 0);
                        return n - 1;
                }
                EXPECT(r == -ENOMEM);
        }
        ck_abort_msg("there is no end of failures");
}

static const JsonLimits limits = {.max_depth = 100, .max_members = 65536};

/* The text has many keys, escaped keys, more levels than the arrays on the stack hold, long
 * numbers and strings. */
static const char sample[] =
        "{\"a\":1,\"b\":[1,2,3,4,5,6,7,8,9],\"c\":\"text\",\"d\":\"esc\\n\",\"e\":-1.5,\"f\":true,"
        "\"g\":null,\"h\":{},\"i\":{\"\\u0061\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,"
        "\"h\":0,\"\\u0069\":0,\"j\":0,\"k\":0,\"l\":0,\"m\":0,\"n\":0,\"o\":0},\"j\":"
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"deep\"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"
        "\"k\":0.1234567890123456789012345678901234567890123456789012345678901234567890123456789}";

static int do_scan(void) {
        JsonScan scan;
        return json_scan(sample, sizeof(sample) - 1, &limits, &scan);
}

static int do_parse(void) {
        struct json_object *value = NULL;
        JsonScan scan;
        int r = json_parse(sample, sizeof(sample) - 1, &limits, &value, &scan);
        if (r == 0) {
                /* Counting the members allocates too, and must not fail. */
                long n_left = failing_malloc_left();
                failing_malloc_set(0);
                EXPECT(json_count_values(value) == scan.n_values);
                failing_malloc_set(n_left);
                json_object_put(value);
        } else {
                EXPECT(!value);
        }
        return r;
}

static struct json_object *written;

static int do_write(void) {
        Buffer b = {};
        int r = buffer_append_string(&b, "before");
        if (r == 0) {
                r = json_write(&b, written);
                EXPECT(buffer_size(&b) > 6 || r < 0);
                EXPECT(buffer_size(&b) == 6 || r == 0);
                EXPECT(memcmp(buffer_bytes(&b), "before", 6) == 0);
        }
        buffer_deinit(&b);
        return r;
}

static int do_decode(void) {
        JsonSpan span = {.text = "\"a\\u0062c\"", .n = 10, .kind = JSON_STRING};
        char *text = NULL;
        size_t n;
        int r = json_span_decode(&span, &text, &n);
        EXPECT((r == 0) == (text != NULL));
        free(text);
        return r;
}

static int do_format(void) {
        Buffer b = {};
        int r = buffer_append_format(&b, "%0500d", 7);
        EXPECT(buffer_size(&b) == (r == 0 ? 500 : 0));
        buffer_deinit(&b);
        return r;
}

/* Adds entries until one fails, and asserts that the table is unchanged by the failure. */
static int do_table(void) {
        Table t = {};
        int r = 0;
        for (size_t i = 0; r == 0 && i < 100; i++) {
                char key[2] = {(char)i, 'x'};
                r = table_add(&t, key, sizeof(key), &t);
                EXPECT(table_size(&t) == i + (r == 0));
                EXPECT((table_get(&t, key, sizeof(key)) == &t) == (r == 0));
        }
        size_t n = table_size(&t), n_walked = 0;
        TABLE_FOREACH (e, &t)
                EXPECT(e->key[0] == (char)n_walked++);
        EXPECT(n_walked == n);
        table_deinit(&t);
        return r;
}

static int do_reserve(void) {
        Table t = {};
        int r = table_reserve(&t, 1000);
        EXPECT(t.entries.capacity >= 1000 || r < 0);
        table_deinit(&t);
        return r;
}

static int do_heap(void) {
        HeapNode nodes[200] = {};
        Heap h = {};
        int r = 0;
        for (size_t i = 0; r == 0 && i < ELEMENTSOF(nodes); i++) {
                r = heap_insert(&h, &nodes[i], -(int64_t)i);
                EXPECT(heap_is_linked(&nodes[i]) == (r == 0));
                EXPECT(h.n_nodes == i + (r == 0));
        }
        heap_deinit(&h);
        return r;
}

START_TEST(scanning) {
        ck_assert_int_gt(fail_each(do_scan), 3);
}
END_TEST

START_TEST(building) {
        do_parse(); /* json-c makes some allocations only once */
        ck_assert_int_gt(fail_each(do_parse), 100);
}
END_TEST

START_TEST(writing) {
        ck_assert_int_eq(json_parse(sample, sizeof(sample) - 1, &limits, &written, NULL), 0);
        ck_assert_int_gt(fail_each(do_write), 1);
        json_object_put(written);
}
END_TEST

START_TEST(decoding) {
        ck_assert_int_eq(fail_each(do_decode), 1);
}
END_TEST

START_TEST(formatting) {
        ck_assert_int_eq(fail_each(do_format), 2);
}
END_TEST

START_TEST(filling_a_table) {
        ck_assert_int_gt(fail_each(do_table), 100);
        ck_assert_int_eq(fail_each(do_reserve), 3);
}
END_TEST

/* Without memory for smaller arrays the table keeps the large ones, and results stay correct. */
START_TEST(emptying_a_table) {
        Table t = {};
        for (unsigned i = 0; i < 1000; i++)
                EXPECT(table_add(&t, &i, sizeof(i), &t) == 0);
        size_t n_capacity = t.entries.capacity;
        for (unsigned i = 0; i < 1000; i++) {
                failing_malloc_set(1);
                EXPECT(table_remove(&t, &i, sizeof(i)) == &t);
                failing_malloc_set(0);
                EXPECT(table_size(&t) == 999 - i);
        }
        ck_assert_uint_eq(t.entries.capacity, n_capacity);
        ck_assert_int_eq(table_add(&t, "a", 1, &t), 0);
        ck_assert_ptr_eq(table_get(&t, "a", 1), &t);
        table_deinit(&t);
}
END_TEST

START_TEST(filling_a_heap) {
        ck_assert_int_gt(fail_each(do_heap), 1);
}
END_TEST

/* A deep value counts as different, and as larger than any account, if its walk runs out of
 * memory. */
START_TEST(what_cannot_be_measured_is_the_largest) {
        struct json_object *value, *twin;
        ck_assert_int_eq(json_parse(sample, sizeof(sample) - 1, &limits, &value, NULL), 0);
        ck_assert_int_eq(json_parse(sample, sizeof(sample) - 1, &limits, &twin, NULL), 0);
        ck_assert(json_equal(value, twin));
        size_t cost = json_cost(value);
        failing_malloc_set(1);
        bool is_equal = json_equal(value, twin);
        failing_malloc_set(1);
        size_t cost_then = json_cost(value);
        failing_malloc_set(1);
        unsigned depth = json_depth(value);
        failing_malloc_set(0);
        json_object_put(value);
        json_object_put(twin);
        ck_assert(!is_equal);
        ck_assert_uint_lt(cost, 1 << 20);
        ck_assert_uint_gt(cost_then, SIZE_MAX / 4);
        ck_assert_uint_eq(depth, UINT_MAX);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("memory");
        if (!failing_malloc_works())
                return suite;
        TCase *tcase = tcase_create("memory");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, scanning);
        tcase_add_test(tcase, building);
        tcase_add_test(tcase, writing);
        tcase_add_test(tcase, decoding);
        tcase_add_test(tcase, formatting);
        tcase_add_test(tcase, filling_a_table);
        tcase_add_test(tcase, emptying_a_table);
        tcase_add_test(tcase, filling_a_heap);
        tcase_add_test(tcase, what_cannot_be_measured_is_the_largest);
        suite_add_tcase(suite, tcase);
        return suite;
}
