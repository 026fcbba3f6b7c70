/* Slices of a list are Python's: all different slices, on all short lists.
 *
 * Each result is compared with the rule of Python's documentation, which is written below in another form
 * than in the daemon, and a digest of all results with that of CPython's results. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "core/rows.h"
#include "tap-main.h"

enum { END_MIN = -5, END_MAX = 5, LENGTH_MAX = 16, TEXT_SIZE = 256 };

static const int64_t steps[] = {1, INT64_MIN, -2, -1, 1, 2, 3, INT64_MAX};

/* FNV-1a of the texts of CPython 3.11's results for list(range(n)), for n from 0 on, each with a newline:
 *
 *   ends = [None] + list(range(-5, 6)); steps = [None, -1<<63, -2, -1, 1, 2, 3, (1<<63) - 1]
 *   for a in ends: for b in ends: for k in steps: l[a:b:k]; del l[a:b:k]; l[a:b:k] = [10, 11, ...][:c]
 *
 * where c is 0, len(l[a:b:k]), and one more; "!EINVAL" stands for ValueError. */
static const struct {
        uint64_t slice, delete_slice, set_slice;
} digests[] = {
        {0x203200fe438f2725, 0x203200fe438f2725, 0x077591ad71f53885},
        {0xa342a630f8ab71b5, 0xd91c1b67b0850f55, 0x49359df9cb5b30d7},
        {0xebf8ae54c9f46843, 0xc962ae856077e199, 0x87c5be0d986dc1dd},
        {0xcd976876c254c111, 0xad64e95edabd37a1, 0x1e9bc22e7ebcc81b},
        {0x856dfc7c17831b4f, 0x47a3931311a9d963, 0x10954dc7b703265f},
};

typedef struct Numbers {
        int64_t values[LENGTH_MAX];
        size_t n;
} Numbers;

static Numbers range(int64_t first, size_t n) {
        Numbers numbers = {.n = n};

        for (size_t i = 0; i < n; i++)
                numbers.values[i] = first + (int64_t)i;
        return numbers;
}

static void numbers_write(const Numbers *numbers, char text[TEXT_SIZE]) {
        size_t at = 0;

        text[at++] = '[';
        for (size_t i = 0; i < numbers->n; i++)
                at += (size_t)snprintf(text + at, TEXT_SIZE - at, "%s%lld", i ? "," : "",
                                       (long long)numbers->values[i]);
        snprintf(text + at, TEXT_SIZE - at, "]");
}

/* One slice. An end greater than END_MAX is omitted, and so is the step with index 0. */
typedef struct Case {
        int start, stop;
        size_t i_step;
} Case;

/* "Substitute len(s) + i when it is negative"; "when k is positive, i and j are reduced to len(s) if they
 * are greater; when k is negative, to len(s) - 1". A position that is still negative is before the first
 * element. */
static int64_t substitute(int end, int64_t step, size_t n, int64_t omitted) {
        int64_t most = step > 0 ? (int64_t)n : (int64_t)n - 1, least = step > 0 ? 0 : -1;
        int64_t i = end < 0 ? end + (int64_t)n : end;

        if (end > END_MAX)
                return omitted;
        return i < least ? least : i > most ? most : i;
}

/* "The items with index x = i + n*k such that 0 <= n < (j - i) / k". */
static Numbers positions(const Case *c, size_t n) {
        int64_t step = steps[c->i_step];
        int64_t first = step > 0 ? 0 : (int64_t)n - 1, behind = step > 0 ? (int64_t)n : -1;
        __int128 i = substitute(c->start, step, n, first), j = substitute(c->stop, step, n, behind);
        Numbers found = {.n = 0};

        for (__int128 x = i; step > 0 ? x < j : x > j; x += step)
                found.values[found.n++] = (int64_t)x;
        return found;
}

static bool is_among(const Numbers *numbers, int64_t value) {
        for (size_t i = 0; i < numbers->n; i++)
                if (numbers->values[i] == value)
                        return true;
        return false;
}

/* Returns range(n) without the positions `gone`, and with `values`, if not NULL, inserted before the
 * position `before`. */
static Numbers without(const Numbers *gone, size_t n, const Numbers *values, size_t before) {
        Numbers left = {.n = 0};

        for (size_t i = 0; i <= n; i++) {
                for (size_t k = 0; values && i == before && k < values->n; k++)
                        left.values[left.n++] = values->values[k];
                if (i < n && !is_among(gone, (int64_t)i))
                        left.values[left.n++] = (int64_t)i;
        }
        return left;
}

