/* The proxy of semaphores. */
#include "proxy.h"

DEFINE_PROXY(semaphore)

int shmgr_semaphore_acquire(shmgr_semaphore *semaphore, int64_t n, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &semaphore->proxy, "semaphore.acquire");
        if (semaphore->proxy.is_owned)
                request_holds(&r, semaphore->proxy.target.name, n);
        request_int(&r, n);
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}

int shmgr_semaphore_release(shmgr_semaphore *semaphore, int64_t n) {
        Request r;

        proxy_begin(&r, &semaphore->proxy, "semaphore.release");
        if (semaphore->proxy.is_owned)
                request_holds(&r, semaphore->proxy.target.name, -n);
        request_int(&r, n);
        return request_run(&r, NULL);
}

int shmgr_semaphore_value(shmgr_semaphore *semaphore, int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &semaphore->proxy, "semaphore.value");
        return request_run_int(&r, ret_value);
}

shmgr_semaphore *shmgr_semaphore_guard(shmgr_semaphore *semaphore) {
        return shmgr_semaphore_acquire(semaphore, 1, SHMGR_FOREVER) < 0 ? NULL : semaphore;
}

void shmgr_semaphore_guardp(shmgr_semaphore **guard) {
        if (*guard)
                shmgr_semaphore_release(*guard, 1);
}
