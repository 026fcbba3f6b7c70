/* Taking turns with a direction of a connection. */
#include <errno.h>

#include "base/macros.h"
#include "connection/system.h"
#include "connection/turn.h"

int turn_init(Turn *turn) {
        *turn = (Turn){0};
        pthread_cond_init(&turn->is_free, NULL);
        return -pthread_mutex_init(&turn->mutex, NULL);
}

void turn_deinit(Turn *turn) {
        shmgr_lock_unref(turn->lock);
        pthread_cond_destroy(&turn->is_free);
        pthread_mutex_destroy(&turn->mutex);
}

bool turn_fork(Turn *turn) {
        bool is_idle = pthread_mutex_trylock(&turn->mutex) == 0;

        if (is_idle)
                pthread_mutex_unlock(&turn->mutex);
        else
                pthread_mutex_init(&turn->mutex, NULL);
        is_idle = is_idle && !turn->is_taken;
        pthread_cond_init(&turn->is_free, NULL);
        turn->is_taken = false;
        turn->has_lock = false;
        turn->is_inherited = true;
        return is_idle;
}

static void unlock(pthread_mutex_t **mutex) {
        pthread_mutex_unlock(*mutex);
}

/* The mutex is held for a moment only, so that a thread that waits for its turn can be cancelled. */
int turn_enter(Turn *turn, bool wait) {
        CLEANUP(unlock) pthread_mutex_t *locked = &turn->mutex;

        pthread_mutex_lock(locked);
        while (wait && turn->is_taken)
                pthread_cond_wait(&turn->is_free, locked);
        if (turn->is_taken)
                return -EAGAIN;
        turn->is_taken = true;
        return 0;
}

void turn_leave(Turn *turn) {
        CLEANUP(unlock) pthread_mutex_t *locked = &turn->mutex;

        pthread_mutex_lock(locked);
        turn->is_taken = false;
        pthread_cond_signal(&turn->is_free);
}

int turn_set(Turn *turn, shmgr_lock *lock) {
        int r = turn_enter(turn, false);

        if (r < 0)
                return -EBUSY;
        if (turn->has_lock)
                r = -EBUSY;
        else {
                shmgr_lock_unref(turn->lock);
                turn->lock = lock ? shmgr_lock_ref(lock) : NULL;
        }
        turn_leave(turn);
        return r;
}

int turn_lock(Turn *turn, bool wait) {
        shmgr_grant grant;

        if (!turn->lock || turn->has_lock)
                return 0;
        int r = shmgr_lock_acquire(turn->lock, wait ? SHMGR_FOREVER : 0, &grant);
        if (r < 0)
                return r;
        turn->has_lock = true;
        if (!grant.owner_died)
                return 0;
        turn_unlock(turn);
        return -EOWNERDEAD;
}

/* When it fails, the daemon has forgotten the lock, or another thread holds it: then it is released with that
 * thread's end. The message is not to be lost for it. */
void turn_unlock(Turn *turn) {
        if (!turn->has_lock)
                return;
        int before = system_disable_cancellation();
        shmgr_lock_release(turn->lock);
        turn->has_lock = false;
        system_restore_cancellation(before);
}
