/* Calls with callbacks, for event loops: a session that never blocks.
 *
 * A submitted call (Pending) is in one of these states:
 *
 *   state    where                   moved on by
 *   unsent   by_id, and `unsent`     note_sent(), when the last byte of its line has left
 *   sent     by_id                   run_line(), when its answer arrives: the callback runs
 *   lost     `lost`                  process(), which runs the callback with an error: the connection broke after the call
 *                                    was sent, or the submit itself failed
 *   told     `telling`               run_lost(): a call that is lost in a callback waits in `lost` for the next process(),
 *                                    so that a callback that submits again in vain does not loop
 *
 * Requests leave in the order in which they were submitted. A request that was not sent as a whole when the connection is
 * lost has not taken effect, and goes to the next one; one that was gets -ECONNRESET. After two connections in a row that
 * were lost before anything arrived (n_in_vain), the unsent requests are lost too: one of them may be the reason.
 *
 * Callbacks may do everything except process(): submit, cancel, and drop the last reference, which is_over defers to the
 * end of process().
 *
 * Must never happen: a callback that runs twice or never; a request that is sent twice after its last byte has left; a line
 * that is used after a callback, which may have changed the buffer. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients.h"
#include "exchange.h"
#include "json/json-util.h"
#include "message.h"

enum { RETRY_MS = 20, TEXT_MAX = 256 };

typedef struct Pending {
        uint64_t id;
        uint64_t end; /* of its line: how many bytes of all that is ever sent are before it */
        shmgr_callback callback;
        void *userdata;
        HoldingChange change;
        int error;        /* of a submit that failed, or 0 */
        char *text;       /* of that submit */
        ListLink in_loop; /* unsent or lost; none while it waits for its answer */
} Pending;

struct shmgr_loop {
        shmgr_manager *manager;
        Link link;
        Holdings holdings;
        pid_t pid; /* of the process that made it */
        uint64_t last_id;
        uint64_t at; /* where link.out begins in all that is ever sent */
        Table by_id; /* id -> Pending */
        List unsent; /* Pending.in_loop, in order */
        List lost;   /* Pending.in_loop: their callbacks are to be told the error */
        List telling; /* Pending.in_loop, by the process() that runs: what is lost meanwhile is for the next one */
        unsigned n_connections;
        unsigned n_in_vain; /* connections in a row that were lost before anything came */
        int error;
        char text[TEXT_MAX];
        bool is_running; /* process() */
        bool is_over; /* the last reference was dropped in a callback: freed at the end of process() */
        shmgr_notification on_notification;
        void *notification_userdata;
};

static void pending_free(Pending *pending) {
        if (!pending)
                return;
        holding_change_deinit(&pending->change);
        free(pending->text);
        free(pending);
}

static void pending_freep(Pending **pending) {
        pending_free(*pending);
}

int shmgr_loop_new(shmgr_manager *manager, shmgr_loop **ret_loop) {
        shmgr_loop *loop = calloc(1, sizeof(*loop));

        if (!loop)
                return -ENOMEM;
        loop->manager = shmgr_manager_ref(manager);
        loop->pid = getpid();
        link_init(&loop->link);
        list_init(&loop->unsent);
        list_init(&loop->lost);
        list_init(&loop->telling);
        *ret_loop = loop;
        return 0;
}

shmgr_loop *shmgr_loop_unref(shmgr_loop *loop) {
        if (!loop)
                return NULL;
        if (loop->is_running) {
                loop->is_over = true;
                return NULL;
        }
        link_deinit(&loop->link);
        TABLE_FOREACH (entry, &loop->by_id)
                pending_free(entry->value);
        table_deinit(&loop->by_id);
        list_splice(&loop->lost, &loop->telling);
        for (List *node; (node = list_first(&loop->lost));) {
                list_unlink(node);
                pending_free(LIST_ENTRY(node, Pending, in_loop));
        }
        holdings_deinit(&loop->holdings);
        shmgr_manager_unref(loop->manager);
        free(loop);
        return NULL;
}

void shmgr_loop_unrefp(shmgr_loop **loop) {
        shmgr_loop_unref(*loop);
}

static bool wants_connection(const shmgr_loop *loop) {
        return loop->link.fd < 0 && !list_is_empty(&loop->unsent);
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

        if (!list_is_empty(&loop->lost) || link_next(&loop->link, &line, &n))
                return 0;
        return wants_connection(loop) ? RETRY_MS : -1;
}

static void lose(shmgr_loop *loop, Pending *pending) {
        table_remove(&loop->by_id, &pending->id, sizeof(pending->id));
        list_unlink(&pending->in_loop);
        list_append(&loop->lost, &pending->in_loop);
}

/* Marks all sent calls as lost; with all set, unsent ones, too. */
static void lose_pending(shmgr_loop *loop, int error, const char *text, bool all) {
        uint64_t serial = 0;

        for (TableEntry *entry; (entry = table_after(&loop->by_id, serial));) {
                Pending *pending = entry->value;
                serial = entry->serial;
                if (all || !list_is_linked(&pending->in_loop))
                        lose(loop, pending);
        }
        loop->error = error;
        snprintf(loop->text, sizeof(loop->text), "%s", text);
        if (list_is_empty(&loop->unsent))
                link_clear(&loop->link);
}

