/* The messages of denials. All users may see the owner, the group and the mode of an object. */
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "call/call.h"
#include "core-state.h"
#include "denied.h"
#include "object.h"
#include "session.h"

int object_deny(Call *call, const Object *object, const char *action) {
        const Session *session = call->session;
        const char *name = call_quote(object->name, strlen(object->name));
        bool is_member = session_in_group(session, object->gid);

        return call_refuse(call, EACCES,
                           "%s: uid %u may not %s %s, a %s of uid %u and group %u with mode %04o; "
                           "its owner can "
                           "%s: shmgrctl object %s",
                           call->ref->name, session->peer.uid, action, name, object->type->name,
                           object->uid, object->gid, (unsigned)object->mode,
                           is_member ? "let this group in" : "share it with a group",
                           is_member ? "chmod NAME 0660"
                                     : "chown NAME --group=GROUP, and chmod NAME 0660");
}

/* Members of the data that are about the call alone. */
static void keep_data_of_call(Call *call) {
        static const char *const names[] = {"param", "max_work"};
        struct json_object *all = json_object_get(call_failure_data(call)), *value;

        call_share_data(call, NULL);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (json_object_object_get_ex(all, names[i], &value))
                        call_add_data(call, names[i], json_object_get(value));
        json_object_put(all);
}

/* Messages and data tell about the state of the object: its length, its value, its holder. A caller
 * without the read bit receives only the error. EAGAIN, EACCES and EDEADLK are about the caller. */
int object_hide_state(Call *call, const Object *object, int outcome) {
        int error = call->error;

        if (outcome != OUTCOME_REFUSED || object_allows(object, call->session, ACCESS_READ) ||
            error == EAGAIN || error == EACCES || error == EDEADLK)
                return outcome;
        call_set_text(call, "%s: %s; uid %u may not read this %s, so the details are not shown",
                      call->ref->name, strerror(error), call->session->peer.uid,
                      object->type->name);
        keep_data_of_call(call);
        return outcome;
}

int call_refuse_unstored(Call *call) {
        int fault = call->core->changes.fault;

        return call_refuse(call, fault,
                           "%s: the daemon cannot write to its state directory (%s), so durable "
                           "objects cannot be changed until %s",
                           call->ref->name, strerror(fault),
                           fault == ENOSPC ? "the disk has room"
                                           : "an administrator runs: shmgrctl server resume");
}
