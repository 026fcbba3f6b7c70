/* Calls: their arguments, results and failures.
 *
 * A call lives from its request to its reply. While it runs, arguments may be spans of the line.
 * When it parks they become its own values (call_keep_values()), since the line is freed then. A
 * failure has its text in a block that only refused calls have, so a parked call is small. A few
 * arguments fit into the structure of the call; others use a block for the arguments of any method
 * (Core.spare_values) while the call runs, and one of the right size when it parks.
 *
 * One freed call is kept for the next request (Core.spare), since most requests come one after the
 * other and do not park. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/memory.h"
#include "base/siphash.h"
#include "call/call.h"
#include "core-state.h"
#include "idle.h"
#include "json/json-cost.h"
#include "session.h"
#include "wait/hold.h"

Call *call_new(Session *session) {
        Core *core = session->core;
        Call *call = TAKE_PTR(core->spare);

        if (!call)
                call = malloc(sizeof(*call));
        if (!call)
                return NULL;
        memset(call, 0, CALL_CLEARED);
        call->session = session;
        call->core = core;
        call->number = ++core->last_call;
        call->deadline.key = INT64_MAX;
        call->id = call->short_id;
        call->values = call->few_values;
        return call;
}

int call_make_room(Call *call) {
        unsigned n = call->ref->n_args;

        if (n > CALL_FEW_VALUES) {
                Value *values = TAKE_PTR(call->core->spare_values);
                if (!values)
                        values = malloc(ARGS_MAX * sizeof(*values));
                if (!values)
                        return -ENOMEM;
                call->values = values;
                call->has_full_values = true;
                memset(values, 0, n * sizeof(*values));
        }
        call->n_values = (uint8_t)n;
        return 0;
}

static void call_free_room(Call *call) {
        Value *values = call->values;

        call->values = call->few_values;
        call->n_values = 0;
        if (call->has_full_values && !call->core->spare_values)
                call->core->spare_values = values;
        else if (values != call->few_values)
                free(values);
        call->has_full_values = false;
}

void call_drop_arguments(Call *call) {
        for (unsigned i = 0; i < call->n_values; i++)
                value_deinit(&call->values[i]);
        if (call->tree)
                json_object_put(call->tree);
        call->tree = NULL;
        call->present = 0;
}

static void drop_owned_result(Call *call) {
        union CallResult *result = &call->result;

        if (call->result_kind == RESULT_VALUE)
                value_deinit(&result->value);
        else if (call->result_kind == RESULT_JSON)
                json_object_put(result->json);
        else if (call->result_kind == RESULT_FAILURE) {
                json_object_put(result->failure.data);
                free(result->failure.text);
                call->code = call->error = 0;
        }
}

/* Drops the result, or the failure, which has the memory of the result. */
static void call_drop_result(Call *call) {
        if (call->result_kind >= RESULT_VALUE)
                drop_owned_result(call);
        call->result_kind = RESULT_NULL;
}

Call *call_free(Call *call) {
        if (!call)
                return NULL;
        call_drop_arguments(call);
        if (call->values != call->few_values)
                call_free_room(call);
        call_drop_result(call);
        if (call->id != call->short_id)
                free(call->id);
        if (call->attachment)
                attachment_free(call->attachment);
        if (call->hold)
                hold_free(call->hold);
        if (call->state)
                free(call->state);
        if (call->core->spare) {
                free(call);
                return NULL;
        }
        call->core->spare = call;
        return NULL;
}

enum { INTEGER_KEY = 1 + sizeof(int64_t) }; /* bytes of the key of an integer */

/* The key is no longer than the id, or 9 bytes for an integer. */
static size_t key_room(size_t n_id) {
        return (n_id > 1 + sizeof(int64_t) ? n_id : 1 + sizeof(int64_t)) + 1;
}

