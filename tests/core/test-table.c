/* The table: lookup by key, iteration in the order of insertion, whatever was removed in between. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/macros.h"
#include "base/table.h"
#include "expect.h"
#include "random.h"
#include "tap-main.h"

/* The table never dereferences a value, so a number serves as pointer. */
static void *value_of(uintptr_t n) {
        return (void *)(n + 1);
}

START_TEST(an_empty_table_is_valid) {
        Table t = {};
        ck_assert_uint_eq(table_size(&t), 0);
        ck_assert_ptr_null(table_find(&t, "a", 1));
        ck_assert_ptr_null(table_remove(&t, "a", 1));
        ck_assert_ptr_null(table_first(&t));
        ck_assert_ptr_null(table_last(&t));
        ck_assert_ptr_null(table_after(&t, 0));
        ck_assert_int_eq(table_reserve(&t, 0), 0);
        table_deinit(&t);
        table_deinit(&t);
}
END_TEST

START_TEST(keys_are_bytes) {
        static const struct {
                const char *key;
                size_t n;
        } keys[] = {{"", 0},    {"\0", 1},   {"\0\0", 2}, {"a", 1},
                    {"a\0", 2}, {"a\0b", 3}, {"a\0c", 3}};
        Table t = {};
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                ck_assert_int_eq(table_add(&t, keys[i].key, keys[i].n, value_of(i)), 0);
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                ck_assert_int_eq(table_add(&t, keys[i].key, keys[i].n, NULL), -EEXIST);
                ck_assert_ptr_eq(table_get(&t, keys[i].key, keys[i].n), value_of(i));
                ck_assert_int_eq(table_find(&t, keys[i].key, keys[i].n)->key[keys[i].n], '\0');
        }
        ck_assert_ptr_eq(table_get(&t, NULL, 0), value_of(0));
        table_deinit(&t);
}
END_TEST

START_TEST(a_new_value_keeps_place_and_serial) {
        Table t = {};
        ck_assert_int_eq(table_add(&t, "a", 1, value_of(1)), 0);
        ck_assert_int_eq(table_add(&t, "b", 1, value_of(2)), 0);
        table_find(&t, "a", 1)->value = value_of(3);
        ck_assert_ptr_eq(table_first(&t)->value, value_of(3));
        ck_assert_uint_eq(table_first(&t)->serial, 1);
        ck_assert_ptr_eq(table_remove(&t, "a", 1), value_of(3));
        ck_assert_int_eq(table_add(&t, "a", 1, value_of(4)), 0);
        ck_assert_ptr_eq(table_last(&t)->value, value_of(4));
        ck_assert_uint_eq(table_last(&t)->serial, 3);
        table_deinit(&t);
}
END_TEST

START_TEST(a_serial_is_never_used_again) {
        Table t = {};
        uint64_t last = 0;
        for (int i = 0; i < 1000; i++) {
                ck_assert_int_eq(table_add(&t, "k", 1, NULL), 0);
                ck_assert_uint_gt(table_first(&t)->serial, last);
                last = table_first(&t)->serial;
                table_remove_entry(&t, table_first(&t));
        }
        ck_assert_uint_le(t.entries.capacity, 16);
        table_deinit(&t);
}
END_TEST

/* The model: live entries in order, in an array. */
#define N_KEYS 2500

typedef struct ModelEntry {
        unsigned key;
        uint64_t serial;
        void *value;
} ModelEntry;

typedef struct Model {
        ModelEntry entries[N_KEYS];
        size_t n;
        uint64_t last_serial;
} Model;

static size_t key_format(char ret[32], unsigned key) {
        return (size_t)snprintf(ret, 32, "key-%u", key);
}

static ModelEntry *model_find(Model *m, unsigned key) {
        for (size_t i = 0; i < m->n; i++)
                if (m->entries[i].key == key)
                        return &m->entries[i];
        return NULL;
}

static void model_remove(Model *m, ModelEntry *e) {
        size_t i = (size_t)(e - m->entries);
        memmove(e, e + 1, (m->n - i - 1) * sizeof(*e));
        m->n--;
}

