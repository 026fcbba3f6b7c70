/* Granting: how a session comes to hold an object.
 *
 * It has three steps, so that several objects can be taken at once, or none: a
 * check that changes nothing, then all that may fail (memory, bounds), then the
 * taking, which cannot. */
#pragma once

#include <json-c/json.h>

#include "call/method.h"
#include "wait/hold.h"
#include "wait/wait.h"

typedef struct Grant {
        Object *object;
        Claim claim;
        Hold *hold; /* the session's present hold, or the prepared one; NULL for none */
        struct json_object *answer; /* for the call; NULL is null */
} Grant;

/* The steps, by type. */
typedef struct Grantor {
        bool has_modes;  /* it can be shared */
        bool has_number; /* it has permits */
        /* Whether the session of the call may have place->claim of the object at once: OUTCOME_DONE,
         * OUTCOME_PARKED when it must wait (nothing is parked yet), or OUTCOME_REFUSED. In any case it
         * fills in the place where the call would wait. */
        int (*check)(Call *call, Object *object, Place *place);
        /* After the check: OUTCOME_DONE; OUTCOME_REFUSED or -ENOMEM with nothing done. */
        int (*prepare)(Call *call, Grant *grant);
        void (*take)(Call *call, Grant *grant);
} Grantor;

/* Runs all steps for one object. Returns an outcome or -errno. The result of the call is the answer of the grant. */
int grant_run(Call *call, const Grantor *grantor, Object *object, Claim claim);
/* For prepare(): finds the hold of the session, or prepares a new one. */
int grant_prepare_hold(Call *call, Grant *grant);
/* Frees a hold that was prepared and not taken. */
void grant_deinit(Grant *grant);
/* Takes the object for the session, which must have no other hold on it. */
void grant_hold(Hold *hold);
