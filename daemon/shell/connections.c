/* The phases of a turn.
 *
 * Connections with input run in this order: those of light users, then those of heavy users
 * (share.h). Among both, the order is
 *
 *   late       the last turn was full before it reached them
 *   deferred   their user had used up its share in the last turn
 *   others     in the order of their events
 *
 * A turn stops running connections after TURN_RUN_NS of processor time. So several users whose
 * calls exceed their shares together take no more of a turn than one of them does, every user gets
 * its turn, and light users wait for no heavy one. */
#include "connection.h"
#include "connections.h"
#include "turn.h"

enum {
        ALONE = 32, /* factor for a connection that is alone */
        TURN_RUN_NS = 2000000,
};

/* Moves all members of `first` to the front of `list`. */
static void put_first(List *list, List *first) {
        if (list_is_empty(first))
                return;
        list_splice(first, list);
        list_splice(list, first);
}

void connections_begin_turn(Turn *turn) {
        turn->number++;
        turn->run_ns = 0;
        turn->send_bytes = core_limits(turn->core)->turn_output_bytes;
        put_first(&turn->runnable, &turn->deferred);
        put_first(&turn->runnable, &turn->late);
        put_first(&turn->sending, &turn->unsent);
}

/* Reading the processor time is a system call, so it is read only when the elapsed time is over.
 * That may include time of other processes. */
static bool is_full(const Turn *turn, int64_t begin_ns) {
        return turn->run_ns >= TURN_RUN_NS &&
               turn->clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns >= TURN_RUN_NS;
}

/* Runs connections up to the bound of the turn. Moves those of heavy users to `heavy`, unless it is
 * NULL. */
static void run_up_to_bound(Turn *turn, List *now, List *heavy, int64_t begin_ns) {
        for (List *node; (node = list_first(now));) {
                Connection *c = LIST_ENTRY(node, Connection, in_runnable);
                list_unlink(node);
                if (heavy && share_is_heavy(c->share, turn->number))
                        list_append(heavy, node);
                else if (!share_may(c->share, SHARE_RUN, turn->number))
                        list_append(&turn->deferred, node);
                else if (is_full(turn, begin_ns))
                        list_append(&turn->late, node);
                else
                        connection_run(c);
        }
}

/* Runs one connection of a heavy user, so that heavy users advance even if light ones fill all
 * turns. */
static void run_first(List *heavy) {
        List *node = list_first(heavy);

        if (!node)
                return;
        list_unlink(node);
        connection_run(LIST_ENTRY(node, Connection, in_runnable));
}

void connections_run(Turn *turn) {
        List now, heavy;

        /* A connection that is scheduled again during this turn runs again in the next one. */
        list_init(&now);
        list_init(&heavy);
        list_splice(&now, &turn->runnable);
        List *first = list_first(&now);
        bool is_single = !first || first == list_last(&now);
        turn->alone = first && is_single ? LIST_ENTRY(first, Connection, in_runnable) : NULL;
        int64_t begin_ns = is_single ? 0 : turn->clock_ns(CLOCK_THREAD_CPUTIME_ID);
        run_up_to_bound(turn, &now, &heavy, begin_ns);
        run_first(&heavy);
        run_up_to_bound(turn, &heavy, NULL, begin_ns);
}

bool connections_have_input(const Turn *turn) {
        return !list_is_empty(&turn->runnable) || !list_is_empty(&turn->deferred) ||
               !list_is_empty(&turn->late);
}

bool connections_are_busy(const Turn *turn) {
        return connections_have_input(turn) || !list_is_empty(&turn->sending) ||
               !list_is_empty(&turn->unsent) || core_has_dirty(turn->core);
}

/* Schedules the sessions that the core has written to since the last call. */
static void take_dirty(Turn *turn) {
        for (Session *session; (session = core_next_dirty(turn->core));)
                connection_note_room(core_session_transport(session));
}

/* A connection may send more while no other one has work. */
static size_t bytes_for_each(const Turn *turn) {
        const List *first = list_first(&turn->sending);
        uint64_t most = core_limits(turn->core)->turn_output_bytes;
        bool is_alone = first && first->next == &turn->sending && list_is_empty(&turn->unsent) &&
                        !connections_have_input(turn);

        return is_alone ? most * ALONE : most;
}

void connections_send(Turn *turn) {
        List now;

        take_dirty(turn);
        turn->send_bytes = bytes_for_each(turn);
        list_init(&now);
        list_splice(&now, &turn->sending);
        for (List *node; (node = list_first(&now));) {
                Connection *c = LIST_ENTRY(node, Connection, in_sending);
                list_unlink(node);
                if (!share_may(c->share, SHARE_SEND, turn->number)) {
                        list_append(&turn->unsent, node);
                        continue;
                }
                connection_send(c);
                turn_use(turn, c->share, SHARE_SEND);
        }
}

bool connections_bury(Turn *turn) {
        if (list_is_empty(&turn->over))
                return false;
        for (List *node; (node = list_first(&turn->over));)
                connection_free(LIST_ENTRY(node, Connection, in_over));
        return true;
}

void connections_check_time(Turn *turn) {
        LIST_FOREACH (node, &turn->connections)
                connection_check_time(LIST_ENTRY(node, Connection, in_turn));
}

void connections_end(Turn *turn) {
        LIST_FOREACH (node, &turn->connections)
                connection_end(LIST_ENTRY(node, Connection, in_turn));
}

void connections_free(Turn *turn) {
        for (List *node; (node = list_first(&turn->connections));)
                connection_free(LIST_ENTRY(node, Connection, in_turn));
}