static ModelEntry *model_after(Model *m, uint64_t serial) {
        for (size_t i = 0; i < m->n; i++)
                if (m->entries[i].serial > serial)
                        return &m->entries[i];
        return NULL;
}

static void assert_same(const TableEntry *found, const ModelEntry *expected) {
        EXPECT((found != NULL) == (expected != NULL));
        if (!found)
                return;
        char key[32];
        EXPECT(found->n_key == key_format(key, expected->key));
        EXPECT(strcmp(found->key, key) == 0);
        EXPECT(found->serial == expected->serial);
        EXPECT(found->value == expected->value);
}

static void add_one(Table *t, Model *m, unsigned number, void *value) {
        char key[32];
        size_t n = key_format(key, number);
        bool is_there = model_find(m, number) != NULL;
        EXPECT(table_add(t, key, n, value) == (is_there ? -EEXIST : 0));
        if (!is_there)
                m->entries[m->n++] =
                        (ModelEntry){.key = number, .serial = ++m->last_serial, .value = value};
}

static void remove_one(Table *t, Model *m, unsigned number) {
        char key[32];
        size_t n = key_format(key, number);
        ModelEntry *e = model_find(m, number);
        EXPECT(table_remove(t, key, n) == (e ? e->value : NULL));
        if (e)
                model_remove(m, e);
}

static void assert_all_same(Table *t, Model *m) {
        size_t i = 0;
        TABLE_FOREACH (e, t)
                assert_same(e, &m->entries[i++]);
        EXPECT(i == m->n);
        uint64_t serial = 0;
        for (i = 0; i < m->n; i++) {
                TableEntry *e = table_after(t, serial);
                assert_same(e, &m->entries[i]);
                serial = e->serial;
                EXPECT(table_find(t, e->key, e->n_key) == e);
        }
        ck_assert_ptr_null(table_after(t, serial));

        uint32_t position = table_position_after(t, m->n > 0 ? m->entries[m->n / 2].serial : 0);
        for (i = m->n / 2 + 1; i < m->n; i++)
                assert_same(table_step(t, &position), &m->entries[i]);
        EXPECT(!table_step(t, &position));
        EXPECT(!table_step(t, &position));
}

/* Phases of growth, exchange and decline, so that the table grows, has holes, compacts and
 * shrinks. */
START_TEST(random_operations_agree_with_an_array) {
        Random random = {.state = 3};
        Table t = {};
        Model m = {};
        for (unsigned turn = 0; turn < (unsigned)random_rounds(200000); turn++) {
                unsigned phase = turn / 9000 % 3;
                unsigned number = (unsigned)random_below(&random, N_KEYS);
                uint64_t dice = random_below(&random, 10);
                if (dice < (phase == 0 ? 7U : phase == 1 ? 5U : 2U))
                        add_one(&t, &m, number, value_of(turn));
                else if (dice < 9)
                        remove_one(&t, &m, number);
                else if (m.n > 0)
                        remove_one(&t, &m, m.entries[dice % 2 ? 0 : m.n - 1].key);

                EXPECT(table_size(&t) == m.n);
                assert_same(table_first(&t), m.n ? &m.entries[0] : NULL);
                EXPECT(m.n > 0 || t.first == t.n_entries);
                assert_same(table_last(&t), m.n ? &m.entries[m.n - 1] : NULL);
                uint64_t serial = random_below(&random, m.last_serial + 2);
                assert_same(table_after(&t, serial), model_after(&m, serial));
                if (turn % 500 == 0)
                        assert_all_same(&t, &m);
        }
        table_deinit(&t);
}
END_TEST

/* A break leaves the walk, though it consists of two loops. */
START_TEST(walks_end_where_they_are_left) {
        enum { N = 200 };
        Table t = {};
        unsigned n_visited = 0;

        for (unsigned i = 0; i < N; i++)
                EXPECT(table_add(&t, &i, sizeof(i), value_of(i)) == 0);
        TABLE_FOREACH (e, &t) {
                if (e->value == value_of(N / 2))
                        break;
                if (e->serial % 2)
                        continue;
                TABLE_FOREACH (other, &t)
                        n_visited++;
        }
        ck_assert_uint_eq(n_visited, N / 4 * N);
        table_deinit(&t);
}
END_TEST

