/* namespace: attributes, as of a Python object. Names are identifiers: letters, digits and
 * underscores, not beginning with a digit. */
#include <errno.h>
#include <string.h>

#include "call/call-work.h"
#include "call/call.h"
#include "object.h"
#include "types/answer.h"
#include "types/arith.h"
#include "types/entries.h"
#include "types/expect.h"
#include "types/types.h"
#include "work.h"

typedef struct Namespace {
        Object object;
        Table attributes;
} Namespace;

enum { ATTRIBUTE_NAME_MAX = 255 };

static bool is_identifier(const char *s, size_t n) {
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

        if (n == 0 || n > ATTRIBUTE_NAME_MAX || !memchr(letters, s[0], strlen(letters)))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!memchr(letters, s[i], strlen(letters)) && (s[i] < '0' || s[i] > '9'))
                        return false;
        return true;
}

static int check_key(Call *call, const char *param, const char *key, size_t n) {
        if (is_identifier(key, n))
                return OUTCOME_DONE;
        return call_refuse_arg(call, param,
                               "%s: %s is not an identifier: letters, digits and _, at most %d "
                               "bytes, and no digit first",
                               param, call_quote(key, n), ATTRIBUTE_NAME_MAX);
}

static int set_attribute(Call *call, Namespace *ns, const char *key, size_t n, const Value *value) {
        TableEntry *entry = table_find(&ns->attributes, key, n);

        if (entry)
                return entries_replace(call, &ns->object, entry, value);
        return entries_add(call, &ns->object, &ns->attributes, key, n, value);
}

static int add_given(Call *open, Namespace *ns, const JsonSpan *key, const JsonSpan *span) {
        CLEANUP(value_deinit) Value name = VALUE_NULL;
        CLEANUP(value_deinit) Value value = VALUE_NULL;
        const char *bytes;
        size_t n;

        int r = value_make(key, &name);
        if (r == 0)
                r = value_make(span, &value);
        if (r < 0)
                return r;
        bytes = value_bytes(&name, &n);
        r = check_key(open, "value", bytes, n);
        return r == OUTCOME_DONE ? set_attribute(open, ns, bytes, n, &value) : r;
}

static int namespace_init(Object *object, Call *open) {
        JsonCursor cursor;
        JsonSpan key, span;
        int r = OUTCOME_DONE;

        call_cursor(open, 0, &cursor);
        while (r == OUTCOME_DONE && json_cursor_next(&cursor, &key, &span))
                r = add_given(open, (Namespace *)object, &key, &span);
        return r;
}

static void namespace_deinit(Object *object) {
        Namespace *ns = (Namespace *)object;

        entries_clear(object, &ns->attributes);
}

static size_t namespace_length(Object *object) {
        return table_size(&((Namespace *)object)->attributes);
}

/* Finds the attribute named by the first argument, or NULL. Returns an outcome. */
static int find_attribute(Call *call, const Namespace *ns, TableEntry **ret) {
        size_t n;
        const char *key = call_string(call, 0, &n);

        *ret = table_find(&ns->attributes, key, n);
        return *ret ? OUTCOME_DONE : check_key(call, "key", key, n);
}

static int refuse_absent(Call *call) {
        size_t n;
        const char *key = call_string(call, 0, &n);

        return call_refuse(call, ENODATA, "the namespace has no attribute %s", call_quote(key, n));
}

static int namespace_get(Call *call, Object *object) {
        TableEntry *entry;

        int r = find_attribute(call, (Namespace *)object, &entry);
        if (r != OUTCOME_DONE)
                return r;
        if (!entry)
                return refuse_absent(call);
        Value value = entry_value(entry);
        return call_return_value(call, value_ref(&value));
}

static int namespace_set(Call *call, Object *object) {
        size_t n;
        const char *key = call_string(call, 0, &n);

        int r = check_key(call, "key", key, n);
        if (r == OUTCOME_DONE)
                r = set_attribute(call, (Namespace *)object, key, n, call_value(call, 1));
        return r == OUTCOME_DONE ? call_return_null(call) : r;
}

static int namespace_delete(Call *call, Object *object) {
        Namespace *ns = (Namespace *)object;
        TableEntry *entry;

        int r = find_attribute(call, ns, &entry);
        if (r != OUTCOME_DONE)
                return r;
        if (!entry)
                return refuse_absent(call);
        entries_remove(object, &ns->attributes, entry);
        return call_return_null(call);
}

static int namespace_contains(Call *call, Object *object) {
        TableEntry *entry;

        int r = find_attribute(call, (Namespace *)object, &entry);
        return r == OUTCOME_DONE ? call_return_bool(call, entry != NULL) : r;
}

