/* Upper bounds for the cost of a call, in steps (work.h): the functions that method tables name in their
 * column `work`. Each reads the arguments and the sizes of the object, and changes nothing.
 *
 * A prediction covers the elements that the method visits, moves, stores or compares. It is never
 * below what the method then counts with work_count(). Bytes of the message and of the reply are
 * not part of it: max-frame bounds those, and rpc.c and reply.c count them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "call/method.h"
#include "json/value.h"
#include "core-state.h"

typedef struct Session Session;

/* The least max-call-work that holds for root and for the user who runs the daemon. */
#define WORK_OF_OWNER UINT64_C(200000000)

enum {
        WORK_READ = 1,      /* of answering one stored value */
        WORK_MADE = 2,      /* of answering one value that is made for the answer */
        WORK_PAIR = 4,      /* of answering one key with its value */
        WORK_STORE = 2,     /* of storing one value in a list or an array */
        WORK_ENTER = 5,     /* of storing one value under a key */
        WORK_FIND = 2,      /* of looking one key up in a table */
        WORK_PER_MOVE = 64, /* slots that one step moves within a list */
        WORK_PER_SWAP = 16, /* values that one step exchanges or passes over */
};

/* Products and sums stop at UINT64_MAX. */
uint64_t work_times(uint64_t a, uint64_t b);
uint64_t work_plus(uint64_t a, uint64_t b);
/* The number of halvings that n elements allow, rounded up; at least 1. */
uint64_t work_log2(uint64_t n);
/* Steps for comparing all stored values of the object once, beyond those that n elements have anyhow. */
uint64_t work_of_contents(const Object *object, size_t n);
/* Steps for comparing two values, beyond the one that each comparison takes. */
uint64_t work_of_comparing(const Value *a, const Value *b);

uint64_t work_constant(const Call *call, const Object *object);
/* By the number and the bytes of all values in the arguments: */
uint64_t work_store(const Call *call, const Object *object);
uint64_t work_enter(const Call *call, const Object *object);
/* The same, and all of them are compared with a stored value: */
uint64_t work_compare(const Call *call, const Object *object);
/* By the elements of the object: */
uint64_t work_read_all(const Call *call, const Object *object);
uint64_t work_make_all(const Call *call, const Object *object);
uint64_t work_pair_all(const Call *call, const Object *object);
/* By the argument `count`, or by what max-call-work leaves where that is less: work_fit(). */
uint64_t work_scan(const Call *call, const Object *object);
/* By what the daemon has: */
uint64_t work_methods(const Call *call, const Object *object);

/* The bound for one message of this session. */
uint64_t work_bound(const Session *session);
/* The part of it that is left for this call: all of it, except in a batch. */
uint64_t work_left(const Call *call);
/* At most n elements of so many steps each, as many as fit into what is left, and at least 1. */
uint64_t work_fit(const Call *call, uint64_t n, uint64_t n_steps);
/* Whether the call may run: OUTCOME_DONE, or OUTCOME_REFUSED (EDQUOT) with nothing done. */
int work_admit(Call *call);
