/* value: one value of an enforced type. (The file is named after what it holds; daemon/core/value.c
 * is about stored values in general.) */
#include <errno.h>

#include "call/call-work.h"
#include "call/call.h"
#include "change.h"
#include "json/json-util.h"
#include "object.h"
#include "open-options.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/arith.h"
#include "types/element.h"
#include "types/expect.h"
#include "types/answer-room.h"
#include "types/types.h"
#include "value.h"
#include "work.h"

typedef struct Variable {
        Object object;
        ElementType type;
        Value value;
} Variable;

enum { INIT_VALUE, INIT_TYPE };

/* Replaces the value by one of the right type. */
static int variable_replace(Call *call, Variable *v, const Value *value) {
        change_report(&v->object, 0, 0);
        return value_replace(call, &v->object, &v->value, value);
}

static int variable_init(Object *object, Call *open) {
        Variable *v = (Variable *)object;
        Value value;

        v->type = (ElementType)call_choice(open, INIT_TYPE, ELEMENT_ANY);
        value = element_default(v->type);
        const Value *given = call_value(open, INIT_VALUE);
        int r = value_is(given, JSON_NULL) ? OUTCOME_DONE
                                           : element_take(open, v->type, "value", given, &value);
        return r == OUTCOME_DONE ? variable_replace(open, v, &value) : r;
}

static void variable_deinit(Object *object) {
        value_drop(object, &((Variable *)object)->value);
}

static int variable_describe(Object *object, struct json_object *into) {
        const Variable *v = (Variable *)object;

        return json_put_string(into, "value_type", element_types[v->type]);
}

static int variable_get(Call *call, Object *object) {
        return call_return_value(call, value_ref(&((Variable *)object)->value));
}

static int variable_set(Call *call, Object *object) {
        Variable *v = (Variable *)object;
        Value value;

        int r = element_take(call, v->type, "value", call_value(call, 0), &value);
        if (r == OUTCOME_DONE)
                r = variable_replace(call, v, &value);
        return r == OUTCOME_DONE ? call_return_null(call) : r;
}

static int variable_exchange(Call *call, Object *object) {
        Variable *v = (Variable *)object;
        Value value, stored;

        int r = element_take(call, v->type, "value", call_value(call, 0), &value);
        if (r == OUTCOME_DONE)
                r = answer_room_check(call, &v->value);
        if (r == OUTCOME_DONE)
                r = value_store(call, object, &value, &stored);
        if (r != OUTCOME_DONE)
                return r;
        call_return_value(call, value_drop_to_caller(call, object, &v->value));
        v->value = stored;
        change_report(object, 0, 0);
        return OUTCOME_DONE;
}

static int variable_cas(Call *call, Object *object) {
        Variable *v = (Variable *)object;
        Value value;

        int r = element_take(call, v->type, "value", call_value(call, 1), &value);
        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, work_of_comparing(&v->value, call_value(call, 0)));
        if (!value_equal(&v->value, call_value(call, 0)))
                return call_return_bool(call, false);
        r = variable_replace(call, v, &value);
        return r == OUTCOME_DONE ? call_return_bool(call, true) : r;
}

static int variable_add(Call *call, Object *object) {
        Variable *v = (Variable *)object;
        const Value *base = value_is(&v->value, JSON_NULL) ? call_value(call, 2) : &v->value;
        Value delta = call_has(call, 0) ? *call_value(call, 0) : value_int(1);
        Value sum, value;

        int r = arith_add(call, base, &delta, &sum);
        if (r == OUTCOME_DONE)
                r = element_take(call, v->type, "delta", &sum, &value);
        if (r == OUTCOME_DONE)
                r = expect_check(call, 1, &value);
        if (r == OUTCOME_DONE)
                r = variable_replace(call, v, &value);
        return r == OUTCOME_DONE ? call_return_value(call, value) : r;
}

static int get_type(const Object *object, struct json_object **ret) {
        return present_string(element_types[((const Variable *)object)->type], ret);
}

static const Arg open_args[] = {
        [INIT_VALUE] =
                {.name = "value",
                 .kind = ARG_ANY,
                 .optional = true,
                 .role = OPEN_START,
                 .help = "the first value; absent or null is 0, 0.0, false, \"\" or null by the "
                         "type"},
        [INIT_TYPE] = {.name = "type",
                       .kind = ARG_CHOICE,
                       .optional = true,
                       .choices = element_types,
                       .fallback = "\"any\"",
                       .role = OPEN_FOR_GOOD,
                       .get_present = get_type,
                       .help = "the type of what it may hold"},
        {0},
};

static const Arg value_args[] = {
        {.name = "value", .kind = ARG_ANY, .help = "the new value"},
        {0},
};

static const Arg cas_args[] = {
        {.name = "expected", .kind = ARG_ANY, .help = "the expected value"},
        {.name = "value", .kind = ARG_ANY, .help = "the value to set"},
        {0},
};

static const Arg add_args[] = {
        {.name = "delta",
         .kind = ARG_NUMBER,
         .optional = true,
         .fallback = "1",
         .help = "what to add; may be negative"},
        EXPECT_NUMBER_ARG,
        DEFAULT_NUMBER_ARG("if the value is null"),
        {0},
};

static const Method methods[] = {
        {.name = "get",
         .run = variable_get,
         .work = work_constant,
         .result = ANY_SCHEMA,
         .help = "the value"},
        {.name = "set",
         .run = variable_set,
         .work = work_store,
         .flags = METHOD_WRITES,
         .args = value_args,
         .result = NULL_SCHEMA,
         .help = "set the value"},
        {.name = "exchange",
         .run = variable_exchange,
         .work = work_store,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = value_args,
         .result = ANY_SCHEMA,
         .help = "set a new value and return the old one"},
        {.name = "cas",
         .run = variable_cas,
         .work = work_compare,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = cas_args,
         .result = BOOLEAN_SCHEMA,
         .help = "set it if it has the expected value, and return whether it had"},
        {.name = "add",
         .run = variable_add,
         .work = work_store,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = add_args,
         .result = "{\"type\":\"number\"}",
         .help = "add to a number and return the new value"},
        {0},
};

static void variable_save(const Object *object, SnapshotWriter *w) {
        const Variable *v = (const Variable *)object;

        snapshot_put_string(w, "value_type", element_types[v->type]);
        snapshot_write_value(w, "value", &v->value);
}

static int variable_load(Object *object, SnapshotRecord *state) {
        Variable *v = (Variable *)object;

        v->type = (ElementType)snapshot_get_choice(state, "value_type", element_types);
        snapshot_get_value(state, "value", &v->value);
        value_restore(object, &v->value);
        if (!element_is(v->type, &v->value))
                snapshot_fail(state->reader, -EBADMSG, "the value is not of its type");
        return state->reader->error;
}

const Type type_value = {
        .name = "value",
        .help = "one value, of a type that is enforced",
        .size = sizeof(Variable),
        .open_args = open_args,
        .init = variable_init,
        .deinit = variable_deinit,
        .save = variable_save,
        .can_be_durable = true,
        .load = variable_load,
        .describe = variable_describe,
        .methods = methods,
};
