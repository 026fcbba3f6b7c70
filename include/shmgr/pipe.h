/* pipe: a pipe of the kernel, whose ends processes open by its name. Part of <shmgr/shmgr.h>.
 *
 * The kernel carries the data from process to process, without the daemon; the data continues to flow when the daemon
 * has ended. A pipe is simplex, with the ends "reader" and "writer", or duplex, with the ends "a" and "b". Any number
 * of processes may open one end.
 *
 * The daemon itself has both ends open, so either side may open its end first: a reader waits for the first writer,
 * and a later reader gets the data of a writer that has ended. An end is gone when the other end was opened, and
 * every thread that opened this end has closed it or has ended, for whatever reason. Then readers get the data that
 * is left and after it end of file, and writers get -EPIPE. When both ends are gone the daemon deletes the pipe.
 *
 * A CHILD after fork(2) inherits the descriptor. The daemon does not know of that copy. It counts only the session
 * that opened the end, until that session ends or the process that opened the end closes the connection. As long as
 * the child has the descriptor, the other side sees no end of file. So a child that reads must close the writer's end
 * that it inherited, and its parent must close the end that it does not use, as with any pipe. shmgr_stat() shows for
 * each end whether it is "open", and in which sessions, or "kept", which means that only such copies are left.
 *
 * WHEN A THREAD ENDS, the daemon counts the ends that it opened as closed, even if other threads use their
 * connections. These connections continue to work, but no process can open these ends again. */
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

/* Flags of an open, in addition to those of all types. */
enum {
        SHMGR_DUPLEX = 16 /* a new pipe is duplex */
};

/* An open end, for programs that close its descriptor themselves. */
typedef struct shmgr_pipe_end {
        char name[256]; /* of the pipe: also of an anonymous one */
        char end[8];    /* "reader", "writer", "a" or "b" */
        int64_t serial; /* of the kernel's pipe; never used again */
} shmgr_pipe_end;

/* pipe.open: finds or makes a pipe in one atomic step, and opens an end of it ("reader" or "writer"; of a duplex pipe
 * "a" or "b"). name NULL makes an anonymous pipe, which is deleted when its ends are closed. flags are those of every
 * open, and SHMGR_DUPLEX. options is a JSON object (mode), or NULL. Returns 1 if it made a pipe, and 0 if it found
 * one.
 *
 * A writer's end cannot be opened when the reader's is gone, and no end can be opened when it is gone itself. Without
 * SHMGR_CREATE that is -EPIPE. With SHMGR_CREATE a new pipe replaces the old one, the open returns 1, and processes
 * that have an end of the old pipe keep it.
 *
 * -EINVAL: the pipe has no such end; -EACCES: the reader needs read permission, the writer write permission, a duplex
 * end both; -EEXIST; -EDQUOT: too many pipes; -EMFILE: this process or the daemon has no free descriptor. Also
 * -ENOENT, -ENFILE. */
int shmgr_pipe_open(shmgr_manager *manager, const char *name, int flags, const char *end,
                    struct json_object *options, shmgr_connection **ret_connection);
/* pipe.open, for both ends of a new anonymous pipe: the reader and the writer or, with SHMGR_DUPLEX, a and b. Returns
 * 1. Errors: -EDQUOT, -EMFILE, -ENFILE. */
int shmgr_pipe_pair(shmgr_manager *manager, int flags, shmgr_connection **ret_first,
                    shmgr_connection **ret_second);

/* pipe.open, as shmgr_pipe_open(), but stores only the descriptor, with FD_CLOEXEC set. The caller closes the
 * descriptor and then calls shmgr_pipe_close(). If ret_end is NULL, the daemon counts the end as open until this
 * thread ends. A write may raise SIGPIPE, as on any pipe. Errors: -EPIPE, -EACCES, -EINVAL, -ENOENT, -EDQUOT,
 * -EMFILE, -ENFILE. */
int shmgr_pipe_open_fd(shmgr_manager *manager, const char *name, int flags, const char *end,
                       struct json_object *options, int *ret_fd, shmgr_pipe_end *ret_end);
/* pipe.close: tells the daemon that a descriptor of the end was closed. Any thread of the process that opened the end
 * may call it. -EINVAL: this process has not opened the end, or has closed it before; -ENOENT: the pipe is gone, or a
 * new pipe has replaced it. */
int shmgr_pipe_close(shmgr_manager *manager, const shmgr_pipe_end *end);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
