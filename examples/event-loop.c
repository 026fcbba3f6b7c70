/* A program with libevent's event loop, in which replies of the daemon are events like all others: it waits for
 * a counter, and ticks meanwhile.
 *
 * A shmgr_loop returns the descriptor, the events and the timeout for which the program waits. They may change with
 * each shmgr_loop_process() and shmgr_loop_submit(), so the program reads them again after each of these calls. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>
#include <json-c/json.h>
#include <shmgr/shmgr.h>

enum { TICK_MS = 20, N_TICKS = 5 };

typedef struct Program {
        struct event_base *base;
        shmgr_loop *loop;
        struct event *on_loop; /* waits for the descriptor of the loop; NULL: none */
        struct event *on_tick;
        const char *name; /* name of the counter */
        int n_ticks;
        int status;
} Program;

static void watch_loop(Program *p);

static void fail(Program *p, const char *what, const char *text) {
        fprintf(stderr, "event-loop: %s: %s\n", what, text ? text : "failed");
        p->status = 1;
        event_base_loopbreak(p->base);
}

static void on_loop(evutil_socket_t fd, short events, void *userdata) {
        Program *p = userdata;

        if (shmgr_loop_process(p->loop) < 0)
                fail(p, "the loop", NULL);
        watch_loop(p);
}

/* Waits for what the loop needs now; called after each use of the loop. */
static void watch_loop(Program *p) {
        int fd = shmgr_loop_get_fd(p->loop), ms = shmgr_loop_get_timeout(p->loop);
        int events = shmgr_loop_get_events(p->loop);
        struct timeval time = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

        if (p->on_loop)
                event_free(p->on_loop);
        p->on_loop = event_new(p->base, fd < 0 ? -1 : fd,
                               (short)(fd < 0 ? 0
                                              : (events & POLLIN ? EV_READ : 0) |
                                                        (events & POLLOUT ? EV_WRITE : 0)),
                               on_loop, p);
        if (!p->on_loop || event_add(p->on_loop, ms >= 0 ? &time : NULL) < 0)
                fail(p, "libevent", NULL);
}

/* Makes params by position: an array of the name and one or two more values. */
static struct json_object *make_params(const Program *p, const char *op, int64_t n) {
        struct json_object *params = json_object_new_array();

        json_object_array_add(params, json_object_new_string(p->name));
        if (op)
                json_object_array_add(params, json_object_new_string(op));
        json_object_array_add(params, json_object_new_int64(n));
        return params;
}

/* Submits a call. The caller's reference to params is dropped. */
static void submit(Program *p, const char *method, struct json_object *params,
                   shmgr_callback callback) {
        int r = shmgr_loop_submit(p->loop, method, params, callback, p, NULL);

        json_object_put(params);
        if (r < 0)
                fail(p, method, strerror(-r));
        watch_loop(p);
}

static void on_added(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                     void *userdata) {
        if (error < 0)
                fail(userdata, "counter.add", text);
        else
                printf("tick %lld\n", (long long)json_object_get_int64(result));
}

static void on_reached(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                       void *userdata) {
        Program *p = userdata;

        if (error < 0)
                fail(p, "counter.wait", text);
        else
                printf("the counter is %lld\n", (long long)json_object_get_int64(result));
        event_base_loopbreak(p->base);
}

static void on_tick(evutil_socket_t fd, short events, void *userdata) {
        Program *p = userdata;

        submit(p, "counter.add", make_params(p, NULL, 1), on_added);
        if (++p->n_ticks == N_TICKS)
                event_del(p->on_tick);
}

static int run(Program *p, shmgr_manager *manager) {
        if (shmgr_loop_new(manager, &p->loop) < 0)
                return 1;
        /* The reply comes when the counter has reached N_TICKS. Here the ticks of this program count; another
         * program could. */
        submit(p, "counter.wait", make_params(p, ">=", N_TICKS), on_reached);
        p->on_tick = event_new(p->base, -1, EV_PERSIST, on_tick, p);
        if (!p->on_tick || event_add(p->on_tick, &(struct timeval){.tv_usec = TICK_MS * 1000}) < 0)
                return 1;
        event_base_dispatch(p->base);
        return p->status;
}

int main(void) {
        Program p = {.base = event_base_new()};
        shmgr_manager *manager = NULL;
        shmgr_counter *counter = NULL;

        if (!p.base || shmgr_manager_open(NULL, &manager) < 0)
                return 1;
        /* Without a name the counter is new and private, and is deleted when this program ends. */
        int r = shmgr_counter_open(manager, NULL, SHMGR_CREATE, NULL, &counter);
        if (r < 0)
                fprintf(stderr, "event-loop: %s\n", shmgr_manager_error(manager));
        else {
                p.name = shmgr_counter_name(counter);
                p.status = run(&p, manager);
        }
        if (p.on_loop)
                event_free(p.on_loop);
        if (p.on_tick)
                event_free(p.on_tick);
        shmgr_loop_unref(p.loop);
        shmgr_counter_unref(counter);
        shmgr_manager_unref(manager);
        event_base_free(p.base);
        return r < 0 ? 1 : p.status;
}