static void expect_after_set(const Case *c, size_t n, const Numbers *values, char text[TEXT_SIZE]) {
        Numbers set = positions(c, n), after = range(0, n);

        if (steps[c->i_step] == 1) {
                after = without(&set, n, values, (size_t)substitute(c->start, 1, n, 0));
        } else if (set.n != values->n) {
                strcpy(text, "!EINVAL");
                return;
        }
        for (size_t k = 0; steps[c->i_step] != 1 && k < set.n; k++)
                after.values[set.values[k]] = values->values[k];
        numbers_write(&after, text);
}

/* Writes the params "o", start, stop, step. */
static void case_write(const Case *c, char text[TEXT_SIZE]) {
        const int ends[] = {c->start, c->stop};
        size_t at = (size_t)snprintf(text, TEXT_SIZE, "'o'");

        for (size_t i = 0; i < ELEMENTSOF(ends); i++)
                at += (size_t)(ends[i] > END_MAX
                                       ? snprintf(text + at, TEXT_SIZE - at, ",null")
                                       : snprintf(text + at, TEXT_SIZE - at, ",%d", ends[i]));
        if (c->i_step == 0)
                snprintf(text + at, TEXT_SIZE - at, ",null");
        else
                snprintf(text + at, TEXT_SIZE - at, ",%lld", (long long)steps[c->i_step]);
}

/* Steps through all cases as nested loops of Python would; None comes before the numbers. */
static bool case_next(Case *c) {
        int *const ends[] = {&c->stop, &c->start};

        if (++c->i_step < ELEMENTSOF(steps))
                return true;
        c->i_step = 0;
        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                int *end = ends[i];
                *end = *end > END_MAX ? END_MIN : *end + 1;
                if (*end <= END_MAX)
                        return true;
        }
        return false;
}

static const Case first_case = {.start = END_MAX + 1, .stop = END_MAX + 1};

static void digest_add(uint64_t *digest, const char *text) {
        for (const char *c = text; c == text || c[-1]; c++)
                *digest = (*digest ^ (unsigned char)(*c ? *c : '\n')) * UINT64_C(0x100000001b3);
}

typedef struct One {
        Fixture f;
        Session *a;
        uint64_t digest;
        bool is_filled; /* the list is range(n) */
} One;

static void one_init(One *t) {
        *t = (One){.digest = UINT64_C(0xcbf29ce484222325)};
        fixture_init(&t->f, NULL);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
        json_object_put(fixture_call(t->a, "list.open", "{'name':'o','create':true}"));
}

static void one_deinit(One *t) {
        fixture_expect(t->a, "object.delete", "['o']", "null");
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

static void one_fill(One *t, size_t n) {
        char text[TEXT_SIZE];
        Numbers numbers = range(0, n);

        if (t->is_filled)
                return;
        numbers_write(&numbers, text);
        fixture_expect(t->a, "list.clear", "['o']", "null");
        json_object_put(fixture_call(t->a, "list.extend", "['o',%s]", text));
        t->is_filled = true;
}

/* Calls a method that may change the list, and compares the list afterwards. */
static void one_change(One *t, size_t n, const char *method, const char *params,
                       const char *expected) {
        char before[TEXT_SIZE];
        Numbers numbers = range(0, n);
        bool fails = expected[0] == '!';

        one_fill(t, n);
        numbers_write(&numbers, before);
        t->is_filled = fails || strcmp(expected, before) == 0;
        fixture_expect(t->a, method, params, fails ? expected : "null");
        fixture_expect_at(params, (int)n, t->a, "list.copy", "['o']", fails ? before : expected);
        digest_add(&t->digest, expected);
}

START_TEST(test_slice) {
        char expected[TEXT_SIZE], arguments[TEXT_SIZE], params[TEXT_SIZE + 2];
        size_t n = (size_t)_i;
        Case c = first_case;
        One t;

        one_init(&t);
        one_fill(&t, n);
        do {
                Numbers found = positions(&c, n);
                numbers_write(&found, expected);
                case_write(&c, arguments);
                snprintf(params, sizeof(params), "[%s]", arguments);
                fixture_expect(t.a, "list.slice", params, expected);
                digest_add(&t.digest, expected);
        } while (case_next(&c));
        ck_assert_uint_eq(t.digest, digests[n].slice);
        one_deinit(&t);
}
END_TEST

START_TEST(test_delete_slice) {
        char expected[TEXT_SIZE], arguments[TEXT_SIZE], params[TEXT_SIZE + 2];
        size_t n = (size_t)_i;
        Case c = first_case;
        One t;

        one_init(&t);
        do {
                Numbers gone = positions(&c, n), left = without(&gone, n, NULL, 0);
                numbers_write(&left, expected);
                case_write(&c, arguments);
                snprintf(params, sizeof(params), "[%s]", arguments);
                one_change(&t, n, "list.delete_slice", params, expected);
        } while (case_next(&c));
        ck_assert_uint_eq(t.digest, digests[n].delete_slice);
        one_deinit(&t);
}
END_TEST

static void check_set_slice(One *t, const Case *c, size_t n, const Numbers *values) {
        char expected[TEXT_SIZE], arguments[TEXT_SIZE], new_values[TEXT_SIZE];
        char params[2 * TEXT_SIZE + 4];

        expect_after_set(c, n, values, expected);
        numbers_write(values, new_values);
        case_write(c, arguments);
        snprintf(params, sizeof(params), "[%s,%s]", arguments, new_values);
        one_change(t, n, "list.set_slice", params, expected);
}

START_TEST(test_set_slice) {
        size_t n = (size_t)_i;
        Case c = first_case;
        One t;

        one_init(&t);
        do {
                size_t length = positions(&c, n).n;
                const size_t lengths[] = {0, length, length + 1};
                for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
                        Numbers values = range(10, lengths[i]);
                        check_set_slice(&t, &c, n, &values);
                }
        } while (case_next(&c));
        ck_assert_uint_eq(t.digest, digests[n].set_slice);
        one_deinit(&t);
}
END_TEST

