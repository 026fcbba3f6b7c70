/* shmgrctl queue worker: runs a command for each item of a queue.
 *
 * An item is reserved while its command runs, and acknowledged when the command exits with status
 * 0. The reservation belongs to the session of the command's process (holder.h). So when the worker
 * is killed, the item stays reserved until the command has ended, and then returns to the front of
 * the queue.
 *
 * Must never happen: two commands process the same item at once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "command.h"
#include "commands.h"
#include "holder.h"
#include "item-file.h"
#include "json/json-util.h"
#include "reconnect.h"
#include "run-options.h"
#include "status.h"

enum { ONCE = RUN_OPTIONS, MAX, DRAIN, RAW, STOP, DEAD, KEEP };

/* The pause doubles with each failure in a row, so an item that always fails does not keep the
 * machine busy. */
enum { PAUSE_FIRST_MS = 100, PAUSE_MOST_MS = 30000 };

typedef struct Worker {
        Ctl *ctl;
        const Arguments *arguments;
        const char *name;
        Holder holder;
        int item_fd;
        int64_t n_left; /* items left to process; less than 0: no limit */
        int pause_ms;
        int status; /* of the last command that failed */
        bool must_pause;
        bool is_over; /* the worker exits after this item */
} Worker;

static const Option queue_worker_options[] = {
        RUN_OPTION_ROWS("exit with 75 when no item has come for this long"),
        [ONCE] = {.name = "once",
                  .letter = '1',
                  .help = "exit after one item, with the status of its command"},
        [MAX] = {.name = "max",
                 .letter = 'n',
                 .kind = OPTION_COUNT,
                 .value = "N",
                 .help = "exit after this many items"},
        [DRAIN] = {.name = "drain", .letter = 'd', .help = "exit when the queue is empty"},
        [RAW] = {.name = "raw", .letter = 'r', .help = "write no newline after the item"},
        [STOP] = {.name = "stop-on-failure",
                  .letter = 'e',
                  .help = "exit when a command fails, with its status"},
        [DEAD] = {.name = "dead",
                  .letter = 'D',
                  .kind = OPTION_TEXT,
                  .value = "QUEUE",
                  .completes = COMPLETE_OBJECTS,
                  .types = "queue",
                  .help = "put an item whose command fails into that queue,\ninstead of back"},
        [KEEP] = {.name = "keep",
                  .letter = 'k',
                  .help = "exit after one item, with the status of its command;\nthe item goes "
                          "back in any "
                          "case: a pool of devices"},
        {0},
};

static struct json_object *name_params(const char *name) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();

        if (!params || json_put_string(params, "name", name) < 0)
                return NULL;
        return TAKE_PTR(params);
}

static int open_queue(const Worker *w, const char *name) {
        CLEANUP(json_putp) struct json_object *params = name_params(name);
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!params || json_put_bool(params, "create", true) < 0)
                return status_failure("queue worker", -ENOMEM);
        int status = run_options_put_sharing("queue worker", w->arguments, params);
        if (status != STATUS_OK)
                return status;
        int r = ctl_try(w->ctl, "queue.open", params, &result);
        /* Reconnects here only before the holder begins. Afterwards begin_anew() does, and handles
         * signals while it waits. */
        while (!w->holder.verb && ctl_lost_daemon(w->ctl, r) &&
               reconnect(w->ctl, "queue worker", NULL, NULL) == STATUS_OK)
                r = ctl_try(w->ctl, "queue.open", params, &result);
        return ctl_finish(w->ctl, "queue.open", r);
}

static int open_queues(const Worker *w) {
        const char *dead = w->arguments->given[DEAD];
        int status = open_queue(w, w->name);

        return status == STATUS_OK && dead ? open_queue(w, dead) : status;
}

static bool pause_holder(void *userdata, int ms) {
        return holder_pause(userdata, ms);
}

/* Connects to the next daemon. This is safe, since the worker holds no reservation, or has reported
 * its loss. */
static int begin_anew(Worker *w) {
        int status = reconnect(w->ctl, "queue worker", pause_holder, &w->holder);

        if (w->holder.signals.to_end)
                return STATUS_SIGNAL + w->holder.signals.to_end;
        if (status == STATUS_OK)
                status = open_queues(w);
        ctl_drop_session(w->ctl);
        return status;
}

/* Opens the queues again after ENOENT: another daemon has started meanwhile, or a user has deleted
 * a queue. */
static int make_again(const Worker *w) {
        int status = open_queues(w);

        ctl_drop_session(w->ctl);
        return status;
}

/* Reserves an item. Returns 0 and the item, or a negative errno. */
static int try_reserve(Worker *w, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = name_params(w->name);
        struct json_object *result;
        int r = !params ? -ENOMEM
                : w->arguments->given[DRAIN]
                        ? json_put_int(params, "timeout_ms", 0)
                        : arguments_put_timeout(w->arguments, RUN_TIMEOUT, params);

        if (r == 0)
                r = holder_connect(&w->holder, w->item_fd);
        if (r == 0)
                r = holder_call(&w->holder, "queue.reserve", params, &result);
        if (r == 0)
                *ret = json_object_get(result);
        return r;
}

