/* Processes of shmgrd, for tests: see daemon-process.h. */
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/daemon-process.h"

enum { OPTIONS_MAX = 16 };

DaemonProcess daemon_process_new(void) {
        const char *top = getenv("TMPDIR");
        DaemonProcess d = {.ready_fd = -1};

        ck_assert_msg(getenv("SHMGRD") != NULL, "SHMGRD does not say where the daemon is");
        /* The path of a socket has at most 107 bytes, so a long TMPDIR is not used. */
        snprintf(d.directory, sizeof(d.directory), "%s/shmgr-XXXXXX",
                 top && strlen(top) < 40 ? top : "/tmp");
        ck_assert_ptr_nonnull(mkdtemp(d.directory));
        snprintf(d.socket, sizeof(d.socket), "%s/s", d.directory);
        return d;
}

static void run(const DaemonProcess *d, const char *const *options, int ready_fd) {
        const char *argv[OPTIONS_MAX + 8];
        char ready[16];
        int n = 0;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(ready, sizeof(ready), "%d", ready_fd);
        argv[n++] = getenv("SHMGRD");
        argv[n++] = "--config=/dev/null";
        /* Tests read the daemon's /proc, and need not be root. */
        argv[n++] = "--dumpable=yes";
        argv[n++] = "--socket";
        argv[n++] = d->socket;
        argv[n++] = "--ready-fd";
        argv[n++] = ready;
        for (int i = 0; options && options[i] && i < OPTIONS_MAX; i++)
                argv[n++] = options[i];
        argv[n] = NULL;
        if (d->in_child)
                d->in_child();
        execv(argv[0], (char *const *)argv);
        _exit(127);
}

/* Redirects the daemon's log to a file beside its socket. */
static void redirect_log(const DaemonProcess *d) {
        char path[128];

        snprintf(path, sizeof(path), "%s/log", d->directory);
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
                _exit(127);
}

void daemon_process_launch(DaemonProcess *d, const char *const *options) {
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        d->pid = fork();
        ck_assert_int_ge(d->pid, 0);
        if (d->pid == 0) {
                redirect_log(d);
                close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
                fcntl(fds[1], F_SETFD, 0);
                run(d, options, fds[1]);
        }
        close(fds[1]);
        d->ready_fd = fds[0];
}

int daemon_process_await(DaemonProcess *d) {
        char byte;
        ssize_t n = read(d->ready_fd, &byte, 1);

        close(d->ready_fd);
        d->ready_fd = -1;
        return n == 1 ? 0 : daemon_process_wait(d);
}

int daemon_process_start(DaemonProcess *d, const char *const *options) {
        daemon_process_launch(d, options);
        return daemon_process_await(d);
}

int daemon_process_wait(DaemonProcess *d) {
        int status;

        ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
        d->pid = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int daemon_process_end(DaemonProcess *d, int signal) {
        kill(d->pid, signal);
        return daemon_process_wait(d);
}

static int remove_file(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

void daemon_process_free(DaemonProcess *d) {
        if (d->pid)
                daemon_process_end(d, SIGKILL);
        nftw(d->directory, remove_file, 8, FTW_DEPTH | FTW_PHYS);
}
