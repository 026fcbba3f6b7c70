/* The peer of a session, as the kernel tells it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
        /* a kernel name has 15 bytes; one that a client claims may be longer */
        PEER_COMM_SIZE = 64,
};

typedef struct Peer {
        pid_t pid;
        uid_t uid;
        gid_t gid;
        const gid_t *groups; /* supplementary; copied by session_new() */
        size_t n_groups;
        bool has_socket_gid; /* the group of the socket's file, to which objects that it makes belong if it does */
        gid_t socket_gid;
        char comm[PEER_COMM_SIZE];
} Peer;
