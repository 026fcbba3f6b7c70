/* Calls with callbacks, for event loops: a session that never blocks. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json-util.h"
#include "request.h"
#include "response.h"

typedef struct Pending {
        uint64_t id;
        shmgr_callback callback;
        void *userdata;
        List in_loop; /* while it waits for its answer, or for its callback to be told of the end */
} Pending;

struct shmgr_loop {
        shmgr_manager *manager;
        Link link;
        pid_t pid; /* of the process that made it */
        uint64_t last_id;
        Table by_id; /* id -> Pending */
        List lost;   /* Pending.in_loop: their connection broke */
};

int shmgr_loop_new(shmgr_manager *manager, shmgr_loop **ret_loop) {
        shmgr_loop *loop = calloc(1, sizeof(*loop));

        if (!loop)
                return -ENOMEM;
        loop->manager = shmgr_manager_ref(manager);
        loop->pid = getpid();
        link_init(&loop->link);
        list_init(&loop->lost);
        *ret_loop = loop;
        return 0;
}

static void free_all(List *list) {
        for (List *node; (node = list_first(list));) {
                list_unlink(node);
                free(LIST_ENTRY(node, Pending, in_loop));
        }
}

shmgr_loop *shmgr_loop_unref(shmgr_loop *loop) {
        if (!loop)
                return NULL;
        link_deinit(&loop->link);
        TABLE_FOREACH (entry, &loop->by_id)
                free(entry->value);
        table_deinit(&loop->by_id);
        free_all(&loop->lost);
        shmgr_manager_unref(loop->manager);
        free(loop);
        return NULL;
}

void shmgr_loop_unrefp(shmgr_loop **loop) {
        shmgr_loop_unref(*loop);
}

int shmgr_loop_get_fd(shmgr_loop *loop) {
        return loop->link.fd < 0 ? -ENOTCONN : loop->link.fd;
}

int shmgr_loop_get_events(shmgr_loop *loop) {
        return POLLIN | (buffer_size(&loop->link.out) > 0 ? POLLOUT : 0);
}

int shmgr_loop_get_timeout(shmgr_loop *loop) {
        const char *line;
        size_t n;

        return !list_is_empty(&loop->lost) || link_next(&loop->link, &line, &n) ? 0 : -1;
}

/* The connection is gone: everyone who waits for an answer is to be told so. */
static void loop_disconnect(shmgr_loop *loop) {
        link_disconnect(&loop->link);
        link_clear(&loop->link);
        for (TableEntry *entry; (entry = table_first(&loop->by_id));) {
                Pending *pending = table_remove_entry(&loop->by_id, entry);
                list_append(&loop->lost, &pending->in_loop);
        }
}

static int loop_connect(shmgr_loop *loop) {
        if (loop->link.fd >= 0)
                return 0;
        int r = address_find(loop->manager->socket, loop->link.path);
        return r == 0 ? link_connect(&loop->link) : r;
}

int shmgr_loop_submit(shmgr_loop *loop, const char *method, struct json_object *params,
                      shmgr_callback callback, void *userdata, uint64_t *ret_id) {
        if (loop->pid != getpid())
                return -ECHILD;
        int r = loop_connect(loop);
        if (r < 0)
                return r;
        CLEANUP(freep) Pending *pending = calloc(1, sizeof(*pending));
        if (!pending)
                return -ENOMEM;
        *pending = (Pending){.id = ++loop->last_id, .callback = callback, .userdata = userdata};
        list_init(&pending->in_loop);
        r = table_add(&loop->by_id, &pending->id, sizeof(pending->id), pending);
        if (r < 0)
                return r;
        r = request_write(&loop->link.out, pending->id, method, params);
        if (r < 0) {
                table_remove(&loop->by_id, &pending->id, sizeof(pending->id));
                return r;
        }
        if (ret_id)
                *ret_id = pending->id;
        (void)TAKE_PTR(pending);
        return 0;
}

int shmgr_loop_cancel(shmgr_loop *loop, uint64_t id) {
        if (!table_get(&loop->by_id, &id, sizeof(id)))
                return -ENOENT;
        return buffer_append_format(
                &loop->link.out,
                "{\"jsonrpc\":\"2.0\",\"method\":\"session.cancel\",\"params\":[%llu]}\n",
                (unsigned long long)id);
}

static int run_lost(shmgr_loop *loop) {
        List lost;
        int n = 0;

        list_init(&lost);
        list_splice(&lost, &loop->lost);
        for (List *node; (node = list_first(&lost)); n++) {
                Pending *pending = LIST_ENTRY(node, Pending, in_loop);
                list_unlink(node);
                if (pending->callback)
                        pending->callback(
                                loop, -ECONNRESET, NULL,
                                "the daemon went away during the call, which may have taken effect",
                                pending->userdata);
                free(pending);
        }
        return n;
}

static int run_line(shmgr_loop *loop, const char *line, size_t n) {
        Response response;

        int r = response_read(&response, line, n);
        if (r < 0)
                return r;
        Pending *pending = response.has_id
                                   ? table_remove(&loop->by_id, &response.id, sizeof(response.id))
                                   : NULL;
        if (pending) {
                if (pending->callback)
                        pending->callback(loop, response.error,
                                          response.error ? response.data : response.result,
                                          response.text, pending->userdata);
                free(pending);
        }
        response_deinit(&response);
        return pending ? 1 : 0;
}

/* The lines that were there at the beginning: a callback may submit more, whose answers come later. */
static int run_lines(shmgr_loop *loop) {
        const char *line;
        size_t n;
        int n_run = 0;

        while (link_next(&loop->link, &line, &n)) {
                CLEANUP(freep) char *copy = strndup(line, n);
                if (!copy)
                        return -ENOMEM;
                link_next_done(&loop->link, n);
                int r = run_line(loop, copy, n);
                if (r < 0)
                        return r;
                n_run += r;
        }
        return n_run;
}

/* Sends and receives until neither is possible: 0, or an error after which there is no connection. */
static int transfer(shmgr_loop *loop) {
        while (buffer_size(&loop->link.out) > 0) {
                int n = link_send(&loop->link, false);
                if (n == -EAGAIN)
                        break;
                if (n < 0 && n != -EINTR)
                        return n;
        }
        for (;;) {
                int n = link_receive(&loop->link, false);
                if (n == -EAGAIN)
                        return 0;
                if (n == 0)
                        return -ECONNRESET;
                if (n < 0 && n != -EINTR)
                        return n;
        }
}

int shmgr_loop_process(shmgr_loop *loop) {
        if (loop->pid != getpid())
                return -ECHILD;
        int error = loop->link.fd >= 0 ? transfer(loop) : 0;
        int n = run_lines(loop);
        if (n < 0)
                error = n;
        if (error < 0)
                loop_disconnect(loop);
        return (n > 0 ? n : 0) + run_lost(loop);
}
