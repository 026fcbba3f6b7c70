/* Durable objects: the rows that report their changes describe exactly their contents. After each call of a script that
 * has every method that changes something, the test takes the rows in parts, updates a store of two tables with them,
 * and loads a fresh core from it, which must have equal contents. A second test makes the calls in random order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/methods.h"
#include "change.h"
#include "core/core-fixture.h"
#include "json/json-util.h"
#include "object.h"
#include "random.h"
#include "services/object-describe.h"
#include "snapshot/writer.h"
#include "stored.h"
#include "tap-main.h"
#include "type.h"

typedef struct ElementKey {
        uint64_t id;
        int64_t key;
} ElementKey;

/* The rows on a disk. */
typedef struct Store {
        Table objects;  /* id -> a row: StoredObject, name, state */
        Table elements; /* ElementKey -> text, NUL-terminated */
} Store;

static void *copy_of(const void *bytes, size_t n) {
        char *copy = malloc(n + 1);

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, bytes, n);
        copy[n] = '\0';
        return copy;
}

static void set(Table *table, const void *key, size_t n_key, void *value) {
        free(table_remove(table, key, n_key));
        if (value)
                ck_assert_int_eq(table_add(table, key, n_key, value), 0);
}

static void drop_elements(Store *store, uint64_t id, int64_t first, int64_t last) {
        uint64_t serial = 0;

        for (TableEntry *entry; (entry = table_after(&store->elements, serial));) {
                ElementKey key;
                memcpy(&key, entry->key, sizeof(key));
                serial = entry->serial;
                if (key.id == id && key.key >= first && key.key <= last)
                        free(table_remove_entry(&store->elements, entry));
        }
}

static void store_apply(Store *store, const Buffer *rows) {
        const char *at = buffer_bytes(rows), *end = at + buffer_size(rows);
        StoredOp op;

        for (; at < end; at += op.n) {
                memcpy(&op, at, sizeof(op));
                at += sizeof(op);
                ElementKey key = {.id = op.id, .key = op.first};
                if (op.kind == STORED_PUT_OBJECT)
                        set(&store->objects, &op.id, sizeof(op.id), copy_of(at, op.n));
                else if (op.kind == STORED_PUT_ELEMENT)
                        set(&store->elements, &key, sizeof(key), copy_of(at, op.n));
                else if (op.kind == STORED_DROP_ELEMENTS)
                        drop_elements(store, op.id, op.first, op.last);
                else {
                        set(&store->objects, &op.id, sizeof(op.id), NULL);
                        drop_elements(store, op.id, INT64_MIN, INT64_MAX);
                }
        }
}

static void store_deinit(Store *store) {
        TABLE_FOREACH (entry, &store->objects)
                free(entry->value);
        TABLE_FOREACH (entry, &store->elements)
                free(entry->value);
        table_deinit(&store->objects);
        table_deinit(&store->elements);
}

static int by_key(const void *a, const void *b) {
        ElementKey one, other;

        memcpy(&one, (*(TableEntry *const *)a)->key, sizeof(one));
        memcpy(&other, (*(TableEntry *const *)b)->key, sizeof(other));
        return (one.key > other.key) - (one.key < other.key);
}

/* Writes the elements of an object, in the order of their keys, as lines of a snapshot. */
static void write_contents(const Store *store, uint64_t id, Buffer *to) {
        size_t n = 0;
        TableEntry **found = calloc(table_size(&store->elements) + 1, sizeof(TableEntry *));

        ck_assert_ptr_nonnull(found);
        TABLE_FOREACH (entry, &store->elements) {
                ElementKey key;
                memcpy(&key, entry->key, sizeof(key));
                if (key.id == id)
                        found[n++] = entry;
        }
        qsort(found, n, sizeof(TableEntry *), by_key);
        for (size_t i = 0; i < n; i++)
                buffer_append_format(to, "{\"kind\":\"contents\",\"elements\":[%s]}\n",
                                     (char *)found[i]->value);
        free(found);
}

