/* The list against a plain array: random calls, after each of which both must agree, also when
 * memory is too short for what a call wants to add. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"

enum { N_SEEDS = 8, N_STEPS = 1500, N_MAX = 256, VALUE_MAX = 9, TEXT_SIZE = 4096 };

typedef struct Run {
        Fixture f;
        Session *a;
        Random random;
        int64_t values[N_MAX];
        size_t n, n_refused;
        char params[TEXT_SIZE], expected[TEXT_SIZE];
} Run;

static size_t below(Run *r, size_t n) {
        return (size_t)random_below(&r->random, n);
}

static int64_t any_value(Run *r) {
        return (int64_t)below(r, VALUE_MAX + 1);
}

/* Draws an index, which may be negative or out of range; returns the position, or -1. */
static int64_t any_index(Run *r, int64_t *ret_given) {
        int64_t n = (int64_t)r->n, i = (int64_t)below(r, 2 * r->n + 4) - n - 2;

        *ret_given = i;
        i = i < 0 ? i + n : i;
        return i >= 0 && i < n ? i : -1;
}

static void write_values(char *text, const int64_t *values, size_t n) {
        size_t at = 0;

        text[at++] = '[';
        for (size_t i = 0; i < n; i++)
                at += (size_t)snprintf(text + at, TEXT_SIZE - at, "%s%lld", i ? "," : "",
                                       (long long)values[i]);
        snprintf(text + at, TEXT_SIZE - at, "]");
}

static void expect_int(Run *r, const char *method, int64_t expected) {
        snprintf(r->expected, TEXT_SIZE, "%lld", (long long)expected);
        fixture_expect(r->a, method, r->params, r->expected);
}

static void expect_bool(Run *r, const char *method, bool expected) {
        fixture_expect(r->a, method, r->params, expected ? "true" : "false");
}

/* Makes a call that adds something: false if it is refused for want of room. */
static bool grows(Run *r, const char *method) {
        const char *error = fixture_call_error(r->a, method, "%s", r->params);

        if (strcmp(error, "") == 0)
                return true;
        EXPECT(strcmp(error, "EDQUOT") == 0);
        r->n_refused++;
        return false;
}

/* Replaces n_old values of the model. */
static void splice(Run *r, size_t at, size_t n_old, const int64_t *new_values, size_t n_new) {
        EXPECT(r->n - n_old + n_new <= N_MAX);
        memmove(r->values + at + n_new, r->values + at + n_old,
                (r->n - at - n_old) * sizeof(*r->values));
        if (n_new)
                memcpy(r->values + at, new_values, n_new * sizeof(*r->values));
        r->n = r->n - n_old + n_new;
}

static void do_get(Run *r) {
        int64_t given, i = any_index(r, &given);

        snprintf(r->params, TEXT_SIZE, "['o',%lld]", (long long)given);
        if (i < 0)
                fixture_expect(r->a, "list.get", r->params, "!ERANGE");
        else
                expect_int(r, "list.get", r->values[i]);
}

static void do_set(Run *r) {
        int64_t given, i = any_index(r, &given), value = any_value(r);

        snprintf(r->params, TEXT_SIZE, "['o',%lld,%lld]", (long long)given, (long long)value);
        if (i < 0)
                fixture_expect(r->a, "list.set", r->params, "!ERANGE");
        else if (grows(r, "list.set"))
                r->values[i] = value;
}

static void do_append(Run *r) {
        int64_t value = any_value(r);

        snprintf(r->params, TEXT_SIZE, "['o',%lld]", (long long)value);
        if (grows(r, "list.append"))
                splice(r, r->n, 0, &value, 1);
}

static void do_insert(Run *r) {
        int64_t given, i = any_index(r, &given), value = any_value(r);

        snprintf(r->params, TEXT_SIZE, "['o',%lld,%lld]", (long long)given, (long long)value);
        if (i < 0)
                i = given < 0 ? 0 : (int64_t)r->n;
        if (grows(r, "list.insert"))
                splice(r, (size_t)i, 0, &value, 1);
}

