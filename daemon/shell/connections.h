/* All connections of a loop, and the phases of its turns. */
#pragma once

#include <stdbool.h>

typedef struct Turn Turn;

/* Begins a turn with new shares. Connections whose users had used up theirs come first. */
void connections_begin_turn(Turn *turn);
/* Runs each connection with lines to run or bytes to receive, as far as the share of its user
 * allows. May be called several times in a turn; all calls use up one share. */
void connections_run(Turn *turn);
/* Returns whether any connection has lines to run or bytes to receive. */
bool connections_have_input(const Turn *turn);
/* Returns whether any connection has that, or output to send. Then the loop must not block. */
bool connections_are_busy(const Turn *turn);
/* Sends some of the output of each connection, as far as the share of its user allows. */
void connections_send(Turn *turn);
/* Frees the connections that are over. Returns whether it found any. */
bool connections_bury(Turn *turn);

void connections_check_time(Turn *turn);
/* Ends all sessions. Their last output is sent in later turns. */
void connections_end(Turn *turn);
void connections_free(Turn *turn);
