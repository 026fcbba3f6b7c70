/* The process of a lookout. lookout.h explains why it exists. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lookout.h"

/* Closes all other descriptors. An open copy would keep a connection, a pipe or a terminal alive
 * after the other processes have closed it. */
static int close_all_but(int fd) {
        int kept = fcntl(fd, F_DUPFD, 3);

        for (int i = 0; i < 3; i++)
                close(i);
        if (kept > 3)
                close_range(3, (unsigned)kept - 1, 0);
        close_range((unsigned)kept + 1, ~0U, 0);
        return kept;
}

static void run(const Signals *signals, int fd, pid_t parent, bool leads_group) {
        sigset_t set = signals->taken;
        siginfo_t info;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (leads_group)
                setpgid(0, 0);
        sigdelset(&set, SIGCHLD);
        fd = close_all_but(fd);
        while (getppid() == parent) {
                int signal_number = sigwaitinfo(&set, &info);
                unsigned char byte = (unsigned char)signal_number;
                if (signal_number > 0 && info.si_pid != parent && write(fd, &byte, 1) != 1)
                        break;
        }
        _exit(0);
}

int lookout_begin(Lookout *lookout, const Signals *signals, bool leads_group) {
        pid_t parent = getpid();
        int fds[2];

        *lookout = (Lookout){.fd = -1};
        if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
                return -errno;
        pid_t pid = fork();
        if (pid == 0)
                run(signals, fds[1], parent, leads_group);
        int r = pid < 0 ? -errno : 0;
        close(fds[1]);
        if (r < 0) {
                close(fds[0]);
                return r;
        }
        if (leads_group)
                setpgid(pid, pid);
        *lookout = (Lookout){.pid = pid, .group = leads_group ? pid : 0, .fd = fds[0]};
        return 0;
}

int lookout_next(const Lookout *lookout) {
        unsigned char byte;

        return lookout->fd >= 0 && read(lookout->fd, &byte, 1) == 1 ? byte : 0;
}

void lookout_end(Lookout *lookout) {
        if (!lookout->pid)
                return;
        kill(lookout->pid, SIGKILL);
        while (waitpid(lookout->pid, NULL, 0) < 0 && errno == EINTR)
                continue;
        close(lookout->fd);
        *lookout = (Lookout){.fd = -1};
}
