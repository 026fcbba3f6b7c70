/* The peer of a session, as the kernel describes it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
        /* A name of the kernel has at most 15 bytes; one claimed by a client may be longer. */
        PEER_COMM_SIZE = 64,
};

typedef struct Peer {
        pid_t pid;
        uid_t uid;
        gid_t gid;
        const gid_t *groups; /* supplementary; copied by session_new() */
        size_t n_groups;
        bool has_socket_gid; /* the group of the socket's file, for objects of its members */
        gid_t socket_gid;
        char comm[PEER_COMM_SIZE];
} Peer;