static int set_id_text(Call *call, const char *text, size_t n) {
        size_t room = n + 1 + key_room(n);
        char *id = room <= sizeof(call->short_id) ? call->short_id : malloc(room);

        if (!id)
                return -ENOMEM;
        memcpy(id, text, n);
        id[n] = '\0';
        call->id = id;
        call->n_id = (uint16_t)n;
        return 0;
}

int call_set_id(Call *call, const char *text, size_t n, const Value *value) {
        int r = set_id_text(call, text, n);

        if (r == 0 && !value_is(value, JSON_NULL))
                call->n_key = (uint16_t)call_id_key(value, call_key(call));
        return r;
}

int call_set_integer_id(Call *call, const char *text, size_t n) {
        int r = set_id_text(call, text, n);

        call->n_key = INTEGER_KEY;
        call->lacks_key = true;
        return r;
}

/* Most calls with an integer as id neither wait nor arrive while others wait: their key is made when
 * it is needed. */
static void call_make_key(Call *call) {
        const JsonSpan span = {.text = call->id, .n = call->n_id, .kind = JSON_INT};
        CLEANUP(value_deinit) Value value = VALUE_NULL;

        if (!call->lacks_key || value_make(&span, &value) < 0)
                return;
        call->lacks_key = false;
        call_id_key(&value, call_key(call));
}

size_t call_own_memory(const Call *call) {
        size_t n = memory_of(sizeof(*call));

        if (call->values != call->few_values)
                n += memory_of(call->n_values * sizeof(*call->values));
        return call->id == call->short_id ? n
                                          : n + memory_of(call->n_id + 1 + key_room(call->n_id));
}

/* The key distinguishes 1 from "1": both are valid ids, and two calls may have them at the same
 * time. */
size_t call_id_key(const Value *id, char *key) {
        size_t n;

        if (value_is(id, JSON_INT)) {
                key[0] = 'i';
                memcpy(key + 1, &id->i, sizeof(id->i));
                return INTEGER_KEY;
        }
        const char *bytes = value_bytes(id, &n);
        if (n > CALL_ID_MAX)
                return 0;
        key[0] = 's';
        memcpy(key + 1, bytes, n);
        return 1 + n;
}

