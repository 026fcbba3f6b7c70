/* The room in an answer. */
#include <errno.h>

#include "core.h"
#include "json-text.h"
#include "json-value.h"
#include "room.h"

enum {
        ENVELOPE_BYTES = 1024, /* an id is the longest part of it */
        ENVELOPE_VALUES = 8,
        TEXT_PER_BYTE = 6, /* a control character is written as six */
};

static uint64_t less(uint64_t a, uint64_t b) {
        return a > b ? a - b : 0;
}

Room room_of_message(Core *core) {
        return (Room){
                .core = core,
                .n_bytes = less(core->limits.frame_bytes, ENVELOPE_BYTES),
                .n_values = less(core->limits.frame_members, ENVELOPE_VALUES),
        };
}

Room room_of_call(const Call *call) {
        Room room = room_of_message(call->core);

        if (call->in_batch)
                room.n_bytes = less(room.n_bytes, buffer_size(&call->core->batch));
        return room;
}

/* The length of a value's text. Where it cannot be found out it is the largest. */
static uint64_t text_length(Core *core, struct json_object *value) {
        Buffer *scratch = &core->scratch;

        buffer_truncate(scratch, 0);
        int r = json_write(scratch, value);
        uint64_t n = r < 0 ? UINT64_MAX : buffer_size(scratch);
        buffer_consume(scratch, buffer_size(scratch));
        return n;
}

bool room_take(Room *room, struct json_object *value) {
        uint64_t n_values = json_count_values(value);
        /* A value takes no less memory than a sixth of its text, but for null. */
        uint64_t n_bytes = TEXT_PER_BYTE * (uint64_t)json_cost(value) + sizeof("null,");

        if (n_bytes > room->n_bytes)
                n_bytes = text_length(room->core, value);
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

int room_push(Call *call, Room *room, struct json_object *array, struct json_object *value,
              const char *advice) {
        if (!room_take(room, value))
                return refuse_answer(call, advice);
        /* Not json_push(): a stored null is a value. */
        if (json_object_array_add(array, json_object_get(value)) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return OUTCOME_DONE;
}

int room_check_count(Call *call, size_t n, const char *advice) {
        return n <= room_of_call(call).n_values ? OUTCOME_DONE : refuse_answer(call, advice);
}

int room_check(Call *call, struct json_object *value) {
        Room room = room_of_call(call);

        if (room_take(&room, value))
                return OUTCOME_DONE;
        return call_refuse(call, EMSGSIZE,
                           "%s: the value is larger than what is left of this answer, so it was "
                           "not taken out",
                           call->ref->name);
}