static void do_extend(Run *r) {
        int64_t values[8];
        char text[TEXT_SIZE / 2];
        size_t n = below(r, ELEMENTSOF(values) + 1);

        for (size_t i = 0; i < n; i++)
                values[i] = any_value(r);
        write_values(text, values, n);
        snprintf(r->params, TEXT_SIZE, "['o',%s]", text);
        if (grows(r, "list.extend"))
                splice(r, r->n, 0, values, n);
}

static void do_set_slice(Run *r) {
        int64_t values[8];
        char text[TEXT_SIZE / 2];
        size_t start = below(r, r->n + 1), stop = start + below(r, r->n - start + 1);
        size_t n = below(r, ELEMENTSOF(values) + 1);

        for (size_t i = 0; i < n; i++)
                values[i] = any_value(r);
        write_values(text, values, n);
        snprintf(r->params, TEXT_SIZE, "['o',%zu,%zu,null,%s]", start, stop, text);
        if (grows(r, "list.set_slice"))
                splice(r, start, stop - start, values, n);
}

static void do_pop(Run *r) {
        int64_t given, i = any_index(r, &given);

        snprintf(r->params, TEXT_SIZE, "['o',%lld]", (long long)given);
        if (i < 0) {
                fixture_expect(r->a, "list.pop", r->params, r->n ? "!ERANGE" : "!ENODATA");
                return;
        }
        expect_int(r, "list.pop", r->values[i]);
        splice(r, (size_t)i, 1, NULL, 0);
}

static void do_delete(Run *r) {
        int64_t given, i = any_index(r, &given);

        snprintf(r->params, TEXT_SIZE, "['o',%lld]", (long long)given);
        fixture_expect(r->a, "list.delete", r->params, i < 0 ? "!ERANGE" : "null");
        if (i >= 0)
                splice(r, (size_t)i, 1, NULL, 0);
}

static size_t search(const Run *r, int64_t value) {
        size_t i = 0;

        while (i < r->n && r->values[i] != value)
                i++;
        return i;
}

static void do_remove(Run *r) {
        int64_t value = any_value(r);
        size_t i = search(r, value);

        snprintf(r->params, TEXT_SIZE, "['o',%lld.0]", (long long)value);
        fixture_expect(r->a, "list.remove", r->params, i < r->n ? "null" : "!ENODATA");
        if (i < r->n)
                splice(r, i, 1, NULL, 0);
}

static void do_search(Run *r) {
        int64_t value = any_value(r), n = 0;
        size_t i = search(r, value);

        for (size_t k = 0; k < r->n; k++)
                n += r->values[k] == value;
        snprintf(r->params, TEXT_SIZE, "['o',%lld]", (long long)value);
        expect_bool(r, "list.contains", n > 0);
        expect_int(r, "list.count", n);
        if (n > 0)
                expect_int(r, "list.index", (int64_t)i);
        else
                fixture_expect(r->a, "list.index", r->params, "!ENODATA");
}

/* Draws a slice with a step; splits the positions into those of the slice and the others. */
static void do_slice(Run *r) {
        int64_t in[N_MAX], out[N_MAX];
        size_t start = below(r, r->n + 3), stop = below(r, r->n + 3), step = 1 + below(r, 3);
        size_t n_in = 0, n_out = 0;

        for (size_t i = 0; i < r->n; i++) {
                if (i >= start && i < stop && (i - start) % step == 0)
                        in[n_in++] = r->values[i];
                else
                        out[n_out++] = r->values[i];
        }
        snprintf(r->params, TEXT_SIZE, "['o',%zu,%zu,%zu]", start, stop, step);
        write_values(r->expected, in, n_in);
        fixture_expect(r->a, "list.slice", r->params, r->expected);
        if (below(r, 4) > 0)
                return;
        fixture_expect(r->a, "list.delete_slice", r->params, "null");
        splice(r, 0, r->n, out, n_out);
}

