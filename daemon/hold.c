/* Holds: who has what. */
#include <errno.h>
#include <stdlib.h>

#include "core.h"
#include "hold.h"
#include "json-util.h"
#include "object.h"
#include "session.h"

Hold *hold_find(Session *session, Object *object) {
        return table_get(&session->holds, &object->id, sizeof(object->id));
}

int hold_new(Session *session, Object *object, Hold **ret) {
        if (table_size(&session->holds) >= session->core->limits.holds_per_session)
                return -EDQUOT;
        CLEANUP(freep) Hold *hold = calloc(1, sizeof(*hold));
        if (!hold)
                return -ENOMEM;
        int r = table_add(&session->holds, &object->id, sizeof(object->id), hold);
        if (r < 0)
                return r;
        hold->object = object;
        hold->session = session;
        hold->n = 1;
        hold->since_ns = session->core->now_ns;
        list_append(&object->holds, &hold->by_object);
        *ret = TAKE_PTR(hold);
        return 0;
}

Hold *hold_free(Hold *hold) {
        if (!hold)
                return NULL;
        table_remove(&hold->session->holds, &hold->object->id, sizeof(hold->object->id));
        list_unlink(&hold->by_object);
        free(hold);
        return NULL;
}

struct json_object *hold_describe(const Hold *hold) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        int64_t held_ns = hold->session->core->now_ns - hold->since_ns;

        if (!o || session_describe(hold->session, o) < 0 ||
            json_put_int(o, "held_ms", held_ns / 1000000) < 0 || json_put_int(o, "n", hold->n) < 0)
                return NULL;
        if (hold->token && json_put_int(o, "token", hold->token) < 0)
                return NULL;
        if (hold->mode && json_put_string(o, "mode", hold->mode) < 0)
                return NULL;
        return TAKE_PTR(o);
}

void holds_end_with_session(Session *session) {
        for (TableEntry *entry; (entry = table_first(&session->holds));) {
                Hold *hold = entry->value;
                hold->object->type->owner_gone(hold->object, hold);
                hold_free(hold);
        }
}

void holds_end_with_object(Object *object) {
        for (List *node; (node = list_first(&object->holds));)
                hold_free(LIST_ENTRY(node, Hold, by_object));
}
