/* Checks arguments: the only place that does. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "call/args.h"
#include "call/call.h"
#include "core-state.h"
#include "name.h"

static const char *const kind_names[] = {
        [ARG_ANY] = "any value",
        [ARG_BOOL] = "a boolean",
        [ARG_INT] = "an integer",
        [ARG_NUMBER] = "a number",
        [ARG_STRING] = "a string",
        [ARG_KEY] = "a string",
        [ARG_NAME] = "a string",
        [ARG_PATTERN] = "a string",
        [ARG_ARRAY] = "an array",
        [ARG_OBJECT] = "an object",
        [ARG_TIMEOUT] = "a number of milliseconds",
        [ARG_CHOICE] = "a string",
        [ARG_MODE] = "an integer, or a string of octal digits",
        [ARG_ID] = "an id: an integer or a string",
};

/* The kinds of values that each kind of argument accepts, as bits. */
enum {
        A_STRING = 1 << JSON_STRING,
        AN_INT = 1 << JSON_INT,
        A_NUMBER = 1 << JSON_INT | 1 << JSON_DOUBLE,
};
static const uint8_t accepted[] = {
        [ARG_ANY] = UINT8_MAX,
        [ARG_BOOL] = 1 << JSON_BOOL,
        [ARG_INT] = AN_INT,
        [ARG_NUMBER] = A_NUMBER,
        [ARG_STRING] = A_STRING,
        [ARG_KEY] = A_STRING,
        [ARG_NAME] = A_STRING,
        [ARG_PATTERN] = A_STRING,
        [ARG_ARRAY] = 1 << JSON_ARRAY,
        [ARG_OBJECT] = 1 << JSON_OBJECT,
        [ARG_TIMEOUT] = A_NUMBER,
        [ARG_MODE] = AN_INT | A_STRING,
        [ARG_CHOICE] = A_STRING,
        [ARG_ID] = AN_INT | A_STRING,
};
_Static_assert(ELEMENTSOF(accepted) == ELEMENTSOF(kind_names), "each kind has both");

static bool is_of_kind(ArgKind kind, JsonKind type) {
        return accepted[kind] & 1 << type;
}

/* The message lists the choices, which are few and short. */
static int refuse_choice(Call *call, const Arg *arg, const char *shown) {
        CLEANUP(buffer_deinit) Buffer all = {0};
        int r = 0;

        for (const char *const *choice = arg->choices; r == 0 && *choice; choice++)
                r = buffer_append_format(&all, "%s'%s'", choice == arg->choices ? "" : ", ",
                                         *choice);
        if (r < 0)
                return r;
        return call_refuse_arg(call, arg->name, "%s: %s is not one of %.*s", arg->name, shown,
                               (int)buffer_size(&all), (const char *)buffer_bytes(&all));
}

/* Returns whether a value may contain U+0000: such a string has an escape in the line, so it is
 * neither a span nor plain. */
static bool may_hold_nul(const Value *value) {
        return value->form != VALUE_SPAN && !value->is_plain;
}

static int check_string(Call *call, const Arg *arg, const Value *value) {
        size_t n;
        const char *s = value_bytes(value, &n), *fault;

        switch (arg->kind) {
        case ARG_NAME:
                fault = name_fault(s, n);
                return fault ? call_refuse_arg(call, arg->name, "%s: %s", arg->name, fault)
                             : OUTCOME_DONE;
        case ARG_PATTERN:
                if (n > ARG_NAME_MAX)
                        return call_refuse_arg(
                                call, arg->name,
                                "%s: a pattern has at most %d bytes, and this one has %zu",
                                arg->name, ARG_NAME_MAX, n);
                if (may_hold_nul(value) && memchr(s, 0, n))
                        return call_refuse_arg(call, arg->name,
                                               "%s: a pattern cannot contain U+0000", arg->name);
                return OUTCOME_DONE;
        case ARG_KEY:
                if (n > ARG_KEY_MAX)
                        return call_refuse_arg(
                                call, arg->name,
                                "%s: a key has at most %d bytes, and this one has %zu", arg->name,
                                ARG_KEY_MAX, n);
                if (may_hold_nul(value) && memchr(s, 0, n))
                        return call_refuse_arg(call, arg->name, "%s: a key cannot contain U+0000",
                                               arg->name);
                return OUTCOME_DONE;
        case ARG_STRING:
                return may_hold_nul(value) && memchr(s, 0, n)
                               ? call_refuse_arg(call, arg->name,
                                                 "%s: this string cannot contain U+0000", arg->name)
                               : OUTCOME_DONE;
        case ARG_CHOICE:
                for (const char *const *choice = arg->choices; *choice; choice++)
                        if (value_is_text(value, *choice))
                                return OUTCOME_DONE;
                return refuse_choice(call, arg, call_quote(s, n));
        default:
                return OUTCOME_DONE;
        }
}

