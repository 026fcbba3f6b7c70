/* Verbs that acquire an object: rejects them if the hold would end at once, and implements
 * --hold. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "hold.h"
#include "json/json-util.h"
#include "status.h"
#include "unreachable.h"
#include "wire.h"

#define INSTEAD_LOCK   "'shmgrctl lock run NAME -- COMMAND' holds it while a command runs"
#define INSTEAD_SHARED "'shmgrctl lock run --shared NAME -- COMMAND' holds it while a command runs"
#define INSTEAD_SHELL  "'shmgrctl shell' is one session for many commands"

static const struct {
        const char *method, *instead;
} takers[] = {
        {"lock.acquire", INSTEAD_LOCK},
        {"rlock.acquire", INSTEAD_LOCK},
        {"rwlock.acquire_write", INSTEAD_LOCK},
        {"rwlock.acquire_read", INSTEAD_SHARED},
        {"condition.acquire", INSTEAD_SHELL},
        {"lock.acquire_many", INSTEAD_SHELL},
        {"semaphore.acquire",
         "'shmgrctl semaphore run NAME -- COMMAND' holds it while a command runs"},
        {"queue.reserve", "'shmgrctl queue worker NAME -- COMMAND' runs a command for each item"},
};

static struct json_object *stat_of(Ctl *ctl, struct json_object *params) {
        CLEANUP(json_putp) struct json_object *name = json_object_new_object();
        struct json_object *stat = NULL;

        if (!name || json_put_nullable(name, "name",
                                       json_object_get(json_object_object_get(params, "name"))) < 0)
                return NULL;
        return ctl_try(ctl, "object.stat", name, &stat) == 0 ? stat : NULL;
}

/* Returns whether the hold would survive the session: permits without owners, locks without owners,
 * and locks with the policy "keep". */
static bool outlasts_session(Ctl *ctl, const char *method, struct json_object *params) {
        CLEANUP(json_putp) struct json_object *stat = stat_of(ctl, params);
        struct json_object *owned = json_object_object_get(stat, "owned");

        if (strcmp(method, "semaphore.acquire") == 0)
                return !json_object_get_boolean(owned);
        return (owned && !json_object_get_boolean(owned)) ||
               json_is_text(json_object_object_get(stat, "on_owner_death"), "keep");
}

static bool is_anonymous_open(const char *method, struct json_object *params) {
        const char *verb = strchr(method, '.');

        return verb && strcmp(verb, ".open") == 0 && !json_object_object_get(params, "name");
}

bool hold_takes(Ctl *ctl, const char *method, struct json_object *params,
                const char **ret_instead) {
        *ret_instead = "give it a name";
        if (is_anonymous_open(method, params))
                return true;
        for (size_t i = 0; i < ELEMENTSOF(takers); i++)
                if (strcmp(takers[i].method, method) == 0) {
                        *ret_instead = takers[i].instead;
                        return !outlasts_session(ctl, method, params);
                }
        return false;
}

int hold_refuse(const char *method, const char *instead) {
        return status_usage(
                "%s: what it acquires would be released at once, when shmgrctl exits: %s; "
                "--hold keeps it until standard input ends",
                method, instead);
}

static int wait_for(Wire *wire, int id, WireMessage *ret) {
        for (;;) {
                int r = wire_receive(wire, ret);
                if (r < 0)
                        return r;
                if (r == 1 && ret->id == id)
                        return ret->error;
                if (r == 1)
                        wire_message_deinit(ret);
                else
                        poll(&(struct pollfd){.fd = wire->fd, .events = POLLIN}, 1, -1);
        }
}

static int call(Wire *wire, const char *method, struct json_object *params, WireMessage *ret) {
        wire_message_deinit(ret);
        int id = wire_send(wire, method, params);

        return id < 0 ? id : wait_for(wire, id, ret);
}

static int say_hello(Wire *wire, WireMessage *message) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();

        if (!params || json_put_bool(params, "end_releases", true) < 0 ||
            json_put_bool(params, "tell_lost", true) < 0)
                return -ENOMEM;
        return call(wire, "session.hello", params, message);
}

/* Keeps the session until standard input ends, or reports what was lost. Discards bytes on standard
 * input. */
static int keep(Wire *wire, WireMessage *message, const char *method) {
        struct pollfd fds[] = {
                {.fd = STDIN_FILENO, .events = POLLIN},
                {.fd = wire->fd, .events = POLLIN},
        };
        char data[4096];

        for (;;) {
                poll(fds, ELEMENTSOF(fds), -1);
                if (fds[0].revents && read(STDIN_FILENO, data, sizeof(data)) <= 0)
                        return STATUS_OK;
                wire_message_deinit(message);
                int r = wire_receive(wire, message);
                if (r == 0)
                        continue;
                return status_error(STATUS_LOST, "%s: lost what was acquired: %s", method,
                                    r < 0 ? "the daemon ended" : "the object was deleted");
        }
}

static int explain(const Ctl *ctl, const char *method, const WireMessage *message, int error) {
        if (*message->text)
                return status_refused(status_of_error(error, message->data), method, error,
                                      message->text, message->data);
        return unreachable_explain(ctl->socket, error, ctl->is_verbose);
}

static int take_and_keep(Ctl *ctl, const char *method, struct json_object *params, Wire *wire,
                         WireMessage *message) {
        char path[ADDRESS_MAX];
        int r = address_find(ctl->socket, path);

        if (r == 0)
                r = wire_open(wire);
        if (r == 0)
                r = wire_connect(wire->fd, path);
        if (r == 0)
                r = say_hello(wire, message);
        if (r == 0)
                r = call(wire, method, params, message);
        if (r < 0)
                return explain(ctl, method, message, r);
        int status = ctl_answer(ctl, message->result, ANSWER_VALUE);
        fflush(stdout);
        return status == STATUS_OK ? keep(wire, message, method) : status;
}

int hold_run(Ctl *ctl, const char *method, struct json_object *params) {
        CLEANUP(json_putp) struct json_object *owned = params;
        WireMessage message = {0};
        Wire wire;

        wire_init(&wire);
        int status = take_and_keep(ctl, method, owned, &wire, &message);
        wire_message_deinit(&message);
        wire_deinit(&wire);
        return status;
}
