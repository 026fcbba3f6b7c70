/* Runners: the child that becomes the command. It uses only data that the fork copied; the parent
 * talks on the socket.
 *
 *   child     connects   reports   waits for the environment   execve()   or reports an error and exits
 *   parent               reads     acquires, writes it         reads end of file: the command runs
 *
 * execve() closes both pipes, so end of file in the report means success, without a race.
 *
 * The child dies with its parent (PR_SET_PDEATHSIG): by SIGKILL before the command runs, and by
 * SIGTERM afterwards, which the command may handle. The parent may exit before prctl() is called,
 * so the child compares its parent's pid afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner.h"
#include "status.h"
#include "wire.h"
#include "write-all.h"

typedef struct Pipes {
        int go[2], report[2]; /* to the child, and from the child */
} Pipes;

static void close_pair(int pair[2]) {
        for (int i = 0; i < 2; i++)
                if (pair[i] >= 0)
                        close(pair[i]);
}

static int pipes_open(Pipes *pipes) {
        *pipes = (Pipes){{-1, -1}, {-1, -1}};
        if (pipe2(pipes->go, O_CLOEXEC) == 0 && pipe2(pipes->report, O_CLOEXEC) == 0)
                return 0;
        int r = -errno;
        close_pair(pipes->go);
        close_pair(pipes->report);
        return r;
}

/* Returns false at the end of file. */
static bool read_all(int fd, void *data, size_t n) {
        for (char *at = data; n > 0;) {
                ssize_t n_read = read(fd, at, n);
                if (n_read == 0 || (n_read < 0 && errno != EINTR))
                        return false;
                if (n_read > 0) {
                        at += n_read;
                        n -= (size_t)n_read;
                }
        }
        return true;
}

int runner_execute(char **argv, const Buffer *env) {
        const char *at = buffer_bytes(env), *end = at + buffer_size(env);

        for (; at < end; at += strlen(at) + 1)
                if (putenv((char *)at) != 0)
                        return -errno;
        execvp(argv[0], argv);
        return -errno;
}

void runner_take_name(const char *path) {
        const char *slash = strrchr(path, '/');

        prctl(PR_SET_NAME, slash && slash[1] ? slash + 1 : path);
}

/* Best effort: executing a set-id program clears the setting, and children of the command do not
 * inherit it. */
static void follow_parent(int signal_number, pid_t parent) {
        prctl(PR_SET_PDEATHSIG, signal_number);
        if (getppid() != parent)
                _exit(STATUS_SIGNAL + SIGKILL);
}

static int prepare_descriptors(const RunnerPlan *plan) {
        int fd = plan->input_fd;

        if (fd == STDIN_FILENO ? fcntl(fd, F_SETFD, 0) < 0 : fd >= 0 && dup2(fd, STDIN_FILENO) < 0)
                return -errno;
        return plan->carried_fd >= 0 && fcntl(plan->carried_fd, F_SETFD, 0) < 0 ? -errno : 0;
}

/* Reads the size of the environment, and its bytes. End of file means that the parent is gone. */
static void wait_for_go(int fd, Buffer *env) {
        size_t n;

        if (!read_all(fd, &n, sizeof(n)) || buffer_reserve(env, n) < 0 ||
            !read_all(fd, env->data, n))
                _exit(STATUS_SIGNAL + SIGKILL);
        env->end = n;
}

static void run_child(const RunnerPlan *plan, const Pipes *pipes, pid_t parent) {
        Buffer env = {0};

        follow_parent(SIGKILL, parent);
        if (plan->group)
                setpgid(0, plan->group);
        close(pipes->go[1]);
        close(pipes->report[0]);
        runner_take_name(plan->argv[0]);
        int r = plan->socket_fd >= 0 ? wire_connect(plan->socket_fd, plan->path) : 0;
        write_all(pipes->report[1], &r, sizeof(r));
        if (r < 0)
                _exit(STATUS_NOT_RUN);
        wait_for_go(pipes->go[0], &env);
        r = prepare_descriptors(plan);
        if (r == 0) {
                follow_parent(SIGTERM, parent);
                signals_restore(plan->signals);
                r = runner_execute(plan->argv, &env);
        }
        write_all(pipes->report[1], &r, sizeof(r));
        _exit(r == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN);
}

/* Both processes put the child into its group, since either may be the first to need it. */
int runner_begin(Runner *runner, const RunnerPlan *plan) {
        pid_t parent = getpid();
        Pipes pipes;

        *runner = (Runner){.group = plan->group, .go_fd = -1, .report_fd = -1};
        int r = pipes_open(&pipes);
        if (r < 0)
                return r;
        runner->pid = fork();
        if (runner->pid == 0)
                run_child(plan, &pipes, parent);
        if (runner->pid < 0) {
                r = -errno;
                runner->pid = 0;
                close_pair(pipes.go);
                close_pair(pipes.report);
                return r;
        }
        if (plan->group)
                setpgid(runner->pid, plan->group);
        close(pipes.go[0]);
        close(pipes.report[1]);
        runner->go_fd = pipes.go[1];
        runner->report_fd = pipes.report[0];
        if (!read_all(runner->report_fd, &r, sizeof(r)))
                r = -ECHILD;
        if (r < 0)
                runner_deinit(runner);
        return r;
}

/* A dead child is noticed by SIGCHLD, so SIGPIPE is ignored while writing to it. */
static bool write_to_child(int fd, const void *data, size_t n) {
        struct sigaction before, ignore = {.sa_handler = SIG_IGN};

        sigaction(SIGPIPE, &ignore, &before);
        bool is_written = write_all(fd, data, n) == 0;
        sigaction(SIGPIPE, &before, NULL);
        return is_written;
}

int runner_go(Runner *runner, const Buffer *env) {
        size_t n = buffer_size(env);
        int r = 0;

        if (!write_to_child(runner->go_fd, &n, sizeof(n)) ||
            !write_to_child(runner->go_fd, buffer_bytes(env), n))
                return -ECHILD;
        close(runner->go_fd);
        runner->go_fd = -1;
        /* execve() closes the other end: end of file means success. */
        if (!read_all(runner->report_fd, &r, sizeof(r)))
                r = 0;
        close(runner->report_fd);
        runner->report_fd = -1;
        return r;
}

bool runner_has_ended(Runner *runner) {
        if (runner->pid && !runner->has_ended)
                runner->has_ended =
                        waitpid(runner->pid, &runner->wait_status, WNOHANG) == runner->pid;
        return runner->has_ended;
}

int runner_kill(const Runner *runner, int signal_number) {
        if (!runner->pid || runner->has_ended)
                return -ESRCH;
        if (kill(runner->group ? -runner->group : runner->pid, signal_number) < 0)
                return -errno;
        /* kill(2) succeeds for a group if it reached any member, and the lookout is always reached.
         * So the command itself is tried again. */
        return runner->group && kill(runner->pid, 0) < 0 && errno == EPERM ? -EPERM : 0;
}

int runner_status(const Runner *runner) {
        int status = runner->wait_status;

        return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SIGNAL + WTERMSIG(status);
}

static void close_end(int *fd) {
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
}

void runner_deinit(Runner *runner) {
        close_end(&runner->go_fd);
        close_end(&runner->report_fd);
        if (runner->pid && !runner->has_ended) {
                kill(runner->pid, SIGKILL);
                while (waitpid(runner->pid, &runner->wait_status, 0) < 0 && errno == EINTR)
                        continue;
        }
        *runner = (Runner){.go_fd = -1, .report_fd = -1};
}
