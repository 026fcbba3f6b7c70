/* Permission, bounds and charges of objects. */
#include "account.h"
#include "base/macros.h"
#include "core-state.h"
#include "object.h"
#include "session.h"

bool object_allows(const Object *object, const Session *session, unsigned access) {
        mode_t bits = object->mode;

        if (session->peer.uid == 0)
                return true;
        if (session->peer.uid == object->uid)
                bits >>= 6;
        else if (session_in_group(session, object->gid))
                bits >>= 3;
        return (bits & access) == access;
}

bool object_is_owned_by(const Object *object, const Session *session) {
        return session->peer.uid == 0 || session->peer.uid == object->uid;
}

uint64_t object_max_bytes(const Object *object) {
        if (object->max_bytes != MAX_BYTES_DEFAULT)
                return object->max_bytes;
        return object->core->limits.bytes_per_uid / MAX_BYTES_PART;
}

int64_t object_used_ms(const Object *object) {
        const Core *core = object->core;

        return core->wall_ms - (core->now_ns - object->used_ns) / 1000000;
}

void object_add_structure(Object *object, size_t n) {
        object->n_structure_bytes += n;
        account_add_structure(object->core, object->account, n);
}

void object_drop_structure(Object *object, size_t n) {
        object->n_structure_bytes -= n;
        account_drop_structure(object->core, object->account, n);
}

void object_init_lists(Object *object) {
        List *const lists[] = {
                &object->handles,      &object->holds,         &object->ends,
                &object->reservations, &object->queues,        &object->blocked,
                &object->waits,        &object->references_in, &object->in_suspects,
                &object->in_search,    &object->in_doomed,     &object->remains,
        };

        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                list_init(lists[i]);
}
