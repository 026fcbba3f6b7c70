/* Takes over from the previous program. takeover.h has the steps. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/macros.h"
#include "clock.h"
#include "crash-point.h"
#include "handover/image.h"
#include "handover/shell-record.h"
#include "handover/takeover.h"
#include "log.h"

#define OFFER  "SHMGRD_TAKEOVER"
#define LOCK   "SHMGRD_TAKEOVER_LOCK" /* programs of earlier versions do not read it */
#define REASON "SHMGRD_TAKEOVER_REFUSED"

static int set_inherited(const Takeover *t, bool is_inherited) {
        const int fds[] = {t->image_fd, t->program_fd, t->lock_fd};

        for (size_t i = 0; i < ELEMENTSOF(fds); i++)
                if (fds[i] >= 0 && fcntl(fds[i], F_SETFD, is_inherited ? 0 : FD_CLOEXEC) < 0)
                        return -errno;
        return 0;
}

int takeover_offer(const Takeover *t) {
        char text[64], lock[16];
        int r = set_inherited(t, true);

        snprintf(text, sizeof(text), "%d:%d:%d", (int)getpid(), t->image_fd, t->program_fd);
        snprintf(lock, sizeof(lock), "%d", t->lock_fd);
        return r == 0 && (setenv(OFFER, text, 1) < 0 || setenv(LOCK, lock, 1) < 0) ? -errno : r;
}

void takeover_withdraw(const Takeover *t) {
        set_inherited(t, false);
        unsetenv(OFFER);
        unsetenv(LOCK);
}

void takeover_find(Takeover *ret) {
        const char *text = getenv(OFFER), *lock = getenv(LOCK), *reason = getenv(REASON);
        int pid, image_fd, program_fd;

        *ret = (Takeover){.image_fd = -1, .program_fd = -1, .lock_fd = -1};
        /* The pid tells whether the variable is meant for this process, or was inherited. */
        if (text && sscanf(text, "%d:%d:%d", &pid, &image_fd, &program_fd) == 3 &&
            pid == (int)getpid()) {
                ret->image_fd = image_fd;
                ret->program_fd = program_fd;
                ret->lock_fd = lock ? atoi(lock) : -1;
                set_inherited(ret, false);
                snprintf(ret->refused, sizeof(ret->refused), "%s", reason ? reason : "");
        }
        if (takeover_is_there(ret))
                crash_point("takeover-found");
        unsetenv(OFFER);
        unsetenv(LOCK);
        unsetenv(REASON);
}

int takeover_load(const Takeover *t, ShellState *state, char fault[CORE_FAULT_MAX]) {
        Image image;
        int r = image_map(t->image_fd, &image);

        if (r < 0) {
                snprintf(fault, CORE_FAULT_MAX, "descriptor %d is not a sealed image: %s",
                         t->image_fd, strerror(-r));
                return r;
        }
        crash_point("takeover-mapped");
        r = shell_load(state, image.text, image.n, fault);
        crash_point("takeover-loaded");
        image_unmap(&image);
        return r;
}

void takeover_end(Takeover *t) {
        if (takeover_is_there(t))
                crash_point("takeover-end");
        if (t->image_fd >= 0)
                close(t->image_fd);
        if (t->program_fd >= 0)
                close(t->program_fd);
        t->image_fd = t->program_fd = -1;
}

/* The descriptors named in the snapshot do not have FD_CLOEXEC here, so the predecessor inherits
 * them again. */
static void execute_predecessor(const Takeover *t, const CommandLine *line, const char *reason) {
        Takeover next = {.image_fd = t->image_fd, .program_fd = -1, .lock_fd = t->lock_fd};

        if (t->program_fd < 0 || takeover_offer(&next) < 0 || setenv(REASON, reason, 1) < 0)
                return;
        syscall(SYS_execveat, t->program_fd, "", line->argv, environ, AT_EMPTY_PATH);
        log_error("the previous program cannot be executed: %m");
        unsetenv(REASON);
        takeover_withdraw(&next);
}

static int copy(int from, int to) {
        Image image;
        int r = image_read(from, &image);

        for (size_t done = 0; r == 0 && done < image.n;) {
                ssize_t n = write(to, image.text + done, image.n - done);
                if (n < 0 && errno != EINTR)
                        r = -errno;
                done += n > 0 ? (size_t)n : 0;
        }
        image_unmap(&image);
        return r;
}

/* Saves the snapshot in a new file that only this user may read. A part of it would only take room. */
static int keep_in(const Takeover *t, const char *directory) {
        CLEANUP(freep) char *path = NULL;

        if (!directory || !*directory ||
            asprintf(&path, "%.*s/shmgrd-%" PRId64 ".snapshot", (int)strcspn(directory, ":"),
                     directory, clock_ns(CLOCK_REALTIME) / 1000000) < 0)
                return -ENOENT;
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        crash_point("keep-made");
        int r = fd < 0 ? -errno : copy(t->image_fd, fd);
        crash_point("keep-written");
        if (fd >= 0)
                close(fd);
        if (fd >= 0 && r < 0)
                unlink(path);
        if (r == 0)
                log_error("the snapshot was saved in %s", path);
        else
                log_error("the snapshot cannot be saved in %s: %s", path, strerror(-r));
        return r;
}

int takeover_fail(Takeover *t, const CommandLine *line, const char *reason) {
        log_error("the state of the previous daemon cannot be taken over: %s", reason);
        execute_predecessor(t, line, reason);
        if (keep_in(t, getenv("STATE_DIRECTORY")) < 0 &&
            keep_in(t, getenv("RUNTIME_DIRECTORY")) < 0 &&
            keep_in(t, getenv("XDG_RUNTIME_DIR")) < 0 && keep_in(t, "/tmp") < 0)
                log_error("the snapshot is lost");
        log_error(
                "all connections are closed: the next daemon begins without objects and sessions");
        return EX_SOFTWARE;
}
