/* All connections of a loop, and the phases of its turn. */
#pragma once

#include <stdbool.h>

typedef struct Turn Turn;

/* A turn begins, with new shares. Connections whose users had none left are first. */
void connections_begin_turn(Turn *turn);
/* Runs each connection that has something to run or to receive, as far as its user has some of its share left. May be
 * called several times in a turn: shares are those of the turn. */
void connections_run(Turn *turn);
/* Whether one of them has something to run or to receive. */
bool connections_have_input(const Turn *turn);
/* The same, or output to send: then the loop must not wait. */
bool connections_are_busy(const Turn *turn);
/* Sends some of the output of each connection that has some, as far as its user has some of its share left. */
void connections_send(Turn *turn);
/* Frees the connections that are over: returns whether it found any. */
bool connections_bury(Turn *turn);

void connections_check_time(Turn *turn);
/* Ends all sessions; their last output is sent in later turns. */
void connections_end(Turn *turn);
void connections_free(Turn *turn);
