/* A link: one connection to the daemon, with what is to be sent and what came. All
 * links of the process are known, so that a forked child can close those that it
 * inherited without writing to them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "buffer.h"
#include "list.h"

typedef struct Link {
        int fd; /* -1 when there is no connection */
        char path[ADDRESS_MAX];
        Buffer in, out;
        size_t n_sent;     /* of out: it is kept until all of it has left */
        size_t n_searched; /* of in: known to hold no newline */
        List in_all;
} Link;

void link_init(Link *link);
/* Closes it. */
void link_deinit(Link *link);

/* Connects to the socket that link->path names: 0 or negative errno. */
int link_connect(Link *link);
/* Closes the connection; out stays, to be sent again from its beginning. */
void link_disconnect(Link *link);
/* Nothing is to be sent. */
void link_clear(Link *link);

/* Sends some of out, which is emptied when all of it has left: the number of bytes, or -EAGAIN (only with wait
 * false), -EINTR, or another negative errno. */
int link_send(Link *link, bool wait);
/* Receives something into in: the number of bytes; 0 at the end; -EAGAIN, -EINTR; another negative errno. */
int link_receive(Link *link, bool wait);
/* The next complete line of in (without its newline), valid until the next link_receive(); false when there is
 * none. The line is consumed by link_next_done(). */
bool link_next(Link *link, const char **ret_line, size_t *ret_n);
void link_next_done(Link *link, size_t n);

/* Held while a link is connected or closed, and by whoever must not see that happen. */
void links_lock(void);
void links_unlock(void);
/* Counts the forks of this process's ancestors that the library saw: what was known before is not valid when
 * it has changed. */
unsigned links_generation(void);
/* Prepares for forks: to be called before the first link. */
void links_prepare(void);
