/* Waiting that can be given up. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "interrupt.h"

static int poll_without_end(int fd, short events) {
        struct pollfd p = {.fd = fd, .events = events};

        while (poll(&p, 1, -1) < 0)
                if (errno != EINTR)
                        return -errno;
        return p.revents;
}

/* Handlers can run within ppoll() alone: none can run after the question and before the wait. */
static int poll_and_ask(const shmgr_manager *manager, int fd, short events, bool ask,
                        const sigset_t *mask) {
        struct pollfd p = {.fd = fd, .events = events};

        for (;;) {
                if (ask && manager->is_interrupted(manager->userdata))
                        return -EINTR;
                if (ppoll(&p, 1, NULL, mask) > 0)
                        return p.revents;
                if (errno != EINTR)
                        return -errno;
                ask = true;
        }
}

int interrupt_poll(const shmgr_manager *manager, int fd, short events, bool ask_first) {
        sigset_t all, before;

        if (!interrupt_is_possible(manager))
                return poll_without_end(fd, events);
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        int r = poll_and_ask(manager, fd, events, ask_first, &before);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return r;
}
