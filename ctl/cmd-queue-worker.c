/* shmgrctl queue worker: run a command for each item of a queue.
 *
 * An item is reserved while its command runs, and acknowledged when that ends well. The reservation is this
 * process's session's; so if the worker is killed, or the machine's user logs out, the item goes back to the
 * front of the queue, and another worker has it. Nothing is lost; what was half done is done again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "child.h"
#include "command.h"
#include "commands.h"
#include "item-file.h"
#include "json/json-util.h"
#include "status.h"

enum { ONCE, MAX, TIMEOUT, DRAIN, RAW, STOP, DEAD };

/* After a failure in a row it waits longer and longer, so that an item which always fails does not keep
 * the machine busy. */
enum { PAUSE_FIRST_MS = 100, PAUSE_MOST_MS = 30000 };

typedef struct Worker {
        Ctl *ctl;
        const Arguments *arguments;
        const char *name;
        char **command;
        int64_t n_left; /* items to go; less than 0 for no end */
        int pause_ms;
        int status; /* of the last command that failed */
        bool must_pause;
        bool is_over; /* it ends behind this item */
} Worker;

static const Option queue_worker_options[] = {
        [ONCE] = {.name = "once",
                  .letter = '1',
                  .help = "one item; exit with the status of its command"},
        [MAX] = {.name = "max",
                 .letter = 'n',
                 .kind = OPTION_COUNT,
                 .value = "N",
                 .help = "end after so many items"},
        [TIMEOUT] = {.name = "timeout",
                     .letter = 't',
                     .kind = OPTION_MS,
                     .value = "MS",
                     .help = "end, with 75, when no item came for so long"},
        [DRAIN] = {.name = "drain", .letter = 'd', .help = "end when the queue is empty"},
        [RAW] = {.name = "raw", .letter = 'r', .help = "no newline behind the item"},
        [STOP] = {.name = "stop-on-failure",
                  .letter = 'e',
                  .help = "end when a command fails, with its status"},
        [DEAD] = {.name = "dead",
                  .letter = 'D',
                  .kind = OPTION_TEXT,
                  .value = "QUEUE",
                  .completes = COMPLETE_OBJECTS,
                  .types = "queue",
                  .help = "an item whose command fails goes there, and not\nback"},
        {0},
};

static struct json_object *name_params(const char *name) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();

        if (!params || json_put_string(params, "name", name) < 0)
                return NULL;
        return TAKE_PTR(params);
}

static int open_queue(Ctl *ctl, const char *name) {
        CLEANUP(json_putp) struct json_object *params = name_params(name);
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!params || json_put_bool(params, "create", true) < 0)
                return status_failure("queue worker", -ENOMEM);
        return ctl_call(ctl, "queue.open", params, &result);
}

/* STATUS_OK and an item, or NULL when there will be none any more. */
static int reserve(const Worker *w, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = name_params(w->name);
        bool drains = w->arguments->given[DRAIN];
        int r = !params  ? -ENOMEM
                : drains ? json_put_int(params, "timeout_ms", 0)
                         : arguments_put_timeout(w->arguments, TIMEOUT, params);

        if (r < 0)
                return status_failure("queue worker", r);
        r = ctl_try(w->ctl, "queue.reserve", params, ret);
        if (r == -ESHUTDOWN || (r == -EAGAIN && drains))
                return STATUS_OK;
        return r < 0 ? ctl_explain(w->ctl, "queue.reserve", r) : STATUS_OK;
}

/* queue.ack, queue.nack. */
static int settle(const Worker *w, const char *method, struct json_object *id) {
        CLEANUP(json_putp) struct json_object *params = name_params(w->name);
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!params || json_put(params, "id", json_object_get(id)) < 0)
                return status_failure("queue worker", -ENOMEM);
        int status = ctl_call(w->ctl, method, params, &result);
        if (status != STATUS_OK)
                status_usage(
                        "the item was no longer reserved: it is done again by who gets it next");
        return status;
}

/* First there, then away from here: if the worker is killed in between it is in both, and not in none. */
static int move_to_dead(const Worker *w, struct json_object *id, struct json_object *value) {
        CLEANUP(json_putp) struct json_object *params = name_params(w->arguments->given[DEAD]);
        CLEANUP(json_putp) struct json_object *result = NULL;

        if (!params || json_put(params, "value", json_object_get(value)) < 0)
                return status_failure("queue worker", -ENOMEM);
        int status = ctl_call(w->ctl, "queue.put", params, &result);
        return status == STATUS_OK ? settle(w, "queue.ack", id) : status;
}