static void store_load(const Store *store, Fixture *g) {
        char fault[CORE_FAULT_MAX];

        TABLE_FOREACH (entry, &store->objects) {
                Buffer contents = {0};
                StoredObject row;
                uint64_t id;
                memcpy(&id, entry->key, sizeof(id));
                memcpy(&row, entry->value, sizeof(row));
                write_contents(store, id, &contents);
                int r = core_load_stored(&g->core, id, &row, (char *)entry->value + sizeof(row),
                                         &contents, fault);
                ck_assert_msg(r == 0, "%s", fault);
                buffer_deinit(&contents);
        }
        core_end_loading(&g->core);
}

/* Writes all fields of an object except its place among the objects. */
static void describe(const Object *object, Buffer *to) {
        SnapshotWriter w = {.out = to};

        snapshot_begin(&w, "object");
        snapshot_put_int(&w, "uid", object->uid);
        snapshot_put_int(&w, "gid", object->gid);
        snapshot_put_int(&w, "mode", object->mode);
        snapshot_put_uint(&w, "max_bytes", object->max_bytes);
        snapshot_put_uint(&w, "bytes", object->n_bytes);
        snapshot_put_uint(&w, "references", table_size(&object->references));
        snapshot_put_string(&w, "durable", durabilities[durability_of(object)]);
        snapshot_begin(&w, "state");
        object->type->save(object, &w);
        snapshot_end(&w);
        ck_assert_int_eq(w.error, 0);
}

static void expect_same(Fixture *f, Fixture *g) {
        Buffer a = {0}, b = {0};
        size_t n = 0;

        TABLE_FOREACH (entry, &f->core.objects) {
                const Object *object = entry->value;
                const Object *other = table_get(&g->core.objects, entry->key, entry->n_key);
                if (!object->durable) {
                        ck_assert_ptr_null(other);
                        continue;
                }
                n++;
                ck_assert_msg(other != NULL, "%s is not stored", object->name);
                ck_assert_uint_eq(object->id, other->id);
                buffer_truncate(&a, 0);
                buffer_truncate(&b, 0);
                describe(object, &a);
                describe(other, &b);
                ck_assert_msg(
                        buffer_size(&a) == buffer_size(&b) &&
                                memcmp(buffer_bytes(&a), buffer_bytes(&b), buffer_size(&a)) == 0,
                        "%s is\n%.*sand is stored as\n%.*s", object->name, (int)buffer_size(&a),
                        buffer_bytes(&a), (int)buffer_size(&b), buffer_bytes(&b));
        }
        ck_assert_uint_eq(table_size(&g->core.objects), n);
        buffer_deinit(&a);
        buffer_deinit(&b);
}

/* Takes some rows; returns true if no more are left. */
static bool take(Fixture *f, Store *store, size_t n_bytes) {
        Buffer rows = {0};
        uint64_t epoch;

        int r = core_take_changes(&f->core, true, n_bytes, &rows, &epoch);
        ck_assert_int_ge(r, 0);
        store_apply(store, &rows);
        buffer_deinit(&rows);
        if (r > 0)
                core_note_committed(&f->core, epoch, 0);
        return r > 0;
}

/* Ids are used again after a start from the disk: an element left in the store would appear in another object. */
static void expect_no_orphans(const Store *store) {
        TABLE_FOREACH (entry, &store->elements) {
                ElementKey key;
                memcpy(&key, entry->key, sizeof(key));
                ck_assert_msg(table_get(&store->objects, &key.id, sizeof(key.id)) != NULL,
                              "element %lld is of object %llu, which is not stored",
                              (long long)key.key, (unsigned long long)key.id);
        }
}