static int check_range(Call *call, const Arg *arg, int64_t i) {
        if (!arg->bounded || (i >= arg->minimum && i <= arg->maximum))
                return OUTCOME_DONE;
        if (arg->maximum == INT64_MAX)
                return call_refuse_arg(call, arg->name, "%s: %lld is less than the minimum, %lld",
                                       arg->name, (long long)i, (long long)arg->minimum);
        return call_refuse_arg(call, arg->name, "%s: %lld is not between %lld and %lld", arg->name,
                               (long long)i, (long long)arg->minimum, (long long)arg->maximum);
}

static int check_mode(Call *call, const Arg *arg, const Value *value) {
        int64_t mode = value->i;

        if (value_is(value, JSON_STRING)) {
                size_t n;
                const char *s = value_bytes(value, &n);
                /* strtol() would stop at a U+0000. */
                mode = n > 0 && strspn(s, "01234567") == n ? strtol(s, NULL, 8) : -1;
        }
        if (mode < 0 || mode > 0777)
                return call_refuse_arg(
                        call, arg->name,
                        "%s: permission bits are 0 to 0777, as an integer or in octal "
                        "digits such as \"0640\"",
                        arg->name);
        return OUTCOME_DONE;
}

/* A timeout beyond the range of the clock is no limit. */
static int set_deadline(Call *call, const Arg *arg, double ms) {
        int64_t now_ns = call->core->now_ns;

        if (ms < 0)
                return call_refuse_arg(call, arg->name,
                                       "%s: %g is negative; with 0 a call does not wait, and "
                                       "without a timeout it waits forever",
                                       arg->name, ms);
        if (ms < (double)(INT64_MAX - now_ns) / 1e6 - 1)
                call->deadline.key = now_ns + (int64_t)ceil(ms * 1e6);
        return OUTCOME_DONE;
}

static bool has_integers(ArgKind kind) {
        return kind == ARG_INT || kind == ARG_MODE || kind == ARG_ID;
}

/* Strings of these kinds need a NUL behind them, and a value of kind ARG_ANY may be stored. Values
 * of other kinds are left in the line. */
static bool is_made(ArgKind kind) {
        return kind == ARG_ANY || kind == ARG_STRING || kind == ARG_PATTERN || kind == ARG_CHOICE ||
               kind == ARG_MODE || kind == ARG_ID;
}

/* An integer in the form of a double, such as 1.0, is converted. */
static int arg_read(Value *value, ArgKind kind, const JsonSpan *span) {
        int64_t i;
        int r = is_made(kind) ? value_make(span, value) : value_borrow(span, value);

        if (r == 0 && has_integers(kind) && value_is(value, JSON_DOUBLE) &&
            value_is_whole(value, &i))
                *value = value_int(i);
        return r;
}

static int arg_check(Call *call, const Arg *arg, const Value *value) {
        switch (arg->kind) {
        case ARG_NAME:
        case ARG_KEY:
        case ARG_STRING:
        case ARG_PATTERN:
        case ARG_CHOICE:
                return check_string(call, arg, value);
        case ARG_INT:
                return check_range(call, arg, value->i);
        case ARG_MODE:
                return check_mode(call, arg, value);
        case ARG_TIMEOUT:
                return set_deadline(call, arg, value_as_double(value));
        default:
                return OUTCOME_DONE;
        }
}