/* The connection broke, or the session cannot be used any more. */
static void loop_disconnect(shmgr_loop *loop, int error, const char *text) {
        link_disconnect(&loop->link);
        holdings_lose(&loop->holdings);
        lose_pending(loop, error, text, ++loop->n_in_vain > 1);
}

/* Returns 0 also if the daemon does not accept the connection yet. */
static int loop_connect(shmgr_loop *loop) {
        char text[ADDRESS_MAX + 64];

        int r = address_find(loop->manager->socket, loop->link.path);
        if (r == 0)
                r = link_connect(&loop->link, false);
        if (r == 0)
                loop->n_connections++;
        if (r == 0 || r == -EAGAIN || r == -EINTR)
                return 0;
        snprintf(text, sizeof(text), "cannot connect to %s: %s", loop->link.path, strerror(-r));
        return manager_fail(loop->manager, r, text);
}

static int put_request(shmgr_loop *loop, Pending *pending, const char *method,
                       struct json_object *params) {
        size_t size = buffer_size(&loop->link.out);

        int r = table_add(&loop->by_id, &pending->id, sizeof(pending->id), pending);
        if (r < 0)
                return r;
        r = message_write_request(&loop->link.out, pending->id, method, params);
        if (r < 0) {
                table_remove(&loop->by_id, &pending->id, sizeof(pending->id));
                return r;
        }
        if (size == 0)
                loop->at = 0;
        pending->end = loop->at + buffer_size(&loop->link.out);
        list_append(&loop->unsent, &pending->in_loop);
        return 0;
}

static int begin(shmgr_loop *loop, Pending *pending, const char *method,
                 struct json_object *params) {
        int r = loop->link.fd < 0 ? loop_connect(loop) : 0;

        if (r < 0)
                return r;
        r = holding_change_of(method, params, &pending->change);
        if (r == 0)
                r = holdings_prepare(&loop->holdings, &pending->change);
        if (r == 0) {
                r = put_request(loop, pending, method, params);
                if (r < 0)
                        holdings_apply(&loop->holdings, &pending->change, false, NULL);
        }
        if (r < 0)
                return manager_fail(loop->manager, r,
                                    r == -ENOMEM ? "memory ran out"
                                                 : "the parameters cannot be written as JSON");
        loop->last_id++;
        return 0;
}

/* Runs the callback although the submit failed: the program waits for it. */
static int fail_now(shmgr_loop *loop, shmgr_callback callback, void *userdata, int error,
                    const char *text) {
        manager_fail(loop->manager, error, text);
        if (callback)
                callback(loop, error, NULL, text, userdata);
        return error;
}

/* Leaves the callback to process(), which runs every callback of a submitted call. */
static int fail_later(shmgr_loop *loop, Pending *pending, int error) {
        pending->error = error;
        pending->text = strdup(shmgr_manager_error(loop->manager));
        list_append(&loop->lost, &pending->in_loop);
        return error;
}

int shmgr_loop_submit(shmgr_loop *loop, const char *method, struct json_object *params,
                      shmgr_callback callback, void *userdata, uint64_t *ret_id) {
        if (loop->pid != getpid())
                return fail_now(loop, callback, userdata, -ECHILD,
                                "the loop belongs to another process");
        Pending *pending = calloc(1, sizeof(*pending));
        if (!pending)
                return fail_now(loop, callback, userdata, -ENOMEM, "memory ran out");
        *pending = (Pending){.id = loop->last_id + 1, .callback = callback, .userdata = userdata};
        list_init(&pending->in_loop);
        int r = begin(loop, pending, method, params);
        if (r < 0)
                return fail_later(loop, pending, r);
        if (ret_id)
                *ret_id = pending->id;
        return 0;
}

void shmgr_loop_set_notification(shmgr_loop *loop, shmgr_notification callback, void *userdata) {
        loop->on_notification = callback;
        loop->notification_userdata = userdata;
}

int shmgr_loop_cancel(shmgr_loop *loop, uint64_t id) {
        if (!table_get(&loop->by_id, &id, sizeof(id)))
                return manager_fail(loop->manager, -ENOENT, "no call with this id is in flight");
        int r = message_write_cancel(&loop->link.out, id);
        return r < 0 ? manager_fail(loop->manager, r, "memory ran out") : 0;
}

static int run_lost(shmgr_loop *loop) {
        int n = 0;

        list_splice(&loop->telling, &loop->lost);
        for (List *node; !loop->is_over && (node = list_first(&loop->telling)); n++) {
                CLEANUP(pending_freep) Pending *pending = LIST_ENTRY(node, Pending, in_loop);
                list_unlink(node);
                bool is_own = pending->error < 0;
                const char *text = !is_own ? loop->text : pending->text ? pending->text : "";
                if (pending->callback)
                        pending->callback(loop, is_own ? pending->error : loop->error, NULL, text,
                                          pending->userdata);
        }
        return n;
}