static void check(Fixture *f, Store *store) {
        Fixture g;

        while (!take(f, store, 100))
                ;
        ck_assert(!core_has_changes(&f->core, true));
        expect_no_orphans(store);
        fixture_init(&g, NULL);
        core_set_store(&g.core, true);
        store_load(store, &g);
        expect_same(f, &g);
        fixture_deinit(&g);
}

static const struct {
        const char *method, *params;
} script[] = {
        {"counter.open", "['c', true]"},
        {"counter.set", "['c', 5]"},
        {"counter.add", "['c', 3]"},
        {"counter.cas", "['c', 8, 9]"},
        {"value.open", "{'name': 'v', 'create': true, 'value': 'first'}"},
        {"value.open", "{'name': 'w', 'create': true, 'value': [1, {'a': null}]}"},
        {"value.set", "['v', 7]"},
        {"value.exchange", "['v', 8]"},
        {"value.cas", "['v', 8, 10]"},
        {"value.add", "['v', 3]"},
        {"list.open", "{'name': 'l', 'create': true, 'value': [9, 1, 'x', 3, null]}"},
        {"list.set", "['l', 2, 'two']"},
        {"list.append", "['l', [1, 2]]"},
        {"list.extend", "['l', [5, 6, 7]]"},
        {"list.insert", "['l', 0, 'front']"},
        {"list.insert", "['l', 3, 'in the middle']"},
        {"list.pop", "['l', 0]"},
        {"list.pop", "['l']"},
        {"list.pop", "['l', 4]"},
        {"list.remove", "['l', 'two']"},
        {"list.reverse", "['l']"},
        {"list.delete", "['l', 1]"},
        {"list.set_slice", "['l', 1, 3, 1, ['a', 'b', 'c', 'd']]"},
        {"list.set_slice", "['l', 0, 6, 2, [10, 11, 12]]"},
        {"list.set_slice", "['l', 0, 2, 1, []]"},
        {"list.delete_slice", "['l', 0, 5, 2]"},
        {"list.clear", "['l']"},
        {"list.extend", "['l', [3, 1, 2]]"},
        {"list.sort", "['l']"},
        {"list.repeat", "['l', 3]"},
        {"list.add", "['l', 1, 40]"},
        {"list.cas", "['l', 1, 42, 43]"},
        {"list.delete_slice", "['l', 2, 6, 1]"},
        {"list.repeat", "['l', 0]"},
        {"list.extend", "['l', [1, 2, 3, 4, 5]]"},
        {"dict.open", "{'name': 'd', 'create': true, 'value': {'a': 1, 'b': 'two'}}"},
        {"dict.set", "['d', 'c', {'$object': 'l'}]"},
        {"dict.set", "['d', 'a', [1]]"},
        {"dict.delete", "['d', 'a']"},
        {"dict.setdefault", "['d', 'e', 5]"},
        {"dict.update", "['d', {'e': 6, 'f': 7, 'b': {'$object': 'v'}}]"},
        {"dict.add", "['d', 'e', 1]"},
        {"dict.cas", "['d', 'e', 7, 8]"},
        {"dict.pop", "['d', 'b']"},
        {"dict.popitem", "['d']"},
        {"dict.clear", "['d']"},
        {"dict.set", "['d', 'after', 1]"},
        {"set.open", "{'name': 's', 'create': true, 'value': [1, 'a', [2]]}"},
        {"set.add", "['s', 'b']"},
        {"set.discard", "['s', 1]"},
        {"set.remove", "['s', 'a']"},
        {"set.update", "['s', [5, 6, 7]]"},
        {"set.intersection_update", "['s', [6, 7, 'b']]"},
        {"set.difference_update", "['s', [7]]"},
        {"set.symmetric_difference_update", "['s', [6, 8]]"},
        {"set.pop", "['s']"},
        {"set.clear", "['s']"},
        {"set.add", "['s', 'again']"},
        {"namespace.open", "{'name': 'n', 'create': true, 'value': {'x': 1}}"},
        {"namespace.set", "['n', 'y', 'why']"},
        {"namespace.add", "['n', 'x', 2]"},
        {"namespace.delete", "['n', 'x']"},
        {"array.open", "{'name': 'a', 'create': true, 'type': 'int64', 'value': [1, 2, 3, 4]}"},
        {"array.open", "{'name': 'ad', 'create': true, 'type': 'double', 'length': 3}"},
        {"array.set", "['a', 1, 20]"},
        {"array.add", "['a', -1, 5]"},
        {"array.set_slice", "['a', 0, 4, 2, [7, 8]]"},
        {"array.set", "['ad', 1, 0.5]"},
        {"queue.open", "{'name': 'q', 'create': true, 'maxsize': 100}"},
        {"queue.open", "{'name': 'ql', 'create': true, 'order': 'lifo'}"},
        {"queue.open", "{'name': 'qp', 'create': true, 'order': 'priority', 'durable': 'sync'}"},
        {"queue.put", "['q', 'one', 0]"},
        {"queue.put", "['ql', 'one', 0]"},
        {"queue.put", "['ql', [2], 0]"},
        {"queue.put", "['qp', 5, 0]"},
        {"queue.put_many", "['q', ['two', 'three', 'four'], 0]"},
        {"queue.put_many", "['qp', [3, 9, 1], 0]"},
        {"queue.put_many", "['ql', [3, 4], 0]"},
        {"queue.get", "['q', 0]"},
        {"queue.get", "['ql', 0]"},
        {"queue.get", "['qp', 0]"},
        {"queue.get_many", "['q', 2, 0]"},
        {"queue.task_done", "['q', 2]"},
        {"queue.open", "{'name': 'qc', 'create': true}"},
        {"queue.put_many", "['qc', [1, 2], 0]"},
        {"queue.close", "['qc', true]"},
        {"queue.close", "['q']"},
        {"object.chmod", "['q', '0640']"},
        {"object.chown", "['q', 7, 8]"},
        {"object.limit", "['q', 1000]"},
        {"object.delete", "['w']"},
        {"lock.open", "['lock', true]"},
        {"list.open", "{'name': 'not', 'create': true, 'durable': 'no', 'value': [1]}"},
        {"dict.open", "{'name': 'e', 'create': true, 'lifetime': 'ephemeral'}"},
};

