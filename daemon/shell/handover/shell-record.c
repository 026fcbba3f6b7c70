/* Writes the state of the shell as records, and reads it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "connection.h"
#include "crash-point.h"
#include "descriptor.h"
#include "handover/connection-record.h"
#include "handover/image.h"
#include "handover/shell-record.h"
#include "listen-fds.h"
#include "unix-socket.h"

enum { FORMAT = 1 };

/* ---- Saving */

/* A program that is executed gets the lock from takeover_offer(), also without a state. */
static bool stores_lock(const ShellState *s) {
        return s->is_stored && s->directory_lock_fd >= 0;
}

static void head_save(const ShellState *s, SnapshotWriter *w, uint64_t n_core) {
        snapshot_begin(w, "shmgrd_handover");
        snapshot_put_int(w, "format", FORMAT);
        snapshot_put_string(w, "version", PACKAGE_VERSION);
        snapshot_put_uint(w, "core_bytes", n_core);
        snapshot_put_int(w, "since_ns", s->since_ns);
        snapshot_put_bool(w, "private", s->is_private);
        snapshot_put_string(w, "directory", s->directory);
        if (stores_lock(s))
                snapshot_put_int(w, "directory_lock", s->directory_lock_fd);
        snapshot_end(w);
}

/* The size of the core's snapshot is known only when it is written, so the head is written twice.
 * Blanks at the end of its line reserve room for the longest number. */
static int head_make(const ShellState *s, uint64_t n_core, Buffer *ret) {
        Buffer longest = {0};
        SnapshotWriter w = {.out = ret}, w_longest = {.out = &longest};

        head_save(s, &w, n_core);
        head_save(s, &w_longest, INT64_MAX);
        int r = w.error < 0 ? w.error : w_longest.error;
        if (r == 0)
                buffer_truncate(ret, buffer_size(ret) - 1); /* without the newline */
        while (r == 0 && buffer_size(ret) + 1 < buffer_size(&longest))
                r = buffer_append_byte(ret, ' ');
        buffer_deinit(&longest);
        return r == 0 ? buffer_append_byte(ret, '\n') : r;
}

/* Returns whether the next program listens on the socket. It does not if the service manager passes
 * its sockets again; those have no path. */
static bool listener_goes_on(const ShellState *s, const Listener *l) {
        return !s->is_stored || l->path;
}

static void listener_save(const Listener *l, SnapshotWriter *w) {
        snapshot_begin(w, "listener");
        snapshot_put_int(w, "socket", l->fd);
        snapshot_put_int(w, "lock", l->lock_fd);
        snapshot_put_string(w, "path", l->path);
        snapshot_put_uint(w, "device", l->dev);
        snapshot_put_uint(w, "inode", l->ino);
        snapshot_put_bool(w, "said_lost", l->said_lost);
}

/* Writes each process once, at the first of its connections. */
static void processes_save(const Turn *turn, SnapshotWriter *w) {
        LIST_FOREACH (node, &turn->connections) {
                const Connection *c = LIST_ENTRY(node, Connection, in_turn);
                const Process *process = unix_socket_process_if_first(c->transport);
                if (!process)
                        continue;
                snapshot_begin(w, "process");
                snapshot_put_int(w, "pidfd", process->pidfd);
                snapshot_put_int(w, "pid", process->pid);
                snapshot_put_bool(w, "current", process_is_current(process));
                snapshot_put_bool(w, "exited", process_has_exited(process));
        }
}

static int records_save(const ShellState *s, Buffer *to) {
        int r = head_make(s, 0, to);
        SnapshotWriter w = {.out = to, .error = r, .n_records = 1};

        for (size_t i = 0; i < s->n_listeners; i++)
                if (listener_goes_on(s, &s->listeners[i]))
                        listener_save(&s->listeners[i], &w);
        processes_save(s->turn, &w);
        connections_save(s->turn, &w);
        turn_save(s->turn, &w);
        snapshot_put_end(&w, "end_of_handover");
        return w.error;
}

typedef struct CoreImage {
        int fd;
        uint64_t n; /* size of the core's snapshot */
} CoreImage;

static int core_write(void *userdata, const char *text, size_t n) {
        CoreImage *image = userdata;

        image->n += n;
        return image_append(image->fd, text, n);
}

