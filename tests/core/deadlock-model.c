/* Plays the model of the deadlock test: see deadlock-model.h. */
#include <string.h>

#include "core/deadlock-model.h"

int world_n_waits_of(const World *world, int session) {
        int n = 0;

        for (int i = 0; i < world->n_waits; i++)
                n += world->waits[i].session == session;
        return n;
}

void world_add_wait(World *world, const ModelWait *wait, bool at_front) {
        int at = at_front ? 0 : world->n_waits;

        memmove(&world->waits[at + 1], &world->waits[at],
                (size_t)(world->n_waits - at) * sizeof(*wait));
        world->waits[at] = *wait;
        world->n_waits++;
}

void world_remove_wait(World *world, int i) {
        world->n_waits--;
        memmove(&world->waits[i], &world->waits[i + 1],
                (size_t)(world->n_waits - i) * sizeof(ModelWait));
}

void world_take(World *world, int session, const Want *want) {
        Held *held = &world->held[session][want->object];

        switch (world->kinds[want->object]) {
        case KIND_RWLOCK:
                if (!want->is_shared && !held->is_written) {
                        held->is_written = true;
                        held->n_below = held->n;
                }
                held->n++;
                return;
        case KIND_FREE:
        case KIND_EVENT:
                return;
        default:
                held->n += want->n;
        }
}

void world_release(World *world, int session, int object, int n) {
        Held *held = &world->held[session][object];

        held->n -= n;
        if (held->n == 0)
                *held = (Held){0};
        else if (held->is_written && held->n == held->n_below)
                held->is_written = false;
}

static void world_forget_waits(World *world, int session) {
        for (int i = world->n_waits - 1; i >= 0; i--)
                if (world->waits[i].session == session)
                        world_remove_wait(world, i);
}

void world_forget_session(World *world, int session) {
        memset(world->held[session], 0, sizeof(world->held[session]));
        world_forget_waits(world, session);
}

/* Returns whether the object has what is wanted, queue aside. */
static bool is_there(const World *world, int session, const Want *want, bool own_counts) {
        int n_others = 0, n_written = 0, n_all = 0;

        for (int s = 0; s < world->n_sessions; s++) {
                const Held *held = &world->held[s][want->object];
                n_all += held->n;
                if (s == session && !own_counts)
                        continue;
                n_others += held->n;
                n_written += held->is_written;
        }
        switch (world->kinds[want->object]) {
        case KIND_LOCK:
                return n_all == 0;
        case KIND_RLOCK:
        case KIND_CONDITION:
                return n_others == 0;
        case KIND_RWLOCK:
                return want->is_shared ? n_written == 0 : n_others == 0;
        case KIND_OWNED:
                return world->permits[want->object] - n_all >= want->n;
        default:
                return true; /* any session may set or release it */
        }
}

/* Returns whether a wait that keeps its turn stands before wait i in the object's queue. A holder
 * passes the queue for a further level, if the type allows that. */
static bool is_behind(const World *world, int i, int object) {
        Kind kind = world->kinds[object];

        if (world->held[world->waits[i].session][object].n > 0 &&
            (kind == KIND_RLOCK || kind == KIND_RWLOCK || kind == KIND_CONDITION))
                return false;
        for (int k = 0; k < i; k++) {
                const ModelWait *before = &world->waits[k];
                if (before->keeps_turn && before->wants[0].object == object)
                        return true;
        }
        return false;
}

static bool can_go_on(const World *world, int i) {
        const ModelWait *wait = &world->waits[i];

        for (int k = 0; k < wait->n_wants; k++) {
                const Want *want = &wait->wants[k];
                bool has_turn = wait->is_condition || !is_behind(world, i, want->object);
                bool is_ready = has_turn && is_there(world, wait->session, want,
                                                     wait->is_any || wait->is_condition);
                if (is_ready == wait->is_any)
                        return wait->is_any;
        }
        return !wait->is_any;
}

/* Each session without a wait releases all that it holds. */
static void release_all(World *world) {
        for (int s = 0; s < world->n_sessions; s++)
                if (world_n_waits_of(world, s) == 0)
                        memset(world->held[s], 0, sizeof(world->held[s]));
}

void world_find_stuck(const World *world, bool stuck[MODEL_SESSIONS]) {
        World future = *world;
        bool changed;

        do {
                changed = false;
                release_all(&future);
                for (int i = 0; i < future.n_waits && !changed; i++)
                        if (can_go_on(&future, i)) {
                                /* The session continues, so its other waits end, too. */
                                world_forget_waits(&future, future.waits[i].session);
                                changed = true;
                        }
        } while (changed);
        for (int s = 0; s < world->n_sessions; s++)
                stuck[s] = world_n_waits_of(&future, s) > 0;
}

bool world_waits_for_itself(const World *world, const ModelWait *wait) {
        World alone = *world;

        for (int s = 0; s < world->n_sessions; s++)
                if (s != wait->session)
                        memset(alone.held[s], 0, sizeof(alone.held[s]));
        alone.n_waits = 1;
        alone.waits[0] = *wait;
        return !can_go_on(&alone, 0);
}
