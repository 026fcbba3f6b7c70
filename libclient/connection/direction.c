/* Taking turns with a direction of a connection, among threads and, if asked, among processes.
 *
 *   free     no thread is in it               direction_enter() takes it, or waits
 *   taken    one thread sends or receives     direction_leave(), also when that thread is cancelled
 *
 * A shmgr_lock extends the turn to other processes (direction_lock()): it is acquired for the first byte of a message and
 * released behind the last. A message that is interrupted in the middle keeps it (has_lock), for another process must not
 * send between the halves.
 *
 * The mutex is never held while something blocks but pthread_cond_wait(), so that cancelling a thread leaves it unlocked. */
#include <errno.h>

#include "base/macros.h"
#include "connection/system.h"
#include "connection/direction.h"

int direction_init(Direction *d) {
        *d = (Direction){0};
        pthread_cond_init(&d->is_free, NULL);
        return -pthread_mutex_init(&d->mutex, NULL);
}

void direction_deinit(Direction *d) {
        shmgr_lock_unref(d->lock);
        pthread_cond_destroy(&d->is_free);
        pthread_mutex_destroy(&d->mutex);
}

bool direction_fork(Direction *d) {
        bool is_idle = pthread_mutex_trylock(&d->mutex) == 0;

        if (is_idle)
                pthread_mutex_unlock(&d->mutex);
        else
                pthread_mutex_init(&d->mutex, NULL);
        is_idle = is_idle && !d->is_taken;
        pthread_cond_init(&d->is_free, NULL);
        d->is_taken = false;
        d->has_lock = false;
        d->is_inherited = true;
        return is_idle;
}

static void unlock(pthread_mutex_t **mutex) {
        pthread_mutex_unlock(*mutex);
}

/* The mutex is held for a moment only, so that a thread that waits for its turn can be cancelled. */
int direction_enter(Direction *d, bool wait) {
        CLEANUP(unlock) pthread_mutex_t *locked = &d->mutex;

        pthread_mutex_lock(locked);
        while (wait && d->is_taken)
                pthread_cond_wait(&d->is_free, locked);
        if (d->is_taken)
                return -EAGAIN;
        d->is_taken = true;
        return 0;
}

void direction_leave(Direction *d) {
        CLEANUP(unlock) pthread_mutex_t *locked = &d->mutex;

        pthread_mutex_lock(locked);
        d->is_taken = false;
        pthread_cond_signal(&d->is_free);
}

int direction_set(Direction *d, shmgr_lock *lock) {
        int r = direction_enter(d, false);

        if (r < 0)
                return -EBUSY;
        if (d->has_lock)
                r = -EBUSY;
        else {
                shmgr_lock_unref(d->lock);
                d->lock = lock ? shmgr_lock_ref(lock) : NULL;
        }
        direction_leave(d);
        return r;
}

int direction_lock(Direction *d, bool wait) {
        shmgr_grant grant;

        if (!d->lock || d->has_lock)
                return 0;
        int r = shmgr_lock_acquire(d->lock, wait ? SHMGR_FOREVER : 0, &grant);
        if (r < 0)
                return r;
        d->has_lock = true;
        if (!grant.owner_died)
                return 0;
        direction_unlock(d);
        return -EOWNERDEAD;
}

/* A failure of the release is ignored, since the message was transferred: either the daemon has forgotten the lock, or another
 * thread acquired it, and its session releases it at the end of that thread. */
void direction_unlock(Direction *d) {
        if (!d->has_lock)
                return;
        int before = system_disable_cancellation();
        shmgr_lock_release(d->lock);
        d->has_lock = false;
        system_restore_cancellation(before);
}
