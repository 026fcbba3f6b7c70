/* The proxy of counters. */
#include "proxy.h"

DEFINE_PROXY(counter)

int shmgr_counter_get(shmgr_counter *counter, int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &counter->proxy, "counter.get");
        return request_run_int(&r, ret_value);
}

int shmgr_counter_set(shmgr_counter *counter, int64_t value) {
        Request r;

        proxy_begin(&r, &counter->proxy, "counter.set");
        request_int(&r, value);
        return request_run(&r, NULL);
}

int shmgr_counter_add(shmgr_counter *counter, int64_t delta, int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &counter->proxy, "counter.add");
        request_int(&r, delta);
        return request_run_int(&r, ret_value);
}

int shmgr_counter_cas(shmgr_counter *counter, int64_t expected, int64_t value) {
        Request r;

        proxy_begin(&r, &counter->proxy, "counter.cas");
        request_int(&r, expected);
        request_int(&r, value);
        return request_run_flag(&r);
}

int shmgr_counter_wait(shmgr_counter *counter, const char *op, int64_t value, int64_t timeout_ms,
                       int64_t *ret_value) {
        Request r;

        proxy_begin(&r, &counter->proxy, "counter.wait");
        request_string(&r, op);
        request_int(&r, value);
        request_timeout(&r, timeout_ms);
        return request_run_int(&r, ret_value);
}
