/* Holders: sessions of commands. holder.h has the model.
 *
 * The daemon attributes the session to the process that connected. So the child connects
 * (runner.c), on a socket that was made before the fork, and this process talks on its own copy. In
 * session.hello, ends_with "last" makes the session outlive this process: when it is killed, the
 * lock stays held as long as the command runs.
 *
 * Each wait here also waits for signals (wait_idle()): SIGTERM must end a process that waits for a
 * lock, and the exit of the child must not be missed.
 *
 * Must never happen: the command inherits a descriptor on which it could talk to the daemon, or
 * that keeps the lock after the command has ended. With --tree the lock shall be kept, so carry()
 * hides the socket in a message that no process can receive. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "base/utf8.h"
#include "group-end.h"
#include "holder.h"
#include "json/json-util.h"
#include "shown.h"
#include "status.h"

enum { CLIENT_MAX = 63, CARRIED_FD_LEAST = 200 };

int holder_begin(Holder *holder, Ctl *ctl, const char *verb, char **argv,
                 const HolderOptions *options) {
        *holder = (Holder){.ctl = ctl,
                           .verb = verb,
                           .argv = argv,
                           .options = *options,
                           .lookout = {.fd = -1},
                           .runner = {.go_fd = -1, .report_fd = -1},
                           .carried_fd = -1};
        wire_init(&holder->wire);
        if (options->kills_group)
                group_end_prepare();
        int r = signals_begin(&holder->signals);
        return r < 0 ? status_failure(verb, r) : STATUS_OK;
}

static void close_carried(Holder *holder) {
        if (holder->carried_fd >= 0)
                close(holder->carried_fd);
        holder->carried_fd = -1;
}

void holder_disconnect(Holder *holder) {
        wire_message_deinit(&holder->answer);
        wire_deinit(&holder->wire);
        close_carried(holder);
        runner_deinit(&holder->runner);
        lookout_end(&holder->lookout);
        holder->is_connected = holder->has_run = false;
        holder->loss = LOSS_NONE;
        holder->end_signal = 0;
}

void holder_end(Holder *holder) {
        holder_disconnect(holder);
        signals_end(&holder->signals);
}

int holder_put_env(Buffer *env, const char *name, const char *value) {
        int r = buffer_append_format(env, "%s=%s", name, value);

        return r == 0 ? buffer_append(env, "", 1) : r;
}

/* A terminal sends its signals to the foreground group, so the command must stay in it. Without a
 * terminal, only a group of its own finds the processes that the command started. */
static bool has_terminal(void) {
        int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

        if (fd >= 0)
                close(fd);
        return fd >= 0;
}

/* Makes a descriptor that keeps a socket open without access to it: a socketpair with the socket in
 * a message that is never received. Returns 0 or a negative errno. */
static int carry(int socket_fd, int *ret) {
        union {
                char data[CMSG_SPACE(sizeof(int))];
                struct cmsghdr alignment;
        } control = {0};
        char byte = 0;
        struct iovec part = {.iov_base = &byte, .iov_len = 1};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control.data,
                                 .msg_controllen = sizeof(control.data)};
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &socket_fd, sizeof(int));
        int r = sendmsg(pair[0], &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
        if (r == 0)
                *ret = fcntl(pair[1], F_DUPFD_CLOEXEC, CARRIED_FD_LEAST);
        if (r == 0 && *ret < 0)
                r = -errno;
        close(pair[0]);
        close(pair[1]);
        return r;
}

/* Returns NULL for a name that the daemon would refuse. */
static const char *client_name(const char *command) {
        const char *slash = strrchr(command, '/'), *name = slash ? slash + 1 : command;
        size_t n = strlen(name);

        return n > 0 && n <= CLIENT_MAX && utf8_is_valid(name, n) && !shown_has_controls(name)
                       ? name
                       : NULL;
}

void holder_name_session(Ctl *ctl, const char *command) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        CLEANUP(json_putp) struct json_object *result = NULL;
        const char *client = client_name(command);

        if (params && client && !ctl->is_shell && json_put_string(params, "client", client) == 0)
                ctl_try(ctl, "session.hello", params, &result);
}

static int make_hello(const Holder *holder, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();
        const HolderOptions *options = &holder->options;
        const char *client = client_name(holder->argv[0]);

        if (!params || (client && json_put_string(params, "client", client) < 0) ||
            (options->note && json_put_string(params, "note", options->note) < 0) ||
            json_put_int(params, "expect_ms", options->expect_ms) < 0 ||
            json_put_string(params, "ends_with", options->is_tree ? "socket" : "last") < 0 ||
            json_put_bool(params, "end_releases", options->is_tree || options->executes) < 0 ||
            json_put_bool(params, "tell_lost", true) < 0)
                return -ENOMEM;
        *ret = TAKE_PTR(params);
        return 0;
}

static int say_hello(Holder *holder) {
        CLEANUP(json_putp) struct json_object *params = NULL;
        struct json_object *result;
        int r = make_hello(holder, &params);

        if (r == 0)
                r = holder_call(holder, "session.hello", params, &result);
        if (r == 0)
                holder->session =
                        (uint64_t)json_object_get_int64(json_object_object_get(result, "session"));
        return r;
}

static int begin_runner(Holder *holder, const char *path, int input_fd) {
        int r = lookout_begin(&holder->lookout, &holder->signals, !has_terminal());
        RunnerPlan plan = {.argv = holder->argv,
                           .signals = &holder->signals,
                           .socket_fd = holder->wire.fd,
                           .path = path,
                           .input_fd = input_fd,
                           .carried_fd = holder->carried_fd,
                           .group = holder->lookout.group};

        return r == 0 ? runner_begin(&holder->runner, &plan) : r;
}

