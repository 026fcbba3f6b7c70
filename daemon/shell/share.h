/* A user's share of the loop: 2 ms of each turn. All connections of one uid have one share, so that more connections give
 * a user no more time. Receiving and running lines take three quarters of it at most, so that the rest is there for
 * sending: a user whose lines run without end still gets replies. One call may exceed the share, so the users together
 * have a bound as well (connections_run()). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/table.h"

typedef struct Shares {
        Table by_uid;
} Shares;

typedef struct Share {
        uid_t uid;
        size_t n_connections; /* those whose session has ended included */
        uint64_t turn;        /* the last one in which some of the share was used */
        uint64_t last_heavy;  /* the last turn in which the user took much of it, or 0 */
        int64_t used_ns[2];   /* in that turn, by ShareUse */
        unsigned n_wide;      /* connections with a large buffer in the kernel */
} Share;

/* Unread replies in the kernel's buffers are not charged, so only so many of a user's buffers are large. */
enum { SHARE_WIDE_MAX = 8 };

typedef enum ShareUse {
        SHARE_RUN,  /* receiving, and running lines */
        SHARE_SEND, /* sending output */
} ShareUse;

void shares_deinit(Shares *shares);
/* The connections that a user has. */
size_t shares_count(const Shares *shares, uid_t uid);
/* The share of a new connection, made with the first one of the user: NULL if there is no memory. */
Share *share_ref(Shares *shares, uid_t uid);
/* Frees the share with the last connection of the user. Takes NULL. */
void share_unref(Shares *shares, Share *share);

/* Whether this user has some of its share left for that in this turn. Work that begins then may exceed it. */
bool share_may(const Share *share, ShareUse use, uint64_t turn);
void share_add(Share *share, ShareUse use, uint64_t turn, int64_t elapsed_ns);
/* Whether the user took much in one of the last turns. Connections of others run before its connections. */
bool share_is_heavy(const Share *share, uint64_t turn);
