/* Upper bounds for the steps (work.h) of a call: the functions that method tables name in their
 * column `work`. Each reads the arguments and the sizes of the object, and changes nothing.
 *
 * A prediction covers the elements that the method visits, moves, stores or compares. It is never
 * below what the method then counts with work_count(). Bytes of the message and of the reply are
 * not included: max-frame bounds them, and rpc.c and reply.c count them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "call/method.h"
#include "json/value.h"
#include "core-state.h"

typedef struct Session Session;

/* The least max-call-work for root and for the user who runs the daemon. */
#define WORK_OF_OWNER UINT64_C(200000000)

enum {
        WORK_READ = 1,      /* for returning one stored value */
        WORK_MADE = 2,      /* for returning one value made for the answer */
        WORK_PAIR = 4,      /* for returning one key with its value */
        WORK_STORE = 2,     /* for storing one value in a list or an array */
        WORK_ENTER = 5,     /* for storing one value under a key */
        WORK_FIND = 2,      /* for finding one key in a table */
        WORK_PER_MOVE = 64, /* slots of a list that one step moves */
        WORK_PER_SWAP = 16, /* values that one step exchanges or skips */
};

/* Products and sums stop at UINT64_MAX. */
uint64_t work_times(uint64_t a, uint64_t b);
uint64_t work_plus(uint64_t a, uint64_t b);
/* Returns the logarithm of n to base 2, rounded up; at least 1. */
uint64_t work_log2(uint64_t n);
/* Returns the steps for comparing all stored values of the object once, beyond those for n
 * elements. */
uint64_t work_of_contents(const Object *object, size_t n);
/* Returns the steps for comparing two values, beyond the one that each comparison takes. */
uint64_t work_of_comparing(const Value *a, const Value *b);

uint64_t work_constant(const Call *call, const Object *object);
/* By the number and size of all values in the arguments: */
uint64_t work_store(const Call *call, const Object *object);
uint64_t work_enter(const Call *call, const Object *object);
/* By the number and size of all values in the arguments, each of which is compared with a stored
 * value: */
uint64_t work_compare(const Call *call, const Object *object);
/* By the elements of the object: */
uint64_t work_read_all(const Call *call, const Object *object);
uint64_t work_make_all(const Call *call, const Object *object);
uint64_t work_pair_all(const Call *call, const Object *object);
/* By the argument `count`, or what max-call-work leaves if that is less: see work_fit(). */
uint64_t work_scan(const Call *call, const Object *object);
/* By the numbers of things that the daemon has: */
uint64_t work_methods(const Call *call, const Object *object);

/* Returns the bound for one message of this session. */
uint64_t work_bound(const Session *session);
/* Returns the part of the bound that is left for this call: all of it, except in a batch. */
uint64_t work_left(const Call *call);
/* Returns how many of n elements of n_steps each fit into what is left; at least 1. */
uint64_t work_fit(const Call *call, uint64_t n, uint64_t n_steps);
/* Returns OUTCOME_DONE if the call may run, or OUTCOME_REFUSED (EDQUOT) with nothing done. */
int work_admit(Call *call);
