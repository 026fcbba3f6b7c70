/* The one argument checker. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "call/args.h"
#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "json/json-value.h"
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

static bool is_of_kind(ArgKind kind, enum json_type type) {
        switch (kind) {
        case ARG_ANY:
                return true;
        case ARG_BOOL:
                return type == json_type_boolean;
        case ARG_INT:
                return type == json_type_int;
        case ARG_NUMBER:
        case ARG_TIMEOUT:
                return type == json_type_int || type == json_type_double;
        case ARG_STRING:
        case ARG_KEY:
        case ARG_NAME:
        case ARG_PATTERN:
        case ARG_CHOICE:
                return type == json_type_string;
        case ARG_ARRAY:
                return type == json_type_array;
        case ARG_OBJECT:
                return type == json_type_object;
        case ARG_MODE:
        case ARG_ID:
                return type == json_type_int || type == json_type_string;
        }
        return false;
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

static int check_string(Call *call, const Arg *arg, struct json_object *value) {
        const char *s = json_object_get_string(value);
        size_t n = json_object_get_string_len(value);
        const char *fault;

        switch (arg->kind) {
        case ARG_NAME:
                fault = name_fault(s, n);
                return fault ? call_refuse_arg(call, arg->name, "%s: %s", arg->name, fault)
                             : OUTCOME_DONE;
        case ARG_PATTERN:
                if (n > ARG_NAME_MAX)
                        return call_refuse_arg(
                                call, arg->name,
                                "%s: a pattern has at most %d bytes, this one has %zu", arg->name,
                                ARG_NAME_MAX, n);
                if (memchr(s, 0, n))
                        return call_refuse_arg(call, arg->name, "%s: a pattern cannot hold U+0000",
                                               arg->name);
                return OUTCOME_DONE;
        case ARG_KEY:
                if (n > ARG_KEY_MAX)
                        return call_refuse_arg(call, arg->name,
                                               "%s: a key has at most %d bytes, this one has %zu",
                                               arg->name, ARG_KEY_MAX, n);
                if (memchr(s, 0, n))
                        return call_refuse_arg(call, arg->name, "%s: a key cannot hold U+0000",
                                               arg->name);
                return OUTCOME_DONE;
        case ARG_STRING:
                return memchr(s, 0, n)
                               ? call_refuse_arg(call, arg->name,
                                                 "%s: a string here cannot hold U+0000", arg->name)
                               : OUTCOME_DONE;
        case ARG_CHOICE:
                for (const char *const *choice = arg->choices; *choice; choice++)
                        if (json_is_text(value, *choice))
                                return OUTCOME_DONE;
                return refuse_choice(call, arg, call_quote(s, n));
        default:
                return OUTCOME_DONE;
        }
}

static int check_range(Call *call, const Arg *arg, struct json_object *value) {
        int64_t i = json_object_get_int64(value);

        if (!arg->bounded || (i >= arg->minimum && i <= arg->maximum))
                return OUTCOME_DONE;
        if (arg->maximum == INT64_MAX)
                return call_refuse_arg(call, arg->name, "%s: %lld is less than %lld", arg->name,
                                       (long long)i, (long long)arg->minimum);
        return call_refuse_arg(call, arg->name, "%s: %lld is not within %lld and %lld", arg->name,
                               (long long)i, (long long)arg->minimum, (long long)arg->maximum);
}

static int check_mode(Call *call, const Arg *arg, struct json_object *value) {
        int64_t mode = json_object_get_int64(value);

        if (json_object_is_type(value, json_type_string)) {
                const char *s = json_object_get_string(value);
                size_t n = (size_t)json_object_get_string_len(value);
                /* A U+0000 would end the text for strtol(). */
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

/* A timeout too long for the clock is no bound. */
static int set_deadline(Call *call, const Arg *arg, struct json_object *value) {
        double ms = json_object_get_double(value);
        int64_t now_ns = call->core->now_ns;

        if (ms < 0)
                return call_refuse_arg(call, arg->name,
                                       "%s: %g is negative; 0 does not wait, and without a timeout "
                                       "a call waits as long as it has to",
                                       arg->name, ms);
        if (ms < (double)(INT64_MAX - now_ns) / 1e6 - 1)
                call->deadline_ns = now_ns + (int64_t)ceil(ms * 1e6);
        return OUTCOME_DONE;
}

