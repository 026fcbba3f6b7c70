/* The proxy of events. */
#include "proxy.h"

DEFINE_PROXY(event)

int shmgr_event_set(shmgr_event *event) {
        Request r;

        proxy_begin(&r, &event->proxy, "event.set");
        return request_run(&r, NULL);
}

int shmgr_event_clear(shmgr_event *event) {
        Request r;

        proxy_begin(&r, &event->proxy, "event.clear");
        return request_run(&r, NULL);
}

int shmgr_event_is_set(shmgr_event *event, int *ret_set) {
        Request r;

        proxy_begin(&r, &event->proxy, "event.is_set");
        return request_run_bool(&r, ret_set);
}

int shmgr_event_wait(shmgr_event *event, int64_t timeout_ms) {
        Request r;

        proxy_begin(&r, &event->proxy, "event.wait");
        request_timeout(&r, timeout_ms);
        return request_run(&r, NULL);
}
