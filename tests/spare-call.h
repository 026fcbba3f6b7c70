/* Overwrites what the last call left in the structure that the next one gets: only the part that is cleared for each call may be
 * read before it is written. */
#pragma once

#include <string.h>

#include "call/call.h"
#include "core-state.h"

static inline void spare_call_spoil(const Core *core) {
        if (core->spare)
                memset((char *)core->spare + CALL_CLEARED, 0xa5, sizeof(Call) - CALL_CLEARED);
}
