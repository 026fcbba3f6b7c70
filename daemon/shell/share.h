/* A user's share of the loop: 2 ms of each turn. All connections of a uid have one share, so more
 * connections give a user no more time. Receiving and running lines may use three quarters of it;
 * the rest is reserved for sending, so a user whose lines run without end still gets replies. One
 * call may exceed the share, so all users together have a bound as well (connections_run()). */
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
        size_t n_connections; /* including those whose session has ended */
        uint64_t turn;        /* the last turn in which the share was used */
        uint64_t last_heavy;  /* the last turn in which the user was heavy; 0: never */
        int64_t used_ns[2];   /* time used in that turn, by ShareUse */
        unsigned n_wide;      /* connections with a large send buffer */
} Share;

/* Unread replies in the kernel's buffers are not charged, so a user may have only a few large
 * ones. */
enum { SHARE_WIDE_MAX = 8 };

typedef enum ShareUse {
        SHARE_RUN,  /* receiving and running lines */
        SHARE_SEND, /* sending output */
} ShareUse;

void shares_deinit(Shares *shares);
/* Returns the number of connections of a user. */
size_t shares_count(const Shares *shares, uid_t uid);
/* Returns the share for a new connection; the first one of the user makes it. Returns NULL if
 * memory ran out. */
Share *share_ref(Shares *shares, uid_t uid);
/* Frees the share with the last connection of the user. Takes NULL. */
void share_unref(Shares *shares, Share *share);

/* Returns whether the user has some of its share left for this use. Work that begins then may
 * exceed it. */
bool share_may(const Share *share, ShareUse use, uint64_t turn);
void share_add(Share *share, ShareUse use, uint64_t turn, int64_t elapsed_ns);
/* Returns whether the user was heavy in one of the last turns. Connections of light users run
 * first. */
bool share_is_heavy(const Share *share, uint64_t turn);