/* Clients count their ids from 1, so the session is a part of the hash. */
static uint32_t parked_hash(const Session *session, const char *key, size_t n_key) {
        return (uint32_t)(siphash13(hash_key_of_process(), key, n_key) ^
                          session->id * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static Call *find_hashed(const Session *session, uint32_t hash, const char *key, size_t n_key) {
        ChainNode *node = session->n_parked > 0 ? chains_first(&session->core->parked, hash) : NULL;

        for (; node; node = chains_next(node)) {
                Call *call = CONTAINER_OF(node, Call, parked);
                if (call->session == session && call->n_key == n_key &&
                    memcmp(call_key(call), key, n_key) == 0)
                        return call;
        }
        return NULL;
}

Call *call_find_parked(const Session *session, const char *key, size_t n_key) {
        return find_hashed(session, parked_hash(session, key, n_key), key, n_key);
}

bool call_id_is_in_flight(Call *call) {
        if (!call->n_key || call->session->n_parked == 0)
                return false;
        call_make_key(call);
        return call_find_parked(call->session, call_key(call), call->n_key);
}

int call_add_parked(Call *call) {
        Chains *parked = &call->core->parked;

        call_make_key(call);
        uint32_t hash = parked_hash(call->session, call_key(call), call->n_key);

        if (find_hashed(call->session, hash, call_key(call), call->n_key))
                return -EEXIST;
        int r = chains_reserve(parked);
        if (r < 0)
                return r;
        chains_insert(parked, &call->parked, hash);
        call->session->n_parked++;
        return 0;
}

void call_remove_parked(Call *call) {
        chains_remove(&call->core->parked, &call->parked);
        call->session->n_parked--;
}

size_t call_length(const Call *call, unsigned i) {
        JsonCursor cursor;
        JsonSpan value;
        size_t n = 0;

        call_cursor(call, i, &cursor);
        while (json_cursor_next(&cursor, NULL, &value))
                n++;
        return n;
}

void call_cursor(const Call *call, unsigned i, JsonCursor *ret) {
        static const JsonSpan none = {.text = "[]", .n = 2, .kind = JSON_ARRAY};

        if (call_has(call, i))
                value_cursor(call_value(call, i), ret);
        else
                json_cursor_init(ret, &none);
}

int call_tree(Call *call, unsigned i, struct json_object **ret) {
        int r = call->tree ? 0 : value_build(call_value(call, i), &call->tree);

        *ret = call->tree;
        return r;
}

static int call_move_values(Call *call) {
        unsigned n = call->n_values;
        Value *values = malloc(n * sizeof(*values));

        if (!values)
                return -ENOMEM;
        memcpy(values, call->values, n * sizeof(*values));
        call_free_room(call);
        call->values = values;
        call->n_values = (uint8_t)n;
        return 0;
}

int call_keep_values(Call *call) {
        for (unsigned i = 0; i < call->n_values; i++) {
                Value *value = &call->values[i];
                int r = value->form == VALUE_SPAN ? value_own(value, value) : 0;
                if (r < 0)
                        return r;
        }
        return call->has_full_values ? call_move_values(call) : 0;
}

size_t call_values_memory(const Call *call) {
        size_t n = json_cost(call->tree);

        for (unsigned i = 0; i < call->n_values; i++)
                n += value_memory(&call->values[i]);
        return n;
}

int64_t call_int(const Call *call, unsigned i, int64_t fallback) {
        return call_has(call, i) ? call_value(call, i)->i : fallback;
}

bool call_bool(const Call *call, unsigned i, bool fallback) {
        return call_has(call, i) ? call_value(call, i)->is_true : fallback;
}

const char *call_string(const Call *call, unsigned i, size_t *ret_n) {
        const char *bytes = NULL;
        size_t n = 0;

        if (call_has(call, i))
                bytes = value_bytes(call_value(call, i), &n);
        if (ret_n)
                *ret_n = n;
        return bytes;
}

int call_choice(const Call *call, unsigned i, int fallback) {
        const Arg *arg = call->ref->args[call->ref->n_leading + i];
        const char *given = call_string(call, i, NULL);

        for (int k = 0; given && arg->choices[k]; k++)
                if (strcmp(given, arg->choices[k]) == 0)
                        return k;
        return fallback;
}

static int call_return(Call *call, ResultKind kind, union CallResult result) {
        call_drop_result(call);
        call->result_kind = (uint8_t)kind;
        call->result = result;
        return OUTCOME_DONE;
}

int call_return_null(Call *call) {
        call_drop_result(call);
        return OUTCOME_DONE;
}

int call_return_bool(Call *call, bool value) {
        return call_return(call, RESULT_BOOL, (union CallResult){.i = value});
}

int call_return_int(Call *call, int64_t value) {
        return call_return(call, RESULT_INT, (union CallResult){.i = value});
}

int call_return_value(Call *call, Value value) {
        return call_return(call, RESULT_VALUE, (union CallResult){.value = value});
}

int call_return_text(Call *call) {
        return call_return(call, RESULT_TEXT, (union CallResult){0});
}

int call_return_json(Call *call, struct json_object *value) {
        return call_return(call, RESULT_JSON, (union CallResult){.json = value});
}

int call_return_made(Call *call, struct json_object *value) {
        return value ? call_return_json(call, value) : -ENOMEM;
}

bool call_name(const Call *call, const char **ret, size_t *ret_n) {
        const MethodRef *ref = call->ref;
        bool opens = ref->method->flags & METHOD_OPENS && call->result_kind == RESULT_JSON;

        if (ref->n_args > 0 && ref->args[0]->kind == ARG_NAME && call->present & 1u &&
            value_is(&call->values[0], JSON_STRING)) {
                *ret = value_bytes(&call->values[0], ret_n);
                return true;
        }
        struct json_object *name = opens ? json_object_object_get(call->result.json, "name") : NULL;
        if (!json_object_is_type(name, json_type_string))
                return false;
        *ret = json_object_get_string(name);
        *ret_n = (size_t)json_object_get_string_len(name);
        return true;
}

/* Makes room for a failure, unless the call has one. A result is dropped, which the text of the failure may be made of. */
static void call_make_failure(Call *call) {
        if (call->result_kind == RESULT_FAILURE)
                return;
        call_drop_result(call);
        call->result_kind = RESULT_FAILURE;
        call->result = (union CallResult){.failure = {.text = NULL, .data = NULL}};
}

static PRINTF_LIKE(2, 0) void call_write_text(Call *call, const char *format, va_list args) {
        char text[FAILURE_TEXT_MAX];

        vsnprintf(text, sizeof(text), format, args);
        call_make_failure(call);
        free(call->result.failure.text);
        call->result.failure.text = strdup(text);
}

static PRINTF_LIKE(4, 0) void call_set_failure(Call *call, int code, int error, const char *format,
                                               va_list args) {
        call_write_text(call, format, args);
        call_share_data(call, NULL);
        call->code = (int16_t)code;
        call->error = (int16_t)error;
}

void call_set_text(Call *call, const char *format, ...) {
        va_list args;

        va_start(args, format);
        call_write_text(call, format, args);
        va_end(args);
}

const char *call_failure_text(const Call *call) {
        const char *text = call->result_kind == RESULT_FAILURE ? call->result.failure.text : NULL;

        return text ? text : strerror(call->error);
}

struct json_object *call_failure_data(const Call *call) {
        return call->result_kind == RESULT_FAILURE ? call->result.failure.data : NULL;
}

void call_forget_failure(Call *call) {
        if (call->result_kind == RESULT_FAILURE)
                call_drop_result(call);
}

int call_refuse(Call *call, int error, const char *format, ...) {
        va_list args;

        va_start(args, format);
        call_set_failure(call, error == EINVAL ? -32602 : -32000, error, format, args);
        va_end(args);
        return OUTCOME_REFUSED;
}

int call_refuse_arg(Call *call, const char *param, const char *format, ...) {
        va_list args;

        va_start(args, format);
        call_set_failure(call, -32602, EINVAL, format, args);
        va_end(args);
        call_add_data(call, "param", json_object_new_string(param));
        return OUTCOME_REFUSED;
}

void call_add_data(Call *call, const char *key, struct json_object *value) {
        struct json_object **data = &call->result.failure.data;

        call_make_failure(call);
        if (!*data)
                *data = json_object_new_object();
        if (!*data || !value || json_object_object_add(*data, key, value) < 0)
                json_object_put(value);
}

void call_share_data(Call *call, struct json_object *data) {
        call_make_failure(call);
        json_object_put(call->result.failure.data);
        call->result.failure.data = json_object_get(data);
}

const char *call_quote(const char *s, size_t n) {
        enum { SHOWN = 100, ROOM = ESCAPE_MAX * SHOWN + 8 };
        static _Thread_local char texts[4][ROOM];
        static _Thread_local unsigned turn;
        char *text = texts[turn++ % 4];
        size_t n_text;

        text[0] = '\'';
        size_t at =
                escape_text(text + 1, ESCAPE_MAX * SHOWN + 1, s, n < SHOWN ? n : SHOWN, &n_text);
        snprintf(text + 1 + n_text, ROOM - 1 - n_text, "%s", at < n ? "...'" : "'");
        return text;
}

void call_use(const Call *call, Object *object) {
        enum {
                MORE = METHOD_WRITES | METHOD_BLOCKS | METHOD_OPENS | METHOD_GIVES_BACK |
                       METHOD_TAKES
        };

        if (!call->session->observes || call->ref->method->flags & MORE)
                object_use(object);
}
