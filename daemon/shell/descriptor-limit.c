/* Fits the bounds to the limit of open files. */
#include <sys/resource.h>

#include "descriptor-limit.h"
#include "log.h"

enum {
        SPARE_DESCRIPTORS = 32, /* neither for connections nor for pipes */
        ROOM_MIN = 2,           /* one connection */
};

static void lower(uint64_t *limit, uint64_t most, const struct rlimit *rl, const char *what) {
        if (most >= *limit)
                return;
        log_debug("the descriptor limit of %llu allows for %llu %s",
                  (unsigned long long)rl->rlim_cur, (unsigned long long)most, what);
        *limit = most;
}

void descriptor_limit_raise(void) {
        struct rlimit rl;

        if (getrlimit(RLIMIT_NOFILE, &rl) < 0)
                return;
        rl.rlim_cur = rl.rlim_max;
        setrlimit(RLIMIT_NOFILE, &rl);
}

uint64_t descriptor_limit_fit(Limits *limits) {
        struct rlimit rl;

        descriptor_limit_raise();
        if (getrlimit(RLIMIT_NOFILE, &rl) < 0 || rl.rlim_cur == RLIM_INFINITY)
                return UINT64_MAX;
        uint64_t n = rl.rlim_cur > SPARE_DESCRIPTORS + ROOM_MIN ? rl.rlim_cur - SPARE_DESCRIPTORS
                                                                : ROOM_MIN;
        lower(&limits->descriptors, n / 4, &rl, "descriptors of pipes");
        uint64_t room = n - limits->descriptors;
        lower(&limits->sessions, room - 1, &rl, "sessions of one process");
        return room;
}
