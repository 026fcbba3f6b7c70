/* What an answer has room for. Whoever takes values out of an object asks first:
 * an answer that turns out too large when it is written would lose them, and one
 * with more members than a message may have would be of no use to its reader. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "call/call.h"

typedef struct AnswerRoom {
        Core *core;
        uint64_t n_bytes;  /* of text */
        uint64_t n_values; /* members and elements */
} AnswerRoom;

/* The room that the answer to this call has. */
AnswerRoom answer_room_of_call(const Call *call);
/* The room that the answer to a call by itself has, which is not in a batch. */
AnswerRoom answer_room_of_message(Core *core);
/* Whether the value fits; where it does, there is less room afterwards. */
bool answer_room_take(AnswerRoom *room, struct json_object *value);

/* For answers that are arrays: appends a stored value, which is shared. OUTCOME_DONE; OUTCOME_REFUSED
 * (EMSGSIZE) when there is no room, with the advice in the message; -ENOMEM. */
int answer_room_push(Call *call, AnswerRoom *room, struct json_object *array,
                     struct json_object *value, const char *advice);
/* The same for n scalars that are yet to be made. */
int answer_room_check_count(Call *call, size_t n, const char *advice);
/* OUTCOME_DONE, or OUTCOME_REFUSED (EMSGSIZE) when a value that is to be taken out does not fit. */
int answer_room_check(Call *call, struct json_object *value);
