/* The proxy of barriers. */
#include "proxy.h"

DEFINE_PROXY(barrier)

int shmgr_barrier_wait(shmgr_barrier *barrier, int64_t timeout_ms, int64_t *ret_index) {
        Request r;

        proxy_begin(&r, &barrier->proxy, "barrier.wait");
        request_timeout(&r, timeout_ms);
        return request_run_int(&r, ret_index);
}

int shmgr_barrier_reset(shmgr_barrier *barrier) {
        Request r;

        proxy_begin(&r, &barrier->proxy, "barrier.reset");
        return request_run(&r, NULL);
}

int shmgr_barrier_abort(shmgr_barrier *barrier) {
        Request r;

        proxy_begin(&r, &barrier->proxy, "barrier.abort");
        return request_run(&r, NULL);
}

int shmgr_barrier_parties(shmgr_barrier *barrier, int64_t *ret_parties) {
        Request r;

        proxy_begin(&r, &barrier->proxy, "barrier.parties");
        return request_run_int(&r, ret_parties);
}

int shmgr_barrier_waiting(shmgr_barrier *barrier, int64_t *ret_waiting) {
        Request r;

        proxy_begin(&r, &barrier->proxy, "barrier.waiting");
        return request_run_int(&r, ret_waiting);
}

int shmgr_barrier_broken(shmgr_barrier *barrier, int *ret_broken) {
        Request r;

        proxy_begin(&r, &barrier->proxy, "barrier.broken");
        return request_run_bool(&r, ret_broken);
}
