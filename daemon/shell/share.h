/* A user's share of the loop. All connections of one uid have one share, so that more connections give a user no more
 * time. */
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
        int64_t run_ns;       /* used in that turn */
} Share;

void shares_deinit(Shares *shares);
/* The connections that a user has. */
size_t shares_count(const Shares *shares, uid_t uid);
/* The share of a new connection, made with the first one of the user: NULL if there is no memory. */
Share *share_ref(Shares *shares, uid_t uid);
/* Frees the share with the last connection of the user. Takes NULL. */
void share_unref(Shares *shares, Share *share);

/* Whether lines of this user may still run in this turn. */
bool share_may_run(const Share *share, uint64_t turn);
void share_use(Share *share, uint64_t turn, int64_t elapsed_ns);
