/* The listening socket: its file, and accepting connections. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <event2/event.h>

typedef struct Options Options;

/* Called with the socket of a client, which the callee owns. */
typedef void (*OnAccept)(void *userdata, int fd);

typedef struct Listener {
        int fd, lock_fd;
        char *path; /* the socket file to remove at the end; NULL: none */
        dev_t dev;  /* identify that file */
        ino_t ino;
        OnAccept on_accept;
        void *userdata;
        struct event *on_connection, *on_retry;
        int64_t said_full_ns; /* when; 0: never */
        bool said_lost;
} Listener;

/* Opens the socket. Returns 0, or logs the reason and returns a negative errno: -EADDRINUSE if
 * another daemon is using it. listener_close() is allowed in any case. */
int listener_open(Listener *listener, const Options *options);
/* Takes ownership of a listening socket, without a file to remove. */
void listener_adopt(Listener *listener, int fd);
/* Begins to accept connections. Returns 0 or -ENOMEM. */
int listener_start(Listener *listener, struct event_base *base, OnAccept on_accept, void *userdata);
/* Stops accepting, and removes the socket file if this daemon made it. */
void listener_close(Listener *listener);
/* Logs once that the socket file was removed or replaced, since new clients cannot find the daemon
 * then. */
void listener_check_path(Listener *listener);
/* Called after a descriptor was closed: accepts again if there had been no free descriptor. */
void listener_resume(Listener *listener);
