/* Remains: keeps and drops contents that were taken out of objects. remains.h has the model.
 *
 * A kind drops in slices, as far as Core.n_allowed goes, so the functions here set an allowance and
 * restore the old one. Accounts take turns of TURN_STEPS, so a user who cleared a huge dict does
 * not delay the freeing, and with it the quota, of others. A user who is at the quota first drops
 * remains of the same account, before a call fails (charge.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "core-state.h"
#include "object.h"
#include "remains.h"
#include "work.h"

enum { TURN_STEPS = 1024 }; /* of one account, before the turn of the next */

static void remains_link(Remains *remains, Account *account) {
        Core *core = remains->object->core;

        list_append(&account->remains, &remains->in_account);
        if (!list_is_linked(&account->in_leaving))
                list_append(&core->leaving, &account->in_leaving);
}

static void remains_unlink(Remains *remains) {
        Account *account = remains->object->account;

        list_unlink(&remains->in_account);
        if (list_is_empty(&account->remains))
                list_unlink(&account->in_leaving);
}

static void drop_all(Remains *remains) {
        Core *core = remains->object->core;
        uint64_t n_allowed = core->n_allowed;

        core->n_allowed = UINT64_MAX;
        while (!remains->kind->drop(remains))
                ;
        core->n_allowed = n_allowed;
}

int remains_restore(Object *object, Remains *remains, size_t size) {
        remains->object = object;
        Remains *kept = malloc(size);
        if (!kept) {
                drop_all(remains);
                return -ENOMEM;
        }
        memcpy(kept, remains, size);
        list_append(&object->remains, &kept->in_object);
        remains_link(kept, object->account);
        return 0;
}

void remains_leave(Object *object, Remains *remains, size_t size) {
        remains->object = object;
        if (remains->kind->drop(remains))
                return;
        remains_restore(object, remains, size);
}

/* Frees remains that are empty. An object that has ended may have waited for that. */
static void remains_end(Remains *remains) {
        Object *object = remains->object;

        remains_unlink(remains);
        list_unlink(&remains->in_object);
        free(remains);
        if (object->has_ended && list_is_empty(&object->remains))
                list_append(&object->core->ended, &object->in_doomed);
}

uint64_t remains_drop_of(Object *object, uint64_t n_steps) {
        Core *core = object->core;
        uint64_t before = core->n_steps, n_allowed = core->n_allowed;
        List *node = list_first(&object->remains);

        if (!node)
                return 0;
        Remains *remains = LIST_ENTRY(node, Remains, in_object);
        core->n_allowed = n_steps;
        if (remains->kind->drop(remains))
                remains_end(remains);
        core->n_allowed = n_allowed;
        return core->n_steps - before;
}

/* Drops remains of an account, as far as the allowance goes. */
static void drop_of_account(Account *account) {
        for (List *node; (node = list_first(&account->remains));) {
                Remains *remains = LIST_ENTRY(node, Remains, in_account);
                if (!remains->kind->drop(remains))
                        return;
                remains_end(remains);
        }
}

static uint64_t drop_for(Core *core, Account *account, uint64_t n_steps) {
        uint64_t before = core->n_steps, n_allowed = core->n_allowed;

        core->n_allowed = n_steps;
        drop_of_account(account);
        core->n_allowed = n_allowed;
        return core->n_steps - before;
}

uint64_t remains_drop(Core *core, Account *account, uint64_t n_steps) {
        uint64_t n = 0;
        List *node;

        if (account)
                return list_is_empty(&account->remains) ? 0 : drop_for(core, account, n_steps);
        while (n < n_steps && (node = list_first(&core->leaving))) {
                uint64_t n_left = n_steps - n;
                list_unlink(node);
                list_append(&core->leaving, node);
                n += drop_for(core, LIST_ENTRY(node, Account, in_leaving),
                              n_left < TURN_STEPS ? n_left : TURN_STEPS);
        }
        return n;
}

bool remains_are_left(const Core *core) {
        return !list_is_empty(&core->leaving);
}

void remains_move(Object *object, Account *to) {
        LIST_FOREACH (node, &object->remains) {
                Remains *remains = LIST_ENTRY(node, Remains, in_object);
                work_count(object->core, 1);
                remains_unlink(remains);
                remains_link(remains, to);
        }
}