START_TEST(a_walk_may_remove_what_it_visits) {
        Table t = {};
        Model m = {};
        for (unsigned i = 0; i < N_KEYS; i++)
                add_one(&t, &m, i, value_of(i));
        uint64_t serial = 0;
        size_t n_visited = 0;
        for (TableEntry *e; (e = table_after(&t, serial)); n_visited++) {
                serial = e->serial;
                if (n_visited % 7 != 0) {
                        ck_assert_ptr_eq(table_remove_entry(&t, e), value_of(n_visited));
                        model_remove(&m, model_find(&m, (unsigned)n_visited));
                }
        }
        ck_assert_uint_eq(n_visited, N_KEYS);
        assert_all_same(&t, &m);
        table_deinit(&t);
}
END_TEST

/* Pointers to entries stay valid over the insertions that were reserved. */
START_TEST(reserved_insertions_move_no_entry) {
        Table t = {};
        Model m = {};
        add_one(&t, &m, 0, NULL);
        ck_assert_int_eq(table_reserve(&t, N_KEYS - 1), 0);
        TableEntry *first = table_first(&t);
        size_t n_entries = t.entries.capacity, n_links = t.links.capacity;
        for (unsigned i = 1; i < N_KEYS; i++) {
                add_one(&t, &m, i, NULL);
                ck_assert_ptr_eq(table_first(&t), first);
        }
        ck_assert_uint_eq(t.entries.capacity, n_entries);
        ck_assert_uint_eq(t.links.capacity, n_links);
        assert_all_same(&t, &m);
        ck_assert_int_eq(table_reserve(&t, SIZE_MAX), -ENOMEM);
        ck_assert_int_eq(table_reserve(&t, SIZE_MAX / 2), -ENOMEM);
        assert_all_same(&t, &m);
        table_deinit(&t);
}
END_TEST

START_TEST(room_that_was_not_needed_is_given_back) {
        Table t = {};
        Model m = {};
        add_one(&t, &m, 0, NULL);
        ck_assert_int_eq(table_reserve(&t, 1000000), 0);
        table_trim(&t);
        ck_assert_uint_le(t.entries.capacity, 16);
        ck_assert_uint_le(t.links.capacity, 16);
        assert_all_same(&t, &m);
        table_deinit(&t);
}
END_TEST

/* The largest step of any operation so far: entries moved, and segments allocated or freed. */
typedef struct Largest {
        uint64_t n_moved;
        size_t n_elements;
} Largest;

static size_t distance(size_t a, size_t b) {
        return a > b ? a - b : b - a;
}

static void measure(const Table *before, const Table *t, Largest *largest) {
        uint64_t n_moved = t->n_moved - before->n_moved;
        size_t n_elements = distance(before->entries.capacity, t->entries.capacity) +
                            distance(before->links.capacity, t->links.capacity) +
                            distance(before->live.capacity, t->live.capacity);

        largest->n_moved = n_moved > largest->n_moved ? n_moved : largest->n_moved;
        largest->n_elements = n_elements > largest->n_elements ? n_elements : largest->n_elements;
}

static void add_number(Table *t, uint32_t number, Largest *largest) {
        Table before = *t;

        EXPECT(table_add(t, &number, sizeof(number), value_of(number)) == 0);
        measure(&before, t, largest);
}

static void remove_number(Table *t, uint32_t number, Largest *largest) {
        Table before = *t;

        EXPECT(table_remove(t, &number, sizeof(number)) == value_of(number));
        measure(&before, t, largest);
}

static void assert_bounded(const Largest *largest) {
        /* A bucket of a random hash has some 15 entries at most; a compaction moves four. */
        ck_assert_uint_gt(largest->n_moved, 0);
        ck_assert_uint_le(largest->n_moved, 64);
        ck_assert_uint_le(largest->n_elements, 6 * SEGMENT_LENGTH);
}