/* A queue with reservations: a reserved item is stored on the disk as an item of the queue. */
static void reserve_and_settle(Fixture *f, Session *s, Store *store) {
        static const char *const ways[] = {"queue.ack", "queue.nack"};

        for (size_t i = 0; i < ELEMENTSOF(ways); i++) {
                struct json_object *result = fixture_call(s, "queue.reserve", "['ql', 0]");
                int id = json_object_get_int(json_object_object_get(result, "id"));
                while (!take(f, store, 1))
                        ;
                json_object_put(fixture_call(s, ways[i], "['ql', %d]", id));
                json_object_put(result);
                check(f, store);
        }
}

/* Asserts that the script called each method that changes an object of a type that can be durable. */
static void expect_all_called(Fixture *f) {
        for (const Type *const *type = types; *type; type++) {
                for (const Method *m = (*type)->methods; (*type)->can_be_durable && m->name; m++) {
                        char name[64];
                        int n = snprintf(name, sizeof(name), "%s.%s", (*type)->name, m->name);
                        const MethodRef *ref = method_find(&f->core, name, (size_t)n);
                        ck_assert_ptr_nonnull(ref);
                        ck_assert_msg(!(m->flags & METHOD_WRITES) || ref->n_calls > ref->n_errors,
                                      "the script has no call of %s that succeeds", name);
                }
        }
}

/* Begins a core with a store, and returns a session of root. */
static Session *begin(Fixture *f) {
        fixture_init(f, NULL);
        core_set_store(&f->core, true);
        return fixture_session(f, 10, 0, "root");
}