static int state_save(const ShellState *s, int fd) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        CLEANUP(buffer_deinit) Buffer head = {0};
        CoreImage image = {.fd = fd};
        const SnapshotSink sink = {.write = core_write, .userdata = &image};

        core_prepare_save(s->core);
        int r = connections_gather(s->turn);
        if (r == 0)
                r = records_save(s, &text);
        if (r == 0)
                r = image_append(fd, buffer_bytes(&text), buffer_size(&text));
        crash_point("image-shell-written");
        if (r == 0)
                r = core_save_to(s->core, &sink);
        if (r == 0)
                r = head_make(s, image.n, &head);
        return r == 0 ? image_replace(fd, 0, buffer_bytes(&head), buffer_size(&head)) : r;
}

int shell_save(const ShellState *s) {
        int fd = image_begin();

        if (fd < 0)
                return fd;
        int r = state_save(s, fd);
        if (r == 0)
                r = image_seal(fd);
        if (r == 0)
                return fd;
        close(fd);
        return r;
}

/* ---- Loading */

/* Loads the core, whose snapshot follows the records, and makes the reader end before it. */
static void core_records_load(ShellState *s, SnapshotReader *r, uint64_t n_core) {
        char fault[CORE_FAULT_MAX];

        if (r->error < 0)
                return;
        if (n_core > (uint64_t)(r->end - r->at)) {
                snapshot_fail(r, -EBADMSG, "the snapshot of the core is cut off");
                return;
        }
        r->end -= n_core;
        int error = core_load(s->core, r->end, n_core, fault);
        if (error < 0)
                snapshot_fail(r, error, "the snapshot of the core: %s", fault);
}

static void head_load(ShellState *s, SnapshotReader *r) {
        char version[64];

        if (!snapshot_is(r, "shmgrd_handover")) {
                snapshot_fail(r, -EBADMSG, "this is not the state of a shmgrd");
                return;
        }
        int64_t format = snapshot_get_int(&r->record, "format");
        snapshot_get_string(&r->record, "version", version, sizeof(version));
        if (r->error == 0 && format != FORMAT)
                snapshot_fail(r, -EPROTONOSUPPORT,
                              "the state is of format %lld, written by version %s; this is "
                              "version " PACKAGE_VERSION ", which reads format %d",
                              (long long)format, version, FORMAT);
        uint64_t n_core = snapshot_get_uint(&r->record, "core_bytes");
        s->since_ns = snapshot_get_int(&r->record, "since_ns");
        s->is_private = snapshot_get_bool(&r->record, "private");
        s->directory = snapshot_get_text(&r->record, "directory", NULL);
        s->directory_lock_fd = -1;
        if (snapshot_has(&r->record, "directory_lock"))
                s->directory_lock_fd =
                        (int)snapshot_get_range(&r->record, "directory_lock", 0, INT32_MAX);
        core_records_load(s, r, n_core);
        snapshot_next(r);
}

static void core_mark(const ShellState *s, SnapshotReader *r) {
        if (r->error < 0)
                return;
        for (Session *session = NULL; (session = core_next_session(s->core, session));)
                snapshot_mark(r, SNAPSHOT_SESSION, core_session_id(session), session);
        for (Descriptor *d = NULL; (d = core_next_descriptor(s->core, d));)
                snapshot_mark(r, SNAPSHOT_DESCRIPTOR, (uint64_t)d->fd, d);
}

static void listener_load(ShellState *s, SnapshotReader *r, bool is_check) {
        Listener l = {.fd = (int)snapshot_get_range(&r->record, "socket", 0, INT32_MAX),
                      .lock_fd = (int)snapshot_get_range(&r->record, "lock", -1, INT32_MAX),
                      .path = snapshot_get_text(&r->record, "path", NULL),
                      .dev = (dev_t)snapshot_get_uint(&r->record, "device"),
                      .ino = (ino_t)snapshot_get_uint(&r->record, "inode"),
                      .said_lost = snapshot_get_bool(&r->record, "said_lost")};

        if (r->error == 0 && !is_check && s->n_listeners == LISTEN_FDS_MAX)
                snapshot_fail(r, -EBADMSG, "too many listeners");
        if (r->error == 0 && !is_check)
                s->listeners[s->n_listeners++] = l;
        else
                free(l.path);
}

