/* Polls in spite of signals. */
#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "clock.h"
#include "poll-through.h"

int poll_through(struct pollfd *fds, size_t n, int timeout_ms) {
        int64_t end_ns =
                timeout_ms > 0 ? clock_ns(CLOCK_MONOTONIC) + timeout_ms * INT64_C(1000000) : 0;
        int r, left_ms = timeout_ms;

        while ((r = poll(fds, n, left_ms)) < 0 && errno == EINTR) {
                if (timeout_ms <= 0)
                        continue;
                int64_t left_ns = end_ns - clock_ns(CLOCK_MONOTONIC);
                left_ms = left_ns > 0 ? (int)(left_ns / 1000000) + 1 : 0;
        }
        return r;
}