/* Makes the socket before the fork, so that both processes have it. */
static int open_socket(Holder *holder, char path[ADDRESS_MAX]) {
        int r = address_find(holder->ctl->socket, path);

        holder_disconnect(holder);
        if (r == 0)
                r = wire_open(&holder->wire);
        return r == 0 && holder->options.is_tree ? carry(holder->wire.fd, &holder->carried_fd) : r;
}

/* The answer with the reason survives the connection, for holder_explain(). */
static int begin_session(Holder *holder, int r) {
        holder->is_connected = r == 0;
        if (r == 0)
                r = say_hello(holder);
        if (r < 0) {
                WireMessage answer = holder->answer;
                holder->answer = (WireMessage){0};
                holder_disconnect(holder);
                holder->answer = answer;
        }
        return r;
}

int holder_connect(Holder *holder, int input_fd) {
        char path[ADDRESS_MAX];
        int r = open_socket(holder, path);

        if (r == 0)
                r = begin_runner(holder, path, input_fd);
        close_carried(holder);
        return begin_session(holder, r);
}

int holder_connect_self(Holder *holder) {
        char path[ADDRESS_MAX];
        int r = open_socket(holder, path);

        runner_take_name(holder->argv[0]);
        if (r == 0)
                r = wire_connect(holder->wire.fd, path);
        return begin_session(holder, r);
}

int holder_prepare(Holder *holder) {
        int r = begin_runner(holder, NULL, -1);

        if (r < 0)
                holder_disconnect(holder);
        return r;
}

/* Becomes the command. No process beside it watches for a loss; the session ends with the
 * command. */
int holder_execute(Holder *holder, const Buffer *env) {
        int r = holder->carried_fd >= 0 && fcntl(holder->carried_fd, F_SETFD, 0) < 0 ? -errno : 0;

        signals_end(&holder->signals);
        fflush(NULL);
        if (r == 0)
                r = runner_execute(holder->argv, env);
        status_failure(holder->argv[0], r);
        return r == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

/* Reads the signals that arrive while no command runs. Returns -EINTR for one that ends this
 * process; others are dropped. */
static int take_idle_signals(Holder *holder) {
        struct signalfd_siginfo info;

        while (signals_next(&holder->signals, &info))
                continue;
        return holder->signals.to_end && !holder->has_run ? -EINTR : 0;
}

/* Waits for a message or a signal. Returns 0 when a message may have arrived, or -EINTR. */
static int wait_idle(Holder *holder, int timeout_ms) {
        struct pollfd fds[] = {
                {.fd = holder->signals.fd, .events = POLLIN},
                {.fd = holder->wire.fd, .events = POLLIN},
        };

        poll(fds, ELEMENTSOF(fds), timeout_ms);
        return take_idle_signals(holder);
}

/* Signals that do not end this process do not shorten the pause. */
bool holder_pause(Holder *holder, int ms) {
        const struct timespec now = {.tv_nsec = 0};
        struct timespec begin, at = now;
        int left = ms;

        clock_gettime(CLOCK_MONOTONIC, &begin);
        while (left > 0) {
                struct pollfd p = {.fd = holder->signals.fd, .events = POLLIN};
                poll(&p, 1, left);
                if (take_idle_signals(holder) < 0)
                        return false;
                clock_gettime(CLOCK_MONOTONIC, &at);
                left = ms - (int)((at.tv_sec - begin.tv_sec) * 1000 +
                                  (at.tv_nsec - begin.tv_nsec) / 1000000);
        }
        return true;
}

bool holder_is_lost_report(const WireMessage *message) {
        return message->method && strcmp(message->method, "session.lost") == 0;
}

/* Waits for the reply with this id. Messages with another id are notifications, which do not matter
 * before the command runs. */
static int receive_answer(Holder *holder, int id) {
        for (;;) {
                wire_message_deinit(&holder->answer);
                int r = wire_receive(&holder->wire, &holder->answer);
                if (r < 0)
                        return r;
                if (r == 1 && holder->answer.id == id)
                        return holder->answer.error;
                if (r == 1) {
                        if (holder->has_run && holder_is_lost_report(&holder->answer))
                                holder->loss = LOSS_DELETED;
                        continue;
                }
                r = wait_idle(holder, -1);
                if (r < 0)
                        return r;
                if (!holder->has_run && runner_has_ended(&holder->runner))
                        return -ECHILD;
        }
}

int holder_call(Holder *holder, const char *method, struct json_object *params,
                struct json_object **ret) {
        wire_message_deinit(&holder->answer);
        int id = wire_send(&holder->wire, method, params);
        int r = id < 0 ? id : receive_answer(holder, id);

        if (r == 0)
                *ret = holder->answer.result;
        return r;
}

static int explain_killed(const Holder *holder, const char *method) {
        int status =
                holder->runner.has_ended ? runner_status(&holder->runner) : STATUS_SIGNAL + SIGKILL;

        return status_error(status,
                            "%s: the process that was to execute the command was killed "
                            "(status %d)",
                            method, status);
}

int holder_explain(const Holder *holder, const char *method, int error) {
        const WireMessage *answer = &holder->answer;

        if (error == -EINTR)
                return STATUS_SIGNAL + holder->signals.to_end;
        if (error == -ECHILD)
                return explain_killed(holder, method);
        if (error == -ECONNRESET)
                return status_error(STATUS_NO_DAEMON, "%s: the daemon ended", method);
        return status_refused(status_of_error(error, answer->data), method, error,
                              *answer->text ? answer->text : strerror(-error), answer->data);
}
