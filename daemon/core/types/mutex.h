/* A mutex: an object that one session at a time owns, to some depth. Lock, rlock and condition are
 * based on it. */
#pragma once

#include <stdbool.h>

#include "object.h"
#include "wait/grant.h"
#include "wait/owner.h"
#include "wait/wait.h"
#include "who.h"

typedef struct Mutex {
        Object object;
        Ownership owner;
        WaitQueue waiters;
        bool is_recursive;
        /* Any session may release the lock. It has no holds, so it stays locked when the session
         * that took it ends, and no wait for it depends on a session (deadlock.c). */
        bool is_unowned;
        bool is_taken;    /* if is_unowned: it is locked */
        Who taker;        /* by this session */
        int64_t taken_ns; /* since this time */
} Mutex;

/* Returns whether the object is a lock or an rlock, and not a condition. */
bool object_is_mutex(const Object *object);
Hold *mutex_holder(const Mutex *mutex);

/* For the tables of types whose structure begins with a Mutex. */
void mutex_init(Mutex *mutex, Object *object, OwnerPolicy policy, bool is_recursive);
int mutex_get_policy(const Object *object, struct json_object **ret);
int mutex_describe(Object *object, struct json_object *into);
void mutex_owner_gone(Object *object, Hold *hold);
uint64_t mutex_weigh(const Hold *hold);
uint64_t mutex_tolerance(const Object *object, const Waiter *waiter, const Hold *own);
int mutex_watch(Call *call, Object *object, struct json_object *what, Place *place);
extern const Grantor mutex_grantor;
extern const Method mutex_methods[];
extern const Arg mutex_open_args[];
extern const Arg mutex_acquire_args[];

int mutex_acquire(Call *call, Object *object);
int mutex_release(Call *call, Object *object);
int mutex_locked(Call *call, Object *object);
int mutex_get_owner(Call *call, Object *object);
int mutex_recover(Call *call, Object *object);

/* Returns OUTCOME_DONE if the session of the call holds the mutex, otherwise OUTCOME_REFUSED
 * (EPERM). */
int mutex_check_owner(Call *call, const Mutex *mutex);
/* Releases the mutex for a while, at whatever depth, without signalling it. Returns the hold. */
Hold *mutex_leave(Mutex *mutex);
/* Undoes mutex_leave() before another session could take the mutex. */
void mutex_stay(Hold *hold);
/* Takes the mutex back if it is free. Returns OUTCOME_DONE, OUTCOME_PARKED (without parking the
 * call) or OUTCOME_REFUSED. */
int mutex_take_back(Call *call, Mutex *mutex, Hold *hold);

/* Save and load a mutex. */
void mutex_save(const Object *object, SnapshotWriter *w);
int mutex_load_as(Object *object, SnapshotRecord *state, bool is_recursive);
