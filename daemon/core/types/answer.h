/* The answer of a method as text: an array or an object that is written into Core.answer, as far as
 * a message has room. */
#pragma once

#include "call/call.h"
#include "types/answer-room.h"

typedef struct Answer {
        Call *call;
        Buffer *text;
        AnswerRoom room;
        const char *advice; /* for the error of an answer that is too large: "use dict.scan" */
        size_t n;           /* members so far */
} Answer;

/* Begins an array or an object with its opening bracket, for at least n_least values. Returns
 * OUTCOME_DONE; OUTCOME_REFUSED (EMSGSIZE) if a message cannot hold as many, before any work is
 * done; or -ENOMEM. */
int answer_begin(Answer *answer, Call *call, const char *bracket, uint64_t n_least,
                 const char *advice);
/* Begins {"cursor":C,"items":[...]}. The caller adds the items; answer_end_scan() adds the
 * cursor. */
int answer_begin_scan(Answer *answer, Call *call);

/* Each appends a member. Returns OUTCOME_DONE; OUTCOME_REFUSED (EMSGSIZE) without room, with the
 * advice in the message; or -ENOMEM. */
int answer_add(Answer *answer, const Value *value);
int answer_add_string(Answer *answer, const char *bytes, size_t n);
/* [key, value] */
int answer_add_pair(Answer *answer, const char *key, size_t n_key, const Value *value);
/* "key": value */
int answer_add_member(Answer *answer, const char *key, size_t n_key, const Value *value);
/* Appends a member for which answer_takes() found room. */
int answer_put(Answer *answer, const Value *value);
int answer_put_string(Answer *answer, const char *bytes, size_t n);
int answer_put_pair(Answer *answer, const char *key, size_t n_key, const Value *value);

/* Returns whether a member fits, and reduces the room if so. */
bool answer_takes(Answer *answer, const Value *value);
bool answer_takes_pair(Answer *answer, const char *key, size_t n_key, const Value *value);

/* Ends the answer with its closing bracket, and returns it to the client. Returns OUTCOME_DONE or
 * -ENOMEM. */
int answer_end(Answer *answer, const char *bracket);
int answer_end_scan(Answer *answer, uint64_t cursor);