static void process_load(ShellState *s, SnapshotReader *r, bool is_check) {
        int pidfd = (int)snapshot_get_range(&r->record, "pidfd", 0, INT32_MAX);
        pid_t pid = (pid_t)snapshot_get_range(&r->record, "pid", 0, INT32_MAX);
        bool is_current = snapshot_get_bool(&r->record, "current");
        bool has_exited = snapshot_get_bool(&r->record, "exited");
        Process *process = NULL;

        if (r->error < 0)
                return;
        int error = is_check ? 0
                             : process_restore(s->processes, pid, pidfd, is_current, has_exited,
                                               &process);
        if (error < 0)
                snapshot_fail(r, error, "the process %d cannot be watched", (int)pid);
        snapshot_mark(r, MARK_PROCESS, (uint64_t)pidfd, is_check ? (void *)s : process);
}

static int load(ShellState *s, const char *text, size_t n, bool is_check,
                char fault[CORE_FAULT_MAX]) {
        SnapshotReader r;

        snapshot_reader_init(&r, text, n);
        head_load(s, &r);
        core_mark(s, &r);
        for (; snapshot_is(&r, "listener"); snapshot_next(&r))
                listener_load(s, &r, is_check);
        for (; snapshot_is(&r, "process"); snapshot_next(&r))
                process_load(s, &r, is_check);
        connections_load(s, &r, is_check);
        turn_load(s, &r, is_check);
        snapshot_read_end(&r, "end_of_handover");
        int error = r.error;
        snprintf(fault, CORE_FAULT_MAX, "%s", r.fault);
        snapshot_reader_deinit(&r);
        if (error < 0) {
                free(s->directory);
                s->directory = NULL;
        }
        return error;
}

int shell_check(ShellState *s, const char *text, size_t n, char fault[CORE_FAULT_MAX]) {
        return load(s, text, n, true, fault);
}

int shell_load(ShellState *s, const char *text, size_t n, char fault[CORE_FAULT_MAX]) {
        int r = load(s, text, n, false, fault);

        if (r < 0) {
                core_leave_descriptors(s->core);
                return r;
        }
        core_end_load(s->core);
        r = shell_set_inherited(s, false);
        if (r < 0) {
                snprintf(fault, CORE_FAULT_MAX, "a descriptor of the snapshot is not open");
                shell_set_inherited(s, true);
        }
        return r;
}

/* ---- Descriptors */

static int visit_connection(const Connection *c, ShellVisitor *visit, void *userdata) {
        int pidfd = unix_socket_pidfd(c->transport);
        int r = visit(userdata, unix_socket_fd(c->transport));

        /* Connections of the same process share its pidfd. */
        return r == 0 && pidfd >= 0 && unix_socket_process_if_first(c->transport)
                       ? visit(userdata, pidfd)
                       : r;
}

static int visit_listener(const Listener *l, ShellVisitor *visit, void *userdata) {
        int r = visit(userdata, l->fd);

        return r == 0 && l->lock_fd >= 0 ? visit(userdata, l->lock_fd) : r;
}

int shell_visit_descriptors(const ShellState *s, ShellVisitor *visit, void *userdata) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < s->n_listeners; i++)
                if (listener_goes_on(s, &s->listeners[i]))
                        r = visit_listener(&s->listeners[i], visit, userdata);
        LIST_FOREACH (node, &s->turn->connections)
                if (r == 0)
                        r = visit_connection(LIST_ENTRY(node, Connection, in_turn), visit,
                                             userdata);
        for (Descriptor *d = NULL; r == 0 && (d = core_next_descriptor(s->core, d));)
                r = visit(userdata, d->fd);
        return r == 0 && stores_lock(s) ? visit(userdata, s->directory_lock_fd) : r;
}

static int set_inherited(void *userdata, int fd) {
        const bool *is_inherited = userdata;

        return fcntl(fd, F_SETFD, *is_inherited ? 0 : FD_CLOEXEC) < 0 ? -errno : 0;
}

int shell_set_inherited(const ShellState *s, bool is_inherited) {
        return shell_visit_descriptors(s, set_inherited, &is_inherited);
}
