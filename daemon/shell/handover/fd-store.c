/* The file descriptor store of the service manager (sd_notify(3), FDSTORE=1).
 *
 *   the daemon, at SIGTERM                                the service manager    the next process
 *   1 has the store emptied (FDSTOREREMOVE=1)             closes what was left
 *   2 writes the image of its state (image.h)
 *   3 packs all descriptors of the state (pack.h)
 *   4 stores the pairs of the pack, then the image        keeps them
 *   5 waits until the messages were read (BARRIER=1)
 *   6 ends; no socket is shut down
 *                                                         starts a process ----> 7 has the store emptied
 *                                                                                8 unpacks, and places the descriptors
 *                                                                                9 loads the image (takeover.h)
 *
 * The daemon cannot know whether a start follows. It stores its state at every SIGTERM; after a
 * stop the service manager closes all that it stored, and clients find their connections closed.
 *
 * The image is stored last, so the descriptors of a daemon that was killed before step 5 come
 * without one, and are closed. A daemon that crashed has stored nothing. Step 7 comes before the
 * image is looked at: a state that crashes the process is not passed to the next one. The messages
 * of a pack bear the number of the image's file, so no pack goes with another image.
 *
 * The service manager compares a descriptor that it stores with all others in the store, so
 * connections are not stored one by one: the time would grow with the square of their number.
 * FDPOLL=0 keeps it from removing a pair whose other end is closed.
 *
 * The descriptors keep the locks of the state directory and of the sockets (file-lock.h), so no
 * other daemon takes them between the two processes.
 *
 * Must never happen: a state is taken twice; a daemon starts empty without logging it, though a
 * state was stored. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "crash-point.h"
#include "descriptor-limit.h"
#include "file-lock.h"
#include "handover/fd-store.h"
#include "handover/pack.h"
#include "handover/placing.h"
#include "handover/shell-record.h"
#include "log.h"

enum {
        EXTENSION_S = 60, /* the time for storing or loading a state, in place of TimeoutStopSec= */
        BARRIER_MS = 10000,
};

static int fail(char fault[CORE_FAULT_MAX], const char *what, int r) {
        snprintf(fault, CORE_FAULT_MAX, "%s: %s", what, strerror(-r));
        return r;
}

unsigned fd_store_room(const Notify *notify) {
        const char *text = getenv("FDSTORE");
        unsigned long n = text && notify->fd >= 0 ? strtoul(text, NULL, 10) : 0;

        return n < 1 << 20 ? (unsigned)n : 0;
}

static void empty_store(const Notify *notify) {
        notify_send(notify, "FDSTOREREMOVE=1\nFDNAME=" STORED_IMAGE);
        notify_send(notify, "FDSTOREREMOVE=1\nFDNAME=" STORED_PAIR);
}

/* Storing or loading a large state takes time: extends the timeout of the service manager, and
 * restarts that of its watchdog. */
static void extend_time(const Notify *notify) {
        notify_send(notify, "EXTEND_TIMEOUT_USEC=%d000000\nWATCHDOG=1", EXTENSION_S);
}

/* ---- Storing */

static int note_descriptor(void *userdata, int fd) {
        return buffer_append(userdata, &fd, sizeof(fd));
}

static int pack_state(Pack *pack, const ShellState *state, uint64_t id) {
        CLEANUP(buffer_deinit) Buffer fds = {0};
        int r = shell_visit_descriptors(state, note_descriptor, &fds);

        if (r < 0)
                return r;
        return pack_make(pack, id, (const int *)buffer_bytes(&fds), buffer_size(&fds) / sizeof(int),
                         PACK_PER_MESSAGE);
}

static int store(const Notify *notify, const Pack *pack, int image_fd) {
        int r = 0;

        crash_point("put-packed");
        for (size_t i = 0; r == 0 && i < pack->n_pairs; i++) {
                r = notify_send_descriptor(notify, "FDSTORE=1\nFDPOLL=0\nFDNAME=" STORED_PAIR,
                                           pack->pairs[i]);
                crash_point("put-pair");
        }
        if (r == 0)
                r = notify_send_descriptor(notify, "FDSTORE=1\nFDPOLL=0\nFDNAME=" STORED_IMAGE,
                                           image_fd);
        crash_point("put-image");
        r = r == 0 ? notify_wait(notify, BARRIER_MS) : r;
        crash_point("put-waited");
        return r;
}