START_TEST(rows_are_what_objects_are) {
        Fixture f;
        Store store = {0};
        Session *s = begin(&f);
        for (size_t i = 0; i < ELEMENTSOF(script); i++) {
                json_object_put(fixture_call(s, script[i].method, "%s", script[i].params));
                check(&f, &store);
        }
        reserve_and_settle(&f, s, &store);
        expect_all_called(&f);
        store_deinit(&store);
        fixture_deinit(&f);
}
END_TEST

/* New objects that have contents before their first rows are taken. */
START_TEST(rows_of_one_epoch) {
        Fixture f;
        Store store = {0};
        Session *s = begin(&f);
        for (size_t i = 0; i < ELEMENTSOF(script); i++)
                json_object_put(fixture_call(s, script[i].method, "%s", script[i].params));
        check(&f, &store);
        store_deinit(&store);
        fixture_deinit(&f);
}
END_TEST

static void call_at_random(Session *s, Random *random) {
        size_t i = random_below(random, ELEMENTSOF(script));

        if (strstr(script[i].method, "close") && random_below(random, 20) > 0)
                return;
        fixture_start(s, 1, script[i].method, script[i].params);
        struct json_object *reply = fixture_receive(s);
        json_object_put(reply);
}

/* Changes are made between the parts in which rows are taken. */
START_TEST(rows_are_what_objects_are_in_any_order) {
        enum { ROUNDS = 60, CALLS = 60 };
        Random random = {.state = 7};
        Fixture f;
        Store store = {0};
        Session *s = begin(&f);
        for (unsigned round = 0; round < ROUNDS; round++) {
                for (unsigned i = 0; i < CALLS; i++) {
                        call_at_random(s, &random);
                        if (random_below(&random, 3) == 0)
                                take(&f, &store, random_below(&random, 400) + 1);
                }
                check(&f, &store);
        }
        store_deinit(&store);
        fixture_deinit(&f);
}
END_TEST

/* An object is deleted after a part of its first rows was taken. */
START_TEST(an_object_that_is_half_taken_leaves_nothing) {
        Fixture f;
        Store store = {0};
        Session *s = begin(&f);
        json_object_put(fixture_call(s, "list.open",
                                     "{'name': 'l', 'create': true, 'value': [1, 2, 3, 4, 5]}"));
        ck_assert(!take(&f, &store, 1));
        ck_assert(!take(&f, &store, 1));
        ck_assert_uint_gt(table_size(&store.elements), 0);
        json_object_put(fixture_call(s, "object.delete", "['l']"));
        check(&f, &store);
        ck_assert_uint_eq(table_size(&store.elements), 0);
        store_deinit(&store);
        fixture_deinit(&f);
}
END_TEST

/* A list that is so long that the elements of a slice with a large step are removed one by one. */
START_TEST(slices_of_a_list_are_stored) {
        static const char *const params[] = {"1,390,130", "20,200,3", "null,null,-150", "30,60,1",
                                             "200,230"};
        Fixture f;
        Store store = {0};
        Session *s = begin(&f);
        json_object_put(fixture_call(s, "list.open", "{'name': 'l', 'create': true}"));
        for (int i = 0; i < 400; i++)
                json_object_put(fixture_call(s, "list.append", "['l', %d]", i));
        for (size_t i = 0; i < ELEMENTSOF(params); i++) {
                json_object_put(fixture_call(s, "list.delete_slice", "['l', %s]", params[i]));
                check(&f, &store);
        }
        fixture_expect(s, "list.slice", "['l', 0, 3]", "[0,2,3]");
        store_deinit(&store);
        fixture_deinit(&f);
}
END_TEST

/* Insertions at descending places each change all keys behind them, but together they report no
 * more rows than the list has elements. */