static int arg_bind(Call *call, unsigned i, const JsonSpan *span) {
        const Arg *arg = call->ref->args[i];
        Value *value = &call->values[i];

        if (span->kind == JSON_NULL && arg->kind != ARG_ANY) {
                if (arg->optional)
                        return OUTCOME_DONE;
                return call_refuse_arg(call, arg->name, "%s: it must be %s, not null", arg->name,
                                       kind_names[arg->kind]);
        }
        int r = arg_read(value, arg->kind, span);
        if (r < 0)
                return r;
        if (!is_of_kind(arg->kind, value_kind(value)))
                return call_refuse_arg(call, arg->name, "%s: it must be %s, not %s", arg->name,
                                       kind_names[arg->kind], value_kind_name(value));
        call->present = (uint16_t)(call->present | 1u << i);
        return arg_check(call, arg, value);
}

/* Too many parameters are reported before the fault of one of them. */
static int bind_array(Call *call, const JsonSpan *params) {
        JsonCursor cursor;
        JsonPlace room;
        size_t n = 0;
        int r = OUTCOME_DONE;

        json_cursor_init(&cursor, params);
        for (const JsonPlace *place; (place = json_cursor_place(&cursor, &room)); n++)
                if (n < call->ref->n_args && r == OUTCOME_DONE)
                        r = arg_bind(call, (unsigned)n, &place->value);
        if (n > call->ref->n_args)
                return call_refuse(call, EINVAL, "%s takes at most %u parameters, not %zu",
                                   call->ref->name, call->ref->n_args, n);
        return r;
}

/* Returns whether the key is the name, or the name with a _ at its end, for languages in which the
 * name is a reserved word. */
static bool is_called(const Arg *arg, const char *key, size_t n_key) {
        size_t n = strlen(arg->name);

        return (n_key == n || (n_key == n + 1 && key[n] == '_')) && memcmp(arg->name, key, n) == 0;
}

static int find_arg(Call *call, const char *key, size_t n_key, unsigned *ret) {
        const MethodRef *ref = call->ref;
        unsigned i = 0;

        while (i < ref->n_args && !is_called(ref->args[i], key, n_key))
                i++;
        *ret = i;
        if (i < ref->n_args && call->present & 1u << i)
                return call_refuse_arg(call, ref->args[i]->name, "%s: the parameter is given twice",
                                       ref->args[i]->name);
        if (i < ref->n_args)
                return OUTCOME_DONE;
        const char *shown = call_quote(key, n_key);
        return call_refuse_arg(call, n_key <= 100 ? key : shown, "%s has no parameter %s",
                               ref->name, shown);
}

/* A key contains no U+0000. */
static int bind_member(Call *call, const JsonSpan *key, const JsonSpan *span) {
        CLEANUP(value_deinit) Value name = VALUE_NULL;
        unsigned i;
        size_t n;

        int r = value_make(key, &name);
        if (r < 0)
                return r;
        const char *bytes = value_bytes(&name, &n);
        r = find_arg(call, bytes, n, &i);
        return r == OUTCOME_DONE ? arg_bind(call, i, span) : r;
}

static int bind_object(Call *call, const JsonSpan *params) {
        JsonCursor cursor;
        JsonSpan key, span;
        int r = OUTCOME_DONE;

        json_cursor_init(&cursor, params);
        while (r == OUTCOME_DONE && json_cursor_next(&cursor, &key, &span))
                r = bind_member(call, &key, &span);
        return r;
}

int args_bind(Call *call, const JsonSpan *params) {
        const MethodRef *ref = call->ref;
        int r = call_make_room(call);

        if (r == 0 && params->text)
                r = params->kind == JSON_ARRAY ? bind_array(call, params)
                                               : bind_object(call, params);
        uint32_t missing = ref->required & ~call->present;
        if (r != OUTCOME_DONE || !missing)
                return r;
        const Arg *arg = ref->args[__builtin_ctz(missing)];
        return call_refuse_arg(call, arg->name, "%s needs the parameter '%s'", ref->name,
                               arg->name);
}
