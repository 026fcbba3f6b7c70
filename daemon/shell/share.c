/* Shares: the time of a turn that each user may use.
 *
 * The time that work took is charged afterwards, so one long line may exceed the share; the user
 * then has none left in this turn. A new turn resets nothing: the first use with another turn
 * number starts from 0. */
#include <stdlib.h>

#include "base/macros.h"
#include "share.h"

enum {
        TURN_NS = 2000000,
        SEND_NS = 500000,  /* of these, reserved for sending */
        LIGHT_NS = 500000, /* in a turn: a user of more counts as heavy */
        HEAVY_TURNS = 64,
};

void shares_deinit(Shares *shares) {
        table_deinit(&shares->by_uid);
}

size_t shares_count(const Shares *shares, uid_t uid) {
        const Share *share = table_get(&shares->by_uid, &uid, sizeof(uid));

        return share ? share->n_connections : 0;
}

Share *share_ref(Shares *shares, uid_t uid) {
        Share *share = table_get(&shares->by_uid, &uid, sizeof(uid));

        if (!share) {
                CLEANUP(freep) Share *fresh = calloc(1, sizeof(*fresh));
                if (!fresh || table_add(&shares->by_uid, &uid, sizeof(uid), fresh) < 0)
                        return NULL;
                fresh->uid = uid;
                share = TAKE_PTR(fresh);
        }
        share->n_connections++;
        return share;
}

void share_unref(Shares *shares, Share *share) {
        if (!share || --share->n_connections > 0)
                return;
        table_remove(&shares->by_uid, &share->uid, sizeof(share->uid));
        free(share);
}

/* Sending may use what running left over, but running may not use what is reserved for sending. */
bool share_may(const Share *share, ShareUse use, uint64_t turn) {
        int64_t run_ns = share->used_ns[SHARE_RUN], send_ns = share->used_ns[SHARE_SEND];

        if (share->turn != turn)
                return true;
        return use == SHARE_RUN ? run_ns < TURN_NS - SEND_NS
                                : send_ns < SEND_NS || run_ns + send_ns < TURN_NS;
}

void share_add(Share *share, ShareUse use, uint64_t turn, int64_t elapsed_ns) {
        if (share->turn != turn)
                *share = (Share){.uid = share->uid,
                                 .n_connections = share->n_connections,
                                 .n_wide = share->n_wide,
                                 .turn = turn,
                                 .last_heavy = share->last_heavy};
        share->used_ns[use] += elapsed_ns;
        if (share->used_ns[SHARE_RUN] + share->used_ns[SHARE_SEND] > LIGHT_NS)
                share->last_heavy = turn;
}

bool share_is_heavy(const Share *share, uint64_t turn) {
        return share->last_heavy && turn - share->last_heavy < HEAVY_TURNS;
}