/* Fills the table and removes all of 0 to n - 1, number i * step modulo n at the i-th turn. */
static void fill_and_empty(uint32_t n, uint32_t step, Largest *largest) {
        Table t = {};

        for (uint32_t i = 0; i < n; i++)
                add_number(&t, i, largest);
        for (uint32_t i = 0; i < n; i++) {
                remove_number(&t, (uint32_t)((uint64_t)i * step % n), largest);
                EXPECT(table_size(&t) == n - 1 - i);
                EXPECT(t.n_entries <= 2 * t.n_live + 16);
                EXPECT(t.n_buckets <= 2 * t.n_live + 16);
        }
        EXPECT(t.entries.capacity <= 16);
        table_deinit(&t);
}

/* Removes in a scattered order, from the first to the last, and from the last to the first. */
START_TEST(no_operation_on_a_million_moves_more_than_a_few) {
        static const struct {
                uint32_t n, step;
        } orders[] = {{1000000, 618033}, {100000, 1}, {100000, 99999}};
        Largest largest = {};

        fill_and_empty((uint32_t)random_rounds((int)orders[_i].n), orders[_i].step, &largest);
        assert_bounded(&largest);
}
END_TEST

/* As many entries are added as removed: compactions, too, move few at a time, and memory does not
 * grow. */
START_TEST(no_exchange_in_a_large_table_moves_more_than_a_few) {
        const uint32_t n = (uint32_t)random_rounds(1 << 18);
        Random random = {.state = 11};
        Largest largest = {};
        Table t = {};
        uint32_t *numbers = calloc(n, sizeof(*numbers));

        for (uint32_t i = 0; i < n; i++)
                add_number(&t, numbers[i] = i, &largest);
        for (uint32_t i = 0; i < 4 * n; i++) {
                size_t at = random_below(&random, n);
                remove_number(&t, numbers[at], &largest);
                add_number(&t, numbers[at] = n + i, &largest);
        }
        for (uint32_t i = 0; i < n; i++)
                EXPECT(table_get(&t, &numbers[i], sizeof(numbers[i])) == value_of(numbers[i]));
        assert_bounded(&largest);
        ck_assert_uint_le(t.entries.capacity, 2 * n);
        ck_assert_uint_le(t.links.capacity, 2 * n);
        free(numbers);
        table_deinit(&t);
}
END_TEST

/* Makes keys of sixteen pairs, each "Aa" or "BB": all 65,536 keys collide under h * 31 + c. */
static void colliding_key(char ret[32], unsigned number) {
        for (unsigned i = 0; i < 16; i++)
                memcpy(ret + 2 * i, number >> i & 1 ? "BB" : "Aa", 2);
}