static const Row rows[] = {
        {"[0,1,2]", "slice", "['o']", "[0,1,2]", NULL},
        {"[0,1,2]", "slice", "{'name':'o','step':-1}", "[2,1,0]", NULL},
        {"[0,1,2]", "slice", "{'stop':2,'name':'o','start':1}", "[1]", NULL},
        {"[0,1,2]", "slice", "['o',-9223372036854775808,9223372036854775807]", "[0,1,2]", NULL},
        {"[0,1,2]", "slice", "['o',9223372036854775807,-9223372036854775808,-1]", "[2,1,0]", NULL},
        {"[0,1,2]", "slice", "['o',0,3,0]", "!EINVAL", NULL},
        {"[0,1,2]", "slice", "['o',1.0]", "[1,2]", NULL},
        {"[0,1,2]", "slice", "['o',0.5]", "!EINVAL", NULL},
        {"[0,1,2]", "slice", "['o',0,'3']", "!EINVAL", NULL},
        {"[0,1,2]", "slice", "['o',0,3,true]", "!EINVAL", NULL},
        {"[0,1,2]", "slice", "['o',0,3,1,1]", "!EINVAL", NULL},
        {"[0,1,2]", "delete_slice", "['o']", "null", "[]"},
        {"[0,1,2]", "delete_slice", "{'name':'o','step':2}", "null", "[1]"},
        {"[0,1,2]", "delete_slice", "['o',0,3,0]", "!EINVAL", NULL},
        {"[0,1,2]", "delete_slice", "['o',[]]", "!EINVAL", NULL},
        {"[0,1,2]", "set_slice", "{'name':'o','values':[[7]]}", "null", "[[7]]"},
        {"[0,1,2]", "set_slice", "{'values':['a','b'],'name':'o','step':2}", "null", "['a',1,'b']"},
        {"[0,1,2]", "set_slice", "['o',9223372036854775807,null,null,[3]]", "null", "[0,1,2,3]"},
        {"[0,1,2]", "set_slice", "['o',0,3,0,[]]", "!EINVAL", NULL},
        {"[0,1,2]", "set_slice", "['o',0,3,1]", "!EINVAL", NULL},
        {"[0,1,2]", "set_slice", "['o',0,3,1,'abc']", "!EINVAL", NULL},
        {"[0,1,2]", "set_slice", "['o',0,3,1,null]", "!EINVAL", NULL},
        {"[0,1,2]", "set_slice", "['o',1,2,1,[3,{'$object':'nobody'}]]", "!ENOENT", NULL},
        {"[0,1,2]", "set_slice", "['o',null,null,2,[3,{'$object':'nobody'}]]", "!ENOENT", NULL},
};

START_TEST(test_method) {
        row_run(&rows[_i], "list", "list.copy");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("list-slice");
        TCase *c = tcase_create("list-slice");

        tcase_set_timeout(c, 30);
        tcase_add_loop_test(c, test_slice, 0, ELEMENTSOF(digests));
        tcase_add_loop_test(c, test_delete_slice, 0, ELEMENTSOF(digests));
        tcase_add_loop_test(c, test_set_slice, 0, ELEMENTSOF(digests));
        tcase_add_loop_test(c, test_method, 0, ELEMENTSOF(rows));
        suite_add_tcase(suite, c);
        return suite;
}
