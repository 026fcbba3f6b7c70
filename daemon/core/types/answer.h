/* The answer of a method as text: an array or an object that is written into Core.answer, as far as a message has room. */
#pragma once

#include "call/call.h"
#include "types/answer-room.h"

typedef struct Answer {
        Call *call;
        Buffer *text;
        AnswerRoom room;
        const char *advice; /* where there is no room: "use dict.scan" */
        size_t n;           /* members so far */
} Answer;

/* Begins an array or an object with its opening bracket, for n_least values or more: OUTCOME_DONE, OUTCOME_REFUSED (EMSGSIZE)
 * when those are more than a message can hold, or -ENOMEM. So an answer that will not fit is refused before the work. */
int answer_begin(Answer *answer, Call *call, const char *bracket, uint64_t n_least,
                 const char *advice);
/* Begins {"cursor":C,"items":[...]}, of which the items are written, and then the cursor. */
int answer_begin_scan(Answer *answer, Call *call);

/* Each appends a member: OUTCOME_DONE; OUTCOME_REFUSED (EMSGSIZE) when there is no room, with the advice in the message;
 * -ENOMEM. */
int answer_add(Answer *answer, const Value *value);
int answer_add_string(Answer *answer, const char *bytes, size_t n);
/* [key, value] */
int answer_add_pair(Answer *answer, const char *key, size_t n_key, const Value *value);
/* "key": value */
int answer_add_member(Answer *answer, const char *key, size_t n_key, const Value *value);
/* The same for members that were found to have room. */
int answer_put(Answer *answer, const Value *value);
int answer_put_string(Answer *answer, const char *bytes, size_t n);
int answer_put_pair(Answer *answer, const char *key, size_t n_key, const Value *value);

/* Whether there is room for a member; where there is, less of it is left. */
bool answer_takes(Answer *answer, const Value *value);
bool answer_takes_pair(Answer *answer, const char *key, size_t n_key, const Value *value);

/* Ends it with its closing bracket, and answers it: OUTCOME_DONE or -ENOMEM. */
int answer_end(Answer *answer, const char *bracket);
int answer_end_scan(Answer *answer, uint64_t cursor);
