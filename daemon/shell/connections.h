/* All connections of a loop, and the phases of its turn. */
#pragma once

#include <stdbool.h>

typedef struct Turn Turn;

/* Runs each connection that has something to run or to receive. */
void connections_run(Turn *turn);
/* Whether one of them has, or has output to send, so that the loop must not wait. */
bool connections_are_busy(const Turn *turn);
/* Sends some of the output of each connection that has some. */
void connections_send(Turn *turn);
/* Frees those that are over: whether there were any. */
bool connections_bury(Turn *turn);

void connections_check_time(Turn *turn);
/* Ends all sessions; what they were to be told is sent in later turns. */
void connections_end(Turn *turn);
void connections_free(Turn *turn);
