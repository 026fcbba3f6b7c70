/* The listening socket: its file, and accepting. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <event2/event.h>

typedef struct Options Options;

/* Takes over the socket of a client. */
typedef void (*OnAccept)(void *userdata, int fd);

typedef struct Listener {
        int fd, lock_fd;
        char *path; /* of the socket file that is ours to remove */
        dev_t dev;  /* which file that is */
        ino_t ino;
        OnAccept on_accept;
        void *userdata;
        struct event *on_connection, *on_retry;
        int64_t said_full_ns; /* when, or 0 */
        bool said_lost;
} Listener;

/* Opens the socket: 0; -EADDRINUSE when a living daemon has it, or another negative errno, after
 * saying why in the log. The fields are valid for listener_close() in any case. */
int listener_open(Listener *listener, const Options *options);
/* Takes over a socket that listens already. It has no file that is ours to remove. */
void listener_adopt(Listener *listener, int fd);
/* Starts to accept: 0 or -ENOMEM. */
int listener_start(Listener *listener, struct event_base *base, OnAccept on_accept, void *userdata);
/* Stops accepting and removes the socket's file, if it is still the one that we made. */
void listener_close(Listener *listener);
/* Logs once when the socket's file was removed or replaced: new clients cannot find the daemon then. */
void listener_check_path(Listener *listener);
/* A descriptor was closed: starts accepting again if it had stopped for lack of descriptors. */
void listener_resume(Listener *listener);