START_TEST(changes_that_overlap_are_taken_once) {
        enum { N = 1000, INSERTS = 200 };
        Fixture f;
        Buffer rows = {0};
        uint64_t epoch;
        Session *s = begin(&f);
        json_object_put(
                fixture_call(s, "list.open", "{'name': 'l', 'create': true, 'value': [1]}"));
        json_object_put(fixture_call(s, "list.repeat", "['l', %d]", N));
        ck_assert_int_eq(core_take_changes(&f.core, true, SIZE_MAX / 2, &rows, &epoch), 1);
        size_t n_all = buffer_size(&rows);
        for (int round = 0; round < 2; round++) {
                for (int i = 0; i < INSERTS; i++)
                        json_object_put(fixture_call(s, "list.insert", "['l', %d, 2]", N - 10 - i));
                /* The second time, a change is made after a part was taken. */
                buffer_truncate(&rows, 0);
                size_t n_bytes = round == 0 ? SIZE_MAX / 2 : 1;
                int r = core_take_changes(&f.core, true, n_bytes, &rows, &epoch);
                ck_assert_int_eq(r, round == 0);
        }
        for (int i = 0; i < INSERTS; i++)
                json_object_put(fixture_call(s, "list.insert", "['l', %d, 2]", N - 10 - i));
        ck_assert_int_eq(core_take_changes(&f.core, true, SIZE_MAX / 2, &rows, &epoch), 1);
        ck_assert_uint_lt(buffer_size(&rows), 3 * n_all);
        buffer_deinit(&rows);
        fixture_deinit(&f);
}
END_TEST

/* Between two parts the list changes in more places than a part has rows. */
START_TEST(an_epoch_ends_whatever_changes_meanwhile) {
        enum { N = 500, PART = 100, PARTS_MOST = 200 };
        Fixture f;
        Buffer rows = {0};
        uint64_t epoch;
        int n = 0, r = 0;
        Session *s = begin(&f);
        json_object_put(
                fixture_call(s, "list.open", "{'name': 'l', 'create': true, 'value': [1]}"));
        json_object_put(fixture_call(s, "list.repeat", "['l', %d]", N));
        for (; n < PARTS_MOST && r == 0; n++) {
                json_object_put(fixture_call(s, "list.insert", "['l', %d, 2]", N - 10 - n));
                r = core_take_changes(&f.core, true, PART, &rows, &epoch);
        }
        ck_assert_int_eq(r, 1);
        buffer_deinit(&rows);
        fixture_deinit(&f);
}
END_TEST

static size_t take_output(Session *session) {
        CLEANUP(buffer_deinit) Buffer taken = {0};
        Lent lent = {0};

        ck_assert_int_eq(core_session_take_output(session, &taken, &session->attachments, &lent),
                         0);
        return buffer_size(&taken);
}

static void commit(Fixture *f) {
        CLEANUP(buffer_deinit) Buffer rows = {0};
        uint64_t epoch;

        ck_assert_int_eq(core_take_changes(&f->core, true, SIZE_MAX / 2, &rows, &epoch), 1);
        core_note_committed(&f->core, epoch, 0);
}

/* A deferred reply is held back as well, even if all output before it has been sent meanwhile. */
START_TEST(replies_that_are_put_off_are_held) {
        Fixture f;

        fixture_init(&f, NULL);
        core_set_store(&f.core, true);
        f.core.n_replies_at_once = f.core.n_replies_left = 1;
        Session *s = fixture_session(&f, 10, 0, "root"), *first = fixture_session(&f, 11, 0, "one"),
                *second = fixture_session(&f, 12, 0, "two");
        fixture_start(s, 1, "queue.open", "{'name': 'q', 'create': true, 'durable': 'sync'}");
        fixture_start(s, 2, "value.open", "{'name': 'v', 'create': true, 'durable': 'no'}");
        ck_assert_uint_eq(take_output(s), 0);
        commit(&f);
        ck_assert_uint_gt(take_output(s), 0);
        fixture_start(first, 1, "queue.get", "['q']");
        fixture_start(second, 1, "queue.get", "['q']");
        fixture_start(second, 2, "server.ping", "[]");
        fixture_start(s, 3, "queue.put_many", "['q', [1, 2], 0]");
        ck_assert_uint_gt(take_output(second), 0); /* the reply to the ping */
        fixture_work_off(&f);
        ck_assert_uint_gt(core_session_output_size(second), 0);
        ck_assert(core_session_is_held(second));
        ck_assert_uint_eq(take_output(s) + take_output(first) + take_output(second), 0);
        commit(&f);
        ck_assert_uint_gt(take_output(s), 0);
        ck_assert_uint_gt(take_output(first), 0);
        ck_assert_uint_gt(take_output(second), 0);
        fixture_deinit(&f);
}
END_TEST