static bool is_of_daemon(const Worker *w, int error) {
        return error == -ECONNRESET ||
               (!w->holder.is_connected && (error == -ECONNREFUSED || error == -ENOENT));
}

/* Waits for an item. Returns STATUS_OK and the item, or NULL if no item will ever come. */
static int reserve(Worker *w, struct json_object **ret) {
        for (;;) {
                int r = try_reserve(w, ret);
                if (r == 0 || r == -ESHUTDOWN || (r == -EAGAIN && w->arguments->given[DRAIN]))
                        return STATUS_OK;
                bool is_gone = r == -ENOENT && w->holder.is_connected;
                if (!is_gone && !is_of_daemon(w, r))
                        return holder_explain(&w->holder, "queue.reserve", r);
                int status = is_gone ? make_again(w) : begin_anew(w);
                if (status != STATUS_OK)
                        return status;
        }
}

typedef struct ItemText {
        char text[64];
} ItemText;

/* Returns how messages name the reservation of an item. */
static ItemText reservation_text(struct json_object *id) {
        ItemText t;

        snprintf(t.text, sizeof(t.text), "the reservation of item %lld",
                 (long long)json_object_get_int64(id));
        return t;
}

/* Settles an item whose reservation was lost: the kind of loss tells where the item is now. */
static int settle_lost(Worker *w, struct json_object *id) {
        if (w->holder.loss == LOSS_CUT_OFF)
                status_note("item %lld returned to the queue; the next worker runs it again",
                            (long long)json_object_get_int64(id));
        w->status = STATUS_LOST;
        w->is_over = w->is_over || w->arguments->given[STOP];
        return STATUS_OK;
}

/* Reports that the daemon was not told the outcome: the command has exited, so its effects
 * remain. */
static int tell_unsettled(const Worker *w, const char *method, struct json_object *id, int error) {
        if (error != -ECONNRESET)
                return holder_explain(&w->holder, method, error);
        return status_error(
                STATUS_LOST,
                "item %lld: the command exited, but the daemon ended before the result could "
                "be reported",
                (long long)json_object_get_int64(id));
}

/* Explains why an item could not be settled. EPERM means that the queue of the item was deleted, and that
 * another one has its name. */
static int explain_unsettled(Worker *w, const char *method, struct json_object *id, int error) {
        if (error == -ECONNRESET && !w->holder.loss)
                return tell_unsettled(w, method, id, error);
        int status = holder_explain_release(&w->holder, method, error == -EPERM ? -ENOENT : error,
                                            reservation_text(id).text);
        return w->holder.loss ? settle_lost(w, id) : status;
}

/* Calls queue.ack or queue.nack. */
static int settle(Worker *w, const char *method, struct json_object *id) {
        CLEANUP(json_putp) struct json_object *params = name_params(w->name);
        struct json_object *result;

        if (!params || json_put(params, "id", json_object_get(id)) < 0)
                return status_failure("queue worker", -ENOMEM);
        int r = holder_call(&w->holder, method, params, &result);
        return r == 0 ? STATUS_OK : explain_unsettled(w, method, id, r);
}

/* Puts the item into the other queue before it removes it here: if the worker is killed in between,
 * the item is in both queues, and not lost. */
static int move_to_dead(Worker *w, struct json_object *id, struct json_object *value) {
        CLEANUP(json_putp) struct json_object *params = name_params(w->arguments->given[DEAD]);
        struct json_object *result;

        if (!params || json_put_nullable(params, "value", json_object_get(value)) < 0)
                return status_failure("queue worker", -ENOMEM);
        int r = holder_call(&w->holder, "queue.put", params, &result);
        return r == 0 ? settle(w, "queue.ack", id) : tell_unsettled(w, "queue.put", id, r);
}

static void pause_longer(Worker *w) {
        w->pause_ms = w->pause_ms == 0 ? PAUSE_FIRST_MS : 2 * w->pause_ms;
        if (w->pause_ms > PAUSE_MOST_MS)
                w->pause_ms = PAUSE_MOST_MS;
        holder_pause(&w->holder, w->pause_ms);
}

/* Acknowledges, returns or moves the item, depending on the status of the command. */
static int settle_by(Worker *w, int command_status, struct json_object *id,
                     struct json_object *value) {
        if (w->holder.loss)
                return settle_lost(w, id);
        if (w->arguments->given[KEEP]) {
                w->status = command_status;
                return settle(w, "queue.nack", id);
        }
        if (command_status == 0) {
                w->pause_ms = 0;
                w->must_pause = false;
                return settle(w, "queue.ack", id);
        }
        bool is_dead = w->arguments->given[DEAD];
        status_note("the command exited with %d: item %lld goes %s%s", command_status,
                    (long long)json_object_get_int64(id), is_dead ? "to " : "back to the queue",
                    is_dead ? w->arguments->given[DEAD] : "");
        w->status = command_status;
        w->must_pause = !is_dead;
        w->is_over = w->is_over || w->arguments->given[STOP] ||
                     command_status == STATUS_NOT_FOUND || command_status == STATUS_NOT_RUN;
        return is_dead ? move_to_dead(w, id, value) : settle(w, "queue.nack", id);
}

