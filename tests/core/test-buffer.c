/* The buffer: appended bytes come out at the front in their order, and their memory is freed. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"

static void assert_content(const Buffer *b, const char *expected) {
        ck_assert_uint_eq(buffer_size(b), strlen(expected));
        ck_assert_mem_eq(buffer_bytes(b), expected, strlen(expected));
}

START_TEST(an_empty_buffer_is_valid) {
        Buffer b = {};
        ck_assert_uint_eq(buffer_size(&b), 0);
        ck_assert_ptr_null(buffer_bytes(&b));
        buffer_consume(&b, 0);
        buffer_truncate(&b, 0);
        ck_assert_int_eq(buffer_append(&b, NULL, 0), 0);
        ck_assert_int_eq(buffer_append(&b, "", 0), 0);
        ck_assert_ptr_null(b.data);
        buffer_deinit(&b);
        buffer_deinit(&b);
}
END_TEST

START_TEST(what_is_appended_is_there) {
        Buffer b = {};
        ck_assert_int_eq(buffer_append(&b, "ab\0c", 4), 0);
        ck_assert_uint_eq(buffer_size(&b), 4);
        ck_assert_mem_eq(buffer_bytes(&b), "ab\0c", 4);
        buffer_consume(&b, 3);
        ck_assert_int_eq(buffer_append_string(&b, "def"), 0);
        assert_content(&b, "cdef");
        buffer_truncate(&b, 2);
        assert_content(&b, "cd");
        ck_assert_int_eq(buffer_append_format(&b, "<%d:%s>", -7, "x"), 0);
        assert_content(&b, "cd<-7:x>");
        buffer_deinit(&b);
}
END_TEST

START_TEST(formatted_text_of_any_length_fits) {
        char text[3000];
        for (size_t n = 0; n < sizeof(text); n += 7) {
                memset(text, 'x', n);
                text[n] = '\0';
                Buffer b = {};
                ck_assert_int_eq(buffer_append_format(&b, "%s", text), 0);
                assert_content(&b, text);
                ck_assert_int_eq(buffer_append_format(&b, "%s!", text), 0);
                ck_assert_uint_eq(buffer_size(&b), 2 * n + 1);
                ck_assert_int_eq(buffer_bytes(&b)[2 * n], '!');
                buffer_deinit(&b);
        }
}
END_TEST

START_TEST(impossible_sizes_are_refused) {
        Buffer b = {};
        ck_assert_int_eq(buffer_append(&b, "abc", 3), 0);
        ck_assert_int_eq(buffer_reserve(&b, SIZE_MAX), -ENOMEM);
        ck_assert_int_eq(buffer_reserve(&b, SIZE_MAX / 2), -ENOMEM);
        assert_content(&b, "abc");
        buffer_deinit(&b);
}
END_TEST

START_TEST(an_emptied_buffer_gives_a_large_allocation_back) {
        Buffer b = {};
        ck_assert_int_eq(buffer_reserve(&b, 1 << 20), 0);
        ck_assert_int_eq(buffer_append(&b, "abc", 3), 0);
        buffer_consume(&b, 1);
        ck_assert_uint_ge(b.capacity, 1 << 20);
        buffer_consume(&b, 2);
        ck_assert_uint_le(b.capacity, 4096);
        ck_assert_uint_eq(b.start, 0);
        ck_assert_int_eq(buffer_reserve(&b, 1 << 20), 0);
        ck_assert_int_eq(buffer_append(&b, "abc", 3), 0);
        buffer_truncate(&b, 0);
        ck_assert_uint_le(b.capacity, 4096);
        buffer_deinit(&b);
}
END_TEST

/* A queue that is never empty must not grow without bound. */
START_TEST(a_moving_window_stays_small) {
        Buffer b = {};
        EXPECT(buffer_append(&b, "0123456789", 10) == 0);
        for (size_t i = 0; i < 1000000; i++) {
                EXPECT(buffer_append(&b, &(char){(char)('0' + i % 10)}, 1) == 0);
                EXPECT(*buffer_bytes(&b) == (int)('0' + i % 10));
                buffer_consume(&b, 1);
        }
        EXPECT(b.capacity <= 1024);
        assert_content(&b, "0123456789");
        buffer_deinit(&b);
}
END_TEST

/* Nor may each byte that is taken move all that stand behind it. */
START_TEST(a_large_moving_window_takes_linear_time) {
        Buffer b = {};
        ck_assert_int_eq(buffer_reserve(&b, 1 << 20), 0);
        memset(buffer_bytes(&b), 'x', b.capacity);
        b.end = b.capacity;
        clock_t begin = clock();
        for (size_t i = 0; i < 3000000; i++) {
                buffer_consume(&b, 1);
                EXPECT(buffer_append(&b, "x", 1) == 0);
        }
        ck_assert_int_lt(clock() - begin, 20 * CLOCKS_PER_SEC);
        ck_assert_uint_le(b.capacity, 4 << 20);
        buffer_deinit(&b);
}
END_TEST

/* Against a model: byte i of the stream is a function of i. */
START_TEST(random_operations_agree_with_a_counter) {
        Random random = {.state = 1};
        Buffer b = {};
        size_t first = 0, last = 0;
        for (int turn = 0; turn < 100000; turn++) {
                size_t n = random_below(&random, 50);
                switch (random_below(&random, 3)) {
                case 0:
                        for (; n > 0; n--, last++)
                                EXPECT(buffer_append(&b, &(char){(char)(last % 251)}, 1) == 0);
                        break;
                case 1:
                        n = n > last - first ? last - first : n;
                        buffer_consume(&b, n);
                        first += n;
                        break;
                case 2:
                        n = n > last - first ? last - first : n;
                        buffer_truncate(&b, last - first - n / 8);
                        last -= n / 8;
                        break;
                }
                EXPECT(buffer_size(&b) == last - first);
                for (size_t i = first; i < last; i += 13)
                        EXPECT(buffer_bytes(&b)[i - first] == (char)(i % 251));
        }
        buffer_deinit(&b);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("buffer");
        TCase *tcase = tcase_create("buffer");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, an_empty_buffer_is_valid);
        tcase_add_test(tcase, what_is_appended_is_there);
        tcase_add_test(tcase, formatted_text_of_any_length_fits);
        tcase_add_test(tcase, impossible_sizes_are_refused);
        tcase_add_test(tcase, an_emptied_buffer_gives_a_large_allocation_back);
        tcase_add_test(tcase, a_moving_window_stays_small);
        tcase_add_test(tcase, a_large_moving_window_takes_linear_time);
        tcase_add_test(tcase, random_operations_agree_with_a_counter);
        suite_add_tcase(suite, tcase);
        return suite;
}
