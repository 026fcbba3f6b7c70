/* The identity of a session's process, which outlives the session. Pid and uid come from the kernel; the
 * command name does where the daemon may see the process, otherwise from the client. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <json-c/json.h>

#include "session.h"

typedef struct SnapshotRecord SnapshotRecord;
typedef struct SnapshotWriter SnapshotWriter;

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

/* In a snapshot. */
void who_save(const Who *who, SnapshotWriter *w, const char *key);
void who_load(Who *who, SnapshotRecord *record, const char *key);
