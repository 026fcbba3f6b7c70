/* Reachability: which ephemeral objects live on.
 *
 * An ephemeral object lives as long as it can be reached, over references, from a root: a persistent object, or an object
 * that some session has opened. One that loses a handle or a reference is a suspect. A pass looks at all suspects of a
 * time together, in three phases:
 *
 *     gather     the suspects, those that refer to them, and so on backward, each object once. Where a root refers to
 *                an object, that one is reached; the search does not go on behind it.
 *     propagate  what the reached objects refer to is reached, too, as far as it was gathered.
 *     doom       what was gathered and not reached goes.
 *
 * When the last phase begins, all that is left of the gathered objects is condemned at once: from then on no name leads to
 * one (object_find()), so that no call meets an object some of whose references are gone already.
 *
 * So a pass costs as many steps as there are objects and references that it looks at, however many suspects there are.
 * It is done in slices, by the allowance (work.h), and calls run between two of them. Two rules make this safe:
 *
 *   * An object that a reference or a handle is added to before it is condemned is reached (reachability_keep()). It may
 *     be unreachable in truth, so it is a suspect of the next pass.
 *   * A reference or a handle that is lost makes its object a suspect of the next pass, whatever this one finds. */
#pragma once

#include <stdbool.h>

#include "base/list.h"

/* Where an object is in the pass. */
typedef enum SearchState {
        SEARCH_NOT,      /* not in it */
        SEARCH_FOUND,    /* those that refer to it are to be looked at */
        SEARCH_GATHERED, /* they have been, and none is a root */
        SEARCH_REACHED,  /* what it refers to is to be looked at */
} SearchState;

typedef struct Reachability {
        List suspects;                 /* Object.in_suspects: of the next pass */
        List accused;                  /* Object.in_suspects: of this pass, not gathered yet */
        List found, gathered, reached; /* Object.in_search */
        bool is_condemning;            /* what is in `gathered` goes */
} Reachability;
