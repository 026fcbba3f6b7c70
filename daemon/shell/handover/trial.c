/* Runs trials.
 *
 * The child inherits all descriptors of the daemon. It closes them first, so that a client whose
 * socket the daemon closes sees end of file. The output of the child ends when the program exits,
 * or when the daemon kills it after time_ms. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macros.h"
#include "crash-point.h"
#include "handover/shell-record.h"
#include "handover/trial.h"

/* ---- In the child */

static void fail_child(const char *what, int error) {
        dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(error));
        _exit(1);
}

static void run_child(const ShellState *state, const Program *program, char *const *argv, int out) {
        sigset_t none;
        char option[64];

        if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
                _exit(1);
        syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0);
        crash_point("trial-begin");
        int fd = shell_save(state);
        crash_point("trial-saved");
        if (fd < 0)
                fail_child("the snapshot cannot be written", -fd);
        snprintf(option, sizeof(option), "--check-snapshot=%d", fd);
        char **arguments = program_arguments(argv, option);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (!arguments || fcntl(fd, F_SETFD, 0) < 0)
                fail_child("the program cannot be executed", ENOMEM);
        crash_point("trial-execute");
        execv(program->path, arguments);
        fail_child(program->path, errno);
}

/* ---- In the daemon */

/* Reduces the text to the last line that the program wrote, without "shmgrd: ". */
static void trim_text(Trial *t) {
        const char *line;

        while (t->n_text > 0 && strchr("\n ", t->text[t->n_text - 1]))
                t->n_text--;
        t->text[t->n_text] = '\0';
        line = strrchr(t->text, '\n');
        line = line ? line + 1 : t->text;
        if (strncmp(line, "shmgrd: ", 8) == 0)
                line += 8;
        memmove(t->text, line, strlen(line) + 1);
}

static void note_status(Trial *t, int status) {
        t->has_passed = WIFEXITED(status) && WEXITSTATUS(status) == 0 && t->error == 0 &&
                        strcmp(t->text, TRIAL_PASSED) == 0;
        if (t->has_passed)
                return;
        trim_text(t);
        if (t->error == ETIMEDOUT)
                snprintf(t->text, sizeof(t->text), "it took longer than %llu ms (restart-time)",
                         (unsigned long long)t->time_ms);
        else if (WIFSIGNALED(status))
                snprintf(t->text, sizeof(t->text), "signal %d (%s) ended it", WTERMSIG(status),
                         strsignal(WTERMSIG(status)));
        else if (WEXITSTATUS(status) == 0 || t->n_text == 0)
                snprintf(
                        t->text, sizeof(t->text),
                        "it exited with status %d and did not report that it can load the snapshot",
                        WEXITSTATUS(status));
        if (t->error == 0)
                t->error = ENOEXEC;
}

/* Kills the child if it is running although it has closed its output. */
static void reap(Trial *t) {
        int status = 0;

        kill(t->pid, SIGKILL);
        while (waitpid(t->pid, &status, 0) < 0 && errno == EINTR)
                ;
        t->pid = 0;
        t->is_over = true;
        note_status(t, status);
}

static void drop_events(Trial *t) {
        if (t->on_output)
                event_free(t->on_output);
        if (t->on_timeout)
                event_free(t->on_timeout);
        t->on_output = t->on_timeout = NULL;
        if (t->fd >= 0)
                close(t->fd);
        t->fd = -1;
}

static void on_output(evutil_socket_t fd, short events, void *userdata) {
        Trial *t = userdata;
        size_t room = sizeof(t->text) - 1 - t->n_text;
        char more[TRIAL_TEXT_MAX];
        /* Keeps the beginning of a long text. The rest is read and dropped, so that the program
         * does not block. */
        ssize_t n = read(fd, room ? t->text + t->n_text : more, room ? room : sizeof(more));

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n > 0) {
                t->n_text += room ? (size_t)n : 0;
                t->text[t->n_text] = '\0';
                return;
        }
        drop_events(t);
        reap(t);
}

static void on_timeout(evutil_socket_t fd, short events, void *userdata) {
        Trial *t = userdata;

        t->error = ETIMEDOUT;
        drop_events(t);
        reap(t);
}

static int start_child(Trial *t, const ShellState *state, const Program *program,
                       char *const *argv) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
                return -errno;
        t->pid = fork();
        if (t->pid == 0) {
                fcntl(fds[1], F_SETFL, 0);
                run_child(state, program, argv, fds[1]);
        }
        int r = t->pid < 0 ? -errno : 0;
        close(fds[1]);
        t->fd = fds[0];
        t->pid = r < 0 ? 0 : t->pid;
        return r;
}

static int watch(Trial *t, struct event_base *base) {
        const struct timeval time = {.tv_sec = t->time_ms / 1000,
                                     .tv_usec = t->time_ms % 1000 * 1000};

        t->on_output = event_new(base, t->fd, EV_READ | EV_PERSIST, on_output, t);
        t->on_timeout = event_new(base, -1, 0, on_timeout, t);
        return t->on_output && t->on_timeout && event_add(t->on_output, NULL) == 0 &&
                               event_add(t->on_timeout, &time) == 0
                       ? 0
                       : -ENOMEM;
}

int trial_begin(Trial *t, const ShellState *state, const Program *program, char *const *argv,
                uint64_t time_ms) {
        *t = (Trial){.fd = -1, .time_ms = time_ms};
        int r = start_child(t, state, program, argv);
        if (r == 0)
                r = watch(t, state->base);
        if (r < 0) {
                trial_end(t);
                snprintf(t->text, sizeof(t->text), "cannot start a process: %s", strerror(-r));
        }
        return r;
}

void trial_end(Trial *t) {
        drop_events(t);
        if (t->pid)
                reap(t);
        t->is_over = false;
}