static int run_notification(shmgr_loop *loop, const Response *response) {
        if (!loop->on_notification)
                return 0;
        loop->on_notification(loop, response->method, response->params,
                              loop->notification_userdata);
        return 1;
}

/* Handles one line. Returns 1 if a callback was run. An error without an id is about the session as a whole: one of the calls will
 * never be answered, and it cannot be known which. */
static int run_line(shmgr_loop *loop, const char *line, size_t n) {
        CLEANUP(response_deinit) Response response = {0};
        CLEANUP(pending_freep) Pending *pending = NULL;

        int r = response_read(&response, line, n);
        if (r < 0) {
                loop_disconnect(loop, r, "the daemon's reply could not be read");
                return 0;
        }
        if (response.has_id) {
                loop->n_in_vain = 0;
                pending = table_remove(&loop->by_id, &response.id, sizeof(response.id));
        } else if (response.error)
                loop_disconnect(loop, response.error, response.text ? response.text : "");
        else if (response.method)
                return run_notification(loop, &response);
        if (!pending)
                return 0;
        holdings_apply(&loop->holdings, &pending->change, !response.error, response.result);
        if (pending->callback)
                pending->callback(loop, response.error,
                                  response.error ? response.data : response.result, response.text,
                                  pending->userdata);
        return 1;
}

/* A callback may submit more, so the line is taken out before it is run. */
static int run_lines(shmgr_loop *loop) {
        const char *line;
        size_t n;
        int n_run = 0;

        while (!loop->is_over && link_next(&loop->link, &line, &n)) {
                CLEANUP(freep) char *copy = malloc(n + 1);
                if (!copy) {
                        loop_disconnect(loop, -ENOMEM, "memory ran out");
                        return n_run;
                }
                memcpy(copy, line, n);
                link_next_done(&loop->link, n);
                n_run += run_line(loop, copy, n);
        }
        return n_run;
}

/* Called after bytes have left: drops the requests that have left as a whole. */
static void note_sent(shmgr_loop *loop, size_t size_before) {
        Link *link = &loop->link;
        bool is_all = buffer_size(&link->out) == 0;
        uint64_t sent = loop->at + (is_all ? size_before : link->n_sent), done = loop->at;

        for (List *node; (node = list_first(&loop->unsent));) {
                const Pending *pending = LIST_ENTRY(node, Pending, in_loop);
                if (pending->end > sent)
                        break;
                done = pending->end;
                list_unlink(node);
        }
        if (is_all)
                done = sent;
        else
                link_forget(link, done - loop->at);
        loop->at = done;
}

/* Sends and receives until neither is possible: 0 or an error. Bytes that arrived before the connection broke are
 * received even then. */
static int transfer(shmgr_loop *loop) {
        Link *link = &loop->link;
        int n_sent = 0, n;

        for (size_t size;
             (size = buffer_size(&link->out)) > 0 && (n_sent >= 0 || n_sent == -EINTR);) {
                n_sent = link_send(link);
                if (n_sent >= 0)
                        note_sent(loop, size);
        }
        do
                n = link_receive(link);
        while (n > 0 || n == -EINTR);
        if (n == -ENOMEM)
                return n;
        return n == -EAGAIN && (n_sent >= 0 || n_sent == -EAGAIN) ? 0 : -ECONNRESET;
}

/* Reports lost objects before the callbacks of lost calls, which may begin another session. */
static void tell_lost(shmgr_loop *loop) {
        if (loop->is_over || !holdings_are_lost(&loop->holdings))
                return;
        CLEANUP(json_putp) struct json_object *names = holdings_names_of_lost(&loop->holdings);
        holdings_forget_lost(&loop->holdings);
        if (loop->manager->on_lost)
                loop->manager->on_lost(names, loop->manager->lost_userdata);
}

/* A callback may have dropped the last reference, or the thread was cancelled in one. */
static void end_running(shmgr_loop **running) {
        (*running)->is_running = false;
        if ((*running)->is_over)
                shmgr_loop_unref(*running);
}

static int process(shmgr_loop *loop) {
        CLEANUP(end_running) shmgr_loop *running = loop;

        loop->is_running = true;
        int error = wants_connection(loop) ? loop_connect(loop) : 0;
        if (error < 0)
                lose_pending(loop, error, shmgr_manager_error(loop->manager), true);
        error = loop->link.fd >= 0 ? transfer(loop) : 0;
        unsigned n_connections = loop->n_connections;
        int n = run_lines(loop);
        /* Unless a line ended the session already, and a callback began another. */
        if (error < 0 && loop->link.fd >= 0 && loop->n_connections == n_connections)
                loop_disconnect(loop, error,
                                error == -ENOMEM ? "memory ran out"
                                                 : "the connection to the daemon was lost during "
                                                   "the call, which may "
                                                   "have taken effect");
        tell_lost(loop);
        return n + run_lost(loop);
}

int shmgr_loop_process(shmgr_loop *loop) {
        if (loop->pid != getpid())
                return manager_fail(loop->manager, -ECHILD, "the loop belongs to another process");
        if (loop->is_running)
                return manager_fail(loop->manager, -EBUSY,
                                    "a callback of the loop is running, which cannot process it");
        return process(loop);
}