static int arg_bind(Call *call, unsigned i, struct json_object *value) {
        const Arg *arg = call->ref->args[i];

        if (!value && arg->kind != ARG_ANY) {
                if (arg->optional)
                        return OUTCOME_DONE;
                return call_refuse_arg(call, arg->name, "%s: it must be %s, not null", arg->name,
                                       kind_names[arg->kind]);
        }
        if (!is_of_kind(arg->kind, json_object_get_type(value)))
                return call_refuse_arg(call, arg->name, "%s: it must be %s, not %s", arg->name,
                                       kind_names[arg->kind], json_kind_name(value));
        call->values[i] = value;
        call->present |= 1u << i;
        switch (arg->kind) {
        case ARG_NAME:
        case ARG_KEY:
        case ARG_STRING:
        case ARG_PATTERN:
        case ARG_CHOICE:
                return check_string(call, arg, value);
        case ARG_INT:
                return check_range(call, arg, value);
        case ARG_MODE:
                return check_mode(call, arg, value);
        case ARG_TIMEOUT:
                return set_deadline(call, arg, value);
        default:
                return OUTCOME_DONE;
        }
}

static bool has_integers(ArgKind kind) {
        return kind == ARG_INT || kind == ARG_MODE || kind == ARG_ID;
}

/* An integer that is written as a double, such as 1.0, becomes one: *ret, or NULL where there is nothing to do. */
static int make_whole(const Arg *arg, struct json_object *value, struct json_object **ret) {
        int64_t i;

        *ret = NULL;
        if (!has_integers(arg->kind) || !json_object_is_type(value, json_type_double) ||
            !json_is_whole(value, &i))
                return 0;
        *ret = json_object_new_int64(i);
        return *ret ? 0 : -ENOMEM;
}

static int bind_place(Call *call, size_t i) {
        struct json_object *whole;
        int r = make_whole(call->ref->args[i], json_object_array_get_idx(call->params, i), &whole);

        if (r < 0)
                return r;
        if (whole && json_object_array_put_idx(call->params, i, whole) < 0) {
                json_object_put(whole);
                return -ENOMEM;
        }
        return arg_bind(call, i, json_object_array_get_idx(call->params, i));
}

static int bind_array(Call *call) {
        size_t n = json_object_array_length(call->params);
        int r = OUTCOME_DONE;

        if (n > call->ref->n_args)
                return call_refuse(call, EINVAL, "%s takes at most %u parameters, not %zu",
                                   call->ref->name, call->ref->n_args, n);
        for (size_t i = 0; i < n && r == OUTCOME_DONE; i++)
                r = bind_place(call, i);
        return r;
}

/* By its name, or by that with a _ at its end, for languages in which the name is a word. */
static bool is_called(const Arg *arg, const char *key) {
        size_t n = strlen(arg->name);

        return strncmp(arg->name, key, n) == 0 && strcmp(key + n, key[n] == '_' ? "_" : "") == 0;
}

static int find_arg(Call *call, const char *key, unsigned *ret) {
        const MethodRef *ref = call->ref;
        unsigned i = 0;

        while (i < ref->n_args && !is_called(ref->args[i], key))
                i++;
        *ret = i;
        if (i < ref->n_args && call->present & 1u << i)
                return call_refuse_arg(call, ref->args[i]->name, "%s: the parameter is given twice",
                                       ref->args[i]->name);
        if (i < ref->n_args)
                return OUTCOME_DONE;
        const char *shown = call_quote(key, strlen(key));
        return call_refuse_arg(call, strlen(key) <= 100 ? key : shown, "%s has no parameter %s",
                               ref->name, shown);
}

/* To replace the value of a key does not move the entries. */
static int bind_object(Call *call) {
        json_object_object_foreach (call->params, key, value) {
                struct json_object *whole = NULL;
                unsigned i;
                int r = find_arg(call, key, &i);
                if (r == OUTCOME_DONE)
                        r = make_whole(call->ref->args[i], value, &whole);
                if (r == OUTCOME_DONE && whole)
                        r = json_put(call->params, key, json_object_get(whole));
                if (r == OUTCOME_DONE)
                        r = arg_bind(call, i, whole ? whole : value);
                json_object_put(whole);
                if (r != OUTCOME_DONE)
                        return r;
        }
        return OUTCOME_DONE;
}

int args_bind(Call *call) {
        const MethodRef *ref = call->ref;
        int r = OUTCOME_DONE;

        if (call->params)
                r = json_object_is_type(call->params, json_type_array) ? bind_array(call)
                                                                       : bind_object(call);
        for (unsigned i = 0; r == OUTCOME_DONE && i < ref->n_args; i++)
                if (!ref->args[i]->optional && !(call->present & (1u << i)))
                        r = call_refuse_arg(call, ref->args[i]->name, "%s needs the parameter '%s'",
                                            ref->name, ref->args[i]->name);
        return r;
}
