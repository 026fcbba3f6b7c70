/* pipe: a pipe of the kernel, whose ends processes open by its name. Part of <shmgr/shmgr.h>.
 *
 * The data goes from process to process through the kernel, never through the daemon, and continues when the
 * daemon has ended. A pipe is simplex, with the ends "reader" and "writer", or duplex, with the ends "a" and "b". Any
 * number of processes may open the same end.
 *
 * The daemon has both ends open itself, so either side may open its end first: a reader waits for the first writer, and
 * a later reader gets the data of a writer that has ended. An end is gone when the other end was opened, and all
 * threads that opened this end have closed it or have ended, however they
 * ended. From then on readers get the data that is left and then end of file, and writers -EPIPE. When both ends are gone
 * the pipe is deleted.
 *
 * A CHILD after fork(2) inherits the descriptor. The daemon does not know of that copy: it counts only
 * the session that opened the end, until that ends or the connection is closed in the
 * process that opened it. As long as the child has the descriptor, the other side sees no end of file.
 * So a child that reads must close the writer's end that it inherited, and its parent must close the end that it does
 * not use, as with any pipe. shmgr_stat() shows for each end whether it is "open", and by which sessions, or "kept", if
 * only such copies are left of it. When a thread ends, the ends that it opened are closed for the daemon, even if other
 * threads use their connections; those continue to work, but no process can open these ends again. */
#ifndef SHMGR_PIPE_H
#define SHMGR_PIPE_H

#include <shmgr/connection.h>
#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* Flags of an open, besides those of all types. */
enum {
        SHMGR_DUPLEX = 16 /* a new pipe is duplex */
};

/* An open end, for programs that close its descriptor themselves. */
typedef struct shmgr_pipe_end {
        char name[256]; /* of the pipe: also of an anonymous one */
        char end[8];    /* "reader", "writer", "a" or "b" */
        int64_t serial; /* of the kernel's pipe; never used again */
} shmgr_pipe_end;

/* pipe.open: finds or makes a pipe in one atomic step, and opens an end of it ("reader", "writer"; duplex "a", "b").
 * name NULL makes an anonymous pipe, which is deleted when its ends are closed. flags are those of every open, and
 * SHMGR_DUPLEX. options is a JSON object (mode), or NULL. 1 when a pipe was made, 0 when one was found.
 *
 * If the end is gone, or if it is the writer's and the reader's is gone: -EPIPE without SHMGR_CREATE. With SHMGR_CREATE a
 * new pipe replaces the old one (1), and processes that have an end of the old pipe keep it.
 *
 * -EINVAL: the pipe has no such end; -EACCES: the reader needs read bits, the writer write bits, a duplex end both;
 * -EEXIST; -EDQUOT: too many pipes; -EMFILE: no descriptor is free, here or there. Also -ENOENT, -ENFILE. */
int shmgr_pipe_open(shmgr_manager *manager, const char *name, int flags, const char *end,
                    struct json_object *options, shmgr_connection **ret_connection);
/* Both ends of a new anonymous pipe: the reader and the writer or, with SHMGR_DUPLEX, a and b. Errors as above. 1.
 * Errors: -EDQUOT, -EMFILE, -ENFILE. */
int shmgr_pipe_pair(shmgr_manager *manager, int flags, shmgr_connection **ret_first,
                    shmgr_connection **ret_second);

/* The same as shmgr_pipe_open(), but stores only the descriptor, with FD_CLOEXEC set. The caller closes it and then calls
 * shmgr_pipe_close(). ret_end may be NULL: then the daemon counts the end as open until this thread ends. Writing
 * may raise SIGPIPE, as on any pipe. Errors: -EPIPE, -EACCES, -EINVAL, -ENOENT, -EDQUOT, -EMFILE, -ENFILE. */
int shmgr_pipe_open_fd(shmgr_manager *manager, const char *name, int flags, const char *end,
                       struct json_object *options, int *ret_fd, shmgr_pipe_end *ret_end);
/* pipe.close: a descriptor of the end was closed (by any thread of the process that opened it). -EINVAL: this process
 * has not opened it, or closed it before; -ENOENT: the pipe is gone, or a new one has replaced it. */
int shmgr_pipe_close(shmgr_manager *manager, const shmgr_pipe_end *end);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
