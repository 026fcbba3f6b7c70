/* Calls: their arguments, results and failures. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "call/call.h"
#include "core-state.h"
#include "session.h"
#include "wait/hold.h"

Call *call_new(Session *session) {
        Core *core = session->core;
        Call *call = TAKE_PTR(core->spare);

        if (!call)
                call = malloc(sizeof(*call));
        if (!call)
                return NULL;
        memset(call, 0, sizeof(*call));
        call->session = session;
        call->core = core;
        call->number = ++core->last_call;
        call->deadline_ns = INT64_MAX;
        list_init(&call->wait.first.in_queue);
        list_init(&call->wait.first.in_ordered);
        list_init(&call->wait.in_session);
        list_init(&call->wait.in_object);
        return call;
}

Call *call_free(Call *call) {
        if (!call)
                return NULL;
        json_object_put(call->params);
        json_object_put(call->result_json);
        json_object_put(call->failure.data);
        attachment_free(call->attachment);
        hold_free(call->hold);
        free(call->state);
        if (call->core->spare || call->core->spare == call) {
                free(call);
                return NULL;
        }
        call->params = call->result_json = call->failure.data = NULL;
        call->attachment = NULL;
        call->hold = NULL;
        call->state = NULL;
        call->core->spare = call;
        return NULL;
}

size_t call_id_key(struct json_object *id, char key[CALL_ID_MAX + 4]) {
        if (json_object_is_type(id, json_type_int)) {
                int64_t i = json_object_get_int64(id);
                key[0] = 'i';
                memcpy(key + 1, &i, sizeof(i));
                return 1 + sizeof(i);
        }
        size_t n = json_object_get_string_len(id);
        if (n > CALL_ID_MAX)
                return 0;
        key[0] = 's';
        memcpy(key + 1, json_object_get_string(id), n);
        return 1 + n;
}

int64_t call_int(const Call *call, unsigned i, int64_t fallback) {
        return call_has(call, i) ? json_object_get_int64(call_json(call, i)) : fallback;
}

bool call_bool(const Call *call, unsigned i, bool fallback) {
        return call_has(call, i) ? json_object_get_boolean(call_json(call, i)) : fallback;
}

const char *call_string(const Call *call, unsigned i, size_t *ret_n) {
        struct json_object *value = call_json(call, i);

        if (ret_n)
                *ret_n = value ? json_object_get_string_len(value) : 0;
        return value ? json_object_get_string(value) : NULL;
}

int call_choice(const Call *call, unsigned i, int fallback) {
        const Arg *arg = call->ref->args[call->ref->n_leading + i];
        const char *given = call_string(call, i, NULL);

        for (int k = 0; given && arg->choices[k]; k++)
                if (strcmp(given, arg->choices[k]) == 0)
                        return k;
        return fallback;
}

int call_return_null(Call *call) {
        call->result_kind = RESULT_NULL;
        return OUTCOME_DONE;
}

int call_return_bool(Call *call, bool value) {
        call->result_kind = RESULT_BOOL;
        call->result_int = value;
        return OUTCOME_DONE;
}

int call_return_int(Call *call, int64_t value) {
        call->result_kind = RESULT_INT;
        call->result_int = value;
        return OUTCOME_DONE;
}

int call_return_json(Call *call, struct json_object *value) {
        call->result_kind = RESULT_JSON;
        call->result_json = value;
        return OUTCOME_DONE;
}

int call_return_made(Call *call, struct json_object *value) {
        return value ? call_return_json(call, value) : -ENOMEM;
}

struct json_object *call_name(const Call *call) {
        const MethodRef *ref = call->ref;
        struct json_object *name =
                ref->n_args > 0 && ref->args[0]->kind == ARG_NAME ? call->values[0] : NULL;

        if (!name && ref->method->flags & METHOD_OPENS && call->result_kind == RESULT_JSON)
                name = json_object_object_get(call->result_json, "name");
        return json_object_is_type(name, json_type_string) ? name : NULL;
}

static PRINTF_LIKE(4, 0) void call_set_failure(Call *call, int code, int error, const char *format,
                                               va_list args) {
        json_object_put(call->failure.data);
        call->failure.data = NULL;
        call->failure.code = code;
        call->failure.error = error;
        vsnprintf(call->failure.text, sizeof(call->failure.text), format, args);
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
        if (!call->failure.data)
                call->failure.data = json_object_new_object();
        if (!call->failure.data || !value ||
            json_object_object_add(call->failure.data, key, value) < 0)
                json_object_put(value);
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
