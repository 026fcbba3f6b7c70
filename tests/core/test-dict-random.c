/* The dict against a list of pairs: random calls, after each of which both must agree, also when
 * memory is too short for what a call wants to add. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"

enum { N_SEEDS = 8, N_STEPS = 1500, N_KEYS = 60, TEXT_SIZE = 4096 };

typedef struct Pair {
        size_t key;
        int64_t value;
} Pair;

/* The pairs in the order in which their keys were added. */
typedef struct Run {
        Fixture f;
        Session *a;
        Random random;
        Pair pairs[N_KEYS];
        size_t n, n_refused;
        char params[TEXT_SIZE], expected[TEXT_SIZE];
} Run;

static size_t below(Run *r, size_t n) {
        return (size_t)random_below(&r->random, n);
}

/* Returns the pair of a key, or NULL. */
static Pair *find(Run *r, size_t key) {
        for (size_t i = 0; i < r->n; i++)
                if (r->pairs[i].key == key)
                        return &r->pairs[i];
        return NULL;
}

static void set(Run *r, size_t key, int64_t value) {
        Pair *pair = find(r, key);

        if (!pair)
                pair = &r->pairs[r->n++];
        *pair = (Pair){.key = key, .value = value};
}

static void take(Run *r, Pair *pair) {
        memmove(pair, pair + 1, (size_t)(r->pairs + r->n - pair - 1) * sizeof(*pair));
        r->n--;
}

