/* A direction of a connection: one thread of this process uses it at a time and, if a lock was set, one process. It is
 * held for one message. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include <shmgr/shmgr.h>

typedef struct Direction {
        pthread_mutex_t mutex; /* for is_taken */
        pthread_cond_t is_free;
        bool is_taken;     /* among threads */
        shmgr_lock *lock;  /* among processes, or NULL */
        bool has_lock;     /* it is held, by the thread that has begun the message */
        bool is_inherited; /* what the direction holds is the parent's */
} Direction;

int direction_init(Direction *d);
void direction_deinit(Direction *d);
/* In a forked child: resets the direction that threads of the parent have. False if one of them was within a message,
 * whose state is useless then. */
bool direction_fork(Direction *d);

/* Among threads: 0; -EAGAIN (only with wait false). With wait, a point of cancellation. */
int direction_enter(Direction *d, bool wait);
void direction_leave(Direction *d);

/* Sets the lock of processes; NULL for none. -EBUSY: it is held for a message. */
int direction_set(Direction *d, shmgr_lock *lock);
/* Among processes, within the above: 0 when the lock is held, or there is none. -EAGAIN (only with wait false);
 * -EOWNERDEAD, and nothing is held: a holder has died; errors of shmgr_lock_acquire(). */
int direction_lock(Direction *d, bool wait);
void direction_unlock(Direction *d);
