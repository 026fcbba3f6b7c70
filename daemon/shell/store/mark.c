/* How the daemon before this one ended. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "crash-point.h"
#include "store/mark.h"

enum { MARK_MAX = 64, ROUNDING_MS = 5000 };

static int64_t wall_ms(void) {
        return clock_ns(CLOCK_REALTIME) / 1000000;
}

/* A mark from before the start of the machine is that of a daemon which ended with the machine. */
static PreviousEnd read_mark(int fd) {
        char text[MARK_MAX] = "", word[16];
        int64_t at_ms, boot_ms = wall_ms() - clock_ns(CLOCK_BOOTTIME) / 1000000;

        if (pread(fd, text, sizeof(text) - 1, 0) < 0 ||
            sscanf(text, "%15s %" SCNd64, word, &at_ms) != 2)
                return PREVIOUS_END_UNKNOWN;
        if (strcmp(word, "stopped") == 0)
                return PREVIOUS_END_STOPPED;
        if (strcmp(word, "passed") == 0)
                return PREVIOUS_END_PASSED;
        if (strcmp(word, "running") != 0)
                return PREVIOUS_END_UNKNOWN;
        return at_ms < boot_ms - ROUNDING_MS ? PREVIOUS_END_REBOOTED : PREVIOUS_END_CRASHED;
}

/* A mark that cannot be written is not known later. */
static void write_mark(int fd, const char *word) {
        char text[MARK_MAX];
        int n = snprintf(text, sizeof(text), "%s %" PRId64 "\n", word, wall_ms());

        if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) != n)
                (void)!ftruncate(fd, 0);
}

bool mark_is_passed(int lock_fd) {
        return read_mark(lock_fd) == PREVIOUS_END_PASSED;
}

PreviousEnd mark_begin(int lock_fd) {
        PreviousEnd end = read_mark(lock_fd);

        crash_point("directory-mark");
        write_mark(lock_fd, "running");
        crash_point("directory-marked");
        return end;
}

void mark_end(int lock_fd) {
        crash_point("end-mark");
        write_mark(lock_fd, "stopped");
        crash_point("end-marked");
}

void mark_passed(int lock_fd) {
        write_mark(lock_fd, "passed");
}
