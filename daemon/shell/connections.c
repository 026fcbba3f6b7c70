/* The phases of a turn. */
#include "connection.h"
#include "connections.h"
#include "turn.h"

void connections_run(Turn *turn) {
        List now;

        turn->number++;
        /* A connection that is scheduled again meanwhile runs again in the next turn. */
        list_init(&now);
        list_splice(&now, &turn->runnable);
        for (List *node; (node = list_first(&now));) {
                list_unlink(node);
                connection_run(LIST_ENTRY(node, Connection, in_runnable));
        }
        list_splice(&turn->deferred, &turn->runnable);
        list_splice(&turn->runnable, &turn->deferred);
}

bool connections_are_busy(const Turn *turn) {
        return !list_is_empty(&turn->runnable) || !list_is_empty(&turn->sending) ||
               core_has_dirty(turn->core);
}

/* Sessions that the core has written for, since this was asked last. */
static void take_dirty(Turn *turn) {
        for (Session *session; (session = core_next_dirty(turn->core));)
                connection_note_room(core_session_transport(session));
}

void connections_send(Turn *turn) {
        List now;

        take_dirty(turn);
        list_init(&now);
        list_splice(&now, &turn->sending);
        for (List *node; (node = list_first(&now));) {
                list_unlink(node);
                connection_send(LIST_ENTRY(node, Connection, in_sending));
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