/* The kernel has two reasons for ETOOMANYREFS. */
static int fail_to_pack(char fault[CORE_FAULT_MAX], int r) {
        return fail(fault,
                    r == -ETOOMANYREFS
                            ? "the descriptors cannot be packed: LimitNOFILE= is too small for "
                              "them, or a client has sent sockets that hold others too deeply"
                            : "the descriptors cannot be packed",
                    r);
}

static int store_image(const ShellState *state, const Notify *notify, int image_fd,
                       char fault[CORE_FAULT_MAX]) {
        struct stat st;
        Pack pack;

        if (fstat(image_fd, &st) < 0)
                return fail(fault, "the snapshot", -errno);
        int r = pack_state(&pack, state, st.st_ino);
        if (r < 0)
                return fail_to_pack(fault, r);
        if (pack.n_pairs + 1 > fd_store_room(notify))
                r = fail(fault, "FileDescriptorStoreMax= is too small", -E2BIG);
        else if ((r = store(notify, &pack, image_fd)) < 0)
                fail(fault, "the service manager does not take it", r);
        if (r < 0)
                empty_store(notify);
        pack_close(&pack);
        return r;
}

int fd_store_put(ShellState *state, const Notify *notify, char fault[CORE_FAULT_MAX]) {
        state->is_stored = true;
        crash_point("put-begin");
        empty_store(notify);
        crash_point("put-emptied");
        extend_time(notify);
        int image_fd = shell_save(state);
        if (image_fd < 0)
                return fail(fault, "the snapshot cannot be written", image_fd);
        crash_point("put-saved");
        int r = store_image(state, notify, image_fd, fault);
        close(image_fd);
        return r;
}

/* ---- Taking */

/* The descriptors of the image get the numbers that they had when it was written. */
static int unpack(PassedFds *passed, int *ready_fd, Takeover *takeover) {
        int *movable[LISTEN_FDS_MAX + 2] = {ready_fd, &takeover->image_fd};
        UnpackedList list;
        struct stat st;
        int r = pack_read(&passed->pack, &list);

        pack_close(&passed->pack);
        crash_point("take-unpacked");
        if (r == 0 && (fstat(takeover->image_fd, &st) < 0 || list.id != st.st_ino))
                r = -EBADMSG;
        for (size_t i = 0; i < passed->n_listeners; i++)
                movable[i + 2] = &passed->listeners[i];
        if (r == 0)
                r = placing_run(&list, movable, passed->n_listeners + 2);
        crash_point("take-placed");
        unpacked_deinit(&list);
        return r;
}

static int take_image(PassedFds *passed, int *ready_fd, Takeover *ret, char fault[CORE_FAULT_MAX]) {
        ret->image_fd = passed->images[0];
        ret->is_stored = true;
        if (passed->n_images > 1) {
                snprintf(fault, CORE_FAULT_MAX, "the service manager passed more than one state");
                return -EBADMSG;
        }
        int r = unpack(passed, ready_fd, ret);
        if (r < 0)
                snprintf(fault, CORE_FAULT_MAX, "the descriptors cannot be taken over: %s",
                         r == -EBADMSG ? "they are not complete" : strerror(-r));
        return r;
}

/* The service manager may still have the pairs, so closing them would neither release the locks in
 * them nor close the listening sockets, and this process needs both. */
static void take_and_close(Pack *pack) {
        UnpackedList list;

        pack_read(pack, &list);
        for (size_t i = 0; i < list.n; i++)
                file_lock_drop(list.items[i].fd);
        unpacked_deinit(&list);
        pack_close(pack);
}

int fd_store_take(PassedFds *passed, int *ready_fd, Takeover *ret, char fault[CORE_FAULT_MAX]) {
        Notify notify;

        if (passed->n_images == 0 && passed->pack.n_pairs == 0)
                return 0;
        notify_init(&notify);
        crash_point("take-begin");
        empty_store(&notify);
        crash_point("take-emptied");
        extend_time(&notify);
        int r = notify_put_environment(&notify);
        notify_deinit(&notify);
        descriptor_limit_raise();
        if (r == 0 && passed->n_images > 0)
                return take_image(passed, ready_fd, ret, fault);
        log_error("the previous daemon was killed while it stored its state: its objects and "
                  "sessions are lost");
        take_and_close(&passed->pack);
        return r < 0 ? fail(fault, "the environment", r) : 0;
}
