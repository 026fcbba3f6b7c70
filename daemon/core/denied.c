/* The messages of denials. All users may see the owner, the group and the mode of an object. */
#include <errno.h>
#include <string.h>

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

int call_refuse_unstored(Call *call) {
        int fault = call->core->changes.fault;

        return call_refuse(call, fault,
                           "%s: the daemon cannot write to its state directory (%s), so durable "
                           "objects cannot be changed until %s",
                           call->ref->name, strerror(fault),
                           fault == ENOSPC ? "the disk has room"
                                           : "an administrator runs: shmgrctl server resume");
}