static int namespace_add(Call *call, Object *object) {
        Namespace *ns = (Namespace *)object;
        TableEntry *entry;
        size_t n;
        const char *key = call_string(call, 0, &n);
        Value base = *call_value(call, 3), sum;

        int r = find_attribute(call, ns, &entry);
        if (r == OUTCOME_DONE && !entry && !call_has(call, 3))
                r = refuse_absent(call);
        if (r == OUTCOME_DONE && entry)
                base = entry_value(entry);
        if (r == OUTCOME_DONE)
                r = arith_add(call, &base, call_value(call, 1), &sum);
        if (r == OUTCOME_DONE)
                r = expect_check(call, 2, &sum);
        if (r == OUTCOME_DONE)
                r = entry ? entries_replace(call, object, entry, &sum)
                          : entries_add(call, object, &ns->attributes, key, n, &sum);
        return r == OUTCOME_DONE ? call_return_value(call, sum) : r;
}

static int namespace_items(Call *call, Object *object) {
        const Table *attributes = &((Namespace *)object)->attributes;
        Answer answer;
        int r = answer_begin(&answer, call, "[", 3 * table_size(attributes), "get them one by one");

        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, table_size(attributes) * WORK_PAIR);
        TABLE_FOREACH (entry, attributes) {
                Value value = entry_value(entry);
                if (r == OUTCOME_DONE)
                        r = answer_add_pair(&answer, entry->key, entry->n_key, &value);
        }
        return r == OUTCOME_DONE ? answer_end(&answer, "]") : r;
}

#define IDENTIFIER_SCHEMA                                                                          \
        "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,"                                  \
        "\"pattern\":\"^[A-Za-z_][A-Za-z0-9_]*$\"}"
_Static_assert(ATTRIBUTE_NAME_MAX == 255, "the schema above tells it");

#define KEY_ARG                                                                                    \
        {                                                                                          \
                .name = "key", .kind = ARG_KEY, .schema = IDENTIFIER_SCHEMA,                       \
                .help = "the attribute's name: an identifier"                                      \
        }

static const Arg open_args[] = {
        {.name = "value",
         .kind = ARG_OBJECT,
         .optional = true,
         .fallback = "{}",
         .schema = "{\"type\":\"object\",\"propertyNames\":" IDENTIFIER_SCHEMA "}",
         .role = OPEN_START,
         .help = "the first attributes"},
        {0},
};

static const Arg key_args[] = {KEY_ARG, {0}};

static const Arg set_args[] = {
        KEY_ARG,
        {.name = "value", .kind = ARG_ANY, .help = "its new value"},
        {0},
};

static const Arg add_args[] = {
        KEY_ARG,
        {.name = "delta", .kind = ARG_NUMBER, .help = "what to add; may be negative"},
        EXPECT_NUMBER_ARG,
        DEFAULT_NUMBER_ARG("if the attribute is missing"),
        {0},
};

static const Method methods[] = {
        {.name = "get",
         .run = namespace_get,
         .work = work_constant,
         .args = key_args,
         .result = ANY_SCHEMA,
         .help = "the value of an attribute"},
        {.name = "set",
         .run = namespace_set,
         .work = work_enter,
         .flags = METHOD_WRITES,
         .args = set_args,
         .result = NULL_SCHEMA,
         .help = "set an attribute"},
        {.name = "delete",
         .run = namespace_delete,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .args = key_args,
         .result = NULL_SCHEMA,
         .help = "remove an attribute"},
        {.name = "add",
         .run = namespace_add,
         .work = work_enter,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = add_args,
         .result = "{\"type\":\"number\"}",
         .help = "add to the number of an attribute and return the sum"},
        {.name = "contains",
         .run = namespace_contains,
         .work = work_constant,
         .args = key_args,
         .result = BOOLEAN_SCHEMA,
         .help = "whether the attribute exists"},
        {.name = "items",
         .run = namespace_items,
         .work = work_pair_all,
         .instead = "use namespace.get, name by name",
         .result = ARRAY_SCHEMA,
         .help = "all attributes, each as [name, value]"},
        {0},
};

static void namespace_save(const Object *object, SnapshotWriter *w) {
        entries_save(&((const Namespace *)object)->attributes, w);
}

static void namespace_save_state(const Object *object, SnapshotWriter *w) {
        entries_save_state(&((const Namespace *)object)->attributes, w);
}

static bool namespace_save_next(const Object *object, int64_t *key, int64_t last,
                                SnapshotWriter *w) {
        return entries_save_next(&((const Namespace *)object)->attributes, key, last, w);
}

static int namespace_load(Object *object, SnapshotRecord *state) {
        return entries_load(object, &((Namespace *)object)->attributes, state);
}

const Type type_namespace = {
        .name = "namespace",
        .help = "attributes with names, as of a Python object",
        .size = sizeof(Namespace),
        .open_args = open_args,
        .init = namespace_init,
        .deinit = namespace_deinit,
        .save = namespace_save,
        .can_be_durable = true,
        .save_state = namespace_save_state,
        .save_next = namespace_save_next,
        .load = namespace_load,
        .length = namespace_length,
        .methods = methods,
};