static double cpu_seconds(void) {
        struct timespec now;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

START_TEST(keys_made_to_collide_do_not) {
        Table t = {};
        char key[32];
        double begin = cpu_seconds();
        for (unsigned i = 0; i < 65536; i++) {
                colliding_key(key, i);
                EXPECT(table_add(&t, key, sizeof(key), value_of(i)) == 0);
        }
        for (unsigned i = 0; i < 65536; i++) {
                colliding_key(key, i);
                EXPECT(table_get(&t, key, sizeof(key)) == value_of(i));
        }
        for (unsigned i = 0; i < 65536; i++) {
                colliding_key(key, i * 40503 % 65536);
                EXPECT(table_remove(&t, key, sizeof(key)));
        }
        /* A chain of all these keys would take minutes. */
        ck_assert_double_lt(cpu_seconds() - begin, 10);
        EXPECT(table_size(&t) == 0);
        EXPECT(t.entries.capacity <= 16);
        table_deinit(&t);
}
END_TEST

/* As in a queue, each removal leaves a hole at the front, and the first entry must still be found
 * at once. */
START_TEST(taking_the_first_is_linear_in_all) {
        const unsigned n = (unsigned)random_rounds(400000);
        Table t = {};
        char key[32];
        double begin = cpu_seconds();
        for (unsigned i = 0; i < n; i++)
                EXPECT(table_add(&t, key, key_format(key, i), value_of(i)) == 0);
        uint64_t last = 0;
        for (unsigned i = 0; i < n; i++) {
                TableEntry *e = table_first(&t);
                EXPECT(e->serial == last + 1);
                EXPECT(table_after(&t, last / 2) == e);
                last = e->serial;
                EXPECT(table_remove_entry(&t, e) == value_of(i));
        }
        ck_assert_double_lt(cpu_seconds() - begin, 10);
        ck_assert_ptr_null(table_first(&t));
        table_deinit(&t);
}
END_TEST

/* A full table in which one entry is removed and one added must not be compacted for each. */
START_TEST(replacing_in_a_full_table_is_linear_in_all) {
        const unsigned n = (unsigned)random_rounds(1 << 16);
        Random random = {.state = 7};
        Table t = {};
        char key[32];
        for (unsigned i = 0; i < n; i++)
                EXPECT(table_add(&t, key, key_format(key, i), NULL) == 0);
        double begin = cpu_seconds();
        for (unsigned i = 0; i < 4 * n; i++) {
                unsigned number = (unsigned)random_below(&random, n);
                table_remove(&t, key, key_format(key, number));
                EXPECT(table_add(&t, key, key_format(key, number), NULL) == 0);
        }
        ck_assert_double_lt(cpu_seconds() - begin, 30);
        ck_assert_uint_eq(table_size(&t), n);
        ck_assert_uint_le(t.entries.capacity, 2 * n);
        table_deinit(&t);
}
END_TEST

/* As in a full queue of constant length, neither memory nor time may grow. */
START_TEST(churn_leaks_nothing) {
        Table t = {};
        char key[32];
        for (unsigned i = 0; i < (unsigned)random_rounds(500000); i++) {
                EXPECT(table_add(&t, key, key_format(key, i), NULL) == 0);
                if (i >= 100)
                        table_remove_entry(&t, table_first(&t));
        }
        EXPECT(table_size(&t) == 100);
        EXPECT(t.entries.capacity <= 512);
        table_deinit(&t);
}
END_TEST

/* The keys stand in the caller's structures, as the ids of calls do. */
START_TEST(borrowed_keys_stay_the_callers) {
        enum { N = 1000 };
        static char keys[N][32];
        Table t = {};

        for (unsigned i = 0; i < N; i++)
                EXPECT(table_add_borrowed(&t, keys[i], key_format(keys[i], i), keys[i]) == 0);
        EXPECT(table_add_borrowed(&t, keys[7], strlen(keys[7]), NULL) == -EEXIST);
        TABLE_FOREACH (e, &t)
                EXPECT(e->key == e->value);
        for (unsigned i = 0; i < N; i += 2)
                EXPECT(table_remove(&t, keys[i], strlen(keys[i])) == keys[i]);
        for (unsigned i = 0; i < N; i++)
                EXPECT(table_get(&t, keys[i], strlen(keys[i])) == (i % 2 ? keys[i] : NULL));
        table_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("table");
        TCase *tcase = tcase_create("table");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, an_empty_table_is_valid);
        tcase_add_test(tcase, keys_are_bytes);
        tcase_add_test(tcase, a_new_value_keeps_place_and_serial);
        tcase_add_test(tcase, a_serial_is_never_used_again);
        tcase_add_test(tcase, random_operations_agree_with_an_array);
        tcase_add_test(tcase, walks_end_where_they_are_left);
        tcase_add_test(tcase, a_walk_may_remove_what_it_visits);
        tcase_add_test(tcase, reserved_insertions_move_no_entry);
        tcase_add_test(tcase, room_that_was_not_needed_is_given_back);
        tcase_add_loop_test(tcase, no_operation_on_a_million_moves_more_than_a_few, 0, 3);
        tcase_add_test(tcase, no_exchange_in_a_large_table_moves_more_than_a_few);
        tcase_add_test(tcase, keys_made_to_collide_do_not);
        tcase_add_test(tcase, taking_the_first_is_linear_in_all);
        tcase_add_test(tcase, replacing_in_a_full_table_is_linear_in_all);
        tcase_add_test(tcase, churn_leaks_nothing);
        tcase_add_test(tcase, borrowed_keys_stay_the_callers);
        suite_add_tcase(suite, tcase);
        return suite;
}
