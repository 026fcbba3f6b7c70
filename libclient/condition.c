/* The proxy of conditions. */
#include <errno.h>
#include <time.h>

#include "grant.h"
#include "proxy.h"

DEFINE_PROXY(condition)

int shmgr_condition_acquire(shmgr_condition *condition, int64_t timeout_ms,
                            shmgr_grant *ret_grant) {
        Request r;

        proxy_begin(&r, &condition->proxy, "condition.acquire");
        request_holds(&r, condition->proxy.target.name, 1);
        request_timeout(&r, timeout_ms);
        return request_run_grant(&r, ret_grant);
}

int shmgr_condition_release(shmgr_condition *condition) {
        Request r;

        proxy_begin(&r, &condition->proxy, "condition.release");
        request_holds(&r, condition->proxy.target.name, -1);
        return request_run(&r, NULL);
}

int shmgr_condition_wait(shmgr_condition *condition, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &condition->proxy, "condition.wait");
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}

int shmgr_condition_notify(shmgr_condition *condition, int64_t n) {
        Request r;

        proxy_begin(&r, &condition->proxy, "condition.notify");
        request_int(&r, n);
        return request_run(&r, NULL);
}

int shmgr_condition_notify_all(shmgr_condition *condition) {
        Request r;

        proxy_begin(&r, &condition->proxy, "condition.notify_all");
        return request_run(&r, NULL);
}

int shmgr_condition_locked(shmgr_condition *condition, int *ret_locked) {
        Request r;

        proxy_begin(&r, &condition->proxy, "condition.locked");
        return request_run_bool(&r, ret_locked);
}

int shmgr_condition_owner(shmgr_condition *condition, struct json_object **ret_owner) {
        Request r;

        proxy_begin(&r, &condition->proxy, "condition.owner");
        return request_run(&r, ret_owner);
}

int shmgr_condition_recover(shmgr_condition *condition) {
        Request r;

        proxy_begin(&r, &condition->proxy, "condition.recover");
        return request_run(&r, NULL);
}

static int64_t now_ms(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

int shmgr_condition_wait_for(shmgr_condition *condition, int (*predicate)(void *userdata),
                             void *userdata, int64_t timeout_ms) {
        bool is_bounded = timeout_ms > 0;
        int64_t start_ms = is_bounded ? now_ms() : 0, left_ms = timeout_ms;
        int r;

        while ((r = predicate(userdata)) == 0) {
                r = shmgr_condition_wait(condition, left_ms);
                if (r == -ETIMEDOUT) {
                        /* The predicate may have become true while the lock was acquired again. */
                        int answer = predicate(userdata);
                        return answer == 0 ? r : answer < 0 ? answer : 0;
                }
                if (r < 0)
                        return r;
                if (is_bounded) {
                        int64_t gone_ms = now_ms() - start_ms;
                        left_ms = gone_ms < timeout_ms ? timeout_ms - gone_ms : 1;
                }
        }
        return r < 0 ? r : 0;
}

shmgr_condition *shmgr_condition_guard(shmgr_condition *condition) {
        return shmgr_condition_acquire(condition, SHMGR_FOREVER, NULL) < 0 ? NULL : condition;
}

void shmgr_condition_guardp(shmgr_condition **guard) {
        if (*guard)
                shmgr_condition_release(*guard);
}
