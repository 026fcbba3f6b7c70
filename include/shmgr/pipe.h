/* pipe: a pipe of the kernel's, whose ends processes meet at by its name. Part of <shmgr/shmgr.h>.
 *
 * The daemon introduces the ends; the data goes from process to process, at the kernel's speed, and goes on when the
 * daemon is gone. A pipe is simplex, with the ends "reader" and "writer", or duplex, with the ends "a" and "b". Any
 * number of processes may open the same end.
 *
 * The daemon is at both ends itself, so either side may come first: a reader waits for the first writer, and what a
 * writer has written is there for a reader who comes after it has gone. An end is gone when somebody has opened the
 * other one, and all who opened this one have closed it, or their threads or processes have ended, however they
 * ended. From then on readers get what is left and then the end of file, and writers -EPIPE. When both ends are gone
 * the pipe goes by itself.
 *
 * A CHILD after fork(2) inherits the descriptor. The daemon does not know of that copy: it knows
 * the session that opened the end, and gives the end back when that is over, or when the connection is closed in the
 * process that opened it. But as long as the child has the descriptor, too, there is no end of file for the other
 * side. So a reader that was forked must close the writer's end that it inherited, and the parent its own: the
 * classic mistake, here as with any pipe. shmgr_stat() shows it: an end is "open", and by whom, or "kept" where only
 * inherited descriptors are left. A thread's end is given back when the thread ends, though others may use the
 * connection; they keep what they have, but nobody can join them any more. */
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

/* The answer to the open of an end, for programs that close its descriptor themselves. */
typedef struct shmgr_pipe_end {
        char name[256]; /* of the pipe: also of an anonymous one */
        char end[8];    /* "reader", "writer", "a" or "b" */
        int64_t serial; /* of the kernel's pipe; never used again */
} shmgr_pipe_end;

/* pipe.open: finds or makes a pipe in one atomic step, and opens an end of it ("reader", "writer"; duplex "a", "b").
 * name NULL makes an anonymous pipe, which goes with those who have its ends. flags are those of every open, and
 * SHMGR_DUPLEX. options is a JSON object (mode), or NULL. 1 when a pipe was made, 0 when one was found.
 *
 * Where the end is gone (or, for a writer, the readers), it is -EPIPE without SHMGR_CREATE; with it, a fresh pipe takes
 * the place of the old one (1), and those who still have an end of that keep what they have.
 *
 * -EINVAL: the pipe has no such end; -EACCES: the reader needs read bits, the writer write bits, a duplex end both;
 * -EEXIST; -EDQUOT: too many pipes; -EMFILE: no descriptor is free, here or there. Also -ENOENT, -ENFILE. */
int shmgr_pipe_open(shmgr_manager *manager, const char *name, int flags, const char *end,
                    struct json_object *options, shmgr_connection **ret_connection);
/* Both ends of a new anonymous pipe: the reader and the writer or, with SHMGR_DUPLEX, a and b. Errors as above. 1.
 * Errors: -EDQUOT, -EMFILE, -ENFILE. */
int shmgr_pipe_pair(shmgr_manager *manager, int flags, shmgr_connection **ret_first,
                    shmgr_connection **ret_second);

/* The same as shmgr_pipe_open(), but for the descriptor alone, which the caller closes; and then says so, with
 * shmgr_pipe_close(). It has FD_CLOEXEC. ret_end may be NULL: then the end is given back when this thread ends. Writing
 * may raise SIGPIPE, as on any pipe. Errors: -EPIPE, -EACCES, -EINVAL, -ENOENT, -EDQUOT, -EMFILE, -ENFILE. */
int shmgr_pipe_open_fd(shmgr_manager *manager, const char *name, int flags, const char *end,
                       struct json_object *options, int *ret_fd, shmgr_pipe_end *ret_end);
/* pipe.close: a descriptor of the end was closed (by any thread of the process that opened it). -EINVAL: this process
 * has not opened it, or closed it before; -ENOENT: the pipe is gone, or a fresh one is in its place. */
int shmgr_pipe_close(shmgr_manager *manager, const shmgr_pipe_end *end);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
