/* dict: maps keys to values, in the order of insertion. */
#include <errno.h>
#include <string.h>

#include "call/call-work.h"
#include "call/call.h"
#include "object.h"
#include "types/arith.h"
#include "types/dict.h"
#include "types/entries.h"
#include "types/expect.h"
#include "types/answer.h"
#include "types/types.h"
#include "value.h"
#include "work.h"

static int dict_check_key(Call *call, const char *param, const char *key, size_t n) {
        if (n <= ARG_KEY_MAX)
                return OUTCOME_DONE;
        return call_refuse_arg(call, param, "%s: a key has at most %d bytes, %s has %zu", param,
                               ARG_KEY_MAX, call_quote(key, n), n);
}

static int dict_set_entry(Call *call, Object *object, const char *key, size_t n,
                          const Value *value) {
        Table *entries = dict_entries(object);
        TableEntry *entry = table_find(entries, key, n);

        if (entry)
                return entries_replace(call, object, entry, value);
        return entries_add(call, object, entries, key, n, value);
}

/* A member of an argument, with its key and value made from the text. */
typedef struct Member {
        Value key, value;
        const char *bytes; /* of the key */
        size_t n;
} Member;

static void member_deinit(Member *member) {
        value_deinit(&member->key);
        value_deinit(&member->value);
}

static int member_make(Call *call, const char *param, const JsonSpan *key, const JsonSpan *span,
                       Member *ret) {
        *ret = (Member){0};
        int r = value_borrow(key, &ret->key);
        if (r == 0)
                r = value_make(span, &ret->value);
        if (r < 0)
                return r;
        ret->bytes = value_bytes(&ret->key, &ret->n);
        return dict_check_key(call, param, ret->bytes, ret->n);
}

static int dict_init(Object *object, Call *open) {
        JsonCursor cursor;
        JsonSpan key, span;
        int r = OUTCOME_DONE;

        call_cursor(open, 0, &cursor);
        while (r == OUTCOME_DONE && json_cursor_next(&cursor, &key, &span)) {
                CLEANUP(member_deinit) Member member;
                r = member_make(open, "value", &key, &span, &member);
                if (r == OUTCOME_DONE)
                        r = dict_set_entry(open, object, member.bytes, member.n, &member.value);
        }
        return r;
}

static void dict_deinit(Object *object) {
        entries_clear(object, dict_entries(object));
}

static size_t dict_size(Object *object) {
        return table_size(dict_entries(object));
}

/* Returns the entry of the first argument, or NULL. */
static TableEntry *dict_find(const Call *call, Object *object) {
        size_t n;
        const char *key = call_string(call, 0, &n);

        return table_find(dict_entries(object), key, n);
}

static int dict_refuse_absent(Call *call) {
        size_t n;
        const char *key = call_string(call, 0, &n);

        return call_refuse(call, ENODATA, "the dict has no key %s", call_quote(key, n));
}

static int dict_return(Call *call, const Value *value) {
        return call_return_value(call, value_ref(value));
}

static int dict_get(Call *call, Object *object) {
        const TableEntry *entry = dict_find(call, object);
        Value value;

        if (!entry && call_has(call, 1))
                return dict_return(call, call_value(call, 1));
        if (!entry)
                return dict_refuse_absent(call);
        value = entry_value(entry);
        return dict_return(call, &value);
}

static int dict_set(Call *call, Object *object) {
        size_t n;
        const char *key = call_string(call, 0, &n);

        int r = dict_set_entry(call, object, key, n, call_value(call, 1));
        return r == OUTCOME_DONE ? call_return_null(call) : r;
}

static int dict_delete(Call *call, Object *object) {
        TableEntry *entry = dict_find(call, object);

        if (!entry)
                return dict_refuse_absent(call);
        entries_remove(object, dict_entries(object), entry);
        return call_return_null(call);
}

static int dict_contains(Call *call, Object *object) {
        return call_return_bool(call, dict_find(call, object) != NULL);
}

static int dict_length(Call *call, Object *object) {
        return call_return_int(call, (int64_t)dict_size(object));
}

static int dict_clear(Call *call, Object *object) {
        entries_clear(object, dict_entries(object));
        return call_return_null(call);
}

static int dict_pop(Call *call, Object *object) {
        TableEntry *entry = dict_find(call, object);

        if (!entry && call_has(call, 1))
                return dict_return(call, call_value(call, 1));
        if (!entry)
                return dict_refuse_absent(call);
        Value value = entry_value(entry);
        int r = answer_room_check(call, &value);
        if (r != OUTCOME_DONE)
                return r;
        return call_return_value(call, entries_take(call, object, dict_entries(object), entry));
}

/* Writes the answer before it removes the entry, so that a failure changes nothing. */
static int dict_popitem(Call *call, Object *object) {
        TableEntry *entry = table_last(dict_entries(object));
        Answer answer;

        if (!entry)
                return call_refuse(call, ENODATA, "the dict is empty");
        Value value = entry_value(entry);
        int r = answer_room_check_pair(call, entry->key, entry->n_key, &value);
        if (r == OUTCOME_DONE)
                r = answer_begin(&answer, call, "[", 2, "");
        if (r == OUTCOME_DONE)
                r = answer_put_string(&answer, entry->key, entry->n_key);
        if (r == OUTCOME_DONE)
                r = answer_put(&answer, &value);
        if (r == OUTCOME_DONE)
                r = answer_end(&answer, "]");
        if (r != OUTCOME_DONE)
                return r;
        Value taken = entries_take(call, object, dict_entries(object), entry);
        value_deinit(&taken);
        return r;
}