static void pause_longer(Worker *w) {
        w->pause_ms = w->pause_ms == 0 ? PAUSE_FIRST_MS : 2 * w->pause_ms;
        if (w->pause_ms > PAUSE_MOST_MS)
                w->pause_ms = PAUSE_MOST_MS;
        nanosleep(&(struct timespec){.tv_sec = w->pause_ms / 1000,
                                     .tv_nsec = w->pause_ms % 1000 * 1000000L},
                  NULL);
}

/* What the command did decides where the item goes. */
static int settle_by(Worker *w, int command_status, struct json_object *id,
                     struct json_object *value) {
        if (command_status == 0) {
                w->pause_ms = 0;
                w->must_pause = false;
                return settle(w, "queue.ack", id);
        }
        bool is_dead = w->arguments->given[DEAD];
        status_usage("the command ended with %d: item %lld goes %s%s", command_status,
                     (long long)json_object_get_int64(id), is_dead ? "to " : "back",
                     is_dead ? w->arguments->given[DEAD] : "");
        w->status = command_status;
        w->must_pause = !is_dead;
        w->is_over = w->is_over || w->arguments->given[STOP] ||
                     command_status == STATUS_NOT_FOUND || command_status == STATUS_NOT_RUN;
        return is_dead ? move_to_dead(w, id, value) : settle(w, "queue.nack", id);
}

static int set_environment(const Worker *w, struct json_object *id) {
        if (setenv("SHMGR_QUEUE", w->name, 1) < 0 ||
            setenv("SHMGR_ITEM", json_object_get_string(id), 1) < 0)
                return status_failure("the environment", -errno);
        return STATUS_OK;
}

/* A signal that was to end the worker has been sent on to the command, whose item is settled first. */
static int work_on(Worker *w, struct json_object *item) {
        struct json_object *id = json_object_object_get(item, "id");
        struct json_object *value = json_object_object_get(item, "value");
        int signal_number;

        int status = set_environment(w, id);
        if (status != STATUS_OK)
                return status;
        int fd = item_file_open(value, w->ctl->is_json, !w->arguments->given[RAW]);
        if (fd < 0)
                return status_failure("queue worker", fd);
        int command_status = child_run(w->command, fd, &signal_number);
        close(fd);
        status = settle_by(w, command_status, id, value);
        if (signal_number) {
                w->is_over = true;
                w->status = STATUS_SIGNAL + signal_number;
        }
        return status;
}

static int work_on_next(Worker *w) {
        CLEANUP(json_putp) struct json_object *item = NULL;
        int status = reserve(w, &item);

        if (status == STATUS_OK && item) {
                w->n_left--;
                return work_on(w, item);
        }
        w->is_over = true;
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
        int status = arguments_read(ctl, &command_queue_worker, argc, argv, &arguments);

        if (status != STATUS_OK)
                return status;
        Worker worker = {
                .ctl = ctl,
                .arguments = &arguments,
                .name = arguments.words[0],
                .command = arguments.words + 1,
                .n_left = arguments.given[ONCE] ? 1 : arguments_count(&arguments, MAX, -1),
        };
        status = open_queue(ctl, worker.name);
        if (status == STATUS_OK && arguments.given[DEAD])
                status = open_queue(ctl, arguments.given[DEAD]);
        return status == STATUS_OK ? work(&worker) : status;
}

const Command command_queue_worker = {
        .name = "queue",
        .verb = "worker",
        .arguments = "NAME [OPTION...] -- COMMAND [ARG...]",
        .help = "run a command for each item, which it has on its standard input",
        .options = queue_worker_options,
        .min_words = 2,
        .completes = COMPLETE_OBJECTS,
        .types = "queue",
        .runs_command = true,
        .details =
                "The queue is made if there is none. An item is a line: a string as it stands,\n"
                "anything else as JSON (with --json a string as well). The command finds the\n"
                "queue in $SHMGR_QUEUE, and the reservation's number in $SHMGR_ITEM.\n"
                "\n"
                "When the command exits with 0 the item is done with. Else it goes back to the\n"
                "front of the queue, and is tried again after a pause that grows from 100 ms to\n"
                "30 s; and so it does, at once, when the worker is killed: no item is lost, and\n"
                "one that was half done is done again. A signal to the worker is sent on to the\n"
                "command, after which it ends.\n"
                "\n"
                "It ends as well when the queue is closed and empty (queue close), or when the\n"
                "command cannot be run; with the status of the last command that failed.\n",
        .run = queue_worker_run,
};
