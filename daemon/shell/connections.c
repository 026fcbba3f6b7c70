/* The phases of a turn. */
#include "connection.h"
#include "connections.h"
#include "turn.h"

enum { ALONE = 32 }; /* times as much is sent to a connection that is alone */

/* Moves all of `first` to the front of `list`. */
static void put_first(List *list, List *first) {
        list_splice(first, list);
        list_splice(list, first);
}

void connections_begin_turn(Turn *turn) {
        turn->number++;
        turn->send_bytes = core_limits(turn->core)->turn_output_bytes;
        put_first(&turn->runnable, &turn->deferred);
        put_first(&turn->sending, &turn->unsent);
}

void connections_run(Turn *turn) {
        List now;

        /* A connection that is scheduled again meanwhile runs again in the next turn. */
        list_init(&now);
        list_splice(&now, &turn->runnable);
        for (List *node; (node = list_first(&now));) {
                list_unlink(node);
                connection_run(LIST_ENTRY(node, Connection, in_runnable));
        }
}

bool connections_have_input(const Turn *turn) {
        return !list_is_empty(&turn->runnable) || !list_is_empty(&turn->deferred);
}

bool connections_are_busy(const Turn *turn) {
        return connections_have_input(turn) || !list_is_empty(&turn->sending) ||
               !list_is_empty(&turn->unsent) || core_has_dirty(turn->core);
}

/* Sessions that the core has written for, since this was asked last. */
static void take_dirty(Turn *turn) {
        for (Session *session; (session = core_next_dirty(turn->core));)
                connection_note_room(core_session_transport(session));
}

/* A connection may be sent more while nobody else has anything to do. */
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
        turn_set_time(turn);
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
