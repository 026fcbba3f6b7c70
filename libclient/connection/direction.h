/* A direction of a connection: one thread of this process uses it at a time and, if a lock was set, one process. A
 * caller has it for one message. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include <shmgr/shmgr.h>

typedef struct Direction {
        pthread_mutex_t mutex; /* for is_taken */
        pthread_cond_t is_free;
        bool is_taken;     /* among threads */
        shmgr_lock *lock;  /* among processes, or NULL */
        bool has_lock;     /* the lock is held by the thread that has begun the message */
        bool is_inherited; /* the message in the direction is the parent's */
} Direction;

int direction_init(Direction *d);
void direction_deinit(Direction *d);
/* In a forked child: resets the direction that threads of the parent have. Returns false if one of them was within a
 * call: the state of its message may be inconsistent. */
bool direction_fork(Direction *d);

/* Takes the turn among threads. Returns 0, or -EAGAIN (only with wait false). With wait it is a cancellation point. */
int direction_enter(Direction *d, bool wait);
void direction_leave(Direction *d);

/* Sets the lock of processes; NULL for none. Returns 0, or -EBUSY while the direction is used or the lock is held. */
int direction_set(Direction *d, shmgr_lock *lock);
/* Takes the turn among processes; the caller has the turn among threads. Returns 0 when the lock is held, or none is set;
 * -EAGAIN (only with wait false); -EOWNERDEAD, with the lock released, if a holder has died; or an error of
 * shmgr_lock_acquire(). */
int direction_lock(Direction *d, bool wait);
void direction_unlock(Direction *d);
