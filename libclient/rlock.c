/* The proxy of rlocks. */
#include "grant.h"
#include "proxy.h"

DEFINE_PROXY(rlock)

int shmgr_rlock_acquire(shmgr_rlock *rlock, int64_t timeout_ms, shmgr_grant *ret_grant) {
        Request r;

        proxy_begin(&r, &rlock->proxy, "rlock.acquire");
        request_holds(&r, rlock->proxy.target.name, 1);
        request_timeout(&r, timeout_ms);
        return request_run_grant(&r, ret_grant);
}

int shmgr_rlock_release(shmgr_rlock *rlock) {
        Request r;

        proxy_begin(&r, &rlock->proxy, "rlock.release");
        request_holds(&r, rlock->proxy.target.name, -1);
        return request_run(&r, NULL);
}

int shmgr_rlock_locked(shmgr_rlock *rlock, int *ret_locked) {
        Request r;

        proxy_begin(&r, &rlock->proxy, "rlock.locked");
        return request_run_bool(&r, ret_locked);
}

int shmgr_rlock_owner(shmgr_rlock *rlock, struct json_object **ret_owner) {
        Request r;

        proxy_begin(&r, &rlock->proxy, "rlock.owner");
        return request_run(&r, ret_owner);
}

int shmgr_rlock_recover(shmgr_rlock *rlock) {
        Request r;

        proxy_begin(&r, &rlock->proxy, "rlock.recover");
        return request_run(&r, NULL);
}

shmgr_rlock *shmgr_rlock_guard(shmgr_rlock *rlock) {
        return shmgr_rlock_acquire(rlock, SHMGR_FOREVER, NULL) < 0 ? NULL : rlock;
}

void shmgr_rlock_guardp(shmgr_rlock **guard) {
        if (*guard)
                shmgr_rlock_release(*guard);
}
