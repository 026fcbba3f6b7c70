/* The proxy of locks. */
#include "grant.h"
#include "proxy.h"

DEFINE_PROXY(lock)

int shmgr_lock_acquire(shmgr_lock *lock, int64_t timeout_ms, shmgr_grant *ret_grant) {
        Request r;

        proxy_begin(&r, &lock->proxy, "lock.acquire");
        request_holds(&r, lock->proxy.target.name, 1);
        request_timeout(&r, timeout_ms);
        return request_run_grant(&r, ret_grant);
}

int shmgr_lock_try_acquire(shmgr_lock *lock, shmgr_grant *ret_grant) {
        return shmgr_lock_acquire(lock, 0, ret_grant);
}

int shmgr_lock_release(shmgr_lock *lock) {
        Request r;

        proxy_begin(&r, &lock->proxy, "lock.release");
        request_holds(&r, lock->proxy.target.name, -1);
        return request_run(&r, NULL);
}

int shmgr_lock_locked(shmgr_lock *lock, int *ret_locked) {
        Request r;

        proxy_begin(&r, &lock->proxy, "lock.locked");
        return request_run_bool(&r, ret_locked);
}

int shmgr_lock_owner(shmgr_lock *lock, struct json_object **ret_owner) {
        Request r;

        proxy_begin(&r, &lock->proxy, "lock.owner");
        return request_run(&r, ret_owner);
}

int shmgr_lock_recover(shmgr_lock *lock) {
        Request r;

        proxy_begin(&r, &lock->proxy, "lock.recover");
        return request_run(&r, NULL);
}

shmgr_lock *shmgr_lock_guard(shmgr_lock *lock) {
        return shmgr_lock_acquire(lock, SHMGR_FOREVER, NULL) < 0 ? NULL : lock;
}

void shmgr_lock_guardp(shmgr_lock **guard) {
        if (*guard)
                shmgr_lock_release(*guard);
}
