/* Starts and kills the daemon of bench/stalls. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stall-daemon.h"

static char directory[] = "/tmp/shmgr-stalls-XXXXXX";
static char socket_path[64];
static pid_t daemon_pid;
static clockid_t daemon_clock;

_Noreturn void stall_fail(const char *what) {
        fprintf(stderr, "bench/stalls: %s: %s\n", what, strerror(errno));
        stall_daemon_kill();
        exit(EXIT_FAILURE);
}

int64_t stall_now_ns(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void make_directory(void) {
        if (socket_path[0])
                return;
        if (!mkdtemp(directory) || chmod(directory, 0755) < 0)
                stall_fail(directory);
        snprintf(socket_path, sizeof(socket_path), "%s/s", directory);
}

static void run_daemon(int ready_fd) {
        const char *shmgrd = getenv("SHMGRD");
        char fd[16];

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(fd, sizeof(fd), "%d", ready_fd);
        shmgrd = shmgrd ? shmgrd : "./shmgrd";
        execl(shmgrd, shmgrd, "--config=/dev/null", "--log-level=error", "--mode=0666", "--socket",
              socket_path, "--ready-fd", fd, (char *)NULL);
        _exit(127);
}

void stall_daemon_start(void) {
        int ready[2];
        char byte;

        make_directory();
        if (pipe(ready) < 0 || (daemon_pid = fork()) < 0)
                stall_fail("fork");
        if (daemon_pid == 0)
                run_daemon(ready[1]);
        close(ready[1]);
        if (read(ready[0], &byte, 1) != 1)
                stall_fail("the daemon does not start");
        close(ready[0]);
        if (clock_getcpuclockid(daemon_pid, &daemon_clock) != 0)
                stall_fail("clock_getcpuclockid");
}

void stall_daemon_kill(void) {
        char path[80];

        if (daemon_pid <= 0)
                return;
        kill(daemon_pid, SIGKILL);
        waitpid(daemon_pid, NULL, 0);
        daemon_pid = 0;
        snprintf(path, sizeof(path), "%s.lock", socket_path);
        unlink(path);
        unlink(socket_path);
        if (rmdir(directory) == 0)
                socket_path[0] = '\0';
        memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
}

int64_t stall_daemon_cpu_ns(void) {
        struct timespec t = {0};

        clock_gettime(daemon_clock, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The kernel takes the peer's credentials from the effective ids at the time of connect(). */
int stall_daemon_connect(uid_t uid) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        bool is_root = getuid() == 0 && uid != 0;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -1;
        memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
        if (is_root && (setegid(uid) < 0 || seteuid(uid) < 0))
                stall_fail("seteuid");
        int r = connect(fd, (struct sockaddr *)&address, sizeof(address));
        if (is_root && (seteuid(0) < 0 || setegid(0) < 0))
                stall_fail("seteuid");
        if (r < 0) {
                close(fd);
                return -1;
        }
        return fd;
}
