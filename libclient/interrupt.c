/* Waits that the program can interrupt.
 *
 * The manager's function is the program's: it may run handlers, start children or be cancelled, so it runs with the
 * signal mask and the cancellation state of its thread. The price: a handler that runs after the function has looked at
 * its flag, and before the wait, does not end the wait. Therefore the function is asked again after a while, soon at
 * first.
 *
 * While the function runs, its call has the session of this thread: Client.is_asking refuses others (client_may_call()). */
#include <errno.h>

#include "base/macros.h"
#include "connection/system.h"
#include "interrupt.h"

enum { ASK_AGAIN_MS = 10, ASK_AGAIN_MOST_MS = 1000 };

static void end_asking(bool **is_asking) {
        **is_asking = false;
}

int interrupt_is_now(const shmgr_manager *manager, bool *is_asking) {
        if (!manager->is_interrupted)
                return 0;
        CLEANUP(end_asking) bool *asking = is_asking;
        *asking = true;
        return manager->is_interrupted(manager->userdata);
}

int interrupt_poll(const shmgr_manager *manager, bool *is_asking, int fd, short events,
                   bool asks_first) {
        struct pollfd p = {.fd = fd, .events = events};
        bool asks_again = asks_first && manager->is_interrupted;
        int timeout_ms = ASK_AGAIN_MS;

        for (bool asks = asks_first;; asks = true) {
                if (asks && interrupt_is_now(manager, is_asking))
                        return -EINTR;
                int n = system_poll(&p, 1, asks_again ? timeout_ms : -1);
                if (n > 0)
                        return p.revents;
                if (n < 0 && errno != EINTR)
                        return -errno;
                timeout_ms = n < 0 ? ASK_AGAIN_MS : timeout_ms * 2;
                if (timeout_ms > ASK_AGAIN_MOST_MS)
                        timeout_ms = ASK_AGAIN_MOST_MS;
        }
}
