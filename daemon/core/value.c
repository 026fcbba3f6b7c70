/* Stores values in objects, and charges for them. */
#include <errno.h>
#include <string.h>

#include "account.h"
#include "base/macros.h"
#include "call/call.h"
#include "charge.h"
#include "core-state.h"
#include "object.h"
#include "reference.h"
#include "remains.h"
#include "session.h"
#include "value.h"

static bool fits_in_object(const Object *object, size_t n_bytes) {
        uint64_t max_bytes = object_max_bytes(object);

        return n_bytes <= max_bytes && object->n_bytes <= max_bytes - n_bytes;
}

/* Counts the bytes of durable objects in the account, too. */
static void object_count_bytes(Object *object, int64_t change) {
        object->n_bytes += (uint64_t)change;
        if (object->durable)
                object->account->n_durable_bytes += (uint64_t)change;
}

/* Contents that were cleared but not freed yet still count: frees as much of them as necessary. */
static bool make_room(Object *object, size_t n_bytes) {
        uint64_t n_left = remains_steps_for(n_bytes), n = 1;

        while (!fits_in_object(object, n_bytes) && n > 0 && n_left > 0) {
                n = remains_drop_of(object, REMAINS_STEPS_AT_ONCE);
                n_left -= n < n_left ? n : n_left;
        }
        return fits_in_object(object, n_bytes);
}

/* Users other than the owner may fill an object only up to its own bound, so that they cannot use
 * up the owner's quota. */
static int check_object(Call *call, Object *object, size_t n_bytes) {
        uint64_t max_bytes = object_max_bytes(object);

        if (object_is_owned_by(object, call->session) || make_room(object, n_bytes))
                return OUTCOME_DONE;
        return call_refuse(call, EDQUOT,
                           "no room for %zu more bytes in %s: it has %llu bytes, and uid %u lets "
                           "others fill it up to %llu (max_bytes)",
                           n_bytes, call_quote(object->name, strlen(object->name)),
                           (unsigned long long)object->n_bytes, object->uid,
                           (unsigned long long)max_bytes);
}

int value_check_durable(Call *call, Object *object, size_t n_bytes) {
        Account *account = object->account;

        if (account_has_durable_room(call->core, account, n_bytes))
                return OUTCOME_DONE;
        return call_refuse(
                call, EDQUOT,
                "no room for %zu more bytes on the disk: uid %u has %llu bytes in durable "
                "objects, of %llu (max-stored-bytes-per-uid)",
                n_bytes, account->uid, (unsigned long long)account->n_durable_bytes,
                (unsigned long long)call->core->limits.durable_bytes_per_uid);
}

int value_charge(Call *call, Object *object, size_t n_bytes) {
        int r = check_object(call, object, n_bytes);
        if (r == OUTCOME_DONE && object->durable)
                r = value_check_durable(call, object, n_bytes);
        if (r != OUTCOME_DONE)
                return r;
        r = account_charge_bytes(object->core, object->account, call->session->peer.uid, n_bytes);
        if (r < 0)
                return call_refuse(
                        call, EDQUOT,
                        "no room for %zu more bytes: uid %u uses %llu bytes (max-bytes-per-uid), "
                        "or all users together have reached max-bytes",
                        n_bytes, object->account->uid,
                        (unsigned long long)(object->account->n_bytes +
                                             object->account->n_structure_bytes));
        object_count_bytes(object, (int64_t)n_bytes);
        return OUTCOME_DONE;
}

void value_release(Object *object, size_t n_bytes) {
        account_release_bytes(object->core, object->account, n_bytes);
        object_count_bytes(object, -(int64_t)n_bytes);
}

/* Charges for the value, and counts its references. */
static int value_enter(Call *call, Object *object, const Value *value) {
        size_t n_bytes = value_memory(value);
        int r = n_bytes ? value_charge(call, object, n_bytes) : OUTCOME_DONE;

        if (r != OUTCOME_DONE)
                return r;
        r = references_add(call, object, value);
        if (r != OUTCOME_DONE)
                value_release(object, n_bytes);
        else if (value_is_container(value))
                object->n_text_bytes += n_bytes;
        return r;
}

int value_store(Call *call, Object *object, const Value *value, Value *ret) {
        CLEANUP(value_deinit) Value own = VALUE_NULL;
        int r = value_own(value, &own);

        if (r == 0)
                r = value_enter(call, object, &own);
        if (r != OUTCOME_DONE)
                return r;
        *ret = own;
        own = VALUE_NULL;
        return OUTCOME_DONE;
}

int value_store_span(Call *call, Object *object, const JsonSpan *span, Value *ret) {
        CLEANUP(value_deinit) Value own = VALUE_NULL;
        int r = value_make(span, &own);

        return r == 0 ? value_store(call, object, &own, ret) : r;
}

void value_drop(Object *object, Value *value) {
        size_t n_bytes = value_memory(value);

        references_drop(object, value);
        if (value_is_container(value))
                object->n_text_bytes -= n_bytes;
        if (n_bytes)
                value_release(object, n_bytes);
        value_deinit(value);
}

Value value_drop_to_caller(Call *call, Object *object, Value *value) {
        Value taken = value_ref(value);

        references_lease(call, object, value);
        value_drop(object, value);
        return taken;
}

int value_replace(Call *call, Object *object, Value *slot, const Value *value) {
        Value stored;
        int r = value_store(call, object, value, &stored);

        if (r != OUTCOME_DONE)
                return r;
        value_drop(object, slot);
        *slot = stored;
        return OUTCOME_DONE;
}

void value_restore_bytes(Object *object, size_t n_bytes) {
        account_restore_bytes(object->core, object->account, n_bytes);
        object_count_bytes(object, (int64_t)n_bytes);
}

void value_restore(Object *object, const Value *value) {
        size_t n_bytes = value_memory(value);

        value_restore_bytes(object, n_bytes);
        if (value_is_container(value))
                object->n_text_bytes += n_bytes;
        if (object->core->changes.is_loading)
                references_restore_of(object, value);
}