static int dict_setdefault(Call *call, Object *object) {
        const TableEntry *entry = dict_find(call, object);
        const Value *value = call_value(call, 1);
        size_t n;
        const char *key = call_string(call, 0, &n);

        if (entry) {
                Value present = entry_value(entry);
                return dict_return(call, &present);
        }
        int r = entries_add(call, object, dict_entries(object), key, n, value);
        return r == OUTCOME_DONE ? dict_return(call, value) : r;
}

/* A stored value that replaces that of an entry once the whole update cannot fail any more. */
typedef struct Pending {
        TableEntry *entry;
        Value value;
} Pending;

/* Adds a new key at once, since entries_remove_after() can undo that, and keeps the value for an
 * existing key pending. */
static int update_member(Call *call, Object *object, const Member *member, Pending *pending,
                         size_t *n_pending) {
        Table *entries = dict_entries(object);
        TableEntry *entry = table_find(entries, member->bytes, member->n);
        Pending *next = &pending[*n_pending];

        if (!entry)
                return entries_add(call, object, entries, member->bytes, member->n, &member->value);
        int r = value_store(call, object, &member->value, &next->value);
        if (r == OUTCOME_DONE) {
                next->entry = entry;
                ++*n_pending;
        }
        return r;
}

static int update_prepare(Call *call, Object *object, Pending *pending, size_t *n_pending) {
        JsonCursor cursor;
        JsonSpan key, span;
        int r = OUTCOME_DONE;

        call_cursor(call, 0, &cursor);
        while (r == OUTCOME_DONE && json_cursor_next(&cursor, &key, &span)) {
                CLEANUP(member_deinit) Member member;
                r = member_make(call, "items", &key, &span, &member);
                if (r == OUTCOME_DONE)
                        r = update_member(call, object, &member, pending, n_pending);
        }
        return r;
}

/* Updates all keys or none. */
static int dict_update(Call *call, Object *object) {
        Table *entries = dict_entries(object);
        size_t n = call_length(call, 0), n_pending = 0;
        CLEANUP(freep) Pending *pending = calloc(n ? n : 1, sizeof(*pending));

        if (!pending)
                return -ENOMEM;
        work_count(call->core, n * WORK_ENTER);
        /* The table has room for all new keys, so entries that were found do not move. */
        int r = table_reserve(entries, n);
        if (r < 0)
                return r;
        uint64_t serial = entries->last_serial;
        r = update_prepare(call, object, pending, &n_pending);
        for (size_t i = 0; i < n_pending; i++) {
                Value unused = pending[i].value;
                if (r == OUTCOME_DONE) {
                        unused = entry_value(pending[i].entry);
                        entries_put(object, pending[i].entry, &pending[i].value);
                }
                value_drop(object, &unused);
        }
        if (r != OUTCOME_DONE)
                entries_remove_after(object, entries, serial);
        /* The room for the keys that were not added is not charged to any user. */
        if (r != OUTCOME_DONE || n_pending > 0)
                table_trim(entries);
        return r == OUTCOME_DONE ? call_return_null(call) : r;
}

static int dict_add(Call *call, Object *object) {
        TableEntry *entry = dict_find(call, object);
        Value base = entry ? entry_value(entry) : *call_value(call, 3), sum;
        size_t n;
        const char *key = call_string(call, 0, &n);

        if (!entry && !call_has(call, 3))
                return dict_refuse_absent(call);
        int r = arith_add(call, &base, call_value(call, 1), &sum);
        if (r == OUTCOME_DONE)
                r = expect_check(call, 2, &sum);
        if (r == OUTCOME_DONE)
                r = entry ? entries_replace(call, object, entry, &sum)
                          : entries_add(call, object, dict_entries(object), key, n, &sum);
        return r == OUTCOME_DONE ? call_return_value(call, sum) : r;
}

static int dict_cas(Call *call, Object *object) {
        TableEntry *entry = dict_find(call, object);

        if (!entry)
                return dict_refuse_absent(call);
        Value value = entry_value(entry);
        work_count(call->core, work_of_comparing(&value, call_value(call, 1)));
        if (!value_equal(&value, call_value(call, 1)))
                return call_return_bool(call, false);
        int r = entries_replace(call, object, entry, call_value(call, 2));
        return r == OUTCOME_DONE ? call_return_bool(call, true) : r;
}

#define KEY_ARG                                                                                    \
        { .name = "key", .kind = ARG_KEY, .help = "the key, a string" }

/* Parsed JSON has no U+0000 in a key. */
static const char items_schema[] =
        "{\"type\":\"object\",\"propertyNames\":{\"type\":\"string\",\"description\":\"at most "
        "1024 "
        "bytes of UTF-8\",\"maxLength\":1024,\"pattern\":\"^[^\\\\u0000]*$\",\"x-maxBytes\":1024}}";

