/* Who someone is, or was: what is remembered of a session. The kernel says pid and uid;
 * the name of the command is the kernel's where the daemon may see it, else what the
 * client claims. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <json-c/json.h>

#include "session.h"

typedef struct Who {
        pid_t pid;
        uid_t uid;
        uint64_t session;
        bool is_claimed; /* comm is the client's own word */
        char comm[PEER_COMM_SIZE];
} Who;

void who_set(Who *who, const Session *session);
/* Adds pid, uid, comm, comm_claimed where it is, and session to a JSON object: 0 or -ENOMEM. */
int who_describe(const Who *who, struct json_object *into);
/* "pid 12 (name)", or "pid 12 (says it is name)". Lives until the next call of this function but three. */
const char *who_text(const Who *who);
const char *who_text_of(const Session *session);
/* Adds who it is (who_describe()) and the claimed name to a JSON object: 0 or -ENOMEM. */
int session_describe(const Session *session, struct json_object *into);
