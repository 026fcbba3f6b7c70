/* The end of sessions: what one that has ended (session.h) had is given back, in slices where it is much. */
#pragma once

typedef struct Core Core;

/* Goes on with the sessions in Core.gone as far as the allowance goes (work.h), and frees those that have nothing
 * left. */
void sessions_give_back(Core *core);