/* The shell gathers callers for the next transaction, and counts those that are there already: a session whose reply the last one
 * released is not among them, though its output has not been taken yet. */
START_TEST(only_those_who_wait_for_the_next_epoch_are_held) {
        CLEANUP(buffer_deinit) Buffer rows = {0};
        uint64_t epoch;
        Fixture f;

        fixture_init(&f, NULL);
        core_set_store(&f.core, true);
        Session *s = fixture_session(&f, 10, 0, "root"), *first = fixture_session(&f, 11, 0, "one"),
                *second = fixture_session(&f, 12, 0, "two"),
                *both = fixture_session(&f, 13, 0, "three");
        fixture_start(s, 1, "counter.open", "{'name': 'c', 'create': true, 'durable': 'sync'}");
        commit(&f);
        ck_assert_uint_gt(take_output(s), 0);
        fixture_start(first, 1, "counter.add", "['c']");
        fixture_start(both, 1, "counter.add", "['c']");
        ck_assert_int_eq(core_take_changes(&f.core, true, SIZE_MAX / 2, &rows, &epoch), 1);
        fixture_start(second, 1, "counter.add", "['c']");
        fixture_start(both, 2, "counter.add", "['c']");
        ck_assert_uint_eq(core_count_held(&f.core), 3);
        core_note_committed(&f.core, epoch, 0);
        ck_assert_uint_eq(core_count_held(&f.core), 2);
        ck_assert_uint_gt(take_output(first), 0);
        ck_assert_uint_gt(take_output(both), 0);
        ck_assert_uint_eq(take_output(second), 0);
        commit(&f);
        ck_assert_uint_eq(core_count_held(&f.core), 0);
        ck_assert_uint_gt(take_output(second), 0);
        ck_assert_uint_gt(take_output(both), 0);
        fixture_deinit(&f);
}
END_TEST

START_TEST(durable_is_an_option) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *s = fixture_session(&f, 10, 0, "root");
        fixture_expect(s, "counter.open", "{'name': 'x', 'create': true, 'durable': 'sync'}",
                       "!EINVAL");
        json_object_put(fixture_call(s, "counter.open", "['x', true]"));
        fixture_expect(s, "counter.open", "{'name': 'x', 'durable': 'sync'}", "!EINVAL");
        core_set_store(&f.core, true);
        fixture_expect(s, "lock.open", "{'name': 'l', 'create': true, 'durable': 'async'}",
                       "!EINVAL");
        fixture_expect(s, "dict.open",
                       "{'name': 'd', 'create': true, 'lifetime': 'ephemeral', 'durable': 'async'}",
                       "!EINVAL");
        fixture_deinit(&f);
}
END_TEST

