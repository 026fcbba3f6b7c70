/* Actors: see actor.h. An order to an actor is a message: a letter, and its arguments. */
#include <check.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/errno-name.h"
#include "base/macros.h"
#include "json/json-util.h"
#include "lib/actor.h"

enum {
        SAY_CALL = 'c',
        SAY_EXIT = 'x',
        SAY_END_THREAD = 't',
        SAY_EXEC = 'e',
        SAY_LEAVE_CHILD = 'l',
        SAY_FORK = 'f',
        TEXT_MAX = 32 << 10,
        HEAR_MS = 120000,
};

/* ---- The actor's side: it uses no checks of libcheck, and exits when something is wrong. ---- */

typedef struct Self {
        shmgr_manager *manager;
        int fd, life_fd;
} Self;

static void say(const Self *self, const char *text) {
        if (send(self->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
                _exit(3);
}

/* Receives an order, and a descriptor if one is attached; false at the end of the stream. */
static bool listen_to(const Self *self, char *text, int *ret_fd) {
        union {
                struct cmsghdr head;
                char space[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec iov = {.iov_base = text, .iov_len = TEXT_MAX - 1};
        struct msghdr message = {.msg_iov = &iov,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof(control)};
        ssize_t n;

        do
                n = recvmsg(self->fd, &message, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n <= 0)
                return false;
        text[n] = '\0';
        *ret_fd = -1;
        const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        if (head)
                memcpy(ret_fd, CMSG_DATA(head), sizeof(int));
        return true;
}

static void do_call(const Self *self, char *text) {
        static _Thread_local char answer[TEXT_MAX];
        char *space = strchr(text, ' ');
        CLEANUP(json_putp) struct json_object *result = NULL;
        CLEANUP(json_putp) struct json_object *params = NULL;

        *space = '\0';
        params = json_tokener_parse(space + 1);
        int r = shmgr_call(self->manager, text, params, &result);
        snprintf(answer, sizeof(answer), "%c%s%s%s", r < 0 ? '!' : '=', r < 0 ? errno_name(-r) : "",
                 r < 0 ? " " : "",
                 json_object_to_json_string_ext(r < 0 ? shmgr_manager_error_data(self->manager)
                                                      : result,
                                                JSON_C_TO_STRING_PLAIN));
        say(self, answer);
}

/* cat(1) stands for another program: it echoes each message. */
static void do_exec(const Self *self) {
        dup2(self->fd, STDIN_FILENO);
        dup2(self->fd, STDOUT_FILENO);
        execl("/bin/cat", "cat", (char *)NULL);
        _exit(4);
}

static void do_leave_child(const Self *self) {
        char byte;

        if (syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0) == 0) {
                say(self, "=");
                while (read(self->life_fd, &byte, 1) < 0 && errno == EINTR) {
                }
                _exit(0);
        }
}

static void set_name(char letter);
static void act(Self *self);

static void do_fork(const Self *self, char letter, int fd) {
        char answer[32];
        pid_t pid = fork();

        if (pid == 0) {
                Self child = {.manager = self->manager, .fd = fd, .life_fd = self->life_fd};
                close(self->fd);
                set_name(letter);
                act(&child);
                _exit(0);
        }
        close(fd);
        snprintf(answer, sizeof(answer), "=%d", (int)pid);
        say(self, answer);
}

/* Carries an order out; false if the actor's thread is to end. */
static bool obey(Self *self, char *text, int fd) {
        switch (text[0]) {
        case SAY_CALL:
                do_call(self, text + 1);
                return true;
        case SAY_EXIT:
                exit(0);
        case SAY_EXEC:
                do_exec(self);
                return true;
        case SAY_LEAVE_CHILD:
                do_leave_child(self);
                return true;
        case SAY_FORK:
                do_fork(self, text[1], fd);
                return true;
        default:
                return false;
        }
}

static void set_name(char letter) {
        char name[] = "actor-?";

        name[sizeof(name) - 2] = letter;
        prctl(PR_SET_NAME, name);
}

static void act(Self *self) {
        CLEANUP(freep) char *text = malloc(TEXT_MAX);
        int fd;

        if (!text || shmgr_ping(self->manager) < 0)
                _exit(2);
        say(self, "=");
        while (listen_to(self, text, &fd))
                if (!obey(self, text, fd))
                        return;
        _exit(0);
}

static void *act_in_thread(void *self) {
        act(self);
        return NULL;
}

static void become(const ActorOptions *options) {
        if (options->uid == 0)
                return;
        if (setgroups(0, NULL) < 0 || setgid(options->gid) < 0 || setuid(options->uid) < 0)
                _exit(5);
}

static void run_child(Self *self, const ActorOptions *options) {
        pthread_t thread;

        become(options);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!options->in_thread) {
                act(self);
                _exit(0);
        }
        if (pthread_create(&thread, NULL, act_in_thread, self) != 0)
                _exit(2);
        pthread_join(thread, NULL);
        say(self, "=");
        /* Lives until the test closes its end of the socket pair. */
        while (recv(self->fd, &(char){0}, 1, 0) > 0) {
        }
        _exit(0);
}

/* ---- The test's side ---- */

static void tell(Actor *actor, const char *text) {
        ck_assert_msg(send(actor->fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text),
                      "an actor cannot be told: %s", strerror(errno));
}

bool actor_has_answered(const Actor *actor) {
        struct pollfd p = {.fd = actor->fd, .events = POLLIN};

        return poll(&p, 1, 0) == 1;
}

const char *actor_hear(Actor *actor) {
        static char text[TEXT_MAX];
        struct pollfd p = {.fd = actor->fd, .events = POLLIN};
        int r;

        do
                r = poll(&p, 1, HEAR_MS);
        while (r < 0 && errno == EINTR);
        ck_assert_msg(r == 1, "no answer came");
        ssize_t n = recv(actor->fd, text, sizeof(text) - 1, 0);
        ck_assert_msg(n > 0, "an actor is gone");
        text[n] = '\0';
        actor->is_busy = actor->waits = false;
        return text;
}

void actor_start(Actor *actor, char letter, shmgr_manager *manager, const ActorOptions *options) {
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                Self self = {.manager = manager, .fd = fds[1], .life_fd = options->life_fd};
                close(fds[0]);
                set_name(letter);
                for (size_t i = 0; i < options->n_close_fds; i++)
                        if (options->close_fds[i] >= 0)
                                close(options->close_fds[i]);
                run_child(&self, options);
        }
        close(fds[1]);
        *actor = (Actor){.pid = pid, .fd = fds[0], .is_child = true};
        actor_hear(actor);
}

void actor_fork(Actor *actor, char letter, Actor *ret_child) {
        union {
                struct cmsghdr head;
                char space[CMSG_SPACE(sizeof(int))];
        } control = {.head = {.cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS,
                              .cmsg_len = CMSG_LEN(sizeof(int))}};
        char text[] = {SAY_FORK, letter};
        struct iovec iov = {.iov_base = text, .iov_len = sizeof(text)};
        struct msghdr message = {.msg_iov = &iov,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof(control)};
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
        memcpy(CMSG_DATA(&control.head), &fds[1], sizeof(int));
        ck_assert_int_eq(sendmsg(actor->fd, &message, MSG_NOSIGNAL), 2);
        close(fds[1]);
        pid_t pid = (pid_t)strtol(actor_hear(actor) + 1, NULL, 10);
        *ret_child = (Actor){.pid = pid, .fd = fds[0]};
        actor_hear(ret_child);
}

void actor_call(Actor *actor, const char *method, const char *params) {
        char text[TEXT_MAX];

        snprintf(text, sizeof(text), "%c%s %s", SAY_CALL, method, params);
        tell(actor, text);
        actor->is_busy = true;
}

/* Waits for the end of the process. An actor that another one forked counts as ended when its
 * descriptors are closed. */
static void await_end(Actor *actor) {
        if (actor->is_child) {
                ck_assert_int_eq(waitpid(actor->pid, NULL, 0), actor->pid);
        } else {
                struct pollfd p = {.fd = actor->fd};
                ck_assert_int_eq(poll(&p, 1, HEAR_MS), 1);
        }
        close(actor->fd);
        *actor = (Actor){.fd = -1};
}

void actor_kill(Actor *actor) {
        kill(actor->pid, SIGKILL);
        await_end(actor);
}

void actor_exit(Actor *actor) {
        tell(actor, (char[]){SAY_EXIT, 0});
        await_end(actor);
}

void actor_end_thread(Actor *actor) {
        tell(actor, (char[]){SAY_END_THREAD, 0});
        actor_hear(actor);
        actor->is_mute = true;
}

void actor_exec(Actor *actor) {
        tell(actor, (char[]){SAY_EXEC, 0});
        /* The test asks the new program for an echo. */
        tell(actor, "echo");
        ck_assert_str_eq(actor_hear(actor), "echo");
        actor->is_mute = true;
}

void actor_leave_child(Actor *actor) {
        tell(actor, (char[]){SAY_LEAVE_CHILD, 0});
        actor_hear(actor);
}

void actor_stop(Actor *actor) {
        if (!actor->pid)
                return;
        if (actor->is_busy && actor->is_child)
                kill(actor->pid, SIGKILL);
        shutdown(actor->fd, SHUT_RDWR);
        if (actor->is_child)
                waitpid(actor->pid, NULL, 0);
        close(actor->fd);
        *actor = (Actor){.fd = -1};
}
