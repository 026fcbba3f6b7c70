/* A link: one connection to the daemon, with its unsent output and its input. All links of the process are listed, so
 * that a forked child can close the inherited ones without writing to them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "base/buffer.h"
#include "base/list.h"

typedef struct Link {
        int fd; /* -1 when there is no connection */
        char path[ADDRESS_MAX];
        Buffer in, out;
        size_t n_sent;     /* of out: it is kept until all of it has left */
        size_t n_searched; /* of in: known to hold no newline */
        bool takes_fd;     /* received bytes may have a descriptor with them */
        int received_fd;   /* the descriptor that arrived; -1 for none */
        bool has_lost_fd;  /* a descriptor arrived, but the process had no room for it */
        ListLink in_all;
} Link;

void link_init(Link *link);
/* Closes the connection, and frees the buffers. */
void link_deinit(Link *link);

/* Connects to the socket that link->path names. Returns 0 or negative errno: -EINTR after a signal; -EAGAIN if the backlog of the
 * daemon stays full or, with wait false, if it is full. */
int link_connect(Link *link, bool wait);
/* Closes the connection; out is kept, and sent again from its beginning. */
void link_disconnect(Link *link);
/* Closes a link of another thread, which does not use it meanwhile: its buffers stay. The caller has the lock of the links. */
void link_close(Link *link);
/* Drops the output. */
void link_clear(Link *link);

/* Sends as much of out as is possible without blocking, and empties it when all of it has left. Returns the number of bytes,
 * -EAGAIN, or another negative errno. */
int link_send(Link *link);
/* Drops the first n bytes of out, which have left. */
void link_forget(Link *link, size_t n);
/* Receives bytes into in without blocking. Returns their number, 0 at the end, -EAGAIN, or another negative errno. Unless
 * takes_fd is set, the kernel closes descriptors that arrive. */
int link_receive(Link *link);
/* Returns the descriptor that arrived, which the caller then owns; -ENODATA if none arrived; -EMFILE if it was lost. */
int link_take_fd(Link *link);
/* Finds the next complete line of in (without its newline), valid until the next link_receive(); false if no line is
 * complete. link_next_done() consumes the line. */
bool link_next(Link *link, const char **ret_line, size_t *ret_n);
void link_next_done(Link *link, size_t n);

/* The lock of the library: taken while a link is made or closed, while data that other threads read changes, and during a
 * fork. */
void links_lock(void);
void links_unlock(void);
/* Returns how many forks lie between the process that loaded the library and this one. Knowledge about sessions is
 * invalid after a change. */
unsigned links_generation(void);
/* Prepares for forks; called before the first link is made. Returns 0 or -ENOMEM. */
int links_prepare(void);
