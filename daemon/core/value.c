/* Stored values and what they cost. */
#include <errno.h>
#include <string.h>

#include "account.h"
#include "call/call.h"
#include "charge.h"
#include "json/json-value.h"
#include "object.h"
#include "reference.h"
#include "remains.h"
#include "session.h"
#include "value.h"

static bool fits_in_object(const Object *object, size_t n_bytes) {
        uint64_t max_bytes = object_max_bytes(object);

        return n_bytes <= max_bytes && object->n_bytes <= max_bytes - n_bytes;
}

/* Contents that were cleared but not freed yet still count: frees as much of them as is needed. */
static bool make_room(Object *object, size_t n_bytes) {
        uint64_t n_left = remains_steps_for(n_bytes), n = 1;

        while (!fits_in_object(object, n_bytes) && n > 0 && n_left > 0) {
                n = remains_drop_of(object, REMAINS_STEPS_AT_ONCE);
                n_left -= n < n_left ? n : n_left;
        }
        return fits_in_object(object, n_bytes);
}

/* Others than its owner fill an object up to a bound of its own, so that they cannot use up what its
 * owner may store in all. */
static int check_object(Call *call, Object *object, size_t n_bytes) {
        uint64_t max_bytes = object_max_bytes(object);

        if (object_is_owned_by(object, call->session) || make_room(object, n_bytes))
                return OUTCOME_DONE;
        return call_refuse(call, EDQUOT,
                           "no room for %zu bytes more in %s: it has %llu bytes, and uid %u lets "
                           "others fill it up to %llu (max_bytes)",
                           n_bytes, call_quote(object->name, strlen(object->name)),
                           (unsigned long long)object->n_bytes, object->uid,
                           (unsigned long long)max_bytes);
}

int value_charge(Call *call, Object *object, size_t n_bytes) {
        int r = check_object(call, object, n_bytes);
        if (r != OUTCOME_DONE)
                return r;
        r = account_charge_bytes(object->core, object->account, call->session->peer.uid, n_bytes);
        if (r < 0)
                return call_refuse(call, EDQUOT,
                                   "no room for %zu bytes more: what uid %u has takes %llu bytes",
                                   n_bytes, object->account->uid,
                                   (unsigned long long)(object->account->n_bytes +
                                                        object->account->n_structure_bytes));
        object->n_bytes += n_bytes;
        return OUTCOME_DONE;
}

void value_release(Object *object, size_t n_bytes) {
        account_release_bytes(object->core, object->account, n_bytes);
        object->n_bytes -= n_bytes;
}

int value_store(Call *call, Object *object, struct json_object *value) {
        size_t cost = json_cost(value);
        int r = value_charge(call, object, cost);
        if (r != OUTCOME_DONE)
                return r;
        r = references_add(call, object, value);
        if (r == OUTCOME_DONE)
                json_object_get(value);
        else
                value_release(object, cost);
        return r;
}

void value_drop_to_caller(Call *call, Object *object, struct json_object *value) {
        references_lease(call, object, value);
        value_drop(object, value);
}

void value_drop(Object *object, struct json_object *value) {
        references_drop(object, value);
        value_release(object, json_cost(value));
        json_object_put(value);
}

void value_restore_bytes(Object *object, size_t n_bytes) {
        account_restore_bytes(object->core, object->account, n_bytes);
        object->n_bytes += n_bytes;
}

void value_restore(Object *object, struct json_object *value) {
        value_restore_bytes(object, json_cost(value));
}
