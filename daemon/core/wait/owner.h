/* Ownership with a policy for the owner's death: what lock, rlock, rwlock and
 * condition have in common.
 *
 * An owner's session that ends moves the ownership as follows. "Told" means that the next grant carries
 * owner_died, with the dead process and the time since.
 *
 *   policy    after the death                        back to normal by
 *   release   free; the next owner is told           that grant
 *   poison    is_poisoned: each acquire is refused   recover(), which forgets the dead owner, too
 *             with ENOTRECOVERABLE, waiters as well
 *   keep      is_orphaned: it stays locked           release() by any session that may write the object */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "call/call.h"
#include "session.h"
#include "wait/grant.h"
#include "who.h"

typedef enum OwnerPolicy {
        OWNER_RELEASE, /* the next owner gets it, with the death */
        OWNER_POISON,  /* acquiring fails until a session recovers it */
        OWNER_KEEP,    /* it stays locked, and any session may release it */
} OwnerPolicy;

enum { OWNER_DEPTH_MAX = 65536 };

/* The open option "on_owner_death"; its choices are in the order of OwnerPolicy. */
#define OWNER_POLICY_ARG(get_policy_)                                                              \
        {                                                                                          \
                .name = "on_owner_death", .kind = ARG_CHOICE, .optional = true,                    \
                .choices = owner_policies, .fallback = "\"release\"", .role = OPEN_FOR_GOOD,       \
                .get_present = get_policy_,                                                        \
                .help = "what happens when the owner's session ends before it released"            \
        }

extern const char *const owner_policies[];
/* The schema of the result of an acquire. */
extern const char owner_grant_schema[];

typedef struct Ownership {
        OwnerPolicy policy;
        bool is_poisoned; /* OWNER_POISON, after a death */
        bool is_orphaned; /* OWNER_KEEP, after a death */
        bool has_victim;  /* an owner died, and no later owner has been told */
        Who victim;
        int64_t died_ns;
} Ownership;

/* For Arg.get_present. */
int owner_get_policy(const Ownership *owner, struct json_object **ret);
/* Notes the end of an owner's session, by the policy. */
void owner_died(Ownership *owner, const Hold *hold);
/* After that: signals the waiters that can continue, and all of them if the object is poisoned, since all are refused. */
void owner_signal(const Ownership *owner, WaitQueue *queue);
/* Returns OUTCOME_DONE, or OUTCOME_REFUSED with ENOTRECOVERABLE if the object is poisoned. */
int owner_check(Call *call, const Ownership *owner, const Object *object);
/* The steps prepare and take of a Grantor, for an object with an owner. A session that holds it already
 * gets one level more. */
int owner_prepare(Call *call, const Ownership *owner, Grant *grant);
void owner_take(Call *call, Ownership *owner, Grant *grant);
/* For tolerance() of types whose sessions may have more of what they hold: whether the hold of its own session is not
 * in the waiter's way. It is, if the call watches the object, or comes back to it from a condition. */
bool owner_is_no_obstacle(const Hold *own, const Waiter *waiter);
/* The method "recover". */
int owner_recover(Call *call, Ownership *owner);
/* Adds policy, poisoned, and the dead owner to a stat: 0 or -ENOMEM. */
int owner_describe(const Ownership *owner, const Object *object, struct json_object *into);
/* Returns the description of the dead owner, with "ms_ago", or NULL if memory ran out. */
struct json_object *owner_describe_victim(const Ownership *owner, const Core *core);

/* In a snapshot: members of the record of an object. */
void owner_save(const Ownership *owner, SnapshotWriter *w);
void owner_load(Ownership *owner, SnapshotRecord *state);
