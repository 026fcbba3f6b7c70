/* The room in an answer. */
#include <errno.h>

#include "call/batch.h"
#include "core-state.h"
#include "json/json-text.h"
#include "json/json-value.h"
#include "types/answer-room.h"

enum {
        ENVELOPE_BYTES = 1024, /* an id is the longest part of it */
        ENVELOPE_VALUES = 8,
        TEXT_PER_BYTE = 6, /* a control character is written as six */
        NUMBER_BYTES = 26, /* the longest double, and integers */
};

static uint64_t less(uint64_t a, uint64_t b) {
        return a > b ? a - b : 0;
}

AnswerRoom answer_room_of_message(Core *core) {
        return (AnswerRoom){
                .core = core,
                .n_bytes = less(core->limits.frame_bytes, ENVELOPE_BYTES),
                .n_values = less(core->limits.frame_members, ENVELOPE_VALUES),
        };
}

AnswerRoom answer_room_of_call(const Call *call) {
        AnswerRoom room = answer_room_of_message(call->core);

        if (call->in_batch)
                room.n_bytes = less(room.n_bytes, buffer_size(&call->core->batch->replies));
        return room;
}

/* At most: a quote and a backslash take two. */
static uint64_t string_length(struct json_object *value) {
        const char *s = json_object_get_string(value);
        size_t n = (size_t)json_object_get_string_len(value), n_special = 0;

        for (size_t i = 0; i < n; i++)
                n_special +=
                        (unsigned char)s[i] < 0x20 || s[i] == '"' || s[i] == '\\' || s[i] == 0x7f;
        return n + (TEXT_PER_BYTE - 1) * n_special + sizeof("\"\"");
}

/* The length of a container's text. Where it cannot be found out it is the largest. */
static uint64_t container_length(Core *core, struct json_object *value) {
        Buffer *scratch = &core->scratch;

        buffer_truncate(scratch, 0);
        int r = json_write(scratch, value);
        uint64_t n = r < 0 ? UINT64_MAX : buffer_size(scratch);
        buffer_consume(scratch, buffer_size(scratch));
        return n;
}

/* What a value's text and a comma take. It is nearly exact, for there may be very many of them in one answer. */
static uint64_t text_length(Core *core, struct json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_string:
                return string_length(value);
        case json_type_array:
        case json_type_object:
                return container_length(core, value) + 1;
        default:
                return NUMBER_BYTES;
        }
}

bool answer_room_take(AnswerRoom *room, struct json_object *value) {
        uint64_t n_values = json_count_values(value);
        uint64_t n_bytes = text_length(room->core, value);

        if (n_values > room->n_values || n_bytes > room->n_bytes)
                return false;
        room->n_values -= n_values;
        room->n_bytes -= n_bytes;
        return true;
}

static int refuse_answer(Call *call, const char *advice) {
        return call_refuse(call, EMSGSIZE,
                           "the answer to %s would be larger than a message may be: %s",
                           call->ref->name, advice);
}

int answer_room_push(Call *call, AnswerRoom *room, struct json_object *array,
                     struct json_object *value, const char *advice) {
        if (!answer_room_take(room, value))
                return refuse_answer(call, advice);
        /* Not json_push(): a stored null is a value. */
        if (json_object_array_add(array, json_object_get(value)) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return OUTCOME_DONE;
}

int answer_room_check_count(Call *call, size_t n, const char *advice) {
        return n <= answer_room_of_call(call).n_values ? OUTCOME_DONE : refuse_answer(call, advice);
}

int answer_room_check(Call *call, struct json_object *value) {
        AnswerRoom room = answer_room_of_call(call);

        /* A value takes no less memory than a sixth of its text, but for null: most need no further look. */
        if (TEXT_PER_BYTE * (uint64_t)json_cost(value) + sizeof("null,") <= room.n_bytes &&
            json_count_values(value) <= room.n_values)
                return OUTCOME_DONE;
        if (answer_room_take(&room, value))
                return OUTCOME_DONE;
        return call_refuse(call, EMSGSIZE,
                           "%s: the value is larger than what is left of this answer, so it was "
                           "not taken out",
                           call->ref->name);
}
