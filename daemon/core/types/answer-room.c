/* Computes how much room an answer has, and how much each value takes. */
#include <errno.h>
#include <string.h>

#include "call/batch.h"
#include "core-state.h"
#include "json/json-escape.h"
#include "json/json-text.h"
#include "json/json-cost.h"
#include "types/answer-room.h"

enum {
        ENVELOPE_BYTES = 1024, /* the id is its longest part */
        ENVELOPE_VALUES = 8,
        TEXT_PER_BYTE = 6, /* a control character is written as six bytes */
        NUMBER_BYTES = 26, /* of the longest double; integers are shorter */
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

/* Returns an upper bound: a quote and a backslash take two bytes. */
static uint64_t string_length(const char *s, size_t n) {
        size_t n_special = 0;

        for (size_t i = 0; (i += json_plain_length(s + i, n - i)) < n; i++)
                n_special++;
        return n + (TEXT_PER_BYTE - 1) * n_special + strlen("\"\"");
}

/* Returns the length of a container's text, or UINT64_MAX if it cannot be computed. */
static uint64_t container_length(Core *core, struct json_object *value) {
        Buffer *scratch = &core->scratch;

        buffer_truncate(scratch, 0);
        int r = json_write(scratch, value);
        uint64_t n = r < 0 ? UINT64_MAX : buffer_size(scratch);
        buffer_consume(scratch, buffer_size(scratch));
        return n;
}

/* Returns the bytes of a value's text and a comma. The estimate is nearly exact, since an answer
 * may have very many values. */
static uint64_t text_length(Core *core, struct json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_string:
                return string_length(json_object_get_string(value),
                                     (size_t)json_object_get_string_len(value)) +
                       1;
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

int answer_refuse(Call *call, const char *advice) {
        return call_refuse(call, EMSGSIZE,
                           "the result of %s would be larger than a message may be: %s",
                           call->ref->name, advice);
}

static bool room_take(AnswerRoom *room, uint64_t n_bytes, uint64_t n_values) {
        if (n_values > room->n_values || n_bytes > room->n_bytes)
                return false;
        room->n_values -= n_values;
        room->n_bytes -= n_bytes;
        return true;
}

bool answer_room_take_value(AnswerRoom *room, const Value *value, size_t n_beside) {
        return room_take(room, value_text_length(value) + n_beside + strlen(","),
                         value_count(value));
}

static uint64_t text_length_of_string(const char *bytes, size_t n) {
        return string_length(bytes, n) + strlen(",");
}

bool answer_room_take_string(AnswerRoom *room, const char *bytes, size_t n) {
        return room_take(room, text_length_of_string(bytes, n), 1);
}

bool answer_room_take_pair(AnswerRoom *room, const char *key, size_t n_key, const Value *value) {
        uint64_t n_bytes = text_length_of_string(key, n_key) + value_text_length(value);

        return room_take(room, n_bytes + strlen("[],"), value_count(value) + 2);
}

int answer_room_push(Call *call, AnswerRoom *room, struct json_object *array,
                     struct json_object *value, const char *advice) {
        if (!answer_room_take(room, value))
                return answer_refuse(call, advice);
        /* json_push() would reject NULL, but a stored null is a value. */
        if (json_object_array_add(array, json_object_get(value)) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return OUTCOME_DONE;
}

static int check(Call *call, bool is_taken) {
        if (is_taken)
                return OUTCOME_DONE;
        return call_refuse(
                call, EMSGSIZE,
                "%s: the value is larger than the room left in this reply, so it was not removed",
                call->ref->name);
}

int answer_room_check(Call *call, const Value *value) {
        AnswerRoom room = answer_room_of_call(call);

        return check(call, answer_room_take_value(&room, value, 0));
}

int answer_room_check_pair(Call *call, const char *key, size_t n_key, const Value *value) {
        AnswerRoom room = answer_room_of_call(call);

        return check(call, answer_room_take_pair(&room, key, n_key, value));
}