static const Arg open_args[] = {
        {.name = "value",
         .kind = ARG_OBJECT,
         .optional = true,
         .fallback = "{}",
         .schema = items_schema,
         .role = OPEN_START,
         .help = "the first contents"},
        {0},
};

static const Arg key_args[] = {KEY_ARG, {0}};

static const Arg get_args[] = {
        KEY_ARG,
        {.name = "default",
         .kind = ARG_ANY,
         .optional = true,
         .help = "the result if the key is missing"},
        {0},
};

static const Arg set_args[] = {
        KEY_ARG,
        {.name = "value", .kind = ARG_ANY, .help = "its new value"},
        {0},
};

static const Arg setdefault_args[] = {
        KEY_ARG,
        {.name = "default",
         .kind = ARG_ANY,
         .optional = true,
         .fallback = "null",
         .help = "the value to store if the key is missing"},
        {0},
};

static const Arg update_args[] = {
        {.name = "items",
         .kind = ARG_OBJECT,
         .schema = items_schema,
         .help = "the keys to set, with their values"},
        {0},
};

static const Arg add_args[] = {
        KEY_ARG,
        {.name = "delta", .kind = ARG_NUMBER, .help = "what to add; may be negative"},
        EXPECT_NUMBER_ARG,
        DEFAULT_NUMBER_ARG("if the key is missing"),
        {0},
};

static const Arg cas_args[] = {
        KEY_ARG,
        {.name = "expected", .kind = ARG_ANY, .help = "the expected value"},
        {.name = "value", .kind = ARG_ANY, .help = "the value to set"},
        {0},
};

static const Arg scan_args[] = {SCAN_ARGS("the most items to return"), {0}};

static const Method methods[] = {
        METHOD("get", dict_get, work_enter, 0, get_args, ANY_SCHEMA, "the value of a key"),
        METHOD("set", dict_set, work_enter, METHOD_WRITES, set_args, NULL_SCHEMA,
               "set the value of a key"),
        METHOD("delete", dict_delete, work_constant, METHOD_WRITES, key_args, NULL_SCHEMA,
               "remove a key"),
        METHOD("contains", dict_contains, work_constant, 0, key_args, BOOLEAN_SCHEMA,
               "whether the key exists"),
        METHOD("length", dict_length, work_constant, 0, NULL, INTEGER_SCHEMA, "the number of keys"),
        METHOD("keys", dict_keys, work_make_all, 0, NULL, ARRAY_SCHEMA,
               "all keys, in the order of insertion", .instead = "use dict.scan"),
        METHOD("values", dict_values, work_read_all, 0, NULL, ARRAY_SCHEMA,
               "all values, in the order of the keys", .instead = "use dict.scan"),
        METHOD("items", dict_items, work_pair_all, 0, NULL, ARRAY_SCHEMA,
               "all keys and values, each as [key, value]", .instead = "use dict.scan"),
        METHOD("copy", dict_copy, work_pair_all, 0, NULL, OBJECT_SCHEMA,
               "the whole dict as one JSON object", .instead = "use dict.scan"),
        METHOD("clear", dict_clear, work_constant, METHOD_WRITES, NULL, NULL_SCHEMA,
               "remove all keys"),
        METHOD("pop", dict_pop, work_enter, METHOD_READS | METHOD_WRITES, get_args, ANY_SCHEMA,
               "remove a key and return its value"),
        METHOD("popitem", dict_popitem, work_constant, METHOD_READS | METHOD_WRITES, NULL,
               ARRAY_SCHEMA, "remove the most recently added key and return [key, value]"),
        METHOD("setdefault", dict_setdefault, work_enter, METHOD_READS | METHOD_WRITES,
               setdefault_args, ANY_SCHEMA,
               "the value of a key; the default is stored first if the key is missing"),
        METHOD("update", dict_update, work_enter, METHOD_WRITES, update_args, NULL_SCHEMA,
               "set several keys at once, all or none", .instead = "set fewer keys at a time"),
        METHOD("add", dict_add, work_enter, METHOD_READS | METHOD_WRITES, add_args,
               "{\"type\":\"number\"}", "add to the number of a key and return the sum"),
        METHOD("cas", dict_cas, work_compare, METHOD_READS | METHOD_WRITES, cas_args,
               BOOLEAN_SCHEMA, "set a key if it has the expected value, and return whether it had"),
        METHOD("scan", dict_scan, work_scan, 0, scan_args, OBJECT_SCHEMA,
               "some items from a cursor on: {cursor, items}; cursor 0 is the end"),
        {0},
};

const Type type_dict = {
        .name = "dict",
        .help = "keys to values, in the order of insertion",
        .size = sizeof(Dict),
        .open_args = open_args,
        .init = dict_init,
        .deinit = dict_deinit,
        .save = dict_save,
        .can_be_durable = true,
        .save_state = dict_save_state,
        .save_next = dict_save_next,
        .load = dict_load,
        .length = dict_size,
        .methods = methods,
};
