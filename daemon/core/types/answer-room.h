/* The room of an answer. A method that takes values out of an object checks it first: an answer
 * that turns out too large when it is written would lose them, and the client could not parse one
 * with more members than a message may have. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "call/call.h"

typedef struct AnswerRoom {
        Core *core;
        uint64_t n_bytes;  /* of text that still fit */
        uint64_t n_values; /* members and elements that still fit */
} AnswerRoom;

/* Returns the room of the answer to this call. */
AnswerRoom answer_room_of_call(const Call *call);
/* Returns the room of an answer that is not part of a batch. */
AnswerRoom answer_room_of_message(Core *core);
/* Each returns whether a member fits, and reduces the room if so: a stored value with n_beside more
 * bytes for a key, a string, or [key, value]. */
bool answer_room_take_value(AnswerRoom *room, const Value *value, size_t n_beside);
bool answer_room_take_string(AnswerRoom *room, const char *bytes, size_t n);
bool answer_room_take_pair(AnswerRoom *room, const char *key, size_t n_key, const Value *value);
/* Each returns OUTCOME_DONE, or OUTCOME_REFUSED (EMSGSIZE) if a value, or [key, value], is too
 * large for the answer that takes it out. */
int answer_room_check(Call *call, const Value *value);
int answer_room_check_pair(Call *call, const char *key, size_t n_key, const Value *value);
/* Refuses the call because the answer would be too large. Returns OUTCOME_REFUSED. */
int answer_refuse(Call *call, const char *advice);

/* For answers that are trees of json-c. Returns whether the value fits, and reduces the room if
 * so. */
bool answer_room_take(AnswerRoom *room, struct json_object *value);
/* Appends a value to an array, which gets its own reference. Returns OUTCOME_DONE; OUTCOME_REFUSED
 * (EMSGSIZE) without room, with the advice in the message; or -ENOMEM. */
int answer_room_push(Call *call, AnswerRoom *room, struct json_object *array,
                     struct json_object *value, const char *advice);