/* object.stat reports changes as unsynced from the call that makes them until the transaction is committed. */
static void check_unsynced(const char *durable) {
        static const char *const words[] = {"\"unsynced\":false", "\"unsynced\":true"};
        CLEANUP(buffer_deinit) Buffer rows = {0};
        uint64_t epoch = 0;
        Fixture f;
        Session *s = begin(&f);
        fixture_send(s,
                     "{'jsonrpc':'2.0','method':'counter.open','params':{'name':'x','create':true,"
                     "'durable':'%s'}}",
                     durable);
        for (int round = 0; round < 2; round++) {
                const Object *object = table_get(&f.core.objects, "x", 1);
                for (int i = 0; i < 2; i++) {
                        CLEANUP(json_putp)
                        struct json_object *stat = object_describe((Object *)object, s, 1);
                        ck_assert_ptr_nonnull(
                                strstr(json_object_to_json_string_ext(stat, JSON_C_TO_STRING_PLAIN),
                                       words[1]));
                        if (i == 0)
                                ck_assert_int_eq(
                                        core_take_changes(&f.core, true, 1 << 20, &rows, &epoch),
                                        1);
                }
                core_note_committed(&f.core, epoch, 3000000);
                CLEANUP(json_putp)
                struct json_object *stat = object_describe((Object *)object, s, 1);
                ck_assert_ptr_nonnull(strstr(
                        json_object_to_json_string_ext(stat, JSON_C_TO_STRING_PLAIN), words[0]));
                fixture_send(s, "{'jsonrpc':'2.0','method':'counter.add','params':['x']}");
        }
        fixture_deinit(&f);
}

START_TEST(stat_shows_what_is_not_on_the_disk) {
        check_unsynced(_i ? "sync" : "async");
}
END_TEST

START_TEST(counts_show_the_store) {
        Fixture f;

        fixture_init(&f, NULL);
        ck_assert(!core_counts(&f.core).has_store);
        core_set_store(&f.core, true);
        Session *s = fixture_session(&f, 10, 0, "root");
        json_object_put(fixture_call(s, "counter.open", "['x',true]"));
        core_note_committed(&f.core, 1, 5000000);
        core_note_committed(&f.core, 2, 3000000);
        core_set_store_fault(&f.core, ENOSPC);
        CoreCounts n = core_counts(&f.core);
        ck_assert(n.has_store && n.n_durable == 1 && n.store_fault == ENOSPC);
        ck_assert_int_eq(n.last_sync_ns, 3000000);
        ck_assert_int_eq(n.max_sync_ns, 5000000);
        CLEANUP(json_putp) struct json_object *stats = fixture_call(s, "server.stats", "[]");
        ck_assert_ptr_null(json_object_object_get(stats, "restart"));
        core_note_restart(&f.core, 40000000);
        fixture_advance_ms(&f, 2000);
        json_object_put(stats);
        stats = fixture_call(s, "server.stats", "[]");
        ck_assert_str_eq(json_object_to_json_string_ext(json_object_object_get(stats, "restart"),
                                                        JSON_C_TO_STRING_PLAIN),
                         "{\"ago_ms\":2000,\"pause_ms\":40}");
        ck_assert_str_eq(json_object_to_json_string_ext(json_object_object_get(stats, "store"),
                                                        JSON_C_TO_STRING_PLAIN),
                         "{\"objects\":1,\"unsynced\":true,\"held\":0,\"transactions\":2,"
                         "\"last_us\":3000,\"max_us\":5000,\"fault\":\"ENOSPC\"}");
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("durable");
        TCase *c = tcase_create("durable");

        tcase_add_test(c, rows_are_what_objects_are);
        tcase_add_test(c, rows_of_one_epoch);
        tcase_add_test(c, rows_are_what_objects_are_in_any_order);
        tcase_add_test(c, an_object_that_is_half_taken_leaves_nothing);
        tcase_add_test(c, slices_of_a_list_are_stored);
        tcase_add_test(c, changes_that_overlap_are_taken_once);
        tcase_add_test(c, an_epoch_ends_whatever_changes_meanwhile);
        tcase_add_test(c, replies_that_are_put_off_are_held);
        tcase_add_test(c, only_those_who_wait_for_the_next_epoch_are_held);
        tcase_add_test(c, durable_is_an_option);
        tcase_add_loop_test(c, stat_shows_what_is_not_on_the_disk, 0, 2);
        tcase_add_test(c, counts_show_the_store);
        suite_add_tcase(suite, c);
        return suite;
}