static void expect_int(Run *r, const char *method, int64_t expected) {
        snprintf(r->expected, TEXT_SIZE, "%lld", (long long)expected);
        fixture_expect(r->a, method, r->params, r->expected);
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

static void do_get(Run *r) {
        size_t key = below(r, N_KEYS);
        const Pair *pair = find(r, key);

        snprintf(r->params, TEXT_SIZE, "['o','key %zu']", key);
        fixture_expect(r->a, "dict.contains", r->params, pair ? "true" : "false");
        if (pair)
                expect_int(r, "dict.get", pair->value);
        else
                fixture_expect(r->a, "dict.get", r->params, "!ENODATA");
        snprintf(r->params, TEXT_SIZE, "['o','key %zu',-1]", key);
        expect_int(r, "dict.get", pair ? pair->value : -1);
}

static void do_set(Run *r) {
        size_t key = below(r, N_KEYS);
        int64_t value = (int64_t)below(r, 100);

        snprintf(r->params, TEXT_SIZE, "['o','key %zu',%lld]", key, (long long)value);
        if (grows(r, "dict.set"))
                set(r, key, value);
}

static void do_delete(Run *r) {
        size_t key = below(r, N_KEYS);
        Pair *pair = find(r, key);

        snprintf(r->params, TEXT_SIZE, "['o','key %zu']", key);
        fixture_expect(r->a, "dict.delete", r->params, pair ? "null" : "!ENODATA");
        if (pair)
                take(r, pair);
}

static void do_pop(Run *r) {
        size_t key = below(r, N_KEYS);
        Pair *pair = find(r, key);

        snprintf(r->params, TEXT_SIZE, "['o','key %zu',-1]", key);
        expect_int(r, "dict.pop", pair ? pair->value : -1);
        if (pair)
                take(r, pair);
}

static void do_popitem(Run *r) {
        if (r->n == 0) {
                fixture_expect(r->a, "dict.popitem", "['o']", "!ENODATA");
                return;
        }
        const Pair *last = &r->pairs[r->n - 1];
        snprintf(r->expected, TEXT_SIZE, "['key %zu',%lld]", last->key, (long long)last->value);
        fixture_expect(r->a, "dict.popitem", "['o']", r->expected);
        r->n--;
}

static void do_setdefault(Run *r) {
        size_t key = below(r, N_KEYS);
        const Pair *pair = find(r, key);
        int64_t value = (int64_t)below(r, 100);

        snprintf(r->params, TEXT_SIZE, "['o','key %zu',%lld]", key, (long long)value);
        if (pair)
                expect_int(r, "dict.setdefault", pair->value);
        else if (grows(r, "dict.setdefault"))
                set(r, key, value);
}

static void do_update(Run *r) {
        Pair given[8];
        size_t n = below(r, ELEMENTSOF(given) + 1), first = below(r, N_KEYS), at;

        at = (size_t)snprintf(r->params, TEXT_SIZE, "['o',{");
        for (size_t i = 0; i < n; i++) {
                given[i] = (Pair){.key = (first + 7 * i) % N_KEYS, .value = (int64_t)below(r, 100)};
                at += (size_t)snprintf(r->params + at, TEXT_SIZE - at, "%s'key %zu':%lld",
                                       i ? "," : "", given[i].key, (long long)given[i].value);
        }
        snprintf(r->params + at, TEXT_SIZE - at, "}]");
        if (grows(r, "dict.update"))
                for (size_t i = 0; i < n; i++)
                        set(r, given[i].key, given[i].value);
}

static void do_add(Run *r) {
        size_t key = below(r, N_KEYS);
        Pair *pair = find(r, key);

        snprintf(r->params, TEXT_SIZE, "['o','key %zu',3]", key);
        if (!pair)
                fixture_expect(r->a, "dict.add", r->params, "!ENODATA");
        else if (grows(r, "dict.add"))
                pair->value += 3;
}

static void do_cas(Run *r) {
        size_t key = below(r, N_KEYS);
        Pair *pair = find(r, key);
        int64_t expected = pair && below(r, 2) ? pair->value : -1;

        snprintf(r->params, TEXT_SIZE, "['o','key %zu',%lld,0]", key, (long long)expected);
        if (!pair)
                fixture_expect(r->a, "dict.cas", r->params, "!ENODATA");
        else if (pair->value != expected)
                fixture_expect(r->a, "dict.cas", r->params, "false");
        else if (grows(r, "dict.cas"))
                pair->value = 0;
}

static void do_clear(Run *r) {
        if (below(r, 20) > 0)
                return;
        fixture_expect(r->a, "dict.clear", "['o']", "null");
        r->n = 0;
}

/* Scans the dict in pieces; the cursors must return its pairs in order. */
static void do_scan(Run *r) {
        int64_t cursor = 0;
        size_t i = 0, count = 1 + below(r, 10);

        do {
                struct json_object *part =
                        fixture_call(r->a, "dict.scan", "['o',%lld,%zu]", (long long)cursor, count);
                struct json_object *items = json_object_object_get(part, "items");
                cursor = json_object_get_int64(json_object_object_get(part, "cursor"));
                size_t n = json_object_array_length(items);
                EXPECT(i + n == r->n ? cursor == 0 : n == count && cursor > 0);
                for (size_t k = 0; k < n; k++, i++) {
                        struct json_object *value =
                                json_object_array_get_idx(json_object_array_get_idx(items, k), 1);
                        EXPECT(i < r->n && json_object_get_int64(value) == r->pairs[i].value);
                }
                json_object_put(part);
        } while (cursor);
        EXPECT(i == r->n);
}

static void (*const steps[])(Run *) = {
        do_get,        do_set,    do_set, do_delete, do_pop,   do_popitem,
        do_setdefault, do_update, do_add, do_cas,    do_clear, do_scan,
};

static void expect_same(Run *r) {
        size_t at = (size_t)snprintf(r->expected, TEXT_SIZE, "{");

        for (size_t i = 0; i < r->n; i++)
                at += (size_t)snprintf(r->expected + at, TEXT_SIZE - at, "%s'key %zu':%lld",
                                       i ? "," : "", r->pairs[i].key, (long long)r->pairs[i].value);
        snprintf(r->expected + at, TEXT_SIZE - at, "}");
        fixture_expect(r->a, "dict.copy", "['o']", r->expected);
}

START_TEST(test_dict_is_as_a_list_of_pairs) {
        Limits limits = limits_default;
        Run r = {.random = {.state = (uint64_t)_i + 1}};

        /* The account has room for few more than thirty keys. */
        limits.bytes_per_uid = 4000;
        fixture_init(&r.f, &limits);
        r.a = fixture_session(&r.f, 100, 1000, "alpha");
        json_object_put(fixture_call(r.a, "dict.open", "{'name':'o','create':true}"));
        for (int i = 0; i < N_STEPS; i++) {
                steps[below(&r, ELEMENTSOF(steps))](&r);
                expect_same(&r);
        }
        ck_assert_uint_gt(r.n_refused, 0);
        fixture_expect(r.a, "object.delete", "['o']", "null");
        fixture_expect_clean(&r.f);
        fixture_deinit(&r.f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("dict-random");
        TCase *c = tcase_create("dict-random");

        tcase_set_timeout(c, 30);
        tcase_add_loop_test(c, test_dict_is_as_a_list_of_pairs, 0, random_rounds(N_SEEDS));
        suite_add_tcase(suite, c);
        return suite;
}