static int make_environment(const Worker *w, struct json_object *id, Buffer *env) {
        int r = holder_put_env(env, "SHMGR_QUEUE", w->name);

        return r == 0 ? holder_put_env(env, "SHMGR_ITEM", json_object_get_string(id)) : r;
}

/* Processes one item. A signal that ends the worker was forwarded to the command, so the item is
 * settled before the worker exits. */
static int work_on(Worker *w, struct json_object *item) {
        CLEANUP(buffer_deinit) Buffer env = {0};
        struct json_object *id = json_object_object_get(item, "id");
        struct json_object *value = json_object_object_get(item, "value");

        int r = make_environment(w, id, &env);
        if (r == 0)
                r = item_file_write(w->item_fd, value, w->ctl->is_json, !w->arguments->given[RAW]);
        if (r < 0)
                return status_failure("queue worker", r);
        int command_status = holder_run(&w->holder, &env, reservation_text(id).text);
        int status = settle_by(w, command_status, id, value);
        if (w->holder.end_signal) {
                w->is_over = true;
                w->status = STATUS_SIGNAL + w->holder.end_signal;
        }
        return status;
}

static int work_on_next(Worker *w) {
        CLEANUP(json_putp) struct json_object *item = NULL;

        w->item_fd = item_file_open();
        if (w->item_fd < 0)
                return status_failure("queue worker", w->item_fd);
        int status = reserve(w, &item);
        w->is_over = status != STATUS_OK || !item;
        if (!w->is_over) {
                w->n_left--;
                status = work_on(w, item);
        }
        close(w->item_fd);
        holder_disconnect(&w->holder);
        return status;
}

static int work(Worker *w) {
        int status = STATUS_OK;

        while (status == STATUS_OK && w->n_left != 0 && !w->is_over) {
                if (w->must_pause)
                        pause_longer(w);
                status = work_on_next(w);
        }
        return status == STATUS_OK ? w->status : status;
}

static int queue_worker_run(Ctl *ctl, int argc, char **argv) {
        Arguments arguments;
        HolderOptions options;
        int status = arguments_read(ctl, &command_queue_worker, argc, argv, &arguments);

        if (status == STATUS_OK)
                status = run_options_read("queue worker", &arguments, &options);
        if (status != STATUS_OK)
                return status;
        bool is_single = arguments.given[ONCE] || arguments.given[KEEP];
        if (arguments.given[KEEP] && arguments.given[DEAD])
                return status_usage("queue worker: --keep and --dead exclude each other");
        Worker worker = {
                .ctl = ctl,
                .arguments = &arguments,
                .name = arguments.words[0],
                .n_left = is_single ? 1 : arguments_count(&arguments, MAX, -1),
        };
        holder_name_session(ctl, arguments.words[1]);
        status = open_queues(&worker);
        ctl_drop_session(ctl);
        if (status == STATUS_OK)
                status = holder_begin(&worker.holder, ctl, "queue worker", arguments.words + 1,
                                      &options);
        if (status != STATUS_OK)
                return status;
        status = work(&worker);
        ctl->end_signal = worker.holder.signals.to_end;
        holder_end(&worker.holder);
        return status;
}

const Command command_queue_worker = {
        .name = "queue",
        .verb = "worker",
        .arguments = "NAME [OPTION...] -- COMMAND [ARG...]",
        .help = "run a command for each item, which it reads from standard input",
        .options = queue_worker_options,
        .min_words = 2,
        .completes = COMPLETE_OBJECTS,
        .types = "queue",
        .runs_command = true,
        .details =
                "The queue is created if it does not exist. An item is a line: a string as it "
                "is,\n"
                "any other value as JSON (with --json a string, too). The environment of the\n"
                "command has the queue in SHMGR_QUEUE, and the reservation's number in\n"
                "SHMGR_ITEM.\n"
                "\n"
                "If the command exits with 0, the item is finished. Otherwise it goes back to the\n"
                "front of the queue, and is tried again after a pause, which grows from 100 ms to\n"
                "30 s. If the worker is killed, the item goes back when the command has ended, "
                "and\n"
                "is run again. A signal to the worker is forwarded to the command; then the "
                "worker\n"
                "exits.\n"
                "\n"
                "With --keep the items are not work but things that one command at a time may "
                "use:\n"
                "an item goes back to the queue when its command has ended, however that was.\n"
                "\n"
                "It also exits when the queue is closed and empty (queue close), and when the\n"
                "command cannot be run: with the status of the last command that failed.\n",
        .run = queue_worker_run,
};