static void do_reverse(Run *r) {
        int64_t reversed[N_MAX];

        for (size_t i = 0; i < r->n; i++)
                reversed[i] = r->values[r->n - 1 - i];
        fixture_expect(r->a, "list.reverse", "['o']", "null");
        splice(r, 0, r->n, reversed, r->n);
}

static int compare(const void *a, const void *b) {
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return x < y ? -1 : x > y;
}

static void do_sort(Run *r) {
        qsort(r->values, r->n, sizeof(*r->values), compare);
        if (below(r, 2) == 0) {
                fixture_expect(r->a, "list.sort", "['o']", "null");
                return;
        }
        fixture_expect(r->a, "list.sort", "['o',true]", "null");
        int64_t reversed[N_MAX];
        for (size_t i = 0; i < r->n; i++)
                reversed[i] = r->values[r->n - 1 - i];
        splice(r, 0, r->n, reversed, r->n);
}

static void do_repeat(Run *r) {
        int64_t once[N_MAX];
        size_t n = r->n, n_times = below(r, 4);

        if (n * n_times > N_MAX)
                return;
        memcpy(once, r->values, sizeof(once));
        snprintf(r->params, TEXT_SIZE, "['o',%zu]", n_times);
        if (!grows(r, "list.repeat"))
                return;
        splice(r, 0, n, NULL, 0);
        for (size_t i = 0; i < n_times; i++)
                splice(r, r->n, 0, once, n);
}

static void do_clear(Run *r) {
        if (below(r, 10) > 0)
                return;
        fixture_expect(r->a, "list.clear", "['o']", "null");
        r->n = 0;
}

static void do_add(Run *r) {
        int64_t given, i = any_index(r, &given), delta = any_value(r) - VALUE_MAX / 2;

        snprintf(r->params, TEXT_SIZE, "['o',%lld,%lld]", (long long)given, (long long)delta);
        if (i < 0)
                fixture_expect(r->a, "list.add", r->params, "!ERANGE");
        else if (grows(r, "list.add"))
                r->values[i] += delta;
}

static void do_cas(Run *r) {
        int64_t given, i = any_index(r, &given), value = any_value(r), next = any_value(r);

        snprintf(r->params, TEXT_SIZE, "['o',%lld,%lld,%lld]", (long long)given, (long long)value,
                 (long long)next);
        if (i < 0)
                fixture_expect(r->a, "list.cas", r->params, "!ERANGE");
        else if (r->values[i] != value)
                expect_bool(r, "list.cas", false);
        else if (grows(r, "list.cas"))
                r->values[i] = next;
}

static void (*const steps[])(Run *) = {
        do_get,    do_set,    do_append, do_append, do_insert, do_extend,  do_set_slice,
        do_pop,    do_delete, do_remove, do_search, do_slice,  do_reverse, do_sort,
        do_repeat, do_clear,  do_add,    do_append, do_cas,    do_insert,
};

START_TEST(test_list_is_as_an_array) {
        Limits limits = limits_default;
        Run r = {.random = {.state = (uint64_t)_i + 1}};

        /* The account has room for few more than a hundred numbers. */
        limits.bytes_per_uid = 4000;
        fixture_init(&r.f, &limits);
        r.a = fixture_session(&r.f, 100, 1000, "alpha");
        json_object_put(fixture_call(r.a, "list.open", "{'name':'o','create':true}"));
        for (int i = 0; i < N_STEPS; i++) {
                steps[below(&r, ELEMENTSOF(steps))](&r);
                write_values(r.expected, r.values, r.n);
                fixture_expect(r.a, "list.copy", "['o']", r.expected);
        }
        ck_assert_uint_gt(r.n_refused, 0);
        fixture_expect(r.a, "object.delete", "['o']", "null");
        fixture_expect_clean(&r.f);
        fixture_deinit(&r.f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("list-random");
        TCase *c = tcase_create("list-random");

        tcase_set_timeout(c, 30);
        tcase_add_loop_test(c, test_list_is_as_an_array, 0, random_rounds(N_SEEDS));
        suite_add_tcase(suite, c);
        return suite;
}
