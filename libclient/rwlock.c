/* The proxy of rwlocks. */
#include "grant.h"
#include "proxy.h"

DEFINE_PROXY(rwlock)

int shmgr_rwlock_acquire_read(shmgr_rwlock *rwlock, int64_t timeout_ms, shmgr_grant *ret_grant) {
        Request r;

        proxy_begin(&r, &rwlock->proxy, "rwlock.acquire_read");
        request_holds(&r, rwlock->proxy.target.name, 1);
        request_timeout(&r, timeout_ms);
        return request_run_grant(&r, ret_grant);
}

int shmgr_rwlock_acquire_write(shmgr_rwlock *rwlock, int64_t timeout_ms, shmgr_grant *ret_grant) {
        Request r;

        proxy_begin(&r, &rwlock->proxy, "rwlock.acquire_write");
        request_holds(&r, rwlock->proxy.target.name, 1);
        request_timeout(&r, timeout_ms);
        return request_run_grant(&r, ret_grant);
}

int shmgr_rwlock_release(shmgr_rwlock *rwlock) {
        Request r;

        proxy_begin(&r, &rwlock->proxy, "rwlock.release");
        request_holds(&r, rwlock->proxy.target.name, -1);
        return request_run(&r, NULL);
}

int shmgr_rwlock_downgrade(shmgr_rwlock *rwlock) {
        Request r;

        proxy_begin(&r, &rwlock->proxy, "rwlock.downgrade");
        return request_run(&r, NULL);
}

int shmgr_rwlock_locked(shmgr_rwlock *rwlock, int *ret_locked) {
        Request r;

        proxy_begin(&r, &rwlock->proxy, "rwlock.locked");
        return request_run_bool(&r, ret_locked);
}

int shmgr_rwlock_owners(shmgr_rwlock *rwlock, struct json_object **ret_owners) {
        Request r;

        proxy_begin(&r, &rwlock->proxy, "rwlock.owners");
        return request_run(&r, ret_owners);
}

int shmgr_rwlock_recover(shmgr_rwlock *rwlock) {
        Request r;

        proxy_begin(&r, &rwlock->proxy, "rwlock.recover");
        return request_run(&r, NULL);
}

shmgr_rwlock *shmgr_rwlock_guard_read(shmgr_rwlock *rwlock) {
        return shmgr_rwlock_acquire_read(rwlock, SHMGR_FOREVER, NULL) < 0 ? NULL : rwlock;
}

shmgr_rwlock *shmgr_rwlock_guard_write(shmgr_rwlock *rwlock) {
        return shmgr_rwlock_acquire_write(rwlock, SHMGR_FOREVER, NULL) < 0 ? NULL : rwlock;
}

void shmgr_rwlock_guardp(shmgr_rwlock **guard) {
        if (*guard)
                shmgr_rwlock_release(*guard);
}
