/* The objects that a session holds, as far as its own calls show: names of locks, of semaphores whose permits are
 * owned, and of queues with reserved items. When the session ends in another way than by its thread, these are lost,
 * and its thread has to be told.
 *
 * Memory is allocated before a call is sent, so that noting an acquired object cannot fail. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/table.h"

typedef struct Holdings {
        Table held; /* name -> Held */
        Table lost; /* name -> Held, by the last session at its end, until the thread was told */
} Holdings;

/* The change that a successful call makes to the holdings. */
typedef struct HoldingChange {
        char *name;                /* of one object, or NULL */
        struct json_object *names; /* of several: an array, or NULL */
        int64_t delta;             /* of each */
} HoldingChange;

void holdings_deinit(Holdings *holdings);

/* Finds the change that a call of this method with these params makes. Returns 0 or -ENOMEM. */
int holding_change_of(const char *method, struct json_object *params, HoldingChange *ret);
/* Makes a change of one name. Returns 0 or -ENOMEM. */
int holding_change_init(HoldingChange *change, const char *name, int64_t delta);
/* Makes the change of a lock.acquire_many with these objects. Returns 0 or -ENOMEM. */
int holding_change_init_many(HoldingChange *change, struct json_object *objects);
void holding_change_deinit(HoldingChange *change);

/* Makes room for the change, before the call is sent. Returns 0 or -ENOMEM. */
int holdings_prepare(Holdings *holdings, const HoldingChange *change);
/* Applies the change after the call, by its success and its result. */
void holdings_apply(Holdings *holdings, const HoldingChange *change, bool succeeded,
                    struct json_object *result);

/* Moves all that was held to the losses, after the session has ended. */
void holdings_lose(Holdings *holdings);
static inline bool holdings_are_lost(const Holdings *holdings) {
        return table_size(&holdings->lost) > 0;
}
/* Returns the names of the lost objects as a new array; NULL if memory ran out. */
struct json_object *holdings_names_of_lost(const Holdings *holdings);
void holdings_forget_lost(Holdings *holdings);
