/* Reachability: which ephemeral objects stay alive.
 *
 * An ephemeral object stays alive as long as it is reachable, over references, from a root: a
 * persistent object, or an object that a session has opened. An object that loses a handle or a
 * reference is a suspect. A pass examines all present suspects together, in three phases:
 *
 *   gather      visits the suspects, those that refer to them, and so on backward, each object once. If a
 *               root refers to an object, it is reached, and the search does not continue behind it.
 *   propagate   what reached objects refer to is reached, too, as far as it was gathered.
 *   doom        objects that were gathered and not reached are doomed.
 *
 * When the last phase begins, all objects left in `gathered` are condemned at once: from then on no
 * name leads to one (object_find()), so no call meets an object that has lost some of its
 * references already.
 *
 * So a pass costs as many steps as it visits objects and references, however many suspects exist.
 * It is done in slices, by the allowance (work.h), and calls run between two of them. Two rules
 * make this safe:
 *
 *   * An object that gains a reference or a handle before it is condemned is reached
 *     (reachability_keep()). It may in fact be unreachable, so it is a suspect of the next pass.
 *   * An object that loses a reference or a handle is a suspect of the next pass, whatever this
 *     one finds. */
#pragma once

#include <stdbool.h>

#include "base/list.h"

/* The state of an object in the pass. */
typedef enum SearchState {
        SEARCH_NOT,      /* not part of it */
        SEARCH_FOUND,    /* the objects that refer to it must be visited */
        SEARCH_GATHERED, /* they were visited, and none is a root */
        SEARCH_REACHED,  /* the objects that it refers to must be visited */
} SearchState;

typedef struct Reachability {
        List suspects;                 /* Object.in_suspects: for the next pass */
        List accused;                  /* Object.in_suspects: of this pass, not yet gathered */
        List found, gathered, reached; /* Object.in_search */
        bool is_condemning;            /* the objects in `gathered` are condemned */
} Reachability;
