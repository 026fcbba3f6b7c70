/* The room of an answer. A method that takes values out of an object asks first:
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
/* Whether a stored value fits with so many bytes beside it, of a key; where it does, there is less room afterwards. */
bool answer_room_take_value(AnswerRoom *room, const Value *value, size_t n_beside);
/* The same for a string, and for [key, value]. */
bool answer_room_take_string(AnswerRoom *room, const char *bytes, size_t n);
bool answer_room_take_pair(AnswerRoom *room, const char *key, size_t n_key, const Value *value);
/* OUTCOME_DONE, or OUTCOME_REFUSED (EMSGSIZE) when a value that is to be taken out does not fit. */
int answer_room_check(Call *call, const Value *value);
/* The same for [key, value]. */
int answer_room_check_pair(Call *call, const char *key, size_t n_key, const Value *value);
/* OUTCOME_REFUSED: the answer would be too large. */
int answer_refuse(Call *call, const char *advice);

/* For answers that are trees. Whether the value fits; where it does, there is less room afterwards. */
bool answer_room_take(AnswerRoom *room, struct json_object *value);
/* Appends a value to an array, which gets a reference of its own. OUTCOME_DONE; OUTCOME_REFUSED (EMSGSIZE) when there is no
 * room, with the advice in the message; -ENOMEM. */
int answer_room_push(Call *call, AnswerRoom *room, struct json_object *array,
                     struct json_object *value, const char *advice);
